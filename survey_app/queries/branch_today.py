"""What a branch's manager has to do today, in one list: a table of sources, each asked for its most pressing.

A new source is one function and one line in :data:`SOURCES`. Every task leads to the page on which it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.models import NO_AGENT, Branch, CommentMark, Response, User
from survey_app.queries import appeals, branch_cases, decisions, previews, recognition
from survey_app.queries.tasks import MOST, SOME_TIME, SOON, URGENCY, Found, Task, by, day
from translations import format_month
from translations import gettext as _
from translations import lazy_gettext as _l

#: How long an answer of a department is news.
_NEWS: Final = timedelta(days=7)


@dataclass(frozen=True)
class Day:
    """A manager's day."""

    tasks: list[Task]
    #: Source -> how many of its tasks are not in the list, where all of them are.
    more: Mapping[str, tuple[int, str]]

    @property
    def counts(self) -> dict[int, int]:
        """Urgency -> how many listed tasks have it."""
        return {level: sum(task.urgency == level for task in self.tasks) for level in URGENCY}


# ---- the review ------------------------------------------------------------------------------------------------------


def _preview(session: Session, user: User) -> Found:
    branch = session.get_one(Branch, user.branch_id)
    window = previews.window(session, clock.last_full_month())
    if not branch.ranked or not window.open:
        return Found([], 0)
    said = previews.statement(session, window.month, branch.id)
    if said is not None and said.words:
        return Found([], 0)
    title = _("Answer to the numbers of %(month)s", month=format_month(window.month))
    task = Task(
        "preview", min(by(window.meets_on), SOON), title, _("Before the meeting"),
        f"/reviews/{window.month}/preview", _("Open the preview"), window.meets_on,
    )  # fmt: skip
    return Found([task], 1)


def _marks(session: Session, user: User) -> Found:
    """Answers of departments to comments that the branch marked: to be read, while they are news."""
    wanted = (Response.branch_id == user.branch_id, CommentMark.answered_at >= clock.now() - _NEWS)
    rows = session.execute(
        select(CommentMark.month, func.count())
        .join(Response, Response.id == CommentMark.response_id)
        .where(*wanted)
        .group_by(CommentMark.month)
        .order_by(CommentMark.month.desc())
    ).all()
    found = [
        Task(
            "marks", SOME_TIME, _("Answers of departments to marked comments: %(count)s", count=n),
            format_month(month), f"/reviews/{month}/preview#comments", _("Read"),
        )
        for month, n in rows
    ]  # fmt: skip
    return Found(found, len(found))


def _appeals(session: Session, user: User) -> Found:
    rows = appeals.offers(session, user)
    found = [
        Task(
            "appeals", min(by(one.until), SOME_TIME), _("Mystery visit that can be appealed against"),
            _("Visited on %(date)s", date=day(one.response.visited_on)) if one.response.visited_on else "",
            f"/appeals/report/{one.response.id}", _("Open the report"), one.until,
        )
        for one in rows[:MOST]
    ]  # fmt: skip
    return Found(found, len(rows), "/appeals")


def _decisions(session: Session, user: User) -> Found:
    listed = decisions.listed(session, user, decisions.MINE, limit=MOST)
    found = [
        Task("decisions", by(one.due_on), one.text, _("Decided at the meeting"), f"/decisions/{one.id}",
             _("Open the decision"), one.due_on)
        for one in listed.rows
    ]  # fmt: skip
    return Found(found, listed.total, "/decisions")


# ---- recognition -----------------------------------------------------------------------------------------------------


def _recognition(session: Session, user: User) -> Found:
    rows = recognition.waiting(session, user)
    whom = recognition.names(rows)
    found = [
        Task(
            "recognition", SOON, _("Recognition of %(name)s", name=whom[one.id]),
            _("Proposed for %(month)s", month=format_month(one.month)), f"/recognition/{one.id}", _("Decide"),
        )
        for one in rows[:MOST]
    ]  # fmt: skip
    answer = [
        Task(
            "recognition", SOME_TIME, _("The team was recognised for %(month)s", month=format_month(one.month)),
            _("Make it public or not"), "/recognition/own", _("Choose"),
        )
        for one in recognition.to_answer(session, user)
        if one.agent_id == NO_AGENT
    ]  # fmt: skip
    return Found([*found, *answer], len(rows) + len(answer), "/recognition")


#: Source -> (what it is called, what it has). In this order at equal urgency.
SOURCES: Final[Mapping[str, tuple[Any, Callable[[Session, User], Found]]]] = {
    "cases": (_l("Customer cases"), branch_cases.open_cases),
    "promises": (_l("Promises"), branch_cases.promises),
    "claims": (_l("Claims"), branch_cases.claims),
    "appeals": (_l("Appeals"), _appeals),
    "preview": (_l("Monthly review"), _preview),
    "decisions": (_l("Decisions"), _decisions),
    "checks": (_l("Checks"), branch_cases.checks),
    "recognition": (_l("Recognition"), _recognition),
    "delegations": (_l("Delegations"), branch_cases.delegations),
    "marks": (_l("Marked comments"), _marks),
    "removals": (_l("Removal of scores"), branch_cases.removals),
    "signals": (_l("Low answers"), branch_cases.signals),
}


def today(session: Session, user: User) -> Day:
    """The day of a branch's manager; nothing for who has no branch."""
    if user.branch_id is None:
        return Day([], {})
    order = list(SOURCES)
    tasks: list[Task] = []
    more: dict[str, tuple[int, str]] = {}
    for code, (_name_of, ask) in SOURCES.items():
        found = ask(session, user)
        tasks += found.tasks
        if found.total > len(found.tasks):
            more[code] = (found.total - len(found.tasks), found.path)
    far = date.max
    return Day(sorted(tasks, key=lambda one: (one.urgency, one.due or far, order.index(one.source))), more)
