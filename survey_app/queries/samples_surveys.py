"""Single survey responses of a window as columns of numbers: what models over customers' answers are fitted to.

One statement gives a row for each response, streamed into arrays: a million responses are some tens of megabytes. Of a
person there is nothing in them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, Text, case, cast, func, select
from sqlalchemy.orm import Session

from reports import months as calendar
from reports.policy import Policy
from survey_app.models import Answer, Branch, Line, Questionnaire, Response, Score, Version
from survey_app.models.response import COUNTED
from survey_app.queries import questionnaires
from survey_app.queries.facts import receivers
from survey_app.queries.lines import SURVEY_LINES, report_lines, series_of_months
from survey_app.queries.samples import QUESTION

#: Rows that are read from the database at once.
CHUNK: Final = 20_000
#: Measures of questions whose answers are no scores: what became of a problem, and what somebody came for.
PROBLEM, PURPOSE = "problem_group", "visit_purpose"
#: Measures of questions that are an outcome, and no topic that could go with one.
OUTCOMES: Final = frozenset({"csat", "nps", "enps"})
#: What stands where a score is missing.
MISSING: Final = -(2**31)

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Labels:
    """A column of words: each row's place in ``names``; −1 where there is none."""

    names: tuple[str, ...]
    places: Ints

    def words(self) -> NDArray[np.str_]:
        """Each row's word, empty where there is none."""
        found: NDArray[np.str_] = np.array([*self.names, ""])[self.places]
        return found


@dataclass(frozen=True)
class Topic:
    """A question on a scale of numbers, and its place among the scores."""

    questionnaire: str
    code: str
    #: What the question measures (csat, ces, courtesy …), or empty.
    measure: str


@dataclass(frozen=True)
class Surveys:
    """Counted survey responses of a window in a fixed order, one row each.

    ``scores``: measure (csat, nps, ease) → hundredths, :data:`MISSING` where there is none. ``answers``: a column for
    each of ``topics``. ``branch`` is the branch after mergers; ``month`` the place in ``months``.
    """

    months: tuple[str, ...]
    branch: Ints
    month: Ints
    language: Labels
    channel: Labels
    mode: Labels
    problem: Labels
    purpose: Labels
    scores: Mapping[str, Ints]
    topics: tuple[Topic, ...]
    answers: Ints

    def __len__(self) -> int:
        return len(self.branch)


@dataclass(frozen=True)
class _Plan:
    """Which lines are read, in order, where each goes, and in which months it stands."""

    lines: Sequence[int]
    #: Line → measure, or → place of its topic.
    measures: Mapping[int, str]
    topic_of: Mapping[int, int]
    topics: tuple[Topic, ...]
    #: Line → which months of the window (by place) it counts for.
    stands: Mapping[int, NDArray[np.bool_]]


def surveys(session: Session, month: str, policy: Policy) -> Surveys:
    """The responses whose satisfaction the report of a month counts, and what else they say."""
    window = calendar.span(month, policy.survey_window)
    asked = measures(session, policy)
    plan = _plan(session, policy, window, asked)
    owners = receivers(session.scalars(select(Branch)).all(), month)
    places = {name: place for place, name in enumerate(window)}
    (branches, months, *words), table = _read(session, _statement(plan, asked, window), len(plan.lines))
    month_of = months.renamed(places)
    scores, answers = _sorted_out(plan, table, month_of)
    language, channel, mode, problem, purpose = (column.labels() for column in words)
    return Surveys(
        months=tuple(window),
        branch=branches.renamed({one: owners.get(one, one) for one in branches.known}),
        month=month_of,
        language=language,
        channel=channel,
        mode=mode,
        problem=problem,
        purpose=purpose,
        scores=scores,
        topics=plan.topics,
        answers=answers,
    )


def _statement(plan: _Plan, asked: Mapping[tuple[str, str], str], window: Sequence[str]) -> Select[Any]:
    """A row for each response: branch, month, its words in the order of :class:`Surveys`, a value for each line."""
    codes = [sorted({code for (_of, code), measure in asked.items() if measure == one}) for one in (PROBLEM, PURPOSE)]
    return (
        select(
            Response.branch_id,
            Response.month,
            Response.language,
            Response.channel,
            Response.mode,
            *(_said(one) for one in codes),
            *(func.max(case((Score.line_id == line, Score.value))) for line in plan.lines),
        )
        .join(Score, Score.response_id == Response.id)
        .where(
            Score.line_id.in_(plan.lines),
            Response.state == COUNTED,
            Response.month >= window[0],
            Response.month <= window[-1],
        )
        .group_by(Response.id)
        .order_by(Response.id)
    )


def _said(codes: Sequence[str]) -> Any:
    """A response's choice at whichever of some questions it was asked."""
    return (
        select(func.max(cast(Answer.value, Text)))
        .where(Answer.response_id == Response.id, Answer.question.in_(codes), Answer.value.is_not(None))
        .correlate(Response)
        .scalar_subquery()
    )


class _Column:
    """A column that is read in parts: each value's place among those that are known by then."""

    def __init__(self) -> None:
        self.known: dict[Any, int] = {}
        self._parts: list[Ints] = [np.zeros(0, dtype=np.int32)]

    def add(self, values: Sequence[Any]) -> None:
        known = self.known
        self._parts.append(np.array([known.setdefault(one, len(known)) for one in values], dtype=np.int32))

    def renamed(self, to: Mapping[Any, int]) -> Ints:
        """What each value becomes."""
        new = np.array([to[one] for one in self.known] or [0], dtype=np.int32)
        found: Ints = new[np.concatenate(self._parts)]
        return found

    def labels(self) -> Labels:
        """The column as words in their alphabetical order; what a JSON value says is taken out of its quotes."""
        plain = {one: _word(one) for one in self.known}
        names = sorted({word for word in plain.values() if word})
        order = {name: place for place, name in enumerate(names)}
        return Labels(tuple(names), self.renamed({one: order.get(word, -1) for one, word in plain.items()}))


def _word(text: str | None) -> str:
    if not text or not text.startswith('"'):
        return text or ""
    try:
        return str(json.loads(text))
    except ValueError:
        return text


def _read(session: Session, statement: Select[Any], lines: int) -> tuple[list[_Column], Ints]:
    """The columns of words and the table of scores, some thousand rows at a time."""
    columns = [_Column() for _ in range(len(statement.selected_columns) - lines)]
    scored = [np.zeros((0, lines), dtype=np.int32)]
    for part in session.execute(statement, execution_options={"yield_per": CHUNK}).partitions(CHUNK):
        for column, values in zip(columns, zip(*part, strict=True), strict=False):
            column.add(values)
        scores = [[MISSING if one is None else one for one in row[len(columns) :]] for row in part]
        scored.append(np.array(scores, dtype=np.int32))
    return columns, np.concatenate(scored)


def measures(session: Session, policy: Policy) -> dict[tuple[str, str], str]:
    """(questionnaire, question) → measure, of every published version of the surveys' questionnaires; newest wins."""
    versions = session.scalars(
        select(Version)
        .join(Questionnaire, Questionnaire.id == Version.questionnaire_id)
        .where(Questionnaire.code.in_(policy.survey_codes), Version.published_at.is_not(None))
        .order_by(Version.number)
    )
    return {
        (version.questionnaire.code, question.code): question.measure or ""
        for version in versions
        for question in questionnaires.definition(version).questions
    }


def _plan(session: Session, policy: Policy, window: Sequence[str], asked: Mapping[tuple[str, str], str]) -> _Plan:
    counted = report_lines(session, policy, window)
    surveyed = set(SURVEY_LINES.values())
    headlines = {line: measure for line, measure in counted.measures.items() if measure in surveyed}
    rows = session.execute(
        select(Questionnaire.code, Line.what, Line.series, Line.id)
        .join(Questionnaire, Questionnaire.id == Line.questionnaire_id)
        .where(Questionnaire.code.in_(policy.survey_codes), Line.what.startswith(QUESTION, autoescape=True))
        .order_by(Questionnaire.code, Line.what, Line.id)
    ).all()
    belongs = series_of_months(session, rows, window, policy)
    topics: dict[tuple[str, str], int] = {}
    topic_of, stands = {}, {}
    for row in rows:
        topic_of[row.id] = topics.setdefault((row.code, row.what.removeprefix(QUESTION)), len(topics))
        own = belongs[row.code, row.what]
        # Within one window only the newest series counts: what a question meant before is another topic.
        newest = own.get(window[-1], "")
        stands[row.id] = np.array([own.get(one) == row.series == newest for one in window])
    for line, measure in headlines.items():
        stands[line] = np.array([one in counted.stands[line] and not counted.ended(measure, one) for one in window])
    named = tuple(Topic(questionnaire, code, asked.get((questionnaire, code), "")) for questionnaire, code in topics)
    return _Plan([*headlines, *topic_of], headlines, topic_of, named, stands)


def _sorted_out(plan: _Plan, table: Ints, month: Ints) -> tuple[dict[str, Ints], Ints]:
    """The lines' columns as measures and topics: a line counts in the months in which its series stands."""
    scores = {name: np.full(len(table), MISSING, dtype=np.int32) for name in SURVEY_LINES.values()}
    answers = np.full((len(table), len(plan.topics)), MISSING, dtype=np.int32)
    for at, line in enumerate(plan.lines):
        column = table[:, at]
        given = (column != MISSING) & plan.stands[line][month]
        into = scores[plan.measures[line]] if line in plan.measures else answers[:, plan.topic_of[line]]
        into[given] = column[given]
    return scores, answers
