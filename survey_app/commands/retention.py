"""What is kept for how long, and its end: contact goes first, then words, files and days; what was counted stays.

Every rule of :data:`RULES` says which rows it is about and what becomes of them. They are done in order, since what one
lets go of the next may clear, in batches of a transaction each; done again, nothing is left to do. The table of
``docs/administrators.md`` is checked against this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from secrets import token_urlsafe
from typing import Any, Final

from sqlalchemy import Select, and_, delete, exists, func, null, or_, select, update
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import (
    appeals_gone,
    evidence,
    field_records,
    keeping_cases,
    keeping_loyalty,
    keeping_visits,
    keeping_voices,
    marks,
    recognition,
    report_versions,
    rescoring,
    stories,
)
from survey_app.commands.cases import forgetting
from survey_app.commands.invitations import TOKEN_BYTES
from survey_app.commands.keeping import Ends, Rule
from survey_app.db import reading
from survey_app.models import (
    Answer,
    ContactEvent,
    Correction,
    Customer,
    Evidence,
    Exclusion,
    Interaction,
    Invitation,
    Message,
    Response,
    Version,
)
from survey_app.models.outreach import WAITING
from survey_app.queries import outreach, questionnaires
from survey_app.queries.evidence import FILE_TYPES
from survey_app.transaction import transaction

ACTOR: Final = Actor.system("retention")
BATCH: Final = 300
#: Question types whose answer is a way to reach somebody.
CONTACT_TYPES: Final = frozenset({"phone", "email"})


def _old_visits(session: Session, ends: Ends) -> Select[Any]:
    """Visits that nobody was asked about, and all that are older than contact is kept."""
    asked = exists().where(Invitation.interaction_id == Interaction.id)
    told = or_(Interaction.customer_id.is_not(None), Interaction.tenure != "", Interaction.age_band != "")
    unasked = and_(Interaction.at < ends.unasked, Interaction.state != WAITING, ~asked)
    return select(Interaction.id).where(told, or_(unasked, Interaction.at < ends.contact))


def _clear_visits(session: Session, ids: Sequence[int]) -> None:
    session.execute(update(Interaction).where(Interaction.id.in_(ids)).values(customer_id=None, tenure="", age_band=""))


def _old_invitations(session: Session, ends: Ends) -> Select[Any]:
    return select(Invitation.id).where(Invitation.customer_id.is_not(None), Invitation.created_at < ends.contact)


def _clear_invitations(session: Session, ids: Sequence[int]) -> None:
    session.execute(update(Invitation).where(Invitation.id.in_(ids)).values(customer_id=None, caller_id=None))


def _old_messages(session: Session, ends: Ends) -> Select[Any]:
    return select(Message.id).where(Message.address != "", Message.created_at < ends.contact)


def _clear_messages(session: Session, ids: Sequence[int]) -> None:
    session.execute(update(Message).where(Message.id.in_(ids)).values(address="", provider_ref=None))


def _nobody_s_customers(session: Session, ends: Ends) -> Select[Any]:
    """Customers to whom nothing leads any more, and of whom nothing was told lately."""
    known = or_(Customer.ref.is_not(None), Customer.name != "", Customer.phone != "", Customer.email != "")
    return select(Customer.id).where(known, Customer.updated_at < ends.unasked, *_unlinked())


def _unlinked() -> tuple[Any, Any]:
    return (
        ~exists().where(Interaction.customer_id == Customer.id),
        ~exists().where(Invitation.customer_id == Customer.id),
    )


def _clear_customers(session: Session, ids: Sequence[int]) -> None:
    session.execute(
        update(Customer).where(Customer.id.in_(ids)).values(ref=None, name="", phone="", email="", language="")
    )


def _past_exclusions(session: Session, ends: Ends) -> Select[Any]:
    return select(Exclusion.id).where(Exclusion.until < ends.today)


def _drop_exclusions(session: Session, ids: Sequence[int]) -> None:
    session.execute(delete(Exclusion).where(Exclusion.id.in_(ids)))


def _contact_answers(session: Session, ends: Ends) -> Select[Any]:
    """Responses that still hold a telephone or an address for a call back that is long over."""
    codes = {
        question.code
        for version in session.scalars(select(Version).options(joinedload(Version.questionnaire)))
        for question in questionnaires.definition(version).questions
        if question.type in CONTACT_TYPES
    }
    held = exists().where(Answer.response_id == Response.id, Answer.question.in_(codes), Answer.words.is_not(None))
    return select(Response.id).where(Response.submitted_at < ends.contact, held)


def _clear_contact_answers(session: Session, ids: Sequence[str]) -> None:
    for response in _whole(session, ids):
        definition = questionnaires.definition(response.version)
        codes = [question.code for question in definition.questions if question.type in CONTACT_TYPES]
        session.execute(delete(Answer).where(Answer.response_id == response.id, Answer.question.in_(codes)))


def _old_responses(session: Session, ends: Ends) -> Select[Any]:
    """Responses that still say their day or words. Of an anonymous one the month has to be over for as long."""
    worded = exists().where(Answer.response_id == Response.id, Answer.words.is_not(None))
    filed = exists().where(Evidence.response_id == Response.id)
    by_day = Response.submitted_at < ends.words
    by_visit = and_(Response.submitted_at.is_(None), Response.visited_on < clock.local(ends.words).date())
    by_month = and_(
        Response.submitted_at.is_(None),
        Response.visited_on.is_(None),
        Response.month < clock.local(ends.words).strftime("%Y-%m"),
        or_(worded, filed),
    )
    return select(Response.id).where(or_(by_day, by_visit, by_month))


def _strip_responses(session: Session, ids: Sequence[str]) -> None:
    """Words, files, days and tokens go; choices and scores stay, at the grain of the month."""
    files = {
        response.id: [
            one.code for one in questionnaires.definition(response.version).questions if one.type in FILE_TYPES
        ]
        for response in _whole(session, ids)
    }
    session.execute(delete(Answer).where(Answer.response_id.in_(ids), Answer.words.is_not(None)))
    for response_id, codes in files.items():
        if codes:
            session.execute(delete(Answer).where(Answer.response_id == response_id, Answer.question.in_(codes)))
    evidence.destroy_of(session, ids)
    field_records.forget(session, ids)
    report_versions.strip(session, ids)
    appeals_gone.strip(session, ids)
    stories.forget(session, ids)
    recognition.forget(session, ids)
    forgetting.forget(session, ids)
    marks.forget_words(session, ids)
    session.execute(update(Correction).where(Correction.response_id.in_(ids)).values(before=null(), after=null()))
    session.execute(
        update(Response).where(Response.id.in_(ids)).values(visited_on=None, submitted_at=None, external_id=None)
    )
    _close_tickets(session, Invitation.response_id.in_(ids))
    # Where a rule looked at words or days, the rest would score otherwise: then all of it goes, and the scores stay.
    session.expire_all()
    doubtful = [one.response.id for one in rescoring.of(session, ids) if dict(one.stands) != dict(one.computed)]
    session.execute(delete(Answer).where(Answer.response_id.in_(doubtful)))


def _whole(session: Session, ids: Sequence[str]) -> Iterator[Response]:
    return iter(
        session.scalars(
            select(Response)
            .where(Response.id.in_(ids))
            .options(joinedload(Response.version).joinedload(Version.questionnaire))
        ).all()
    )


def _close_tickets(session: Session, *which: Any) -> list[Invitation]:
    """Let invitations lead nowhere: no customer, no address that opens anything, no moment of what happened."""
    found = list(session.scalars(select(Invitation).where(*which).order_by(Invitation.id).with_for_update()))
    for one in found:
        one.token, one.customer_id = token_urlsafe(TOKEN_BYTES), None
        one.opened_at = one.started_at = one.finished_at = None
    session.flush()
    return found


def _unreported_visits(session: Session, ends: Ends) -> Select[Any]:
    return field_records.unreported(clock.local(ends.words).date())


RULES: Final = (
    Rule("visits", _old_visits, _clear_visits),
    Rule("invitations", _old_invitations, _clear_invitations),
    Rule("messages", _old_messages, _clear_messages),
    Rule("customers", _nobody_s_customers, _clear_customers),
    Rule("exclusions", _past_exclusions, _drop_exclusions),
    Rule("call_backs", _contact_answers, _clear_contact_answers),
    Rule("responses", _old_responses, _strip_responses),
    Rule("unreported_visits", _unreported_visits, field_records.clear),
    *keeping_visits.RULES,
    *keeping_cases.RULES,
    *keeping_loyalty.RULES,
    *keeping_voices.RULES,
)


def count() -> Mapping[str, int]:
    """How many rows each rule would clear now. What one rule lets go of for another is not foreseen."""
    with reading() as session:
        ends = Ends.of(outreach.policy(session))
        return {
            rule.name: session.scalar(select(func.count()).select_from(rule.find(session, ends).subquery())) or 0
            for rule in RULES
        }


def clear() -> Mapping[str, int]:
    """Clear everything whose time has come; how many rows by rule. The nightly act."""
    return {rule.name: sum(_batches(rule)) for rule in RULES}


def _batches(rule: Rule) -> Iterator[int]:
    while True:
        with reading() as session:
            ends = Ends.of(outreach.policy(session))
            ids = session.scalars(rule.find(session, ends).limit(BATCH)).all()
        if not ids:
            return
        ordered = sorted(ids)
        with transaction(ACTOR, "retention.clear", rule=rule.name, rows=len(ordered)) as session:
            rule.clear(session, ordered)
        yield len(ordered)


def let_go(session: Session, response_id: str) -> None:
    """An erased response's way to its customer goes: ticket, events, messages' addresses; and the last contact.

    A customer of whom there is another visit or invitation stays, as the feed told of her.
    """
    customers = set(
        session.scalars(
            select(Invitation.customer_id).where(
                Invitation.response_id == response_id, Invitation.customer_id.is_not(None)
            )
        )
    )
    for ticket in _close_tickets(session, Invitation.response_id == response_id):
        session.execute(delete(ContactEvent).where(ContactEvent.invitation_id == ticket.id))
        _clear_messages(session, session.scalars(select(Message.id).where(Message.invitation_id == ticket.id)).all())
        if ticket.interaction_id is not None:
            _clear_visits(session, [ticket.interaction_id])
    last = session.scalars(select(Customer.id).where(Customer.id.in_(customers), *_unlinked())).all()
    _clear_customers(session, last)
