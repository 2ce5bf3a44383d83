"""Posters, desk stands, tablets and links: the list, new ones, their labels, their end, and their printed pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from forms.points import KINDS, LabelForm, ManyForm, PointForm, PrintForm
from survey_app import clock
from survey_app.commands import points as commands
from survey_app.errors import UserError
from survey_app.models import NO_AGENT, Agent, Branch, Campaign, CollectionPoint
from survey_app.models.outreach import KIOSK
from survey_app.outgoing import posters
from survey_app.outreach import codes
from survey_app.permissions import Permission
from survey_app.queries import organisation
from survey_app.queries import points as queries
from survey_app.transaction import transaction
from survey_app.web.paging import PAGE, paging
from survey_app.web.security import requires
from survey_app.web.support import actor, read_session, scope, settings, stop_reading
from translations import DEFAULT, localised

blueprint = Blueprint("points", __name__, url_prefix="/points")

#: Branches that one transaction makes points for.
BATCH: Final = 200
#: A tablet that has not reported for so long is said to be silent.
SILENT: Final = timedelta(hours=2)
STATES: Final = ("live", "retired")


def campaign_name(campaign: Campaign) -> str:
    """What staff call a campaign."""
    return campaign.name or localised(campaign.questionnaire.title) or campaign.code


def address_of(point: CollectionPoint) -> str:
    """The whole address behind a point: a tablet's with its secret, any other's by its code."""
    if point.kind == KIOSK:
        return f"{settings().base_url}/kiosk/{point.token}"
    return f"{settings().link_url}/b/{point.code}"


def _filters() -> queries.Filters:
    asked = request.args
    return queries.Filters(
        search=asked.get("q", "").strip()[:100],
        campaign=asked.get("campaign", "").strip(),
        kind=asked.get("kind", "") if asked.get("kind") in KINDS else "",
        state=asked.get("state", "") if asked.get("state") in STATES else "",
    )


@blueprint.get("")
@requires(Permission.MANAGE_POINTS, Permission.PRINT_POINTS)
def index() -> str:
    """The points that the reader may see, fifty at a time."""
    session, reach, filters = read_session(), scope(), _filters()
    pages = paging(queries.count(session, reach, filters))
    rows = queries.listed(session, reach, filters, limit=PAGE, offset=pages.offset)
    return render_template(
        "pages/points/list.html",
        points=rows,
        pages=pages,
        filters=filters,
        sums=queries.brought_in(session, rows),
        kinds=KINDS,
        campaigns=[(one.code, campaign_name(one)) for one in queries.campaigns_with_points(session, reach)],
        grouped=codes.grouped,
        named=campaign_name,
        silent=clock.now() - SILENT,
        aside=queries.count_set_aside(session, reach),
        made=request.args.get("made", type=int),
        had=request.args.get("had", 0, type=int),
        closed=request.args.get("closed", 0, type=int),
    )


class _Offered:
    """What a new point can be made of."""

    def __init__(self) -> None:
        session = read_session()
        self.campaigns = [(one.code, campaign_name(one)) for one in queries.campaigns(session)]
        short = organisation.codes(session)
        today = clock.today()
        open_ = [one for one in organisation.branches(session, scope()) if one.open_on(today)]
        self.branches = [(short[one.id], one.name) for one in open_]
        self.regions = [(str(one.id), one.name) for one in organisation.regions(session)]

    @property
    def lacking(self) -> list[str]:
        """What has to be there first, by name."""
        return [name for name in ("campaigns", "branches") if not getattr(self, name)]


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_POINTS)
def new() -> ResponseReturnValue:
    """One new point."""
    offered = _Offered()
    if offered.lacking:
        return render_template("pages/points/lacks.html", lacking=offered.lacking)
    sent = request.form if request.method == "POST" else None
    asked = {name: request.args[name] for name in ("campaign", "branch", "kind") if request.args.get(name)}
    form = PointForm(sent, campaigns=offered.campaigns, branches=offered.branches, **asked)
    if sent is None or not form.validate():
        return _form_page(form), 200 if sent is None else 422
    try:
        with transaction(actor(), "point.create", campaign=form.campaign.data, kind=form.kind.data) as session:
            made = commands.create(
                session,
                branch=organisation.branch_by_code(session, str(form.branch.data)),
                campaign=_campaign(session, str(form.campaign.data)),
                kind=str(form.kind.data),
                agent_id=_agent(session, form.agent.data or ""),
                label=form.label.data or "",
            )
            number = made.id
    except UserError as problem:
        _tell(form, problem)
        return _form_page(form), problem.status
    return redirect(url_for("points.show", number=number, new=1), 303)


def _campaign(session: Any, code: str) -> Campaign:
    found: Campaign = session.scalars(select(Campaign).where(Campaign.code == code)).one()
    return found


def _agent(session: Any, code: str) -> int:
    return organisation.agent_by_code(session, code).id if code.strip() else NO_AGENT


def _tell(form: Any, problem: UserError) -> None:
    """Put a refusal where it belongs: beside its field, else above the form."""
    for place, _said in problem.places:
        if place in form:
            form[place].errors = [*form[place].errors, problem.message]
            return
    form.form_errors.append(problem.message)


def _form_page(form: PointForm) -> str:
    return render_template("pages/points/new.html", form=form)


@blueprint.route("/many", methods=["GET", "POST"])
@requires(Permission.MANAGE_POINTS)
def many() -> ResponseReturnValue:
    """Points for many branches at once: each branch that has none of this sort yet."""
    offered = _Offered()
    if offered.lacking:
        return render_template("pages/points/lacks.html", lacking=offered.lacking)
    sent = request.form if request.method == "POST" else None
    form = ManyForm(sent, campaigns=offered.campaigns, regions=offered.regions)
    if sent is None or not form.validate():
        return render_template("pages/points/many.html", form=form), 200 if sent is None else 422
    region = int(form.region.data) if form.region.data else None
    reach = scope()
    numbers = [
        one.id
        for one in organisation.branches(read_session(), reach)
        if one.ranked and (region is None or one.region_id == region)
    ]
    stop_reading()
    made = had = closed = 0
    try:
        for start in range(0, len(numbers), BATCH):
            with transaction(actor(), "point.create_many", campaign=form.campaign.data, kind=form.kind.data) as session:
                done = commands.create_many(
                    session,
                    list(session.scalars(select(Branch).where(Branch.id.in_(numbers[start : start + BATCH])))),
                    campaign=_campaign(session, str(form.campaign.data)),
                    kind=str(form.kind.data),
                    label=form.label.data or "",
                )
                made, had, closed = made + len(done.points), had + len(done.had), closed + len(done.closed)
    except UserError as problem:
        _tell(form, problem)
        return render_template("pages/points/many.html", form=form), problem.status
    return redirect(url_for("points.index", made=made, had=had or None, closed=closed or None), 303)


@blueprint.get("/<int:number>")
@requires(Permission.MANAGE_POINTS, Permission.PRINT_POINTS)
def show(number: int) -> str:
    """One point: its code, its address, what came from it, its printed page."""
    session = read_session()
    found = queries.point(session, number, scope())
    agent = session.get(Agent, found.agent_id) if found.agent_id != NO_AGENT else None
    form = _print_form()
    form.validate()
    return render_template(
        "pages/points/show.html",
        point=found,
        kind=KINDS[found.kind],
        code=codes.grouped(found.code),
        campaign=campaign_name(found.campaign),
        agent=agent,
        sum=queries.brought_in(session, [found])[found.id],
        address=address_of(found),
        form=form,
        look=_look(form),
        new=request.args.get("new", type=int),
        renewed=request.args.get("renewed", type=int),
        saved=request.args.get("saved", type=int),
        silent=clock.now() - SILENT,
    )


def _print_form() -> PrintForm:
    """The wishes in the address; paper and language are the usual ones where it has none."""
    asked = request.args.copy()
    asked.setdefault("size", "a4")
    asked.setdefault("language", DEFAULT)
    return PrintForm(asked)


def _look(form: PrintForm) -> dict[str, str]:
    """The wishes of the form as the query of a printed page; the defaults where they do not go together."""
    if form.errors:
        return {}
    wishes = {"size": form.size.data, "language": form.language.data, "second": form.second.data}
    return {name: str(value) for name, value in wishes.items() if value}


def _wished() -> posters.Look:
    asked = request.args
    return posters.Look(asked.get("size", "a4"), asked.get("language", DEFAULT), asked.get("second", ""))


@blueprint.get("/<int:number>/poster.pdf")
@requires(Permission.MANAGE_POINTS, Permission.PRINT_POINTS)
def printed(number: int) -> Response:
    """A point's printed page."""
    found = queries.point(read_session(), number, scope())
    queries.refuse_retired(found)
    batch = posters.gathered(read_session(), [found], settings().link_url)
    return _file(posters.pdf(batch, _wished()), f"{found.branch.code}-{found.code}.pdf", "application/pdf")


@blueprint.get("/<int:number>/poster.png")
@requires(Permission.MANAGE_POINTS, Permission.PRINT_POINTS)
def picture(number: int) -> Response:
    """The same page as a small picture."""
    found = queries.point(read_session(), number, scope())
    batch = posters.gathered(read_session(), [found], settings().link_url)
    return Response(posters.preview(batch, _wished()), mimetype="image/png")


def _file(body: bytes, name: str, kind: str) -> Response:
    return Response(body, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@blueprint.get("/print")
@requires(Permission.MANAGE_POINTS, Permission.PRINT_POINTS)
def printing() -> ResponseReturnValue:
    """The pages of all points that a list shows, as one PDF or a zip of many; first which paper and languages."""
    session, reach, filters = read_session(), scope(), _filters()
    wanted = queries.Filters(filters.search, filters.campaign, filters.kind, "live")
    rows = [one for one in queries.listed(session, reach, wanted, limit=None) if one.kind != KIOSK]
    form = _print_form()
    chosen = request.args.get("as", "")
    if not form.validate() or not chosen or not rows or len(rows) > posters.MOST:
        return render_template(
            "pages/points/print.html", form=form, filters=filters, number=len(rows), most=posters.MOST
        ), 422 if form.errors else 200
    batch = posters.gathered(session, rows, settings().link_url)
    look = posters.Look(str(form.size.data), str(form.language.data), str(form.second.data or ""))
    if chosen == "zip":
        return _file(posters.zipped(batch, look), "posters.zip", "application/zip")
    return _file(posters.pdf(batch, look), "posters.pdf", "application/pdf")


@blueprint.post("/<int:number>/label")
@requires(Permission.MANAGE_POINTS)
def label(number: int) -> ResponseReturnValue:
    """New words by which staff know a point."""
    found = queries.point(read_session(), number, scope())
    form = LabelForm(request.form)
    if not form.validate():
        raise UserError(str(next(iter(form.label.errors))))
    with transaction(actor(), "point.relabel", point=found.id) as session:
        commands.relabel(session, found.id, form.label.data or "")
    return redirect(url_for("points.show", number=number, saved=1), 303)


@blueprint.route("/<int:number>/retire", methods=["GET", "POST"])
@requires(Permission.MANAGE_POINTS)
def retire(number: int) -> ResponseReturnValue:
    """Take a point out of use, after asking once more: paper that hangs somewhere says so from then on."""
    found = queries.point(read_session(), number, scope())
    if request.method == "GET":
        return render_template(
            "pages/points/retire.html", point=found, kind=KINDS[found.kind], code=codes.grouped(found.code)
        )
    with transaction(actor(), "point.retire", point=number) as session:
        commands.retire(session, number)
    return redirect(url_for("points.show", number=number), 303)


@blueprint.post("/<int:number>/renew")
@requires(Permission.MANAGE_POINTS)
def renew(number: int) -> ResponseReturnValue:
    """A new secret for a tablet."""
    queries.point(read_session(), number, scope())
    with transaction(actor(), "point.renew", point=number) as session:
        commands.renew(session, number)
    return redirect(url_for("points.show", number=number, renewed=1), 303)
