"""A case from an answer: the moment a customer asks to be called, in the transaction that keeps the wish.

Whoever asks to be called gets a case, whatever the score: nothing that a customer asks for waits for a rule. Whoever
does not ask leaves at most a count behind, from which nobody can go back to an answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from forms.questionnaire.definition import Questionnaire as Definition
from survey_app import clock
from survey_app.commands import promises, recovery_survey
from survey_app.commands.cases import telling
from survey_app.commands.cases.opening import Opening, open_case
from survey_app.commands.recording import Finished
from survey_app.kinds import kind_of
from survey_app.loop import triggers
from survey_app.loop.accusations import accused_of
from survey_app.loop.levels import WANTED
from survey_app.loop.subjects import SENSITIVE
from survey_app.models import NO_AGENT, Campaign, Case, Customer, Invitation, LowSignal, Response, User
from survey_app.outreach.rules import Rules
from survey_app.queries import questionnaires
from survey_app.queries.answers import PERSONAL_TYPES
from survey_app.queries.tickets import Ticket
from survey_app.transaction import REPORTS_CHANGED
from translations import DEFAULT, speaking
from translations import gettext as _

#: Types of questions whose answers are a customer's own words and no contact.
_WORDS: Final = PERSONAL_TYPES - {"email", "phone"}
#: A promise is told of soon after it was made; one of an older visit counts from here.
_LONG_AGO: Final = timedelta(days=90)
_INSERTS: Final[Mapping[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def _reasons(
    session: Session, campaign_id: int, definition: Definition, answers: Mapping[str, Any], context: Mapping[str, Any]
) -> tuple[str, ...]:
    # The follow-up of a case is no new problem: what it finds reopens the case itself.
    if not kind_of(definition.kind).open_link or definition.confirmation is not None:
        return ()
    rules = session.get_one(Campaign, campaign_id).rules
    return triggers.found(definition, answers, context, Rules.load(rules).follow_up if rules else None)


def answered(session: Session, ticket: Ticket, response: Response, finished: Finished) -> None:
    """What a survey sets in motion that was just sent: its case hears it, or a case begins, or a count rises.

    In the transaction that stores it. Only surveys of customers do anything.
    """
    definition = ticket.definition
    if not kind_of(definition.kind).open_link:
        return
    if ticket.invitation is not None and definition.confirmation is not None:
        recovery_survey.answered(session, ticket.invitation.id, definition, finished.answers, finished.context)
        return
    signal(session, [finished])
    from_answer(session, response, definition, finished.answers, finished.context)


# ---- with consent ----------------------------------------------------------------------------------------------------


def from_answer(
    session: Session,
    response: Response,
    definition: Definition,
    answers: Mapping[str, Any],
    context: Mapping[str, Any],
) -> Case | None:
    """Open the case that an answer asks for by its consent to be called back; None without the consent.

    The case holds the contact and refers to the answers, and does not repeat them. A survey that is filled in twice, or
    sent twice, opens one case.
    """
    follow_up = definition.follow_up
    if follow_up is None or answers.get(follow_up.consent.code) is not True:
        return None
    why = _reasons(session, response.campaign_id, definition, answers, context)
    wanted = answers.get(follow_up.recipient.code) if follow_up.recipient is not None else None
    customer = _customer(session, response.id)
    phone = answers.get(follow_up.phone.code) if follow_up.phone is not None else None
    standing = session.scalar(select(Case.id).where(Case.key == _key(response.id)))
    case = open_case(
        session,
        Opening(
            key=_key(response.id),
            source="survey",
            branch_id=response.branch_id,
            agent_id=response.agent_id,
            response_id=response.id,
            subject=accused_of(_own_words(definition, answers)) or triggers.subject(why),
            wanted=wanted if isinstance(wanted, str) and wanted in WANTED else "",
            customer_id=customer.id if customer is not None else None,
            language=response.language,
            name=customer.name if customer is not None else "",
            phone=str(phone or (customer.phone if customer is not None else "")),
            email=customer.email if customer is not None else "",
        ),
    )
    if standing is None:
        _count(session, {(response.branch_id, response.month, code): -1 for code in why[:1]})
        telling.received(session, case)
        if triggers.PROMISE in why:
            _promised(session, case, response)
    return case


def _promised(session: Session, case: Case, response: Response) -> None:
    """What the customer says was promised becomes a clock that runs with the case: by when it is to be solved."""
    owner = session.get(User, case.owner_id) if case.owner_id is not None else None
    day = clock.today()
    with speaking(DEFAULT):
        words = _("The customer said in the survey that something was promised and did not come yet.")
    promises.record(
        session,
        id=str(uuid5(NAMESPACE_OID, case.key)),
        words=words,
        due_on=clock.local(case.due_at).date(),
        branch_id=case.branch_id,
        # Of a sensitive case the person it names learns nothing, here neither.
        agent_id=NO_AGENT if case.subject in SENSITIVE else case.agent_id,
        owner_id=owner.id if owner is not None and owner.role in promises.KEEPING else None,
        case_id=case.id,
        response_id=response.id,
        made_on=max(min(response.visited_on or day, day), day - _LONG_AGO),
        by_id=None,
    )


def _key(response_id: str) -> str:
    return f"response:{response_id}"


def _customer(session: Session, response_id: str) -> Customer | None:
    """The customer whose invitation became a response: who consents to a call is known by it."""
    return session.scalar(
        select(Customer)
        .join(Invitation, Invitation.customer_id == Customer.id)
        .where(Invitation.response_id == response_id)
    )


def _own_words(definition: Definition, answers: Mapping[str, Any]) -> list[Any]:
    return [answers[one.code] for one in definition.questions if one.type in _WORDS and one.code in answers]


# ---- without consent -------------------------------------------------------------------------------------------------


def signal(session: Session, finished: Iterable[Finished]) -> None:
    """Count the low answers among finished questionnaires, by branch and month.

    Of a confidential survey when it is sent (and counted back when the consent follows), of an anonymous one in its
    night of publication. A count, with no way back to an answer.
    """
    found: Counter[tuple[int, str, str]] = Counter()
    for one in finished:
        definition = questionnaires.definition(one.version)
        # Each answer once, under its weightiest reason: the counts of a month add up to answers.
        for code in _reasons(session, one.campaign_id, definition, one.answers, one.context)[:1]:
            found[one.branch_id, one.month, code] += 1
    _count(session, found)


def _count(session: Session, changes: Mapping[tuple[int, str, str], int]) -> None:
    insert = _INSERTS[session.get_bind().dialect.name]
    # Rows are held in one order, whoever counts.
    for (branch_id, month, code), change in sorted(changes.items()):
        row = {"branch_id": branch_id, "month": month, "trigger": code, "n": max(change, 0)}
        statement = insert(LowSignal).values(row)
        after = LowSignal.n + change
        if change < 0:
            statement = statement.on_conflict_do_update(
                index_elements=["branch_id", "month", "trigger"], set_={"n": after}, where=after >= 0
            )
        else:
            statement = statement.on_conflict_do_update(
                index_elements=["branch_id", "month", "trigger"], set_={"n": after}
            )
        session.execute(statement)
    if changes:
        session.info[REPORTS_CHANGED] = True
