"""Programmes of mystery visits: what they are for, by which rules they run, and which scenarios they play."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from forms.base import Form
from forms.programme_rules import RulesForm
from forms.programmes import CharterForm, DescribeForm, ProgrammeForm, SharesForm, refuse, spoken
from survey_app import clock
from survey_app.commands import programmes as commands
from survey_app.commands.programmes import Stale
from survey_app.errors import NotFound, UserError
from survey_app.field import charter as charters
from survey_app.field import risks
from survey_app.field.rules import APPROVALS, PHOTOS, WEEKDAYS, Rules
from survey_app.models import Programme
from survey_app.models.programme import ACTIVE, DRAFT
from survey_app.permissions import Permission, may
from survey_app.queries import certificates, organisation, worklists
from survey_app.queries import programmes as queries
from survey_app.transaction import transaction
from survey_app.web.field_words import APPROVAL_NAMES, DAYS, PHOTO_NAMES, STATES
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, stop_reading
from translations import LANGUAGES, current_language, localised
from translations import gettext as _

blueprint = Blueprint("programmes", __name__, url_prefix="/programmes")

MANAGE: Final = Permission.MANAGE_PROGRAMMES


def found(code: str) -> Programme:
    """The programme that an address names."""
    return queries.find(read_session(), code)


def seen() -> int | None:
    """The revision of the programme that the page was made of."""
    return request.form.get("revision", type=int)


@blueprint.get("")
@requires(MANAGE)
def index() -> str:
    """Every programme with its state, scenarios, told branches and certified shoppers."""
    session = read_session()
    there = queries.branches(session, clock.today())
    rows = [
        {
            "programme": one,
            "rules": queries.rules(one),
            "visits": sum(queries.quota(queries.rules(one), there).values()),
            "told": sum(branch.id in told for branch in there),
        }
        for one in queries.every(session)
        for told in [queries.told(session, one.id)]
    ]
    return render_template(
        "pages/programmes/index.html",
        rows=rows,
        branches=len(there),
        states=STATES,
        campaigns=queries.campaigns(session),
        done=request.args.get("done", ""),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(MANAGE)
def new() -> ResponseReturnValue:
    """Begin a programme as a draft."""
    session = read_session()
    offered = queries.campaigns(session)
    form = ProgrammeForm(
        request.form if request.method == "POST" else None,
        campaigns=[(str(one.id), localised(one.questionnaire.title)) for one in offered],
    )
    if request.method == "POST" and form.validate():
        try:
            with transaction(actor(), "programme.create") as writing:
                made = commands.create(
                    writing,
                    code=form.code.data or "",
                    name=spoken(form, "name"),
                    campaign_id=int(form.campaign.data),
                )
            return redirect(url_for("programmes.show", code=made.code, done="created"), 303)
        except UserError as error:
            refuse(form, error.places, error.message)
    page = render_template("pages/programmes/new.html", form=form, campaigns=offered)
    return make_response(page, 422 if form.error_summary else 200)


@blueprint.route("/<code>", methods=["GET", "POST"])
@requires(MANAGE)
def show(code: str) -> ResponseReturnValue:
    """One programme at a glance: what it lacks, its numbers, its name and quiz."""
    form = _description(found(code), request.form if request.method == "POST" else None)
    stale = ""
    if request.method == "POST" and form.validate():
        try:
            with transaction(actor(), "programme.describe", programme=code) as writing:
                commands.describe(writing, code, name=spoken(form, "name"), quiz_code=form.quiz.data or "", seen=seen())
            return redirect(url_for("programmes.show", code=code, done="saved"), 303)
        except Stale as error:
            stale = error.message
        except UserError as error:
            refuse(form, error.places, error.message)
    return _overview(code, form, stale)


def _description(programme: Programme, sent: Any = None) -> DescribeForm:
    return DescribeForm(
        sent,
        quizzes=[(one.code, localised(one.title)) for one in queries.quizzes(read_session())],
        quiz=programme.quiz.code if programme.quiz is not None else "",
        **{f"name_{language}": programme.name.get(language, "") for language in LANGUAGES},
    )


def _overview(code: str, form: DescribeForm, stale: str, problem: UserError | None = None) -> ResponseReturnValue:
    if stale:
        stop_reading()
    session, programme = read_session(), found(code)
    rules = queries.rules(programme)
    there = queries.branches(session, clock.today())
    visits = sum(queries.quota(rules, there).values())
    page = render_template(
        "pages/programmes/show.html",
        programme=programme,
        rules=rules,
        form=form,
        stale=stale,
        problem=problem,
        lacks=commands.lacks(session, programme) if programme.state != ACTIVE else [],
        visits=visits,
        cost=visits * (rules.fee + rules.expense_cap) / 100,
        branches=len(there),
        told=len(queries.told(session, programme.id).keys() & {one.id for one in there}),
        shoppers=len(worklists.shoppers(session)),
        certified=certificates.listing(session, programme, limit=0).states if programme.quiz_id else None,
        unfinished=commands.unfinished(session, programme),
        states=STATES,
        done=request.args.get("done", ""),
    )
    return make_response(page, 409 if stale else problem.status if problem else 422 if form.error_summary else 200)


@blueprint.post("/<code>/begin")
@requires(MANAGE)
def begin(code: str) -> ResponseReturnValue:
    """Let visits be planned; where something is missing, say what."""
    return _step(code, "begin", "begun")


@blueprint.post("/<code>/close")
@requires(MANAGE)
def close(code: str) -> ResponseReturnValue:
    """End a programme."""
    return _step(code, "close", "closed")


def _step(code: str, verb: str, done: str) -> ResponseReturnValue:
    step = {"begin": commands.begin, "close": commands.close}[verb]
    try:
        with transaction(actor(), f"programme.{verb}", programme=code) as session:
            step(session, code, seen=seen())
    except UserError as error:
        stale = error.message if isinstance(error, Stale) else ""
        return _overview(code, _description(found(code)), stale, None if stale else error)
    return redirect(url_for("programmes.show", code=code, done=done), 303)


@blueprint.route("/<code>/discard", methods=["GET", "POST"])
@requires(MANAGE)
def discard(code: str) -> ResponseReturnValue:
    """Delete a draft, after asking once more."""
    programme = found(code)
    if request.method == "GET" or programme.state != DRAFT:
        return make_response(
            render_template(
                "pages/programmes/discard.html", programme=programme, possible=programme.state == DRAFT, problem=""
            ),
            200 if request.method == "GET" else 409,
        )
    try:
        with transaction(actor(), "programme.discard", programme=code) as session:
            commands.discard(session, code)
    except UserError as error:
        page = render_template(
            "pages/programmes/discard.html", programme=programme, possible=False, problem=error.message
        )
        return make_response(page, error.status)
    return redirect(url_for("programmes.index", done="discarded"), 303)


@blueprint.get("/<code>/charter")
@requires(Permission.HAVE_ACCOUNT)
def charter(code: str) -> str:
    """What a programme is for, how it is used, what it never decides: for everybody who works with it.

    A draft is only for who writes it. A branch reads when its own staff were told.
    """
    session, programme = read_session(), found(code)
    user = current_user()
    manages = may(user, MANAGE)
    if programme.state == DRAFT and not manages:
        raise NotFound(_("There is no programme %(code)s.", code=code))
    notice = queries.notice_of(session, programme.id, user.branch_id) if user.branch_id is not None else None
    words = charters.read(programme.charter, current_language())
    return render_template(
        "pages/programmes/charter.html",
        programme=programme,
        parts=[(name, words[part]) for part, name in charters.PARTS.items()],
        rules=queries.rules(programme),
        photo_names=PHOTO_NAMES,
        notice=notice,
        branch=user.branch,
        manages=manages,
        states=STATES,
        others=[] if manages else queries.active(session),
        done=request.args.get("done", ""),
    )


def _kept(form: Form, act: str, code: str, write: Callable[[Session], object]) -> tuple[bool, str]:
    """Write what a page's form says: whether it was written, and in words what somebody else has saved meanwhile."""
    if request.method != "POST" or not form.validate():
        return False, ""
    try:
        with transaction(actor(), act, programme=code) as session:
            write(session)
    except Stale as error:
        stop_reading()
        return False, error.message
    except UserError as error:
        refuse(form, error.places, error.message)
        return False, ""
    return True, ""


@blueprint.route("/<code>/charter/edit", methods=["GET", "POST"])
@requires(MANAGE)
def edit_charter(code: str) -> ResponseReturnValue:
    """Write the charter."""
    programme = found(code)
    stands = {
        f"{part}_{language}": (programme.charter.get(language) or {}).get(part, "")
        for language in LANGUAGES
        for part in charters.PARTS
    }
    form = CharterForm(request.form if request.method == "POST" else None, **stands)
    written, stale = _kept(
        form,
        "programme.charter",
        code,
        lambda session: commands.write_charter(session, code, form.charter, seen=seen()),
    )
    if written:
        return redirect(url_for("programmes.charter", code=code, done="saved"), 303)
    page = render_template(
        "pages/programmes/charter_edit.html", programme=found(code), form=form, parts=charters.PARTS, stale=stale
    )
    return make_response(page, 409 if stale else 422 if form.error_summary else 200)


@blueprint.route("/<code>/rules", methods=["GET", "POST"])
@requires(MANAGE)
def rules(code: str) -> ResponseReturnValue:
    """Windows, quotas, fees, photos, position, deadlines: every rule of the fieldwork."""
    session, programme = read_session(), found(code)
    there = queries.branches(session, clock.today())
    names = organisation.codes(session)
    form = RulesForm(
        request.form if request.method == "POST" else None,
        rules=queries.rules(programme),
        days=[(day, DAYS[day]) for day in WEEKDAYS],
        photos=[(one, PHOTO_NAMES[one]) for one in PHOTOS],
        approvals=[(one, APPROVAL_NAMES[one]) for one in APPROVALS],
        types=sorted({one.type for one in there if one.type}),
        codes={names[one.id] for one in there} | {one.code for one in there},
    )
    written, stale = _kept(
        form,
        "programme.rules",
        code,
        lambda session: commands.set_rules(session, code, Rules.load(form.rules), seen=seen()),
    )
    if written:
        return redirect(url_for("programmes.rules", code=code, done="saved"), 303)
    page = render_template(
        "pages/programmes/rules.html",
        programme=found(code),
        form=form,
        stale=stale,
        done=request.args.get("done", ""),
    )
    return make_response(page, 409 if stale else 422 if form.error_summary else 200)


@blueprint.route("/<code>/scenarios", methods=["GET", "POST"])
@requires(MANAGE)
def scenarios(code: str) -> ResponseReturnValue:
    """Which scenarios the programme plays, and how often each."""
    session, programme = read_session(), found(code)
    shares = {str(one.id): share for one, share in queries.scenarios(session, programme.id)}
    offered = [one for one in worklists.scenarios(session) if one.active or str(one.id) in shares]
    form = SharesForm(
        request.form if request.method == "POST" else None,
        scenarios=[(str(one.id), localised(one.title)) for one in offered],
        shares=shares,
    )
    written, stale = _kept(
        form,
        "programme.scenarios",
        code,
        lambda session: commands.set_scenarios(session, code, form.chosen, seen=seen()),
    )
    if written:
        return redirect(url_for("programmes.scenarios", code=code, done="saved"), 303)
    page = render_template(
        "pages/programmes/scenarios.html",
        programme=found(code),
        form=form,
        scenarios=offered,
        verdicts={one.id: risks.VERDICTS[risks.verdict(one.risks)] for one in offered},
        stale=stale,
        done=request.args.get("done", ""),
    )
    return make_response(page, 409 if stale else 422 if form.error_summary else 200)
