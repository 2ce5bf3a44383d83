"""Customers' words on a branch: a page of them, by theme and by search, the newest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from reports import lexicon
from reports.policy import Policy
from survey_app.models import Answer, Line, Questionnaire, Response, Score, Version
from survey_app.models.response import COUNTED
from survey_app.queries import found, questionnaires
from survey_app.queries.masking import mask_names, names_of
from translations import localised

#: How a list can be cut by the rating beside a comment.
SATISFIED: Final = ("", "yes", "no")
_WORTH: Final = {"yes": 10_000, "no": 0}
#: Themes of words that were looked at lately, by the hash of the words: never the words themselves.
_known: dict[int, tuple[str, ...]] = {}
_MOST_KNOWN: Final = 100_000


@dataclass(frozen=True)
class Comment:
    """A customer's own words, with what was asked and how the visit was rated."""

    response_id: str
    #: Code of the question, and what was asked.
    code: str
    question: str
    month: str
    visited_on: date | None
    language: str
    words: str
    #: The response's top-box CSAT: 100, 0 or None where it was not answered.
    satisfied: float | None
    #: Codes of :data:`reports.lexicon.THEMES`.
    themes: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """How a list of comments is cut; anything unknown cuts nothing."""

    search: str = ""
    theme: str = ""
    satisfied: str = ""

    @property
    def cut(self) -> bool:
        """Whether it is."""
        return bool(self.search or self.theme or self.satisfied)


@dataclass(frozen=True)
class Theme:
    """How many comments speak of a theme, and the ratings beside them."""

    code: str
    n: int
    rated: int
    satisfied: int


@dataclass(frozen=True)
class Comments:
    """One page of comments."""

    rows: list[Comment]
    #: How many there are with these words, theme and rating; and in the window at all.
    total: int
    written: int
    #: Of the comments with the searched words, whatever theme and rating are chosen; the most frequent first.
    themes: list[Theme]
    #: Whether the search holds nothing that can be looked for, or a name that the reader may not look for.
    unsearchable: bool = False
    named: bool = False


def listed(
    session: Session,
    branch_ids: Collection[int],
    window: Sequence[str],
    policy: Policy,
    wanted: Wanted | None = None,
    *,
    limit: int = 50,
    offset: int = 0,
    hidden: Sequence[str] = (),
) -> Comments:
    """A page of what customers wrote on the surveys that are ranked. Contact answers are never among them.

    ``hidden``: names by which nothing is found, so that a search tells nobody whom the hidden words are about.
    """
    wanted = wanted or Wanted()
    if hidden and mask_names(wanted.search, hidden) != wanted.search:
        return Comments([], 0, _count(session, branch_ids, window, policy), [], named=True)
    holding = found.holding(session, wanted.search) if wanted.search else None
    if wanted.search and holding is None:
        return Comments([], 0, _count(session, branch_ids, window, policy), [], unsearchable=True)
    rows = _rows(session, branch_ids, window, policy, holding)
    counted = _themes(rows)
    cut = [row for row in rows if _fits(row, wanted)]
    asked = _asked(session, {row.version_id for row in cut[offset : offset + limit]})
    return Comments(
        rows=[_comment(row, asked[row.version_id]) for row in cut[offset : offset + limit]],
        total=len(cut),
        written=len(rows) if holding is None else _count(session, branch_ids, window, policy),
        themes=counted,
    )


def masked(listed: Comments, names: Sequence[str]) -> Comments:
    """A page of comments without names: as it is read outside the branch."""
    if not names:
        return listed
    return replace(listed, rows=[replace(row, words=mask_names(row.words, names)) for row in listed.rows])


def hidden_names(session: Session, branch_ids: Collection[int]) -> list[str]:
    """Names of branches' people: outside they are not read in comments, and no comment is found by them."""
    return sorted({name for found in names_of(session, branch_ids).values() for name in found})


def _rows(
    session: Session, branch_ids: Collection[int], window: Sequence[str], policy: Policy, holding: Any
) -> list[Row[Any]]:
    """All comments of a window, light: some thousands at most."""
    csat = (
        select(Score.value)
        .join(Line, Line.id == Score.line_id)
        .where(Score.response_id == Response.id, Line.what == "csat")
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        select(
            Response.id, Response.version_id, Response.month, Response.visited_on, Response.language,
            Answer.question, Answer.words, csat.label("csat"),
        )
        .join(Answer, Answer.response_id == Response.id)
        .join(Version, Version.id == Response.version_id)
        .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
        .where(
            Response.branch_id.in_(branch_ids),
            Response.month.in_(window),
            Response.state == COUNTED,
            Questionnaire.code.in_(policy.survey_codes),
            Answer.words.is_not(None),
            Answer.words != "",
        )
        .order_by(Response.month.desc(), Response.visited_on.desc(), Response.id, Answer.question)
    )  # fmt: skip
    if holding is not None:
        statement = statement.where(holding)
    rows = session.execute(statement).all()
    asked = _asked(session, {row.version_id for row in rows})
    return [row for row in rows if row.question in asked[row.version_id]]


def _count(session: Session, branch_ids: Collection[int], window: Sequence[str], policy: Policy) -> int:
    return len(_rows(session, branch_ids, window, policy, None))


def _asked(session: Session, version_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """Version -> its questions that are answered in a customer's own words, with their text."""
    versions = session.scalars(select(Version).where(Version.id.in_(version_ids))) if version_ids else ()
    return {
        version.id: {
            one.code: localised(one.text)
            for one in questionnaires.answerable(questionnaires.definition(version))
            if one.type == "text"
        }
        for version in versions
    }


def themes_of(words: str) -> tuple[str, ...]:
    """The themes that words speak of, remembered for those that are read again."""
    key = hash(words)
    known = _known.get(key)
    if known is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        known = _known[key] = lexicon.themes(words)
    return known


def _fits(row: Row[Any], wanted: Wanted) -> bool:
    if wanted.satisfied in _WORTH and row.csat != _WORTH[wanted.satisfied]:
        return False
    return wanted.theme not in lexicon.THEMES or wanted.theme in themes_of(row.words)


def _themes(rows: Sequence[Row[Any]]) -> list[Theme]:
    n: Counter[str] = Counter()
    rated: Counter[str] = Counter()
    satisfied: Counter[str] = Counter()
    for row in rows:
        for theme in themes_of(row.words):
            n[theme] += 1
            rated[theme] += row.csat is not None
            satisfied[theme] += row.csat == _WORTH["yes"]
    order = sorted((theme for theme in lexicon.THEMES if n[theme]), key=lambda theme: -n[theme])
    return [Theme(theme, n[theme], rated[theme], satisfied[theme]) for theme in order]


def _comment(row: Row[Any], asked: dict[str, str]) -> Comment:
    return Comment(
        response_id=row.id,
        code=row.question,
        question=asked[row.question],
        month=row.month,
        visited_on=row.visited_on,
        language=row.language,
        words=row.words,
        satisfied=row.csat / 100 if row.csat is not None else None,
        themes=themes_of(row.words),
    )
