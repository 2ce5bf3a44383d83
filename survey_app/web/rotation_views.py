"""A plan as its pages show it: the month by branch, by day and by shopper, what has no place, and the quotas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from sqlalchemy import select

from survey_app.commands.rotating import WORDS
from survey_app.field.eligibility import weekday
from survey_app.field.rotation import wording
from survey_app.field.rotation.explaining import Explained
from survey_app.field.rotation.problem import Planned, Problem
from survey_app.field.rotation.summing import Summary
from survey_app.models import Assignment, Branch, RotationPlan, Scenario
from survey_app.models.fieldwork import PLANNED
from survey_app.queries import rotation as queries
from survey_app.queries import worklists
from survey_app.web.support import read_session
from translations import format_date, isolate, localised
from translations import gettext as _
from translations import lazy_gettext as _l

#: Views of a plan -> their names, in the order of the tabs.
VIEWS: Final = {
    "branches": _l("By branch"),
    "days": _l("By day"),
    "shoppers": _l("By shopper"),
    "unplaced": _l("Without a place"),
    "quotas": _l("Quotas"),
}
WEEKDAYS: Final[Mapping[str, Any]] = {
    "sun": _l("Sunday"),
    "mon": _l("Monday"),
    "tue": _l("Tuesday"),
    "wed": _l("Wednesday"),
    "thu": _l("Thursday"),
    "fri": _l("Friday"),
    "sat": _l("Saturday"),
}
SHORT_WEEKDAYS: Final[Mapping[str, Any]] = {
    "sun": _l("Su"),
    "mon": _l("Mo"),
    "tue": _l("Tu"),
    "wed": _l("We"),
    "thu": _l("Th"),
    "fri": _l("Fr"),
    "sat": _l("Sa"),
}


@dataclass(frozen=True)
class Unplaced:
    """One visit without a place, in words."""

    branch: Branch
    scenario: str
    sentences: Sequence[str]
    #: (name, reasons) of those who come nearest to it.
    near: Sequence[tuple[str, str]]
    found: Explained


class View:
    """Everything the pages of one plan need, each part read when it is asked for."""

    def __init__(self, plan: RotationPlan) -> None:
        self.plan = plan
        self._session = read_session()

    @cached_property
    def visits(self) -> list[Assignment]:
        """All visits that are in the plan, or were published with it and still count."""
        found = queries.visits(self._session, self.plan.id)
        return [one for one in found if one.state == PLANNED or one.state in queries.COUNTING]

    @cached_property
    def problem(self) -> Problem:
        """What the plan is made of, as of now."""
        return queries.problem(self._session, self.plan)

    @cached_property
    def planned(self) -> list[Planned]:
        """The visits as the solver knows them."""
        return queries.planned(self.problem, self.visits)

    @cached_property
    def summary(self) -> Summary:
        """What the plan comes to."""
        return Summary(self.problem, self.planned)

    @cached_property
    def branches(self) -> dict[int, Branch]:
        """Branches of the plan by id, in the order of their names."""
        found = self._session.scalars(select(Branch).where(Branch.id.in_(list(self.problem.place))))
        return {one.id: one for one in sorted(found, key=lambda one: (one.name, one.code))}

    @cached_property
    def names(self) -> dict[int, str]:
        """Shoppers' names by id, of those too who are no longer active."""
        return {who.id: who.name for who in self.problem.shoppers} | worklists.names(
            self._session, {one.shopper_id for one in self.visits if one.shopper_id}
        )

    @cached_property
    def scenarios(self) -> dict[int, str]:
        """Scenarios' titles by id."""
        ids = {*self.problem.scenarios, *(one.scenario_id for one in self.visits)}
        ids |= {one.scenario for one in queries.explained(self.plan)}
        found = self._session.scalars(select(Scenario).where(Scenario.id.in_(ids)))
        return {one.id: localised(one.title) for one in found}

    @cached_property
    def obstacles(self) -> dict[int, str]:
        """Visit id -> why it cannot be published as it is, in words; none once the plan was published."""
        if self.plan.state == queries.PUBLISHED:
            return {}
        return {number: words(codes) for number, codes in queries.obstacles(self.problem, self.planned).items()}

    # ---- the views ---------------------------------------------------------------------------------------------------

    @cached_property
    def days(self) -> list[date]:
        """Days that the month's grid shows: those on which some branch can be visited, and those with visits."""
        there = {day for place in self.problem.places for day in place.days}
        return sorted(there | {one.window_from for one in self.visits})

    @cached_property
    def by_branch(self) -> dict[int, dict[date, list[Assignment]]]:
        """Branch id -> day -> visits."""
        found: dict[int, dict[date, list[Assignment]]] = defaultdict(lambda: defaultdict(list))
        for one in self.visits:
            found[one.branch_id][one.window_from].append(one)
        return found

    @cached_property
    def by_shopper(self) -> dict[int, list[Assignment]]:
        """Shopper id -> visits."""
        found: dict[int, list[Assignment]] = defaultdict(list)
        for one in self.visits:
            if one.shopper_id is not None:
                found[one.shopper_id].append(one)
        return found

    @cached_property
    def unplaced(self) -> list[Unplaced]:
        """Visits that lack now, with the reasons of the last solution; what was added by hand since is not in it."""
        lacking = {branch: line.lacking for branch, line in self.summary.branches.items()}
        found = []
        for one in queries.explained(self.plan):
            if lacking.get(one.branch, 0) <= 0:
                continue
            lacking[one.branch] -= 1
            near = [
                (self.names[who], ", ".join(wording.against(code) for code in codes))
                for who, codes in one.near
                if who in self.names
            ]
            found.append(
                Unplaced(self.branches[one.branch], self.scenarios[one.scenario], wording.sentences(one), near, one)
            )
        return found

    @property
    def never_planned(self) -> bool:
        """Whether visits lack only because nobody has had the month planned yet."""
        return self.plan.solved_at is None and self.summary.lacking > 0

    @property
    def unexplained(self) -> int:
        """Visits that lack now and did not when the month was planned: no reason is known of them."""
        return max(0, self.summary.lacking - len(self.unplaced))

    @cached_property
    def left_out(self) -> list[tuple[Branch, int]]:
        """Branches at which visits were taken out by hand, and how many."""
        found = self.problem.settings.left_out
        return [(branch, found[number]) for number, branch in self.branches.items() if found.get(number)]

    @cached_property
    def uneven(self) -> list[tuple[Branch, Any]]:
        """Branches whose quota is not met, or more than met."""
        lines = self.summary.branches
        return [
            (branch, lines[number])
            for number, branch in self.branches.items()
            if lines[number].lacking or lines[number].over
        ]

    def hours(self, number: int) -> str:
        """The hours of a window."""
        window = self.problem.windows[number]
        return f"{window.start}–{window.end}"


def words(codes: Sequence[str]) -> str:
    """Reasons against a visit, in words."""
    return ", ".join(str(WORDS[code]) if code in WORDS else wording.against(code) for code in codes)


def initials(name: str) -> str:
    """First letters of a name, for a narrow cell."""
    return "".join(part[0] for part in name.split()[:2])


def day_words(day: date) -> str:
    """A day with its weekday."""
    return f"{WEEKDAYS[weekday(day)]}, {format_date(day)}"


def visit_words(view: View, one: Assignment) -> str:
    """Everything of a visit in one line, for lists and for those who hear the page."""
    who = view.names[one.shopper_id] if one.shopper_id is not None else _("Job board")
    return f"{isolate(one.branch.name)} · {day_words(one.window_from)} · {isolate(who)}"
