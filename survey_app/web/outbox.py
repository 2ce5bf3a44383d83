"""The outbox on screen: what waits, what left, what failed and why, and what only a person can decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.messages.html import page as mail_page
from survey_app import clock
from survey_app.commands import letters, settling
from survey_app.commands.settling import DECISIONS, Decided
from survey_app.config import GATEWAYS, Settings
from survey_app.errors import Conflict, UserError
from survey_app.outgoing import dispatch, gateway
from survey_app.outgoing.carrier import Outgoing, Sent
from survey_app.outgoing.mail import Server
from survey_app.outreach.hours import days_without
from survey_app.outreach.sending import said
from survey_app.permissions import Permission
from survey_app.queries import customer_letters, organisation, outbox
from survey_app.queries.outreach import policy
from survey_app.transaction import transaction
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, settings
from translations import current_language
from translations import gettext as _

blueprint = Blueprint("outbox", __name__, url_prefix="/outbox")

#: Messages decided about in one transaction.
BATCH: Final = 500
#: How far ahead days without sending are named.
AHEAD: Final = timedelta(days=13)
_FILTERS: Final = ("state", "channel", "reason", "campaign")


@dataclass(frozen=True)
class SetUp:
    """Whether a channel can send: through which host, and what is wrong with its settings."""

    channel: str
    ready: bool
    host: str
    problems: tuple[str, ...]
    #: A gateway that takes a message with a known key only once; one that reports what arrived.
    idempotent: bool = False
    reports: bool = False


@blueprint.get("")
@requires(Permission.MANAGE_OUTREACH, Permission.PLAN_CAMPAIGNS)
def index() -> str:
    """Counts by state and channel, what is uncertain, reasons, and every message, fifty at a time."""
    return _page()


def _page(fault: str = "", test: str = "", test_failed: bool = False) -> str:
    session, now = read_session(), clock.now()
    wanted = {name: request.args.get(name, "").strip()[:100] for name in _FILTERS}
    rows, total = outbox.listing(session, **wanted, limit=PAGE, offset=(asked() - 1) * PAGE)
    pages = paging(total)
    if pages.number != asked():
        rows, total = outbox.listing(session, **wanted, limit=PAGE, offset=pages.offset)
    doubtful, doubts = outbox.uncertain(session, limit=PAGE)
    rules, today = policy(session), clock.today()
    return render_template(
        "pages/outbox/index.html",
        counts=outbox.counts(session),
        states=outbox.STATES,
        channels=outbox.CHANNELS,
        kinds=outbox.KINDS,
        reasons=outbox.reasons(session),
        rows=rows,
        pages=pages,
        wanted=wanted,
        why=said(wanted["reason"]) if wanted["reason"] else "",
        campaigns=outbox.campaigns_with_messages(session),
        doubtful=doubtful,
        doubts=doubts,
        following=outbox.next_sending(session, now),
        held=outbox.held(session),
        now=now,
        rules=rules,
        without=days_without(today, today + AHEAD, rules),
        set_up=_set_up(settings()),
        letters=customer_letters.standing(session),
        letter_states=customer_letters.STATES,
        channels_ready={channel: dispatch.set_up(settings(), channel) for channel in dispatch.CHANNELS},
        fault=fault,
        test=test,
        test_failed=test_failed,
        my_address=current_user().email,
        done=request.args.get("done", ""),
        number=request.args.get("number", 0, type=int),
        left=request.args.get("left", 0, type=int),
    )


@blueprint.post("/decide")
@requires(Permission.MANAGE_OUTREACH)
def decide() -> ResponseReturnValue:
    """What a person decides about uncertain messages: those chosen, or all of them."""
    decision = request.form.get("decision", "")
    if decision not in DECISIONS:
        return _refused(_page(_("Choose what is to become of the messages.")))
    chosen = sorted(set(request.form.getlist("message", type=int)))
    everything = bool(request.form.get("all"))
    if not chosen and not everything:
        return _refused(_page(_("Choose at least one message.")))
    try:
        decided = _decide_all(decision) if everything else _decide(chosen[:BATCH], decision)
    except Conflict as error:
        return make_response(_page(error.message), error.status)
    return redirect(url_for("outbox.index", done=decision, number=decided.done, left=decided.left or None), 303)


def _decide(chosen: list[int], decision: str) -> Decided:
    with transaction(actor(), "outbox.decide", decision=decision, messages=chosen) as session:
        return settling.decide(session, chosen, decision, current_user().id)


def _decide_all(decision: str) -> Decided:
    """All that are uncertain, in transactions of some hundred; what cannot be sent again is passed once."""
    done = left = above = 0
    while chosen := outbox.uncertain_ids(read_session(), above=above, limit=BATCH):
        part = _decide(chosen, decision)
        done, left, above = done + part.done, left + part.left, chosen[-1]
    return Decided(done, left)


@blueprint.post("/letters")
@requires(Permission.MANAGE_OUTREACH)
def decide_letters() -> ResponseReturnValue:
    """What a person decides about letters to customers that nobody can know about."""
    decision = request.form.get("decision", "")
    chosen = customer_letters.to_customers(read_session(), request.form.getlist("letter", type=int))
    try:
        with transaction(actor(), "letters.decide", decision=decision, letters=chosen) as session:
            count = letters.decide(session, chosen, decision)
    except UserError as error:
        return make_response(_page(error.message), error.status)
    return redirect(url_for("outbox.index", done=decision, number=count), 303)


@blueprint.post("/test")
@requires(Permission.MANAGE_OUTREACH, Permission.PLAN_CAMPAIGNS)
def test() -> ResponseReturnValue:
    """A message to the user who asks for it, through the very mail server that invitations take."""
    if not dispatch.set_up(settings(), dispatch.EMAIL):
        return _refused(_page(test=_("E-mail is not set up."), test_failed=True))
    try:
        carrier = dispatch.carrier(settings(), dispatch.EMAIL)
        try:
            outcome = carrier.send(_test_message())
        finally:
            carrier.close()
    except UserError as error:
        return _refused(_page(test=error.message, test_failed=True))
    if isinstance(outcome, Sent):
        return redirect(url_for("outbox.index", done="test"), 303)
    return make_response(_page(test=said(outcome.reason), test_failed=True), 502)


def _test_message() -> Outgoing:
    name = organisation.organisation_name(read_session())
    subject = _("Test message")
    text = _(
        "If you can read this, invitations by e-mail leave the platform and arrive. No customer received anything."
    )
    link = url_for("outbox.index", _external=True)
    html = mail_page(
        language=current_language(), title=subject, org=name, paragraphs=[text], button=_("Messages"), link=link,
        footer=[], stop="", stop_link="",
    )  # fmt: skip
    return Outgoing(
        key=f"test-{token_hex(12)}", to=current_user().email, text=f"{text}\n\n{link}\n", subject=subject, html=html,
        language=current_language(), sender_name=name,
    )  # fmt: skip


def _set_up(known: Settings) -> list[SetUp]:
    return [_mail_set_up(known), *(_gateway_set_up(known, name) for name in GATEWAYS)]


def _mail_set_up(known: Settings) -> SetUp:
    problems, host = [], ""
    if known.smtp_url:
        try:
            host = Server.load(known.smtp_url).host
        except UserError as error:
            problems.append(error.message)
        if not known.mail_from:
            problems.append(_("The sender's address is missing."))
    return SetUp(dispatch.EMAIL, dispatch.set_up(known, dispatch.EMAIL) and not problems, host, tuple(problems))


def _gateway_set_up(known: Settings, name: str) -> SetUp:
    found = known.gateways.get(name)
    if found is None:
        return SetUp(name, False, "", ())
    problems = tuple(gateway.problems(found))
    return SetUp(
        name, not problems, urlsplit(found.url).hostname or "", problems, found.idempotent, bool(found.callback_secret)
    )


def _refused(page: str) -> ResponseReturnValue:
    return make_response(page, 422)
