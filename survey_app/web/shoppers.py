"""Mystery shoppers: the list, and one person's profile, conflicts of interest and absences."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.programmes import refuse
from forms.shoppers import AbsenceForm, ConflictForm, ProfileForm
from survey_app import clock
from survey_app.commands import shoppers as commands
from survey_app.commands.imports import HANDLERS
from survey_app.commands.imports.engine import run_import
from survey_app.commands.imports.report import Summary
from survey_app.commands.shoppers import Profile
from survey_app.errors import UserError
from survey_app.field.conflicts import PLACES, REASONS
from survey_app.field.rules import WEEKDAYS
from survey_app.models import ShopperProfile, User
from survey_app.permissions import Permission, Scope
from survey_app.queries import certificates, organisation
from survey_app.queries import shopper_list as queries
from survey_app.readers import Unreadable
from survey_app.transaction import transaction
from survey_app.web.field_words import DAYS, STANDINGS
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.security import limiter, requires, takes
from survey_app.web.support import actor, read_session
from survey_app.web.visits import ASSIGNMENTS
from translations import DEFAULT
from translations import gettext as _

blueprint = Blueprint("shoppers", __name__)

MANAGE: Final = Permission.MANAGE_PROGRAMMES
MOST_BYTES: Final = 2_000_000
MOST_SENT: Final = MOST_BYTES + 100_000
_DAYS: Final = [(day, DAYS[day]) for day in WEEKDAYS]


@blueprint.get("/shoppers")
@requires(MANAGE)
def index() -> ResponseReturnValue:
    """Everybody who makes visits."""
    return _list()


def _list(*, summary: Summary | None = None, fault: str = "") -> ResponseReturnValue:
    session = read_session()
    search, active = request.args.get("search", "").strip(), request.args.get("left") != "1"
    found = queries.listing(session, search=search, active=active, limit=PAGE, offset=(asked() - 1) * PAGE)
    pages = paging(found.total)
    if pages.number != asked():
        found = queries.listing(session, search=search, active=active, limit=PAGE, offset=pages.offset)
    page = render_template(
        "pages/shoppers/index.html",
        found=found,
        pages=pages,
        search=search,
        active=active,
        summary_of_file=summary,
        fault=fault,
        most=MOST_BYTES // 1_000_000,
    )
    return make_response(page, 422 if fault or (summary and summary.refused) else 200)


@blueprint.post("/shoppers/file")
@requires(MANAGE)
@takes(MOST_SENT, form="shoppers.index")
@limiter.limit("60 per hour")
def upload() -> ResponseReturnValue:
    """Take a file of shoppers in: good rows at once, the others are told with their reasons."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _list(fault=_("Choose a file."))
    content = sent.read(MOST_BYTES + 1)
    sent.close()
    if len(content) > MOST_BYTES:
        return _list(fault=_("The file is larger than %(most)s MB.", most=MOST_BYTES // 1_000_000))
    try:
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / (Path(sent.filename).name.replace("\0", "") or "file")
            kept.write_bytes(content)
            summary = run_import(HANDLERS["shoppers"], kept, actor=actor(), refused_to=Path(folder) / "refused.csv")
    except Unreadable as error:
        return _list(fault=error.message)
    return _list(summary=summary)


# ---- one person ------------------------------------------------------------------------------------------------------


def _profile_form(sent: Any, *, new: bool, user: User | None = None, row: ShopperProfile | None = None) -> ProfileForm:
    stands: Any = row if row is not None else Profile()
    values = {name: getattr(stands, name) for name in Profile.__dataclass_fields__}
    account = {"name": user.name, "language": user.language} if user is not None else {"language": DEFAULT}
    return ProfileForm(sent, days=_DAYS, new=new, **values, **account)


@blueprint.route("/shoppers/new", methods=["GET", "POST"])
@requires(MANAGE)
def new() -> ResponseReturnValue:
    """Add a shopper. The password is shown once, on the page that answers."""
    form = _profile_form(request.form if request.method == "POST" else None, new=True)
    if request.method == "POST" and form.validate():
        try:
            with transaction(actor(), "shopper.add") as session:
                user, secret = commands.add(
                    session,
                    email=form.email.data or "",
                    name=form.name.data or "",
                    language=form.language.data,
                    profile=Profile(**form.profile),
                )
            return _handed_over(user, secret, added=True)
        except UserError as error:
            refuse(form, error.places, error.message)
    page = render_template("pages/shoppers/edit.html", form=form, person=None, days=_DAYS)
    return make_response(page, 422 if form.error_summary else 200)


def _handed_over(user: User, secret: str, *, added: bool) -> ResponseReturnValue:
    answer = make_response(render_template("pages/shoppers/password.html", user=user, secret=secret, added=added))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/shoppers/<int:number>")
@requires(MANAGE)
def show(number: int) -> ResponseReturnValue:
    """One shopper."""
    return _page(number)


def _page(
    number: int, *, conflict: ConflictForm | None = None, absence: AbsenceForm | None = None, problem: str = "",
    status: int = 200,
) -> ResponseReturnValue:  # fmt: skip
    session = read_session()
    user = certificates.shopper(session, number)
    page = render_template(
        "pages/shoppers/show.html",
        person=queries.person(session, user),
        standings=STANDINGS,
        certified=certificates.of_shopper(session, number),
        conflict=conflict or _conflict_form(None),
        absence=absence or AbsenceForm(None),
        conflict_names=REASONS,
        states=ASSIGNMENTS,
        days=DAYS,
        today=clock.today(),
        problem=problem,
        done=request.args.get("done", ""),
    )
    return make_response(page, status)


def _conflict_form(sent: Any) -> ConflictForm:
    session = read_session()
    codes = organisation.codes(session)
    regions, banks = queries.places(session)
    return ConflictForm(
        sent,
        places=list(PLACES.items()),
        branches=[(codes[one.id], one.name) for one in organisation.branches(session, Scope())],
        regions=[(str(one.id), one.name) for one in regions],
        banks=[(one, one) for one in banks],
        reasons=list(REASONS.items()),
    )


@blueprint.route("/shoppers/<int:number>/edit", methods=["GET", "POST"])
@requires(MANAGE)
def edit(number: int) -> ResponseReturnValue:
    """Write a shopper's profile."""
    session = read_session()
    user = certificates.shopper(session, number)
    row = session.get(ShopperProfile, number)
    form = _profile_form(request.form if request.method == "POST" else None, new=False, user=user, row=row)
    if request.method == "POST" and form.validate():
        try:
            with transaction(actor(), "shopper.profile", user=number) as writing:
                commands.save(
                    writing,
                    number,
                    name=form.name.data or "",
                    language=form.language.data,
                    profile=Profile(**form.profile),
                )
            return redirect(url_for("shoppers.show", number=number, done="saved"), 303)
        except UserError as error:
            refuse(form, error.places, error.message)
    page = render_template("pages/shoppers/edit.html", form=form, person=user, days=_DAYS)
    return make_response(page, 422 if form.error_summary else 200)


@blueprint.post("/shoppers/<int:number>/password")
@requires(MANAGE)
def password(number: int) -> ResponseReturnValue:
    """Make a new password and show it once."""
    with transaction(actor(), "shopper.password", user=number) as session:
        secret = commands.new_password(session, number)
    return _handed_over(certificates.shopper(read_session(), number), secret, added=False)


@blueprint.post("/shoppers/<int:number>/active")
@requires(MANAGE)
def active(number: int) -> ResponseReturnValue:
    """Let a shopper go, or come back."""
    stays = request.form.get("active") == "1"
    try:
        with transaction(actor(), "shopper.active", user=number, active=stays) as session:
            commands.set_active(session, number, stays)
    except UserError as error:
        certificates.shopper(read_session(), number)
        return _page(number, problem=error.message, status=error.status)
    return redirect(url_for("shoppers.show", number=number, done="back" if stays else "gone"), 303)


@blueprint.post("/shoppers/<int:number>/conflicts")
@requires(MANAGE)
def add_conflict(number: int) -> ResponseReturnValue:
    """Keep a shopper away from a place."""
    form = _conflict_form(request.form)
    if form.validate():
        place = form.place.data
        try:
            with transaction(actor(), "shopper.conflict", user=number, reaches=place) as session:
                value: Any = form.bank.data
                if place == "region":
                    value = int(form.region.data)
                elif place == "branch":
                    value = organisation.branch_by_code(session, str(form.branch.data)).id
                commands.add_conflict(
                    session, number, place=place, value=value, reason=form.reason.data, until=form.until.data
                )
            return redirect(url_for("shoppers.show", number=number, done="conflict", _anchor="conflicts"), 303)
        except UserError as error:
            refuse(form, error.places, error.message)
    return _page(number, conflict=form, status=422)


@blueprint.post("/shoppers/<int:number>/conflicts/<int:conflict>/remove")
@requires(MANAGE)
def remove_conflict(number: int, conflict: int) -> ResponseReturnValue:
    """Take back that a shopper keeps away from a place."""
    with transaction(actor(), "shopper.conflict_over", user=number) as session:
        commands.remove_conflict(session, number, conflict)
    return redirect(url_for("shoppers.show", number=number, done="removed", _anchor="conflicts"), 303)


@blueprint.post("/shoppers/<int:number>/absences")
@requires(MANAGE)
def add_absence(number: int) -> ResponseReturnValue:
    """Days without visits."""
    form = AbsenceForm(request.form)
    if absent(number, form):
        return redirect(url_for("shoppers.show", number=number, done="away", _anchor="absences"), 303)
    return _page(number, absence=form, status=422)


def absent(number: int, form: AbsenceForm) -> bool:
    """Write an absence that a form holds; whether it was."""
    if not form.validate() or form.since.data is None or form.until.data is None:
        return False
    try:
        with transaction(actor(), "shopper.absence", user=number) as session:
            commands.add_absence(session, number, form.since.data, form.until.data)
    except UserError as error:
        refuse(form, error.places, error.message)
        return False
    return True


@blueprint.post("/shoppers/<int:number>/absences/<int:absence>/remove")
@requires(MANAGE)
def remove_absence(number: int, absence: int) -> ResponseReturnValue:
    """Take an absence back."""
    with transaction(actor(), "shopper.absence_over", user=number) as session:
        commands.remove_absence(session, number, absence)
    return redirect(url_for("shoppers.show", number=number, done="removed", _anchor="absences"), 303)
