"""A case changes hands: given, taken over personally, risen by the clock, gone to whoever stands in, merged."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import promises
from survey_app.commands.cases import log, opening, owners, times
from survey_app.errors import Conflict, UserError
from survey_app.loop import levels
from survey_app.loop.levels import LADDER, LEVELS
from survey_app.loop.states import MERGED, OPEN
from survey_app.loop.subjects import SENSITIVE
from survey_app.models import NO_AGENT, Case, User
from survey_app.queries.loop import policy
from survey_app.transaction import REPORTS_CHANGED
from translations import gettext as _

#: Longer chains of merged cases are taken for a circle.
_CHAIN = 50


def assign(session: Session, case_id: int, to_id: int, by_id: int, *, revision: int | None = None) -> Case:
    """Give an open case to somebody. The rung follows the new owner's role and never falls.

    UserError for somebody who left, is away without a stand-in, has no role on the ladder or is named by the case.
    """
    case = log.hold(session, case_id, revision)
    log.need(case, "assign")
    log.not_named(session, case, by_id)
    wanted = session.get(User, to_id)
    found = owners.stand_in(session, wanted) if wanted is not None else None
    if found is None:
        raise UserError(_("Nobody stands in for this person now. Please choose somebody else."), [("to", "")])
    if owners.named_by(case, found):
        raise UserError(_("A case of this kind never goes to the person it names."), [("to", "")])
    rung = next((one.code for one in LEVELS.values() if one.role == found.role), None)
    if rung is None and found.id != case.adopted_by_id:
        raise UserError(_("This person's role handles no cases."), [("to", "")])
    _give(session, case, found, max(rung or case.level, case.level, key=LADDER.index))
    log.note(session, case, "assigned" if found.id == to_id else "delegated", by_id, to=found.id, wanted=to_id)
    opening.tell_owner(session, case, found)
    return case


def adopt(session: Session, case_id: int, by: User) -> Case:
    """«בטיפולי»: a senior manager takes an open case personally. Done again by the same one, nothing changes.

    Telling the customer who it is belongs to ``commands.cases.telling``.
    """
    case = log.hold(session, case_id)
    if case.adopted_by_id == by.id and case.owner_id == by.id:
        return case
    log.need(case, "adopt")
    if owners.named_by(case, by):
        raise UserError(_("A case of this kind never goes to the person it names."))
    case.adopted_by_id, case.adopted_at = by.id, clock.now()
    rung = next((one.code for one in LEVELS.values() if one.role == by.role), "service")
    _give(session, case, by, max(rung, case.level, key=LADDER.index))
    log.note(session, case, "adopted", by.id, to=by.id)
    return case


def rise(session: Session, case: Case) -> bool:
    """Let a case whose rung's time is over rise to the next one that has somebody else; False where there is none.

    The caller holds the case. Whoever let it pass is not its owner again on the way up.
    """
    before = case.owner_id
    passed = frozenset({before} if before else ())
    start = levels.above(case.level)
    if not start:
        case.escalates_at = None
        return False
    rung, found = owners.find(session, case, start[0], without=passed)
    if found is None:
        # Nobody above: it stays with whoever has it, and leads of service see it among the unattended.
        case.escalates_at = None
        log.note(session, case, "escalated", level=case.level, to=None)
        return False
    case.owner_id, case.level = found.id, rung
    times.begin(session, case, policy(session))
    log.note(session, case, "escalated", level=rung, to=found.id, before=before)
    opening.tell_owner(session, case, found, "case_risen")
    return True


def _give(session: Session, case: Case, owner: User, rung: str) -> None:
    """A new owner. A higher rung begins its own time; on the same one the clock runs on, however often it changes."""
    rises, case.owner_id, case.level = rung != case.level, owner.id, rung
    if rises:
        times.begin(session, case, policy(session))


def is_about(case: Case, user: User) -> bool:
    """Whether a case is about what a user did, as the employee who served."""
    return user.agent_id is not None and case.agent_id == user.agent_id


def pass_on(session: Session, case: Case, kind: str) -> bool:
    """Give a held case to whoever stands in for its owner, else to the nearest rung that has somebody.

    Gives whether it moved. ``kind`` is how the log calls it. An owner who is here, and whom it does not name, keeps it.
    """
    owner = session.get(User, case.owner_id) if case.owner_id else None
    found = owners.stand_in(session, owner) if owner is not None else None
    if found is not None and owners.named_by(case, found):
        found = None
    if found is not None and found.id == case.owner_id:
        return False
    rung = case.level
    if found is None:
        start = case.level if owner is not None else _least(case)
        rung, found = owners.find(session, case, start, without=frozenset({owner.id} if owner is not None else ()))
    if found is None:
        if owner is None:
            return False
        case.owner_id, case.escalates_at = None, None
        log.note(session, case, kind, to=None, before=owner.id)
        return True
    before = case.owner_id
    _give(session, case, found, max(rung, case.level, key=LADDER.index) if owner is not None else rung)
    if before is None or case.escalates_at is None:
        times.begin(session, case, policy(session))
    else:
        times.extend(session, case, policy(session))
    log.note(session, case, kind, to=found.id, before=before)
    opening.tell_owner(session, case, found)
    return True


def _least(case: Case) -> str:
    """The lowest rung that a case without an owner may be given to: where it began, or was reopened."""
    began = levels.first(case.wanted, sensitive=case.subject in SENSITIVE)
    return max(began, levels.reopens_on(case.reopened), key=LADDER.index)


def speaks_of(session: Session, case: Case, subject: str, by_id: int | None = None) -> None:
    """A held case is about another subject. If it becomes sensitive, it and its promises leave the person it names."""
    before, case.subject = case.subject, subject
    session.info[REPORTS_CHANGED] = True
    log.note(session, case, "subject", by_id, before=before, after=subject)
    if subject in SENSITIVE and case.open:
        leave_named(session, case)
    promises.leave_named(session, case)


def leave_named(session: Session, case: Case) -> None:
    """A held open case became sensitive: it rises to the branch at least, and leaves the person it names."""
    owner = session.get(User, case.owner_id) if case.owner_id else None
    if case.level == LADDER[0] or owner is None or owners.named_by(case, owner):
        case.level = max(case.level, levels.BRANCH, key=LADDER.index)
        rung, found = owners.find(session, case, case.level)
        _hand(session, case, rung, found)


def leave_agent(session: Session, case: Case, before: int) -> None:
    """A held case turned out to be about another employee than ``before``: if that one has it, it goes on."""
    owner = session.get(User, case.owner_id) if case.owner_id else None
    if case.open and owner is not None and (owner.agent_id == before or owners.named_by(case, owner)):
        rung, found = owners.find(session, case, case.level, without=frozenset({owner.id}))
        _hand(session, case, rung, found)


def _hand(session: Session, case: Case, rung: str, found: User | None) -> None:
    before = case.owner_id
    case.owner_id, case.level = (found.id if found is not None else None), rung
    times.begin(session, case, policy(session))
    log.note(session, case, "assigned", to=case.owner_id, before=before)
    if found is not None:
        opening.tell_owner(session, case, found)


def merge(session: Session, case_id: int, into_id: int, by_id: int, *, revision: int | None = None) -> Case:
    """Make an open case part of another of the same customer; gives the one that stays.

    Into a merged one: into the one that it was merged into. Into itself, one that is over, or another customer's:
    refused. What becomes part of a sensitive case about the same employee is as hidden from that one as the case is.
    """
    case, root = _hold_both(session, case_id, into_id)
    if revision is not None and case.revision != revision:
        log.hold(session, case_id, revision)
    log.not_named(session, case, by_id)
    log.not_named(session, root, by_id)
    if case.state == MERGED:
        raise Conflict(_("This case is part of case %(number)s already.", number=case.merged_into_id))
    log.need(case, "merge")
    if root.id == case.id:
        raise UserError(_("A case cannot be merged into itself."), [("into", "")])
    if root.state not in OPEN:
        raise UserError(_("Case %(number)s is over: reopen it first.", number=root.id), [("into", "")])
    if not _one_customer(session, case.id, root.id):
        # Each would read on the own page what is the other's, confirm it, and end the other's contact.
        message = _("These cases are of different customers: an incident joins them, and each keeps its own page.")
        raise UserError(message, [("into", message)])
    if case.subject in SENSITIVE and (root.subject not in SENSITIVE or root.agent_id != case.agent_id):
        # Whom the case names could read there what is hidden here.
        raise UserError(
            _("A sensitive case is merged only into one that is sensitive and about the same employee."), [("into", "")]
        )
    # Nobody wins time by it.
    root.due_at, root.complaint_due_on = (
        min(root.due_at, case.due_at),
        min(root.complaint_due_on, case.complaint_due_on),
    )
    session.info[REPORTS_CHANGED] = True
    case.state, case.merged_into_id, case.escalates_at = MERGED, root.id, None
    if root.subject in SENSITIVE and case.subject not in SENSITIVE and case.agent_id == root.agent_id != NO_AGENT:
        speaks_of(session, case, root.subject, by_id)
    log.note(session, case, "merged", by_id, into=root.id)
    log.note(session, root, "merged", by_id, taken=case.id)
    return root


def _one_customer(session: Session, case_id: int, other_id: int) -> bool:
    """Whether two cases may be one customer's: nothing is known of one of them, or they share how to reach her."""
    ours, theirs = (_reached_by(session, log.whole(session, one)) for one in (case_id, other_id))
    return not ours or not theirs or bool(ours & theirs)


def _reached_by(session: Session, ids: set[int]) -> set[str | int]:
    rows = session.execute(select(Case.customer_id, Case.phone, Case.email).where(Case.id.in_(ids)))
    return {one for row in rows for one in row if one}


def _hold_both(session: Session, case_id: int, into_id: int) -> tuple[Case, Case]:
    """A case, and the one that another was merged into at last, both held, the lower number first."""
    root_id, following = into_id, select(Case.merged_into_id)
    for _step in range(_CHAIN):
        # Looked up before anything is held, so that rows are held in their order.
        further = session.scalar(following.where(Case.id == root_id))
        if further is not None and root_id != case_id:
            root_id = further
            continue
        held = {number: log.hold(session, number) for number in sorted({case_id, root_id})}
        if held[root_id].merged_into_id is None or root_id == case_id:
            return held[case_id], held[root_id]
    raise Conflict(_("These cases are merged in a circle."))
