"""Keeping the facts right: added to and subtracted from in the transaction that changes what counts.

Only one order of keys is ever written, and a change of one response is written as its difference, so two writers cannot
wait for each other in a circle. A rebuild goes month by
month, each in a short transaction of its own, and holds other writers of facts back while it swaps one month.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Row, Select, bindparam, cast, delete, func, select, text, update
from sqlalchemy.orm import Session

from reports import months as calendar
from survey_app import clock
from survey_app.commands.upserts import add_to
from survey_app.kinds import KINDS
from survey_app.models import (
    NO_AGENT,
    AgentFact,
    BranchFact,
    Job,
    Line,
    MonthlyReview,
    PendingRestatement,
    Response,
    Score,
)
from survey_app.models.response import COUNTED
from survey_app.queries import organisation
from survey_app.transaction import REPORTS_CHANGED

_SUMS: Final = ("n", "total", "squares")
Key = tuple[Any, ...]
Sums = tuple[int, int, int]
_NOTHING: Final = (0, 0, 0)
RESTATE: Final = "restate"


@dataclass(frozen=True)
class Book:
    """One facts table: its key and the grouping of scores that fills it."""

    model: type[BranchFact] | type[AgentFact]
    key: tuple[str, ...]
    agents: bool

    def scores(self) -> Select[Any]:
        """Scores of counted responses, summed to this table's key; narrow it with ``where``."""
        columns: list[Any] = [Score.line_id if name == "line_id" else getattr(Response, name) for name in self.key]
        value = cast(Score.value, BigInteger)
        statement = (
            select(
                *columns,
                func.count().label("n"),
                cast(func.sum(value), BigInteger).label("total"),
                cast(func.sum(value * value), BigInteger).label("squares"),
            )
            .join(Response, Response.id == Score.response_id)
            .where(Response.state == COUNTED)
            .group_by(*columns)
            .order_by(*columns)
        )
        if self.agents:
            statement = statement.join(Line, Line.id == Score.line_id).where(
                Line.headline, Response.agent_id != NO_AGENT
            )
        return statement


BOOKS: Final = (
    Book(BranchFact, ("month", "branch_id", "region_id", "line_id"), agents=False),
    Book(AgentFact, ("month", "agent_id", "branch_id", "line_id"), agents=True),
)


def apply(session: Session, response_ids: Sequence[str], sign: int) -> None:
    """Add the scores of counted responses to the facts (``sign`` 1) or take them out (−1).

    Call it while the responses are counted: after they became so, or before they cease to be.
    """
    session.flush()
    for book in BOOKS:
        rows = session.execute(book.scores().where(Response.id.in_(response_ids))).mappings().all()
        _WRITERS[sign](session, book, [dict(row) for row in rows])
    _note(session, response_ids)


@dataclass(frozen=True)
class Scored:
    """A counted response as the facts see it, while its scores are at hand: line id -> hundredths."""

    month: str
    kind: str
    branch_id: int
    region_id: int
    agent_id: int
    scores: Mapping[int, int]
    #: Those of its lines that are kept for each agent as well.
    headlines: Set[int]

    def of(self, book: Book) -> Iterator[tuple[Key, int]]:
        """Its scores by the key of one table."""
        if book.agents and self.agent_id == NO_AGENT:
            return
        for line_id, value in self.scores.items():
            if not book.agents or line_id in self.headlines:
                yield tuple(line_id if name == "line_id" else getattr(self, name) for name in book.key), value


def add(session: Session, scored: Sequence[Scored]) -> None:
    """Add counted responses whose rows were just written: as :func:`apply`, without reading back what is known."""
    session.flush()
    for book in BOOKS:
        sums: dict[Key, Sums] = {}
        for one in scored:
            for key, value in one.of(book):
                n, total, squares = sums.get(key, _NOTHING)
                sums[key] = (n + 1, total + value, squares + value * value)
        names = (*book.key, *_SUMS)
        _insert(session, book, [dict(zip(names, (*key, *sums[key]), strict=True)) for key in sorted(sums)])
    session.info[REPORTS_CHANGED] = True
    signed = _signed(session)
    for (month, kind), count in sorted(Counter((one.month, one.kind) for one in scored).items()):
        _touched(session, signed, {month}, kind, count)


@dataclass(frozen=True)
class Share:
    """What some responses add to the facts: for each book, key -> sums."""

    books: tuple[Mapping[Key, Sums], ...]

    @property
    def months(self) -> set[str]:
        """The months it lies in."""
        return {key[0] for book in self.books for key in book}


def share(session: Session, response_ids: Sequence[str]) -> Share:
    """What responses add to the facts as they are now; nothing for those that do not count."""
    session.flush()
    ids = list(response_ids)
    return Share(tuple(_keyed(one, session.execute(one.scores().where(Response.id.in_(ids)))) for one in BOOKS))


def adjust(session: Session, response_ids: Sequence[str], before: Share) -> None:
    """Bring the facts from what responses added :func:`before <share>` to what they add now, in one pass."""
    after = share(session, response_ids)
    for book, old, new in zip(BOOKS, before.books, after.books, strict=True):
        for key in sorted(old.keys() | new.keys()):
            was, now = old.get(key, _NOTHING), new.get(key, _NOTHING)
            difference = [b - a for a, b in zip(was, now, strict=True)]
            if any(difference):
                row = dict(zip((*book.key, *_SUMS), (*key, *difference), strict=True))
                _ADDERS[key in old](session, book, [row])
        _drop_empty(session, book, before.months)
    _note(session, response_ids, before.months | after.months)


def _insert(session: Session, book: Book, rows: list[dict[str, Any]]) -> None:
    add_to(session, book.model, rows, book.key, _SUMS)


def _alter(session: Session, book: Book, rows: list[dict[str, Any]]) -> None:
    """Add rows, which may be negative, to facts that stand: an insert of a negative count would be refused."""
    if not rows:
        return
    model: Any = book.model
    same = [getattr(model, name) == bindparam(f"key_{name}") for name in book.key]
    sums = {name: getattr(model, name) + bindparam(f"more_{name}") for name in _SUMS}
    values = [
        {f"key_{name}": row[name] for name in book.key} | {f"more_{name}": row[name] for name in _SUMS} for row in rows
    ]
    session.connection().execute(update(model.__table__).where(*same).values(sums), values)


#: How a difference is written to a key that stands, and to one that may be new.
_ADDERS: Final[dict[bool, Callable[[Session, Book, list[dict[str, Any]]], None]]] = {True: _alter, False: _insert}


def _subtract(session: Session, book: Book, rows: list[dict[str, Any]]) -> None:
    _alter(session, book, [row | {name: -row[name] for name in _SUMS} for row in rows])
    _drop_empty(session, book, {row["month"] for row in rows})


def _drop_empty(session: Session, book: Book, months: set[str]) -> None:
    """A fact that came down to nothing goes."""
    if months:
        session.execute(delete(book.model).where(book.model.month.in_(sorted(months)), book.model.n == 0))


#: How rows are written for each sign.
_WRITERS: Final[dict[int, Callable[[Session, Book, list[dict[str, Any]]], None]]] = {
    +1: _insert,
    -1: _subtract,
}


def _note(session: Session, response_ids: Sequence[str], months: Iterable[str] = ()) -> None:
    """Note once for each response that signed months changed: those that read its month or one of ``months``."""
    session.info[REPORTS_CHANGED] = True
    signed = _signed(session)
    if not signed:
        return
    counts = session.execute(
        select(Response.month, Response.kind, func.count())
        .where(Response.id.in_(response_ids))
        .group_by(Response.month, Response.kind)
    )
    others = set(months)
    for month, kind, count in counts:
        _touched(session, signed, others | {month}, kind, count)


def _signed(session: Session) -> Sequence[str]:
    """The months that were signed. Read them after the facts are written: whoever signs waits for those."""
    return session.scalars(select(MonthlyReview.month)).all()


def _touched(session: Session, signed: Sequence[str], months: Iterable[str], kind: str, count: int) -> None:
    public = KINDS[kind].public
    _restate(session, signed, months, responses=count if public else 0, others=0 if public else count)


def touched(session: Session, months: Iterable[str], responses: int = 0, others: int = 0) -> None:
    """Note that inputs of ``months`` changed: every signed month that reads them waits for a restatement.

    ``responses`` counts survey answers, whose corrections are only shown in batches; ``others`` shops and profit rows.
    """
    _restate(session, _signed(session), months, responses, others)


def _restate(session: Session, signed: Sequence[str], months: Iterable[str], responses: int, others: int) -> None:
    if not signed:
        return
    policy = organisation.policy(session)
    changed = set(months)
    affected = sorted(month for month in signed if changed.intersection(policy.needed(month)))
    if not affected:
        return  # no job is held: whoever writes to a month that nobody signed waits for no worker
    now = clock.now()
    add_to(
        session,
        PendingRestatement,
        [{"month": month, "responses": responses, "others": others, "since": now} for month in affected],
        ("month",),
        ("responses", "others"),
    )
    # Held: a worker that takes the job now would miss this change, so it waits, or this finds the job gone.
    ready = select(Job).where(Job.kind == RESTATE, Job.state == "ready").order_by(Job.id).with_for_update()
    waiting = {job.payload["month"] for job in session.scalars(ready.execution_options(populate_existing=True))}
    session.add_all(
        Job(kind=RESTATE, payload={"month": month}, created_at=now) for month in affected if month not in waiting
    )


@dataclass(frozen=True)
class Difference:
    """A fact that is not what the scores say: its key, what stands and what it should be (None: no row)."""

    table: str
    key: Key
    stands: Sums | None
    computed: Sums | None


def months_with_facts(session: Session) -> list[str]:
    """Every month that has facts or responses, oldest first."""
    found = set(session.scalars(select(Response.month).distinct())) | set(
        session.scalars(select(BranchFact.month).distinct())
    )
    return sorted(found | set(session.scalars(select(AgentFact.month).distinct())))


def _keyed(book: Book, rows: Iterable[Row[Any]]) -> dict[Key, Sums]:
    width = len(book.key)
    return {tuple(row[:width]): (int(row[width]), int(row[width + 1]), int(row[width + 2])) for row in rows}


def _standing(book: Book, month: str) -> Select[Any]:
    model: Any = book.model
    columns = [getattr(model, name) for name in (*book.key, *_SUMS)]
    return select(*columns).where(model.month == month, model.n != 0)


def check(session: Session, month: str) -> Iterator[Difference]:
    """Recompute a month's facts from its scores and yield every difference, to the last bit."""
    for book in BOOKS:
        stands = _keyed(book, session.execute(_standing(book, month)))
        computed = _keyed(book, session.execute(book.scores().where(Response.month == month)))
        for key in sorted(stands.keys() | computed.keys()):
            if stands.get(key) != computed.get(key):
                yield Difference(book.model.__tablename__, key, stands.get(key), computed.get(key))


def hold(session: Session) -> None:
    """Keep facts and profit as they are until the end of the transaction.

    What is being written is waited for; whoever writes later finds the month signed and notes it. SQLite has one
    writer.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE branch_fact, agent_fact, profit IN SHARE MODE"))


def rebuild(session: Session, month: str) -> int:
    """Replace a month's facts by what its scores say; returns how many rows were written."""
    calendar.parse(month)
    if session.get_bind().dialect.name == "postgresql":
        # A writer that has scores but no facts yet waits here and adds its own afterwards; SQLite has one writer.
        session.execute(text("LOCK TABLE branch_fact, agent_fact IN SHARE ROW EXCLUSIVE MODE"))
    written = 0
    for book in BOOKS:
        session.execute(delete(book.model).where(book.model.month == month))
        rows = [dict(row) for row in session.execute(book.scores().where(Response.month == month)).mappings()]
        add_to(session, book.model, rows, book.key, _SUMS)
        written += len(rows)
    return written
