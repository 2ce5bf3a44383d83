"""Listening: a form is begun, kept as a draft, sent once, and what it promises becomes a clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from forms.questionnaire.rules import not_applicable, walk
from survey_app import clock
from survey_app.commands import promises, responses
from survey_app.commands.completing import DAY_TYPES, stated_day
from survey_app.commands.questionnaires import standing_campaign
from survey_app.commands.upserts import added
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.loop.voices import WAYS
from survey_app.models import NO_AGENT, Branch, Draft, Listening, Placement, Questionnaire, User
from survey_app.permissions import scope_of
from survey_app.queries import listening as queries
from survey_app.queries import organisation
from survey_app.queries.tickets import Ticket, new_response_id
from translations import gettext as _

#: A promise without a day is due after so many days.
PROMISED_DAYS: Final = 14


@dataclass(frozen=True)
class Beginning:
    """What a form is begun with. ``id`` was minted with the page: begun twice, it is one."""

    id: str
    way: str
    questionnaire: str
    branch_id: int
    heard_on: date
    agent_id: int = NO_AGENT


def new_id() -> str:
    """An id for a form that is about to be begun."""
    return new_response_id()


def begin(session: Session, user: User, about: Beginning) -> Listening:
    """Begin a form.

    UserError with the field for an unknown way or questionnaire, a branch out of reach, somebody who does not serve
    there, or a day that is not in the last year.
    """
    try:
        UUID(about.id)
    except ValueError as error:
        raise UserError(_("The page was open for too long. Please send it again.")) from error
    standing = session.get(Listening, about.id)
    if standing is not None:
        return queries.of(session, user, about.id)
    _check(session, user, about)
    campaign = standing_campaign(session, about.questionnaire)
    made = Listening(
        response_id=about.id,
        way=about.way,
        campaign_id=campaign.id,
        branch_id=about.branch_id,
        agent_id=about.agent_id,
        heard_on=about.heard_on,
        by_id=user.id,
        started_at=clock.now(),
    )
    if not added(session, made):
        return queries.of(session, user, about.id)
    # The form's own first question of a day says the day that was chosen; it can still be mended there.
    ticket = queries.ticket(session, queries.of(session, user, about.id), user.language)
    day = next((one.code for one in ticket.definition.questions if one.type in DAY_TYPES), None)
    responses.save_page(session, ticket, {day: about.heard_on.isoformat()} if day else {}, user.language)
    return made


def _check(session: Session, user: User, about: Beginning) -> None:
    way = WAYS.get(about.way)
    if way is None:
        raise UserError(_("Please choose how you listened."), [("way", "")])
    found = session.scalar(select(Questionnaire).where(Questionnaire.code == about.questionnaire))
    if found is None or found.id not in {one.id for one in queries.offered(session)} or found.kind != way.kind:
        raise UserError(_("Please choose a form that fits how you listened."), [("questionnaire", "")])
    reach = select(Branch.id).where(Branch.id == about.branch_id, organisation.in_scope(scope_of(user)))
    if session.scalar(reach) is None:
        raise UserError(_("Please choose one of your branches."), [("branch", "")])
    today = clock.today()
    if about.heard_on > today:
        raise UserError(_("The day is in the future."), [("heard_on", "")])
    if about.heard_on < queries.furthest_back():
        raise UserError(_("The day is more than a year ago."), [("heard_on", "")])
    if about.agent_id != NO_AGENT:
        served = select(Placement.agent_id).where(
            Placement.agent_id == about.agent_id, Placement.branch_id == about.branch_id
        )
        if session.scalar(served.limit(1)) is None:
            raise UserError(_("Please choose somebody who serves in this branch."), [("agent", "")])


def send(session: Session, user: User, response_id: str, language: str, presentation: Any) -> Listening:
    """Send a form; sent twice, it is one. What it promises becomes a clock of the branch.

    UserError with the places of what is missing, as of every questionnaire.
    """
    row = session.scalar(
        select(Listening)
        .where(Listening.response_id == response_id, Listening.by_id == user.id)
        .with_for_update(of=Listening)
    )
    if row is None:
        raise NotFound(_("There is no such form of yours."))
    if row.sent_at is not None:
        return row
    found = queries.of(session, user, response_id)
    ticket = queries.ticket(session, found, language)
    _whole(session, ticket)
    row.heard_on = _day(session, ticket, row.heard_on)
    row.sent_at = clock.now()
    responses.submit(
        session,
        replace(ticket, visited_on=row.heard_on),
        language=language,
        channel="listening",
        presentation=presentation,
    )
    session.flush()
    _promise(session, user, row)
    return row


def _day(session: Session, ticket: Ticket, chosen: date) -> date:
    saved = session.get(Draft, ticket.response_id)
    day = (stated_day(ticket.definition, saved.answers) if saved is not None else None) or chosen
    if day > clock.today():
        question = next((one.code for one in ticket.definition.questions if one.type in DAY_TYPES), "")
        raise UserError(_("The day is in the future."), [(question, "")])
    return day


def _whole(session: Session, ticket: Ticket) -> None:
    """Refuse a form in which an item of a score is left open: it would count for more or less than was heard."""
    saved = session.get(Draft, ticket.response_id)
    asked, counting = walk(ticket.definition, saved.answers if saved is not None else {}, ticket.context)
    open_ = [
        one.code
        for one in asked
        if one.points is not None and one.code not in counting and not not_applicable(one, counting, ticket.context)
    ]
    if open_:
        raise UserError(
            _("Some answers are missing or do not fit."), [(code, _("Choose an answer.")) for code in open_]
        )


def _promise(session: Session, user: User, row: Listening) -> None:
    """A promise that was made on a visit is the branch's to keep; without a day, within two weeks of the visit."""
    said = queries.followed(session, row.response_id)
    if not said.promise:
        return
    if said.promise_due is not None and said.promise_due < row.heard_on:
        raise UserError(_("The promise is due before it was made."), [(said.promise_due_code, "")])
    # A form that is sent weeks later begins the clock when the branch learns of it.
    due = said.promise_due or max(row.heard_on, clock.today()) + timedelta(days=PROMISED_DAYS)
    promises.record(
        session,
        id=str(UUID(row.response_id)),
        words=said.promise[: promises.LONGEST],
        due_on=due,
        branch_id=row.branch_id,
        agent_id=row.agent_id,
        response_id=row.response_id,
        made_on=row.heard_on,
        by_id=user.id,
    )


def throw_away(session: Session, user: User, response_id: str) -> None:
    """Throw away one's own form that was not sent. Conflict for one that was; one that is gone is gone."""
    row = session.scalar(
        select(Listening).where(Listening.response_id == response_id, Listening.by_id == user.id).with_for_update()
    )
    if row is None:
        return
    if row.sent_at is not None:
        raise Conflict(_("This form was sent already."))
    session.execute(delete(Draft).where(Draft.response_id == response_id))
    session.delete(row)
    session.flush()
