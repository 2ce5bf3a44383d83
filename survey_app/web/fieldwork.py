"""The coordinator's fieldwork: which visits there are, giving a new one to a shopper, taking one back, scenarios."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import date, timedelta
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.fieldwork import AssignmentForm, ScenarioForm
from reports import months
from survey_app import clock
from survey_app.commands import fieldwork as commands
from survey_app.commands import giving
from survey_app.errors import NotFound, UserError
from survey_app.field import risks
from survey_app.kinds import KINDS
from survey_app.models import Assignment, Branch, Campaign, Programme, Scenario, User
from survey_app.models.fieldwork import ASSIGNED, RETURNED
from survey_app.permissions import Permission, Scope
from survey_app.queries import organisation, programmes, worklists
from survey_app.transaction import transaction
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session
from survey_app.web.visits import ASSIGNMENTS
from translations import gettext as _
from translations import lazy_gettext as _l
from translations import localised

blueprint = Blueprint("fieldwork", __name__, url_prefix="/fieldwork")

#: Kinds of questionnaires that a shopper fills in, and a reviewer judges.
SHOP_KINDS: Final = [kind.code for kind in KINDS.values() if kind.reviewed]
#: Instead of a shopper: the visit goes on the job board.
BOARD: Final = "board"
#: What the list shows on its own, as the filter calls it.
ONLY: Final[Mapping[str, Any]] = {"late": _l("Late"), "nobody": _l("Nobody has them")}
#: States in which a visit is late once its days are over.
_LATE: Final = frozenset({ASSIGNED, RETURNED})
#: How long a new visit's window is unless the coordinator says otherwise.
USUAL_WINDOW: Final = timedelta(days=14)


@blueprint.get("")
@requires(Permission.PLAN_FIELDWORK)
def index() -> str:
    """All visits by month, state and branch, the newest window first."""
    session = read_session()
    running = programmes.every(session)
    filters: dict[str, Any] = {
        "month": _month(request.args.get("month", "")),
        "state": _one_of(request.args.get("state", ""), ASSIGNMENTS),
        "branch": request.args.get("branch", "").strip(),
        "programme": _one_of(request.args.get("programme", ""), {one.code for one in running}),
        "shopper": request.args.get("shopper", type=int),
        "only": _one_of(request.args.get("only", ""), ONLY),
    }
    visits = worklists.fieldwork(session, **filters, limit=PAGE, offset=(asked() - 1) * PAGE)
    pages = paging(visits.total)
    if pages.number != asked():
        visits = worklists.fieldwork(session, **filters, limit=PAGE, offset=pages.offset)
    return render_template(
        "pages/fieldwork/list.html",
        visits=visits,
        pages=pages,
        filters=filters,
        months=worklists.fieldwork_months(session),
        branches=_branches(),
        states=ASSIGNMENTS,
        only=ONLY,
        programmes=running,
        shoppers=worklists.shoppers(session),
        late=_LATE,
        replaceable=giving.REPLACEABLE,
        cancellable=giving.CANCELLABLE,
        today=clock.today(),
        lacks=_lacks(),
        added=request.args.get("added", type=int),
        opened=request.args.get("open") == "1",
    )


def _one_of(text: str, known: Container[str]) -> str:
    return text if text in known else ""


def _month(text: str) -> str:
    try:
        return months.parse(text)
    except ValueError:
        return ""


def _branches() -> list[Branch]:
    """Branches that can be visited: open today and serving customers."""
    today = clock.today()
    return [one for one in organisation.branches(read_session(), Scope()) if one.open_on(today) and one.ranked]


def _lacks() -> list[str]:
    """What has to be there before a visit can be given to anybody, by name."""
    session = read_session()
    there: dict[str, Any] = {
        "questionnaire": worklists.shop_campaigns(session, SHOP_KINDS),
        "branch": _branches(),
        "shopper": worklists.shoppers(session),
        "scenario": worklists.scenarios(session),
    }
    return [name for name, found in there.items() if not found]


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.PLAN_FIELDWORK)
def new() -> ResponseReturnValue:
    """Give a visit to a shopper."""
    lacks = _lacks()
    if lacks:
        return render_template("pages/fieldwork/lacks.html", lacks=lacks)
    session = read_session()
    offered = _Offered()
    today = clock.today()
    form = AssignmentForm(
        request.form if request.method == "POST" else None,
        campaigns=offered.sources,
        shoppers=[
            *([(BOARD, _("Nobody yet: on the job board"))] if programmes.active(session) else []),
            *((str(one.id), one.name or one.email) for one in offered.shoppers),
        ],
        branch=request.args.get("branch", ""),
        branches=[(offered.codes[one.id], one.name) for one in offered.branches],
        scenarios=[(str(one.id), localised(one.title)) for one in offered.scenarios],
        window_from=today,
        window_until=today + USUAL_WINDOW,
    )
    if request.method == "GET" or not form.validate():
        return _form_page(form), 200 if request.method == "GET" else 422
    try:
        with transaction(actor(), "fieldwork.assign") as writing:
            chosen, _dot, programme = (form.campaign.data if "campaign" in form else offered.sources[0][0]).partition(
                "."
            )
            visit = commands.assign(
                writing,
                campaign=writing.get_one(Campaign, int(chosen)),
                shopper=None if form.shopper.data == BOARD else writing.get_one(User, int(form.shopper.data)),
                branch=organisation.branch_by_code(writing, str(form.branch.data)),
                scenario=writing.get_one(Scenario, int(form.scenario.data)),
                window_from=_day(form.window_from.data),
                window_until=_day(form.window_until.data),
                all_the_same=bool(request.form.get("all_the_same")),
                by=current_user(),
                programme=writing.get_one(Programme, int(programme)) if programme else None,
            )
    except UserError as problem:
        form.form_errors.append(problem.message)
        return _form_page(form, soft=isinstance(problem, giving.Unfit) and problem.soft), problem.status
    session.expire_all()
    return redirect(url_for("fieldwork.index", added=visit.id, open=int(visit.shopper_id is None) or None), 303)


class _Offered:
    """What a new visit can be made of."""

    def __init__(self) -> None:
        session = read_session()
        running = programmes.active(session)
        #: Programmes that run, and questionnaires that none of them uses.
        self.sources = [
            source
            for campaign in worklists.shop_campaigns(session, SHOP_KINDS)
            for source in [
                (f"{campaign.id}.{one.id}", localised(one.name)) for one in running if one.campaign_id == campaign.id
            ]
            or [(str(campaign.id), localised(campaign.questionnaire.title))]
        ]
        self.shoppers = worklists.shoppers(session)
        self.scenarios = [one for one in worklists.scenarios(session) if one.active]
        self.branches = _branches()
        self.codes = organisation.codes(session)


def _day(value: Any) -> date:
    if not isinstance(value, date):
        raise TypeError("a validated form holds days")
    return value


def _form_page(form: AssignmentForm, *, soft: bool = False) -> str:
    return render_template("pages/fieldwork/new.html", form=form, soft=soft)


@blueprint.route("/<int:number>/cancel", methods=["GET", "POST"])
@requires(Permission.PLAN_FIELDWORK)
def cancel(number: int) -> ResponseReturnValue:
    """Take a visit back, after asking once more: what the shopper wrote so far goes with it."""
    visit = read_session().get(Assignment, number)
    if visit is None:
        raise NotFound(_("There is no such assignment."))
    if request.method == "GET":
        begun = bool(worklists.drafted(read_session(), [visit.response_id]))
        return render_template(
            "pages/fieldwork/cancel.html",
            visit=visit,
            begun=begun,
            possible=visit.state in giving.CANCELLABLE,
            states=ASSIGNMENTS,
        )
    with transaction(actor(), "fieldwork.cancel", assignment=number) as session:
        giving.cancel(session, number, by=current_user())
    return redirect(url_for("fieldwork.index"), 303)


@blueprint.get("/scenarios")
@requires(Permission.PLAN_FIELDWORK)
def scenarios() -> str:
    """What shoppers play."""
    found = worklists.scenarios(read_session())
    return render_template(
        "pages/fieldwork/scenarios.html",
        scenarios=[one for one in found if one.active],
        retired=[one for one in found if not one.active],
        verdicts={one.id: risks.VERDICTS[risks.verdict(one.risks)] for one in found},
    )


@blueprint.route("/scenarios/new", methods=["GET", "POST"])
@requires(Permission.PLAN_FIELDWORK)
def new_scenario() -> ResponseReturnValue:
    """Write a scenario."""
    form = ScenarioForm(request.form if request.method == "POST" else None)
    if request.method == "GET" or not form.validate():
        return render_template("pages/fieldwork/scenario.html", form=form), 200 if request.method == "GET" else 422
    try:
        with transaction(actor(), "fieldwork.scenario") as session:
            made = commands.add_scenario(
                session,
                code=form.code.data or "",
                title=form.localised("title"),
                briefing=form.localised("briefing"),
                has_appointment=bool(form.has_appointment.data),
                has_account=bool(form.has_account.data),
            )
    except UserError as problem:
        form.form_errors.append(problem.message)
        return render_template("pages/fieldwork/scenario.html", form=form), problem.status
    return redirect(url_for("scenarios.show", code=made.code, done="added"), 303)
