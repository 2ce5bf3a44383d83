"""Promises and their clocks: what is due, what was broken, who answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final, cast

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.promises import HandForm, PromiseForm, SettleForm
from reports import loop_wording
from survey_app import clock
from survey_app.commands import promises as commands
from survey_app.errors import NotFound, UserError
from survey_app.models import NO_AGENT, Promise, User
from survey_app.permissions import ROLE_NAMES, Permission, may, role_of
from survey_app.queries import cases, departments, organisation
from survey_app.queries import promises as queries
from survey_app.transaction import transaction
from survey_app.web.meeting_words import branch_choices, place
from survey_app.web.paging import PAGE, paging
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, scope, stop_reading
from translations import gettext as _
from translations import lazy_gettext as _l
from translations import localised

blueprint = Blueprint("promises", __name__)

#: Cut of the list -> what its tab is called.
CUTS: Final[Mapping[str, Any]] = {
    queries.MINE: _l("Mine to keep"),
    queries.OPEN: _l("Open promises"),
    queries.SOON: _l("Due within two days"),
    queries.BROKEN: _l("Broken, not made good yet"),
    queries.SETTLED: _l("Settled promises"),
}
#: State -> (what it is called, the sort of badge).
STATES: Final[Mapping[str, tuple[Any, str]]] = {
    "open": (_l("Promise is open"), ""),
    "kept": (_l("Kept as promised"), "good"),
    "broken": (_l("Promise broken"), "bad"),
    "withdrawn": (_l("Promise taken back"), ""),
    "made_good": (_l("Broken, made good"), "warn"),
}
#: What is said after an act.
SAID: Final[Mapping[str, Any]] = {
    "made": _l("The promise was written down. Its day is watched from now on."),
    "settled": _l("What became of the promise was written down."),
    "handed": _l("The promise has another owner, who gets a letter."),
}


def state_of(one: Promise) -> str:
    """The state of a promise as it is shown: a broken one that somebody made good is told apart."""
    return "made_good" if one.state == "broken" and one.settled_by_id is not None else one.state


@blueprint.get("/promises")
@requires(Permission.KEEP_PROMISES)
def index() -> str:
    """The reader's own first; leads see those of their people and departments."""
    session, user = read_session(), current_user()
    cut = request.args.get("cut", queries.MINE)
    counted = queries.listed(session, user, cut, limit=0)
    if "cut" not in request.args and not counted.total and counted.counts[queries.OPEN]:
        # Whoever has none to keep begins with those of the own people.
        cut = queries.OPEN
        counted = queries.listed(session, user, cut, limit=0)
    pages = paging(counted.total)
    rows = queries.listed(session, user, cut, limit=PAGE, offset=pages.offset).rows
    return render_template(
        "pages/promises/index.html",
        rows=rows,
        names=queries.owner_names(session, rows),
        counts=counted.counts,
        pages=pages,
        cut=cut,
        cuts=CUTS,
        states=STATES,
        state_of=state_of,
        today=clock.today(),
        measured=_measured(user),
        words=loop_wording,
    )


def _measured(user: User) -> list[tuple[str, Any]]:
    """(of what, share of promises kept) as far as the reader sees: the own share, the own places, or the whole."""
    session = read_session()
    month = clock.last_full_month()
    found = queries.measured(session, month)
    if found is None:
        return []
    reach = scope()
    if reach.reach == "agent" and reach.agent_id is not None:
        own = queries.of_agent(session, reach.agent_id, month)
        return [(str(_l("Your promises")), own)] if own else []
    if not may(user, Permission.LEAD_CASES):
        return []
    names = {one.id: one for one in organisation.branches(session, reach)}
    of_branches = [
        (names[row["id"]].name, row["kept"]) for row in found["branches"] if row["id"] in names and row["kept"]
    ]
    whole = [(str(_l("The whole organisation")), found["kept"])] if reach.everything and found["kept"] else []
    of_departments = [
        (localised(row["name"]), row["kept"]) for row in found["departments"] if reach.everything and row["kept"]
    ]
    return [*whole, *of_departments, *(of_branches if not reach.everything else [])]


@blueprint.app_template_global("case_promises")
def of_case(case_id: int) -> list[tuple[Promise, tuple[Any, str]]]:
    """The promises made on a case that its page shows, each with its badge."""
    return [(one, STATES[state_of(one)]) for one in queries.of_case(read_session(), case_id)]


# ---- writing one down ------------------------------------------------------------------------------------------------


def _form(sent: Any = None) -> PromiseForm:
    session, user = read_session(), current_user()
    codes = organisation.codes(session)
    own = user.branch or _branch_of_agent(user)
    branches = branch_choices() if may(user, Permission.LEAD_CASES) else []
    if own is not None and not branches:
        branches = [(codes[own.id], own.name)]
    if not branches:
        branches = [(codes[one.id], one.name) for one in organisation.branches(session, scope())]
    begins: dict[str, Any] = {
        "id": commands.new_id(),
        "made_on": clock.today(),
        "due_on": clock.today() + timedelta(days=2),
        "branch": f"{codes[own.id]} {own.name}" if own is not None else "",
        "case": request.args.get("case", type=int),
        "words": request.args.get("words", "")[: commands.LONGEST],
    }
    return PromiseForm(
        sent,
        branches=branches,
        owners=_owners(user),
        departments=[(str(one.id), localised(one.name)) for one in departments.every(session) if one.active],
        **begins,
    )


def _branch_of_agent(user: User) -> Any:
    if user.agent_id is None:
        return None
    found = organisation.placement_on(read_session(), user.agent_id, clock.today())
    return found.branch if found is not None else None


def _within_reach(user: User) -> set[int]:
    """Ids of the branches that a promise of a user may stand against: the own one, or those that the reader leads."""
    own = user.branch or _branch_of_agent(user)
    return {own.id} if own is not None else {one.id for one in organisation.branches(read_session(), scope())}


def _owners(user: User) -> list[tuple[str, str]]:
    """(id, name and role) of whom a promise can be given to."""
    found = queries.keepers(read_session(), user)
    return [(str(one.id), f"{one.name or one.email} · {ROLE_NAMES[role_of(one)]}") for one in found]


@blueprint.get("/promises/new")
@requires(Permission.KEEP_PROMISES)
def begin() -> str:
    """The form of a promise; ``?case=12`` makes it on a case."""
    return _new(_form())


def _new(form: PromiseForm) -> str:
    return render_template("pages/promises/new.html", form=form)


@blueprint.post("/promises")
@requires(Permission.KEEP_PROMISES)
def make() -> ResponseReturnValue:
    """Write a promise down. The same form twice is one promise."""
    form = _form(request.form)
    if not form.validate():
        return _new(form), 422
    user = current_user()
    try:
        branch = organisation.branch_by_code(read_session(), str(form.branch.data))
        agent_id = user.agent_id or NO_AGENT
        case_id = form.case.data or None
        if case_id is not None:
            seen = cases.of(read_session(), case_id, user).case
            branch, agent_id = seen.branch, seen.agent_id
        elif branch.id not in _within_reach(user):
            raise UserError(_("Choose a branch."), [("branch", _("Choose a branch."))])
        with transaction(actor(), "promise.record", promise=form.id.data) as session:
            commands.record(
                session,
                id=form.id.data or "",
                words=form.words.data or "",
                made_on=cast("Any", form.made_on.data),
                due_on=cast("Any", form.due_on.data),
                branch_id=branch.id,
                agent_id=agent_id,
                department_id=int(form.department.data) if form.department.data else None,
                owner_id=int(form.owner.data) if form.owner.data else None,
                case_id=case_id,
                by_id=user.id,
            )
    except UserError as problem:
        place(form, problem)
        stop_reading()
        return _new(form), problem.status
    return redirect(url_for("promises.show", promise_id=form.id.data, done="made"), 303)


# ---- one promise -----------------------------------------------------------------------------------------------------


@blueprint.get("/promises/<promise_id>")
@requires(Permission.KEEP_PROMISES)
def show(promise_id: str) -> str:
    """One promise, its clock, and what became of it."""
    return _page(promise_id)


def _choices(one: Promise, user: User) -> list[tuple[str, Any]]:
    """What a reader may say of a promise by its day and state."""
    if one.state in ("kept", "withdrawn"):
        return []
    late = one.state == "broken" or one.due_on < clock.today()
    if not late:
        return [("kept", _l("It was kept")), ("withdrawn", _l("It is taken back, by agreement with the customer"))]
    good = [("broken", _l("It was broken and is made good now"))]
    return [*good, ("kept", _l("It was kept in time and not written down"))] if commands.corrects(one, user) else good


def _page(promise_id: str, *, form: SettleForm | None = None, hand: HandForm | None = None, problem: str = "") -> str:
    session, user = read_session(), current_user()
    one = queries.promise(session, user, promise_id)
    settles = queries.settles(session, user, one)
    choices = _choices(one, user) if settles else []
    number = None
    if one.case_id is not None and may(user, Permission.WORK_CASES):
        with suppress(NotFound):
            number = cases.of(session, one.case_id, user).case.id
    return render_template(
        "pages/promises/show.html",
        one=one,
        owner=queries.owner_names(session, [one]).get(one.owner_id or 0, ""),
        state=STATES[state_of(one)],
        case_number=number,
        form=form or (SettleForm(choices=choices, revision=one.revision, state=choices[0][0]) if choices else None),
        hand=hand or HandForm(owners=_owners(user), revision=one.revision, owner=str(one.owner_id or "")),
        hands=settles and one.state == "open" and may(user, Permission.LEAD_CASES),
        handing=hand is not None,
        problem=problem,
        late=one.state == "open" and one.due_on < clock.today(),
        said=SAID.get(request.args.get("done", "")),
    )


@blueprint.post("/promises/<promise_id>/settle")
@requires(Permission.KEEP_PROMISES)
def settle(promise_id: str) -> ResponseReturnValue:
    """Say what became of it: who answers for it, and who leads there."""
    session, user = read_session(), current_user()
    one = queries.promise(session, user, promise_id)
    if not queries.settles(session, user, one):
        raise NotFound(str(_l("There is no such promise.")))
    every = [("kept", ""), ("broken", ""), ("withdrawn", "")]
    form = SettleForm(request.form, choices=_choices(one, user) or every)
    if not form.validate():
        return _page(promise_id, form=form), 422
    try:
        with transaction(actor(), "promise.settle", promise=promise_id) as writing:
            commands.settle(writing, user, one, str(form.state.data), form.note.data or "", form.revision.data or 0)
    except UserError as problem:
        return _refused(promise_id, problem, form=form)
    return redirect(url_for("promises.show", promise_id=promise_id, done="settled"), 303)


@blueprint.post("/promises/<promise_id>/hand")
@requires(Permission.LEAD_CASES)
def hand(promise_id: str) -> ResponseReturnValue:
    """Give it to somebody else."""
    session, user = read_session(), current_user()
    one = queries.promise(session, user, promise_id)
    form = HandForm(request.form, owners=_owners(user))
    if not form.validate():
        return _page(promise_id, hand=form), 422
    try:
        with transaction(actor(), "promise.hand", promise=promise_id) as writing:
            commands.hand(writing, user, one, int(form.owner.data), form.revision.data or 0)
    except UserError as problem:
        return _refused(promise_id, problem, hand=form)
    return redirect(url_for("promises.show", promise_id=promise_id, done="handed"), 303)


def _refused(promise_id: str, problem: UserError, **forms: Any) -> ResponseReturnValue:
    """The page with what was sent, the refusal beside its field or over the page."""
    stop_reading()
    for form in forms.values():
        place(form, problem)
    return _page(promise_id, problem=problem.message, **forms), problem.status
