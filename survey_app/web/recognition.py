"""Recognition: what waits for a decision, one of them with its grounds, the employee's own, and the certificate."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.programmes import refuse as place_refusal
from forms.recognition import REASON, WORDS, ConfirmForm, RefuseForm, TeamForm
from reports import wording
from reports.certificate import Certificate, document
from reports.documents import pdf
from survey_app import clock
from survey_app.commands import recognition as commands
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.models import NO_AGENT, Recognition
from survey_app.outgoing.packs import FONTS
from survey_app.permissions import ROLE_NAMES, Permission, may, role_of
from survey_app.queries import masking, organisation
from survey_app.queries import quotes as quote_queries
from survey_app.queries import recognition as queries
from survey_app.queries.quotes import Quote
from survey_app.queries.recognition import CONFIRMED, PUBLICITY, STATES
from survey_app.transaction import transaction
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.security import limiter, requires
from survey_app.web.support import actor, current_user, read_session, scope, stop_reading
from translations import LANGUAGES, speaking
from translations import gettext as _

blueprint = Blueprint("recognition", __name__, url_prefix="/recognition")

#: Certificates that one person may have made: each is work for the machine.
_OFTEN: Final = "200 per hour"


# ---- the list --------------------------------------------------------------------------------------------------------


@blueprint.get("")
@requires(Permission.RECOGNISE)
def index() -> str:
    """What waits for a decision first, then what was decided."""
    return _index(_team_form(None))


def _index(team: TeamForm | None) -> str:
    session, user = read_session(), current_user()
    state = request.args.get("state", "")
    month = request.args.get("month", "")
    found = queries.listed(session, user, state=state, month=month, limit=PAGE, offset=(asked() - 1) * PAGE)
    pages = paging(found.total)
    if pages.number != asked():
        found = queries.listed(session, user, state=state, month=month, limit=PAGE, offset=pages.offset)
    return render_template(
        "pages/recognition/index.html",
        found=found,
        pages=pages,
        state=state if state in STATES else "",
        month=month,
        states=STATES,
        publicity=PUBLICITY,
        whom=queries.names(found.rows),
        wording=wording,
        decidable={row.id for row in found.rows if queries.may_decide(user, row.branch, row.agent_id)},
        team=team,
        last=clock.last_full_month(),
        own=queries.own(session, user),
        to_answer=len(queries.to_answer(session, user)),
        done=request.args.get("done", ""),
    )


def _team_form(sent: Any) -> TeamForm | None:
    """The form that proposes a team, for who stands above a branch."""
    reach = scope()
    if reach.reach == "branch":
        return None
    found = organisation.branches(read_session(), reach)
    return TeamForm(sent, branches=[(str(one.id), f"{one.name} ({one.code})") for one in found if one.ranked])


@blueprint.post("/team")
@requires(Permission.RECOGNISE)
def team() -> ResponseReturnValue:
    """Propose a whole branch of the last full month by hand, and go on to its page."""
    form = _team_form(request.form)
    if form is None:
        raise Forbidden(_("A team is recognised by somebody above its branch."))
    if not form.validate():
        return make_response(_index(form), 422)
    month = clock.last_full_month()
    with transaction(actor(), "recognition.propose_team", month=month, branch=form.branch.data) as session:
        made = commands.propose_team(session, current_user(), month, int(form.branch.data)).id
    return redirect(url_for("recognition.show", number=made), 303)


# ---- one recognition -------------------------------------------------------------------------------------------------


@blueprint.get("/<int:number>")
@requires(Permission.RECOGNISE)
def show(number: int) -> ResponseReturnValue:
    """One recognition: its grounds, customers' words to choose from, and the decision."""
    row = queries.one(read_session(), current_user(), number)
    return _page(row, None, None)


def _confirm_form(row: Recognition, choice: list[Quote], sent: Any) -> ConfirmForm:
    known = f"{row.quote_response_id}:{row.quote_question}" if row.quote_response_id else ""
    stands = {"words": row.words, "quote": known} if row.state == CONFIRMED else {"words": "", "quote": ""}
    return ConfirmForm(sent, quotes=[(one.key, one.words) for one in choice], **stands)


def _choice(row: Recognition) -> list[Quote]:
    """The words to choose from, with the ones chosen before among them."""
    session = read_session()
    found = quote_queries.choice(session, row)
    known = quote_queries.quoted(session, row)
    return [_masked(row, one) for one in (found if known is None or known in found else [known, *found])]


def _masked(row: Recognition, quote: Quote) -> Quote:
    """A customer's words as this reader may see them: outside the branch no name but that of whom it is about."""
    hidden = masking.masks(read_session(), current_user(), [row.branch]).get(row.branch_id, ())
    return _without(row, quote, hidden)


def _without(row: Recognition, quote: Quote, names: Collection[str]) -> Quote:
    others = [name for name in names if name != row.agent.name]
    return replace(quote, words=masking.mask_names(quote.words, others))


def _quoted(row: Recognition) -> Quote | None:
    found = quote_queries.quoted(read_session(), row)
    return None if found is None else _masked(row, found)


def _page(
    row: Recognition, form: ConfirmForm | None, refusal: RefuseForm | None, status: int = 200, stale: str = ""
) -> ResponseReturnValue:
    user = current_user()
    decides = queries.may_decide(user, row.branch, row.agent_id)
    choice = _choice(row) if decides else []
    page = render_template(
        "pages/recognition/show.html",
        row=row,
        name=queries.names([row])[row.id],
        team=row.agent_id == NO_AGENT,
        decides=decides,
        form=form or _confirm_form(row, choice, None),
        refusal=refusal or RefuseForm(None),
        refusing=refusal is not None,
        choice={one.key: one for one in choice},
        quote=_quoted(row),
        wording=wording,
        states=STATES,
        publicity=PUBLICITY,
        stale=stale,
        most={"words": WORDS, "reason": REASON},
        certificates=LANGUAGES if row.state == CONFIRMED else {},
        done=request.args.get("done", ""),
    )
    return make_response(page, status)


@blueprint.post("/<int:number>/confirm")
@requires(Permission.RECOGNISE)
def confirm(number: int) -> ResponseReturnValue:
    """Confirm, or change what a confirmed one says. An older page is refused, and what was typed stays."""
    row = queries.one(read_session(), current_user(), number)
    form = _confirm_form(row, _choice(row), request.form)
    if not form.validate():
        return _page(row, form, None, 422)
    chosen = tuple(form.quote.data.split(":", 1)) if form.quote.data else None
    try:
        with transaction(actor(), "recognition.confirm", recognition=number) as session:
            commands.confirm(
                session,
                current_user(),
                number,
                words=form.words.data or "",
                quote=(chosen[0], chosen[1]) if chosen is not None and len(chosen) > 1 else None,
                revision=_revision(),
            )
    except Conflict as error:
        return _again(number, form, None, error)
    except UserError as error:
        place_refusal(form, error.places, error.message)
        return _page(row, form, None, error.status)
    return redirect(url_for("recognition.show", number=number, done="confirmed"), 303)


@blueprint.post("/<int:number>/refuse")
@requires(Permission.RECOGNISE)
def refuse(number: int) -> ResponseReturnValue:
    """Refuse, or take a confirmation back, with the reason."""
    row = queries.one(read_session(), current_user(), number)
    form = RefuseForm(request.form)
    if not form.validate():
        return _page(row, None, form, 422)
    try:
        with transaction(actor(), "recognition.refuse", recognition=number) as session:
            commands.refuse(session, current_user(), number, reason=form.reason.data or "", revision=_revision())
    except Conflict as error:
        return _again(number, None, form, error)
    return redirect(url_for("recognition.show", number=number, done="refused"), 303)


def _revision() -> int:
    return request.form.get("revision", -1, type=int)


def _again(number: int, form: ConfirmForm | None, refusal: RefuseForm | None, error: Conflict) -> ResponseReturnValue:
    stop_reading()
    row = queries.one(read_session(), current_user(), number)
    return _page(row, form, refusal, error.status, stale=error.message)


# ---- whom it is about ------------------------------------------------------------------------------------------------


@blueprint.get("/own")
@requires(Permission.SEE_MY_WORK, Permission.RECOGNISE)
def own() -> str:
    """The reader's own recognitions, or those of the reader's team, with the choice whether they are made public."""
    session = read_session()
    rows = queries.own(session, current_user())
    return render_template(
        "pages/recognition/own.html",
        rows=rows,
        whom=queries.names(rows),
        quotes={row.id: quote_queries.quoted(session, row) for row in rows},
        publicity=PUBLICITY,
        languages_of_certificates=LANGUAGES,
        no_agent=NO_AGENT,
        mine=may(current_user(), Permission.SEE_MY_WORK),
        done=request.args.get("done", ""),
    )


@blueprint.post("/<int:number>/publicity")
@requires(Permission.SEE_MY_WORK, Permission.RECOGNISE)
def publicity(number: int) -> ResponseReturnValue:
    """Accept or decline publicity; the same answer twice is one."""
    accepts = request.form.get("answer") == "accept"
    with transaction(actor(), "recognition.publicity", recognition=number, accepted=accepts) as session:
        commands.answer(session, current_user(), number, accepts)
    return redirect(url_for("recognition.own", done="accepted" if accepts else "declined"), 303)


@blueprint.get("/<int:number>/certificate-<language>.pdf")
@requires(Permission.SEE_MY_WORK, Permission.RECOGNISE)
@limiter.limit(_OFTEN)
def certificate(number: int, language: str) -> Response:
    """The certificate of a confirmed recognition, in one language."""
    session = read_session()
    row = queries.one(session, current_user(), number)
    if row.state != CONFIRMED or language not in LANGUAGES:
        raise NotFound(_("There is no such recognition."))
    with speaking(language):
        body = pdf.write(document(_certificate(row)), FONTS, pdf.CERTIFICATE)
    response = Response(body, mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=f"certificate-{row.month}-{row.id}.pdf")
    return response


def _certificate(row: Recognition) -> Certificate:
    session = read_session()
    own = organisation.organisation(session)
    quote = quote_queries.quoted(session, row)
    if quote is not None:  # a sheet of paper leaves the branch, whoever prints it
        quote = _without(row, quote, masking.names_of(session, [row.branch_id])[row.branch_id])
    signed = queries.decided_by(session, row)
    return Certificate(
        organisation=organisation.organisation_name(session),
        month=row.month,
        name="" if row.agent_id == NO_AGENT else row.agent.name or row.agent.code,
        branch=row.branch.name,
        grounds={} if row.grounds.get("by_hand") else row.grounds,
        quote=quote.words if quote is not None else "",
        quote_language=quote.language if quote is not None else "he",
        words=row.words,
        signed_by=signed.name if signed is not None else "",
        office=str(ROLE_NAMES[role_of(signed)]) if signed is not None else "",
        decided_on=clock.local(row.decided_at).date() if row.decided_at is not None else None,
        synthetic=own.synthetic,
    )
