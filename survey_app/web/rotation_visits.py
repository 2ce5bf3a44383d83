"""One visit of a plan: fixed, moved, given to somebody else, exchanged, taken out; and one more added by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.rotation import BOARD, VisitForm
from survey_app.commands import rotating
from survey_app.commands.handing import Unfit
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.field.rotation import wording
from survey_app.field.rotation.problem import Eligibility, Planned
from survey_app.field.rotation.solving import clashes
from survey_app.models import Assignment
from survey_app.models.fieldwork import PLANNED
from survey_app.permissions import Permission
from survey_app.queries import rotation as queries
from survey_app.queries.candidates import ELSEWHERE, HARD
from survey_app.transaction import transaction
from survey_app.web import rotation_views as views
from survey_app.web.rotation_views import View
from survey_app.web.security import requires
from survey_app.web.support import actor, read_session
from translations import gettext as _

blueprint = Blueprint("rotation_visits", __name__, url_prefix="/rotation")
#: Exchanges that are proposed, the shortest ways first.
SWAPS: Final = 12


@dataclass(frozen=True)
class Candidate:
    """One shopper for the visit as the form stands."""

    id: int
    name: str
    km: float
    load: int
    most: int
    #: Branches seen in the last year, and whether this one is among them.
    branches: int
    known_here: bool
    reasons: str
    barred: bool


class _Page:
    """A visit, or one that is to be added at a branch."""

    def __init__(self, number: int, visit_id: int | None, branch_id: int | None) -> None:
        self.plan = queries.find(read_session(), number)
        if self.plan.state not in queries.LIVE:
            raise Conflict(_("This plan was published. Its visits are changed under Visits."))
        self.view = View(self.plan)
        self.visit = queries.visit(read_session(), number, visit_id) if visit_id is not None else None
        if self.visit is not None and self.visit.state != PLANNED:
            raise queries.NoLongerPlanned(_("There is no such visit in this plan."))
        found = self.view.branches.get(self.visit.branch_id if self.visit is not None else branch_id or 0)
        if found is None:
            raise NotFound(_("There is no branch that can be visited here."))
        self.branch = found
        self.form = self._form()

    def _form(self) -> VisitForm:
        problem = self.view.problem
        days = list(problem.place[self.branch.id].days)
        scenarios = dict.fromkeys(problem.scenarios)
        values = self._values(days)
        if self.visit is not None:
            days = sorted({*days, self.visit.window_from})
            scenarios[self.visit.scenario_id] = None
        names = {str(who.id): who.name for who in problem.shoppers}
        return VisitForm(
            request.form if request.method == "POST" else None,
            choices={
                "day": [(day.isoformat(), views.day_words(day)) for day in days],
                "window": [(str(number), self.view.hours(number)) for number in range(len(problem.windows))],
                "scenario": [(str(one), self.view.scenarios[one]) for one in scenarios],
                "shopper": [*names.items(), (BOARD, _("Job board"))],
            },
            **values,
        )

    def _values(self, days: list[date]) -> dict[str, Any]:
        """What the form begins with: what the address asks for, the visit as it is, or the first day that is free."""
        asked = {name: request.args[name] for name in ("day", "window", "scenario", "shopper") if name in request.args}
        visit = self.visit
        if visit is not None:
            window = queries.window_of(self.view.problem.rules, visit)
            own = {"day": visit.window_from.isoformat(), "window": str(window), "scenario": str(visit.scenario_id)}
            return {**own, "shopper": str(visit.shopper_id or BOARD), **asked}
        held = set(self.view.by_branch[self.branch.id]) | self.view.problem.place[self.branch.id].taken
        free = next((day for day in days if day not in held), None)
        return {"day": free.isoformat() if free else "", "window": "0", "shopper": None, **asked}

    @property
    def slot(self) -> tuple[date, int] | None:
        """The day and the window that the form holds; None where they make no sense."""
        try:
            return date.fromisoformat(str(self.form.day.data)), int(str(self.form.window.data))
        except ValueError:
            return None

    def candidates(self) -> list[Candidate]:
        """Everybody, those against whom nothing stands first, the nearest of them first."""
        problem, slot = self.view.problem, self.slot
        if slot is None or not 0 <= slot[1] < len(problem.windows):
            return []
        own = self.visit.id if self.visit is not None else 0
        others = [one for one in self.view.planned if one.id != own or not own]
        eligible = Eligibility(problem, problem.standing(others))
        found = []
        for who in problem.shoppers:
            codes = eligible.reasons(who.id, self.branch.id, slot[1], slot[0])
            if clashes(problem, others, who.id, self.branch.id, slot[1], slot[0]):
                codes = (*codes, ELSEWHERE)
            load = self.view.summary.loads[who.id]
            found.append(
                Candidate(
                    who.id,
                    who.name,
                    problem.way(who.id, self.branch.id),
                    load.planned + load.held,
                    load.most,
                    self.view.summary.after.branches_of.get(who.id, 0),
                    (who.id, self.branch.id) in problem.history,
                    ", ".join(wording.against(code) for code in codes),
                    bool(HARD & set(codes)),
                )
            )
        return sorted(found, key=lambda one: (one.barred, bool(one.reasons), one.km, one.name))

    def swaps(self) -> list[tuple[Assignment, float]]:
        """Visits whose shoppers could be exchanged with this one's without breaking any rule, and the ways saved."""
        if self.visit is None or self.visit.shopper_id is None:
            return []
        problem = self.view.problem
        planned = {one.id: one for one in self.view.planned}
        mine = planned[self.visit.id]
        found = []
        for other in self.view.visits:
            theirs = planned.get(other.id)
            if theirs is None or theirs.shopper is None or theirs.shopper == mine.shopper or mine.shopper is None:
                continue
            if mine.shopper not in problem.shopper or theirs.shopper not in problem.shopper:
                continue
            rest = [one for one in self.view.planned if one.id not in (mine.id, theirs.id)]
            rest = [one for one in rest if one.shopper in (mine.shopper, theirs.shopper)]
            eligible = Eligibility(problem, problem.standing(rest))
            if _free(eligible, mine.shopper, theirs) and _free(eligible, theirs.shopper, mine):
                now = problem.way(mine.shopper, mine.branch) + problem.way(theirs.shopper, theirs.branch)
                then = problem.way(mine.shopper, theirs.branch) + problem.way(theirs.shopper, mine.branch)
                found.append((other, now - then))
        return sorted(found, key=lambda one: (-one[1], one[0].id))[:SWAPS]

    def render(self, status: int = 200, soft: bool = False) -> ResponseReturnValue:
        """The page."""
        candidates = self.candidates()
        return (
            render_template(
                "pages/rotation/visit.html",
                plan=self.plan,
                view=self.view,
                visit=self.visit,
                branch=self.branch,
                form=self.form,
                candidates=candidates,
                swaps=self.swaps(),
                obstacle=self.view.obstacles.get(self.visit.id, "") if self.visit is not None else "",
                soft=soft,
                board=BOARD,
                words=views,
            ),
            status,
        )


def _free(eligible: Eligibility, shopper: int, one: Planned) -> bool:
    return eligible.free(shopper, one.branch, one.window, one.day)


@blueprint.errorhandler(queries.NoLongerPlanned)
def gone(_error: queries.NoLongerPlanned) -> ResponseReturnValue:
    """Back to the plan, which says so: by the browser's way back, or from a page of before it was planned anew."""
    return redirect(url_for("rotation.show", number=(request.view_args or {})["number"], said="gone"), 303)


def _still(number: int, *visits: int) -> None:
    """NoLongerPlanned where a visit of a live plan is not in it any more."""
    if queries.find(read_session(), number).state in queries.LIVE:
        for one in visits:
            queries.visit(read_session(), number, one)


@blueprint.route("/<int:number>/visits/<int:visit>", methods=["GET", "POST"])
@requires(Permission.PLAN_FIELDWORK)
def show(number: int, visit: int) -> ResponseReturnValue:
    """One visit, and who could make it; changed by what is sent."""
    page = _Page(number, visit, None)
    return _worked(page, lambda session, wanted: rotating.change(session, number, visit, **wanted), visit)


@blueprint.route("/<int:number>/add/<int:branch>", methods=["GET", "POST"])
@requires(Permission.PLAN_FIELDWORK)
def add(number: int, branch: int) -> ResponseReturnValue:
    """One more visit at a branch."""
    page = _Page(number, None, branch)

    def act(session: Any, wanted: dict[str, Any]) -> None:
        wanted.pop("revision")
        rotating.add(session, number, branch, **wanted)

    return _worked(page, act, None)


def _worked(page: _Page, act: Any, visit: int | None) -> ResponseReturnValue:
    form = page.form
    if request.method == "GET":
        return page.render()
    if not form.validate():
        return page.render(422)
    wanted = {
        "day": date.fromisoformat(str(form.day.data)),
        "window": int(str(form.window.data)),
        "scenario_id": int(str(form.scenario.data)),
        "shopper_id": None if form.shopper.data == BOARD else int(str(form.shopper.data)),
        "all_the_same": bool(form.all_the_same.data),
        "revision": request.form.get("revision", type=int),
    }
    try:
        with transaction(actor(), "rotation.visit", plan=page.plan.id, assignment=visit) as session:
            act(session, wanted)
    except Unfit as problem:
        form.form_errors.append(problem.message)
        return page.render(problem.status, soft=problem.soft)
    except UserError as problem:
        form.form_errors.append(problem.message)
        return page.render(problem.status)
    return redirect(url_for("rotation.show", number=page.plan.id, said="changed"), 303)


@blueprint.post("/<int:number>/visits/<int:visit>/pin")
@requires(Permission.PLAN_FIELDWORK)
def pin(number: int, visit: int) -> ResponseReturnValue:
    """Fix a visit, or let the planner change it."""
    pinned = request.form.get("pinned") == "1"
    _still(number, visit)
    with transaction(actor(), "rotation.pin", plan=number, assignment=visit, pinned=pinned) as session:
        rotating.pin(session, number, visit, pinned=pinned)
    return redirect(url_for("rotation_visits.show", number=number, visit=visit), 303)


@blueprint.post("/<int:number>/visits/<int:visit>/swap")
@requires(Permission.PLAN_FIELDWORK)
def swap(number: int, visit: int) -> ResponseReturnValue:
    """Exchange shoppers with another visit."""
    other = request.form.get("other", type=int)
    if other is None:
        raise UserError(_("Choose the visit to exchange shoppers with."))
    _still(number, visit, other)
    with transaction(actor(), "rotation.swap", plan=number, assignment=visit, other=other) as session:
        rotating.swap(session, number, visit, other)
    return redirect(url_for("rotation.show", number=number, said="swapped"), 303)


@blueprint.post("/<int:number>/visits/<int:visit>/remove")
@requires(Permission.PLAN_FIELDWORK)
def remove(number: int, visit: int) -> ResponseReturnValue:
    """Take a visit out; under «without a place» it can be wanted again."""
    _still(number, visit)
    with transaction(actor(), "rotation.remove", plan=number, assignment=visit) as session:
        rotating.remove(session, number, visit)
    return redirect(url_for("rotation.show", number=number, said="removed"), 303)
