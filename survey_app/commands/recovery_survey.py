"""The survey that follows a case: once a case, two working days after the work was done, whatever the customer was
asked lately. Its first question is the customer's confirmation; an address that is opened confirms nothing.

A case without a way to reach its customer is closed as that. After silent days the clock closes it, unconfirmed. Where
no campaign sends the survey, cases wait for it and say so (:mod:`survey_app.queries.recovery_surveys`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.rules import evaluate, kept
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import invitations, letters, outbox
from survey_app.commands.cases import closing, ending, log, telling
from survey_app.errors import UserError
from survey_app.loop import hours
from survey_app.loop.policy import Loop
from survey_app.loop.states import CONFIRMED, DONE, NO_CONTACT
from survey_app.loop.subjects import SENSITIVE
from survey_app.models import NO_AGENT, Campaign, Case, Customer, Invitation, Message
from survey_app.models.campaign import ACTIVE
from survey_app.models.outreach import CANCELLED, DELIVERED, FAILED, READY, SENDING, SENT
from survey_app.outreach import addresses
from survey_app.queries import exclusions, outreach, recovery_surveys
from survey_app.queries.loop import policy
from survey_app.transaction import transaction

ACTOR: Final = Actor.system("recovery-survey")
#: Cases that are looked at in one transaction.
BATCH: Final = 25
#: A survey that could not leave in its time is tried again until so many days after the work was done.
TRIED_DAYS: Final = 30
#: How a questionnaire says in words what its answers set in motion, by how the words begin.
REOPEN, ALERT, CONFIRM = "reopen", "alert", "case confirmed"
#: Merged cases in a row; longer chains are taken for a circle.
_CHAIN: Final = 50


def hourly() -> None:
    """The periodic act: send what is due, begin the days of silence, say where a survey did not arrive."""
    for step in (_send, _pursue):
        after, more = 0, True
        while more:
            with transaction(ACTOR, "case.survey") as session:
                after, more = step(session, after)


# ---- out -------------------------------------------------------------------------------------------------------------


def _waiting(session: Session, after: int, *, asked: bool, before: datetime) -> list[Case]:
    """Cases whose work is done and whose days of silence have not begun, held; by number, so that none comes twice."""
    return list(
        session.scalars(
            select(Case)
            .where(
                Case.id > after,
                Case.state.in_((DONE, CONFIRMED)),
                Case.silent_at.is_(None),
                Case.done_at < before,
                Case.invitation_id.is_not(None) if asked else Case.invitation_id.is_(None),
            )
            .order_by(Case.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
    )


def _send(session: Session, after: int) -> tuple[int, bool]:
    rules = policy(session)
    before = clock.now() - timedelta(days=rules.survey_after_days)
    cases = _waiting(session, after, asked=False, before=before)
    campaign, _why = recovery_surveys.running(session)
    for case in cases:
        if not _due(case, rules):
            continue
        if not closing.may_be_asked(case):
            ending.close(session, case.id, closing.why_not_asked(case) if case.state == DONE else NO_CONTACT)
        elif campaign is not None:
            _ask(session, case, campaign, rules)
    session.flush()
    return (cases[-1].id if cases else after), len(cases) == BATCH


def _due(case: Case, rules: Loop) -> bool:
    if case.done_at is None:  # pragma: no cover - the statement asks for it
        return False
    due = hours.working_day_after(clock.local(case.done_at).date(), rules.survey_after_days)
    return due <= clock.today()


def _ask(session: Session, case: Case, campaign: Campaign, rules: Loop) -> None:
    ways = telling.ways(case, outreach.policy(session))
    wanted = list(campaign.rules.get("channels") or ways)
    channel = next((one for one in wanted if one in ways), next(iter(ways), None))
    if channel is None or _held_back(session, case):
        # Silence begins all the same: on the page of the case it can still be said that it is solved, or is not.
        _silence(session, case, clock.now(), rules, left_out="opted_out" if channel is not None else "no_channel")
        return
    invitation = invitations.invite(
        session,
        campaign,
        case.branch,
        clock.local(case.opened_at).date(),
        # What is said of a case is kept from whom it is kept from: it is no answer about that employee.
        NO_AGENT if case.subject in SENSITIVE else case.agent_id,
        case.language,
        channel=channel,
    )
    case.invitation_id = invitation.id
    # No customer stands in the invitation: it counts for no cap, and none keeps it back.
    outbox.queue(session, invitation, ways[channel], channel=channel)
    log.note(session, case, "survey", channel=channel, invitation=invitation.id)


def _held_back(session: Session, case: Case) -> bool:
    customer = session.get(Customer, case.customer_id) if case.customer_id is not None else None
    known = [one for one in (case.phone, case.email) if one]
    if customer is not None:
        known += addresses.of(customer.ref, customer.phone, customer.email)
    return bool(exclusions.opted_out(session, known))


def _silence(session: Session, case: Case, since: datetime, rules: Loop, **details: Any) -> None:
    case.silent_at = since + timedelta(days=rules.silent_days)
    if details:
        log.note(session, case, "survey", **details)


def _pursue(session: Session, after: int) -> tuple[int, bool]:
    """Surveys that were queued: silence begins when one left; one that could not leave is tried again, or told of."""
    rules = policy(session)
    cases = _waiting(session, after, asked=True, before=clock.now())
    for case in cases:
        messages = session.scalars(
            select(Message).where(Message.invitation_id == case.invitation_id).order_by(Message.id)
        ).all()
        left = [one.sent_at or one.created_at for one in messages if one.state in {SENT, DELIVERED}]
        if left and max(left) >= (case.done_at or max(left)):
            _silence(session, case, max(left), rules)
        elif left or not messages:
            # Asked once already, before it was reopened: no second survey, the days of silence begin by themselves.
            if _due(case, rules):
                _silence(session, case, clock.now(), rules, left_out="once")
        elif all(one.state in {CANCELLED, FAILED} for one in messages):
            _not_left(session, case, messages[-1], rules)
        elif not any(one.state in {READY, SENDING} for one in messages):
            _silence(session, case, clock.now(), rules)
    session.flush()
    return (cases[-1].id if cases else after), len(cases) == BATCH


def _not_left(session: Session, case: Case, message: Message, rules: Loop) -> None:
    """What ran out of time is tried anew while the campaign runs; any other end is told, and silence begins."""
    now = clock.now()
    too_late = case.done_at is None or case.done_at < now - timedelta(days=TRIED_DAYS)
    campaign = session.get_one(Campaign, message.campaign_id)
    if message.error == "expired" and message.address and not too_late:
        if campaign.state == ACTIVE and campaign.runs_on(clock.today()):
            invitation = session.get_one(Invitation, message.invitation_id)
            invitation.expires_at = now + timedelta(days=campaign.invitation_days)
            message.state, message.error = READY, ""
            message.send_after, message.expires_at = now, min(now + outbox.LATEST, invitation.expires_at)
        return
    log.note(session, case, "alert", survey=message.error or message.state)
    _silence(session, case, now, rules)


# ---- back ------------------------------------------------------------------------------------------------------------


def answered(
    session: Session, invitation_id: int, definition: Definition, answers: Mapping[str, Any], context: Mapping[str, Any]
) -> None:
    """What the answers to a case's survey set in motion, in the transaction that stores them. Nothing said is lost:

    what the case's state does not allow any more is told to its owner. Nothing for an invitation of no case.
    """
    case_id = session.scalar(select(Case.id).where(Case.invitation_id == invitation_id))
    if case_id is None or definition.confirmation is None:
        return
    given = kept(definition, answers, context)
    _whole(session, case_id)
    case = log.hold(session, case_id)
    log.note(session, case, "survey", answered=True)
    acts = [one.then for one in definition.automation if evaluate(one.when, given, context)]
    reopens = any(one.startswith(REOPEN) for one in acts)
    if reopens:
        hear(session, case.id, ending.reopen, "not_solved", "")
    elif evaluate(definition.confirmation.confirmed_if, given, context):
        hear(session, case.id, ending.confirm, "solved")
    if any(one.startswith(ALERT) for one in acts) and not reopens:
        alert(session, case.id, "unfair")


def hear(session: Session, case_id: int, act: Callable[..., Case], verdict: str, *words: str) -> Case:
    """Do what a customer said of a case; where that cannot be done any more, its owner is told of it instead.

    Of a merged case it is said of the one that it became part of.
    """
    case = _whole(session, case_id)
    before = case.reopened
    try:
        case = act(session, case.id, *words)
    except UserError:
        return alert(session, case.id, verdict, *words)
    if case.reopened > before:
        telling.reopened(session, case)
    return case


def alert(session: Session, case_id: int, verdict: str, words: str = "") -> Case:
    """Tell the owner that the customer's answer needs a look within a working day; the case stays as it is."""
    case = _whole(session, case_id)
    log.note(session, case, "alert", words=words, verdict=verdict)
    if case.owner_id is not None:
        until = hours.working_day_after(clock.today(), 1)
        letters.queue(
            session,
            case.owner_id,
            "case_alert",
            f"case_alert:{case.id}:{case.revision}",
            {"number": case.id, "until": until.isoformat()},
        )
    session.flush()
    return case


def _whole(session: Session, case_id: int) -> Case:
    """A case, or the one that it became part of, held together with those between: in the order of their numbers."""
    chain = [case_id]
    for _step in range(_CHAIN):
        further = session.scalar(select(Case.merged_into_id).where(Case.id == chain[-1]))
        if further is None:
            break
        chain.append(further)
    held = {number: log.hold(session, number) for number in sorted(set(chain))}
    return held[chain[-1]]
