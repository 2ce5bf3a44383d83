"""Recognition: proposed by the method's rule, decided by a manager, made public by nobody but whom it is about.

proposed → confirmed or refused (a decision may be changed, with the reason); a confirmed one waits for the answer of
the employee, or of the branch where it is a team's: accepted or declined. Nothing leaves the branch before that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from forms.recognition import REASON, WORDS
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import letters
from survey_app.commands.upserts import insert_missing, insert_or_none
from survey_app.db import reading
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.models import NO_AGENT, Branch, Recognition, User
from survey_app.permissions import Permission, Role, may, scope_of
from survey_app.queries import organisation, quotes, recognising, reviews
from survey_app.queries import recognition as queries
from survey_app.queries.recognition import ACCEPTED, CONFIRMED, DECLINED, PROPOSED, REFUSED
from survey_app.transaction import transaction
from translations import gettext as _

ACTOR: Final = Actor.system("recognition")
#: Proposals that one transaction writes.
BATCH: Final = 200


class Stale(Conflict):
    """Somebody else decided meanwhile."""


# ---- proposals -------------------------------------------------------------------------------------------------------


def hourly() -> None:
    """Propose the last full month's excellent employees and teams once the month has closed; each of them once.

    A worker that dies half-way leaves some unproposed, and the next hour proposes what is missing.
    """
    month = clock.last_full_month()
    with reading() as session:
        policy = organisation.policy(session)
        if clock.today() < clock.closes_on(month, policy.closes_on_working_day):
            return
        found = recognising.due(session, month)
    for at in range(0, len(found), BATCH):
        with transaction(ACTOR, "recognition.propose", month=month) as session:
            propose(session, found[at : at + BATCH])


def propose(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store proposals as :func:`survey_app.queries.recognising.due` finds them, and tell who decides, once a month."""
    insert_missing(session, Recognition, [{**row, "created_at": clock.now()} for row in rows], _KEY)
    by_branch = {row["branch_id"]: row["month"] for row in rows if row["agent_id"] != NO_AGENT}
    managers = session.execute(
        select(User.id, User.branch_id).where(
            User.role == Role.BRANCH_MANAGER.value, User.active, User.branch_id.in_(by_branch)
        )
    ).all()
    for month in set(by_branch.values()):
        keys = {user: f"recognition-{month}-{user}" for user, branch in managers if by_branch[branch] == month}
        letters.queue_all(session, "recognition_waiting", keys, {"month": month})


_KEY: Final = ("month", "branch_id", "agent_id")


def propose_team(session: Session, user: User, month: str, branch_id: int) -> Recognition:
    """Propose a whole branch by hand; proposed twice, it is one. Forbidden for the branch itself and for others' ones.

    NotFound for a branch that there is not, Conflict where this month's was decided already.
    """
    month = reviews.parse_month(month)
    branch = session.get(Branch, branch_id)
    if branch is None or not scope_of(user).names_branch(branch.id, branch.region_id):
        raise NotFound(_("There is no such branch."))
    if not queries.may_decide(user, branch, NO_AGENT):
        raise Forbidden(_("A team is recognised by somebody above its branch."))
    row = {
        "month": month,
        "branch_id": branch.id,
        "agent_id": NO_AGENT,
        "state": PROPOSED,
        "grounds": {"by_hand": True},
        "created_at": clock.now(),
    }
    made: Recognition | None = insert_or_none(session, Recognition, row, _KEY)
    if made is not None:
        return made
    return session.scalars(
        select(Recognition).where(
            Recognition.month == month, Recognition.branch_id == branch.id, Recognition.agent_id == NO_AGENT
        )
    ).one()


# ---- the manager -----------------------------------------------------------------------------------------------------


def confirm(
    session: Session,
    user: User,
    recognition_id: int,
    *,
    words: str,
    quote: tuple[str, str] | None,
    revision: int,
) -> Recognition:
    """Confirm a proposal, or change what a confirmed one says. ``quote``: (response, question) of a customer's words.

    Stale where somebody decided since ``revision``, NotFound and Forbidden for who may not, UserError for words that
    are too long or no customer's of this employee.
    """
    words = _checked(words, WORDS)
    row = _held(session, user, recognition_id, revision)
    if quote is not None and not quotes.may_be_quoted(session, row, *quote):
        raise UserError(_("Choose one of the customers' words on the page."), [("quote", "")])
    first = row.state != CONFIRMED
    row.state, row.words = CONFIRMED, words
    row.quote_response_id, row.quote_question = quote or (None, "")
    _decided(row, user)
    if first:
        row.publicity = ""
        _tell(session, row)
    session.flush()
    return row


def refuse(session: Session, user: User, recognition_id: int, *, reason: str, revision: int) -> Recognition:
    """Refuse a proposal, or take a confirmation back; the reason stays with it. Errors as of :func:`confirm`."""
    reason = _checked(reason, REASON)
    if not reason:
        raise UserError(_("Say why."), [("reason", "")])
    row = _held(session, user, recognition_id, revision)
    row.state, row.words, row.publicity = REFUSED, reason, ""
    row.quote_response_id, row.quote_question = None, ""
    _decided(row, user)
    session.flush()
    return row


def _checked(words: str, most: int) -> str:
    words = words.strip()
    if len(words) > most:
        raise UserError(_("Write at most %(max)s characters.", max=most))
    return words


def _held(session: Session, user: User, recognition_id: int, revision: int) -> Recognition:
    row = session.get(Recognition, recognition_id, with_for_update=True)
    if row is None or not queries.may_see(user, row):
        raise NotFound(_("There is no such recognition."))
    if not queries.may_decide(user, row.branch, row.agent_id):
        raise Forbidden(_("Nobody decides about a recognition of their own."))
    if row.revision != revision:
        raise Stale(_("Somebody else decided meanwhile. Look at what stands there now, then decide again."))
    return row


def _decided(row: Recognition, user: User) -> None:
    row.decided_by_id, row.decided_at = user.id, clock.now()
    row.revision += 1


def _tell(session: Session, row: Recognition) -> None:
    """Tell whom it is about: the employee, or of a team whoever leads the branch."""
    wanted = User.branch_id == row.branch_id if row.agent_id == NO_AGENT else User.agent_id == row.agent_id
    role = Role.BRANCH_MANAGER if row.agent_id == NO_AGENT else Role.AGENT
    for user_id in session.scalars(select(User.id).where(wanted, User.role == role.value, User.active)):
        # Confirmed anew after it was taken back, it is news again.
        key = f"recognised-{row.id}-{row.revision}-{user_id}"
        letters.queue(session, user_id, "recognised", key, {"month": row.month})


# ---- whom it is about ------------------------------------------------------------------------------------------------


def answer(session: Session, user: User, recognition_id: int, accepts: bool) -> Recognition:
    """Accept or decline publicity; the answer can be changed at any time, and holds from then on.

    NotFound for what is not the reader's own, Conflict for what is not confirmed.
    """
    row = session.get(Recognition, recognition_id, with_for_update=True)
    if row is None or not queries.is_own(user, row):
        raise NotFound(_("There is no such recognition."))
    if row.state != CONFIRMED:
        raise Conflict(_("This recognition is not confirmed any more."))
    row.publicity = ACCEPTED if accepts else DECLINED
    row.revision += 1
    session.flush()
    return row


def may_recognise(user: User) -> bool:
    """Whether somebody decides about recognition at all."""
    return may(user, Permission.RECOGNISE)


# ---- customers -------------------------------------------------------------------------------------------------------


def forget(session: Session, response_ids: Collection[str]) -> None:
    """Words were deleted: no certificate quotes them any more."""
    session.execute(
        update(Recognition)
        .where(Recognition.quote_response_id.in_(response_ids))
        .values(quote_response_id=None, quote_question="")
    )
