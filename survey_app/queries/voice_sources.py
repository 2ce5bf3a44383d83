"""Each source of the customer's voice, read newest first in small batches, so that they can be merged into one stream.

What is cheap is cut by the database: branches, days, language, tags, searched words of answers. The rest is left to
:mod:`survey_app.queries.voices`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Date, and_, func, literal, or_, select, type_coerce
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from reports import lexicon
from reports import months as calendar
from survey_app import clock
from survey_app.kinds import KINDS
from survey_app.loop.subjects import SENSITIVE
from survey_app.loop.voices import SOURCES
from survey_app.models import Answer, Branch, Case, Response, Version, VoiceMessage
from survey_app.models.response import COUNTED
from survey_app.permissions import Scope
from survey_app.queries import found, questionnaires
from survey_app.queries.organisation import in_scope

#: Rows of the first batch of a source, and at most: whoever looks for what is rare reads larger ones.
FIRST: Final = 60
LARGEST: Final = 2_000


@dataclass(frozen=True)
class Place:
    """Where in the stream a piece stands: after it comes what is older."""

    day: date
    rank: int
    ref: str
    question: str = ""


@dataclass(frozen=True)
class Found:
    """A piece as it was read, before it is decided whether this reader sees it."""

    source: str
    ref: str
    question: str
    day: date
    #: The day itself is known, and no confidential answer's.
    dated: bool
    branch_id: int | None
    language: str
    words: str = field(repr=False)
    version_id: int = 0
    month: str = ""
    agent_id: int = 0
    #: Of a message, its channel and whether the customer lets a meeting hear it; of a case, its subject.
    about: str = ""
    consent: bool = False
    #: Whether it holds the searched words; what does not is told nevertheless, so that looking has an end.
    matches: bool = True

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.day, SOURCES[self.source].rank, self.ref, self.question)


@dataclass(frozen=True)
class Cut:
    """What the database leaves out. ``refs`` names single pieces: source -> (ref, question)."""

    scope: Scope
    branch_ids: Collection[int] | None = None
    since: date | None = None
    until: date | None = None
    language: str = ""
    search: str = ""
    refs: Mapping[str, Collection[tuple[str, str]]] | None = None
    after: Place | None = None

    def of(self, source: str) -> list[tuple[str, str]] | None:
        """The single pieces that are wanted of a source; None for all."""
        return None if self.refs is None else sorted(self.refs.get(source, ()))


def read(session: Session, source: str, cut: Cut) -> Iterator[Found]:
    """The pieces of one source, the newest first."""
    if cut.refs is not None and not cut.refs.get(source):
        return iter(())
    return _READERS[source](session, source, cut)


# ---- answers of questionnaires ---------------------------------------------------------------------------------------


def _answers(session: Session, source: str, cut: Cut) -> Iterator[Found]:
    kinds = [kind.code for kind in KINDS.values() if kind.voice == source]
    holding = found.holding(session, cut.search) if cut.search else None
    if cut.search and holding is None:
        return
    wanted = cut.of(source)
    if source != "survey" or wanted is not None:
        yield from _batches(session, source, cut, [*_common(cut, kinds, holding), *_single(wanted)])
        return
    oldest: str | None = session.scalar(select(func.min(Response.month)))
    newest: str | None = session.scalar(select(func.max(Response.month)))
    if oldest is None or newest is None:
        return
    first = max(oldest, calendar.of(cut.since)) if cut.since else oldest
    ends = (cut.until, cut.after.day if cut.after else None)
    month = min([newest, *(calendar.of(one) for one in ends if one)])
    while month >= first:
        # By the month's index, so that a page of a hundred thousand sorts a month's few thousand.
        yield from _batches(session, source, cut, [*_common(cut, kinds, holding), Response.month == month])
        month = calendar.shift(month, -1)


def _common(cut: Cut, kinds: Collection[str], holding: Any) -> list[Any]:
    conditions: list[Any] = [Response.kind.in_(kinds), Response.state == COUNTED, Answer.words.is_not(None)]
    conditions.append(Answer.words != "")
    if not cut.scope.everything:
        conditions.append(Response.branch_id.in_(select(Branch.id).where(in_scope(cut.scope))))
    if cut.branch_ids is not None:
        conditions.append(Response.branch_id.in_(cut.branch_ids))
    if cut.language:
        conditions.append(Response.language == cut.language)
    if holding is not None:
        conditions.append(holding)
    return conditions


def _single(wanted: Collection[tuple[str, str]] | None) -> list[Any]:
    return [] if wanted is None else [Response.id.in_([ref for ref, _question in wanted])]


def _day(session: Session, source: str) -> Any:
    """The day of a response. Of a customer's answer it is told to nobody: neither by its place among what has a day,
    nor by where a page goes on. It stands with its month, after the days of it.
    """
    # SQLite keeps dates as text, and a cast would make a number of it.
    as_date: Any = type_coerce if session.get_bind().dialect.name == "sqlite" else sql_cast
    first = as_date(Response.month + literal("-01"), Date)
    return first if source == "survey" else func.coalesce(Response.visited_on, first)


def _batches(session: Session, source: str, cut: Cut, conditions: list[Any]) -> Iterator[Found]:
    rank, wanted = SOURCES[source].rank, cut.of(source)
    day = _day(session, source)
    if cut.since:
        conditions = [*conditions, day >= cut.since]
    if cut.until:
        conditions = [*conditions, day <= cut.until]
    after, size = cut.after, FIRST
    asked = Asked(session)
    while True:
        statement = (
            select(
                Response.id, Response.version_id, Response.branch_id, Response.agent_id, Response.month,
                Response.language, Answer.question, Answer.words, day.label("day"),
            )
            .join(Answer, Answer.response_id == Response.id)
            .where(*conditions, *_after(after, rank, day, Response.id, Answer.question))
            .order_by(day.desc(), Response.id, Answer.question)
            .limit(size)
        )  # fmt: skip
        rows = session.execute(statement).all()
        for row in rows:
            after = Place(row.day, rank, row.id, row.question)
            if row.question not in asked.words(row.version_id):
                continue
            if wanted is not None and (row.id, row.question) not in wanted:
                continue
            yield Found(
                source, row.id, row.question, row.day, source != "survey", row.branch_id, row.language, row.words,
                version_id=row.version_id, month=row.month, agent_id=row.agent_id,
            )  # fmt: skip
        if len(rows) < size:
            return
        size = min(2 * size, LARGEST)


def _after(after: Place | None, rank: int, day: Any, ref: Any, question: Any) -> list[Any]:
    """The condition that a row comes after a place of the stream."""
    if after is None:
        return []
    if rank != after.rank:
        return [day <= after.day if rank > after.rank else day < after.day]
    here = or_(ref > after.ref, and_(ref == after.ref, question > after.question))
    return [or_(day < after.day, and_(day == after.day, here))]


class Asked:
    """What was asked by the questions that are answered in free words; contacts are none of them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[int, dict[str, Mapping[str, str]]] = {}

    def words(self, version_id: int) -> dict[str, Mapping[str, str]]:
        """Code of a question, or of the comment on an item -> its words in every language."""
        known = self._known.get(version_id)
        if known is None:
            definition = questionnaires.definition(self._session.get_one(Version, version_id))
            known = {}
            for one in questionnaires.answerable(definition):
                if one.type == "text":
                    known[one.code] = one.text
                elif one.points is not None:
                    known[one.comment_code] = one.text
            self._known[version_id] = known
        return known


# ---- cases and messages ----------------------------------------------------------------------------------------------


def _cases(session: Session, source: str, cut: Cut) -> Iterator[Found]:
    """What customers said in cases. Whoever took back the consent, and what accuses somebody, is left out."""
    conditions: list[Any] = [
        Case.words != "", Case.state != "merged", Case.subject.not_in(SENSITIVE), Case.consent_withdrawn_at.is_(None),
    ]  # fmt: skip
    if not cut.scope.everything:
        conditions.append(Case.branch_id.in_(select(Branch.id).where(in_scope(cut.scope))))
    if cut.branch_ids is not None:
        conditions.append(Case.branch_id.in_(cut.branch_ids))
    if cut.since:
        conditions.append(Case.opened_at >= clock.start_of(cut.since))
    if cut.language:
        conditions.append(Case.language == cut.language)
    wanted = cut.of(source)
    if wanted is not None:
        conditions.append(Case.id.in_(_numbers(wanted)))
    rank, after, size = SOURCES[source].rank, cut.after, FIRST
    at = (-after.day.toordinal(), after.rank, int(after.ref) if after.rank == rank else 0) if after else None
    last = min((day for day in (cut.until, after.day if after else None) if day), default=None)
    until = clock.start_of(last + timedelta(days=1)) if last else None
    while True:
        before = conditions if until is None else [*conditions, Case.opened_at < until]
        newest = select(Case.opened_at).where(*before).order_by(Case.opened_at.desc()).limit(size).subquery()
        count, oldest = session.execute(select(func.count(), func.min(newest.c.opened_at))).one()
        if not count:
            return
        # Whole days, for within a day the number says the order.
        begins = clock.start_of(clock.local(oldest).date())
        statement = select(
            Case.id, Case.branch_id, Case.agent_id, Case.language, Case.words, Case.subject, Case.opened_at
        ).where(*before, Case.opened_at >= begins)
        rows = [
            Found(source, str(row.id), "", clock.local(row.opened_at).date(), True, row.branch_id, row.language,
                  row.words, agent_id=row.agent_id, about=row.subject)
            for row in session.execute(statement)
        ]  # fmt: skip
        rows.sort(key=lambda one: (-one.day.toordinal(), int(one.ref)))
        if at is not None:
            rows = [one for one in rows if (-one.day.toordinal(), rank, int(one.ref)) > at]
        yield from _searched(rows, cut.search)
        if count < size:
            return
        until, size = begins, min(2 * size, LARGEST)


def _messages(session: Session, source: str, cut: Cut) -> Iterator[Found]:
    rank, after, size = SOURCES[source].rank, cut.after, FIRST
    conditions: list[Any] = []
    if not cut.scope.everything:
        conditions.append(VoiceMessage.branch_id.in_(select(Branch.id).where(in_scope(cut.scope))))
    if cut.branch_ids is not None:
        conditions.append(VoiceMessage.branch_id.in_(cut.branch_ids))
    if cut.since:
        conditions.append(VoiceMessage.written_on >= cut.since)
    if cut.until:
        conditions.append(VoiceMessage.written_on <= cut.until)
    if cut.language:
        conditions.append(VoiceMessage.language == cut.language)
    wanted = cut.of(source)
    if wanted is not None:
        conditions.append(VoiceMessage.id.in_(_numbers(wanted)))
    while True:
        at = []
        if after is not None and after.rank != rank:
            day = VoiceMessage.written_on
            at = [day <= after.day if rank > after.rank else day < after.day]
        elif after is not None:
            here = and_(VoiceMessage.written_on == after.day, VoiceMessage.id > int(after.ref))
            at = [or_(VoiceMessage.written_on < after.day, here)]
        statement = (
            select(
                VoiceMessage.id, VoiceMessage.written_on, VoiceMessage.branch_id, VoiceMessage.agent_id,
                VoiceMessage.language, VoiceMessage.words, VoiceMessage.channel, VoiceMessage.consent,
            )
            .where(*conditions, *at)
            .order_by(VoiceMessage.written_on.desc(), VoiceMessage.id)
            .limit(size)
        )  # fmt: skip
        rows = [
            Found(source, str(one.id), "", one.written_on, True, one.branch_id, one.language, one.words,
                  agent_id=one.agent_id, about=one.channel, consent=one.consent)
            for one in session.execute(statement)
        ]  # fmt: skip
        yield from _searched(rows, cut.search)
        if len(rows) < size:
            return
        after, size = rows[-1].place, min(2 * size, LARGEST)


def _numbers(wanted: Collection[tuple[str, str]]) -> list[int]:
    return [int(ref) for ref, _question in wanted if ref.isdecimal() and len(ref) < 10]


def _searched(rows: list[Found], search: str) -> Iterator[Found]:
    """The rows, with whether each holds every searched word at a word's beginning, as the index of answers finds."""
    sought = _patterns(search) if search else ()
    for one in rows:
        plain = lexicon.plain(one.words) if sought else ""
        # What all forms of a word share is found fast, and is in few texts.
        matches = all(core in plain and pattern.search(plain) for core, pattern in sought)
        yield one if matches else replace(one, matches=False)


@lru_cache(maxsize=64)
def _patterns(search: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """For each searched word what its forms share (all but a last letter), and the pattern of their beginnings."""
    return tuple(
        (forms[0][:-1], re.compile(r"(?<![^\W_])(?:" + "|".join(map(re.escape, forms)) + ")"))
        for forms in lexicon.sought(search)
    )


_READERS: Final[Mapping[str, Callable[[Session, str, Cut], Iterator[Found]]]] = {
    "survey": _answers,
    "shop": _answers,
    "call": _answers,
    "visit": _answers,
    "case": _cases,
    "message": _messages,
}
