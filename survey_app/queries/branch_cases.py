"""Today's work of a branch over cases, promises, delegations and low answers; nothing here names a customer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.loop.subjects import SUBJECTS
from survey_app.models import Branch, Case, Delegation, LowSignal, Promise, ScoreRemoval, User
from survey_app.models.cases import OPEN_STATES
from survey_app.queries import cases, low_signals, organisation
from survey_app.queries.tasks import LATE, MOST, SOME_TIME, SOON, TODAY, Found, Task, by, day
from translations import format_month, isolate_ltr
from translations import gettext as _

#: How long a solved case waits for the manager's check before it is let go.
_CHECKED_WITHIN: Final = timedelta(days=30)
#: A delegation's end is told so many days before.
_ENDING: Final = timedelta(days=3)


# ---- cases -----------------------------------------------------------------------------------------------------------


def _case_rows(session: Session, user: User, *wanted: Any) -> tuple[list[Case], int]:
    conditions = (cases.visible(user), *wanted)
    total = session.scalar(select(func.count(Case.id)).where(*conditions)) or 0
    rows = session.scalars(
        select(Case)
        .where(*conditions)
        .options(joinedload(Case.owner), joinedload(Case.agent))
        .order_by(Case.overdue_since.is_(None), func.coalesce(Case.escalates_at, Case.due_at), Case.id)
        .limit(MOST)
    )
    return list(rows), total


def _about(case: Case) -> str:
    return _("Case %(number)s: %(subject)s", number=case.id, subject=str(SUBJECTS[case.subject].name))


def _owner(case: Case) -> str:
    return case.owner.name or case.owner.email if case.owner is not None else ""


def open_cases(session: Session, user: User) -> Found:
    """Cases that are late, that rise today, that nobody has, and all that are the manager's own."""
    now, end = clock.now(), clock.end_of(clock.today())
    pressing = or_(
        Case.owner_id == user.id, Case.owner_id.is_(None), Case.overdue_since.is_not(None),
        Case.due_at <= end, Case.escalates_at <= end, Case.next_on <= clock.today(),
    )  # fmt: skip
    rows, total = _case_rows(session, user, Case.state.in_(OPEN_STATES), pressing)
    found = []
    for case in rows:
        late = case.overdue_since is not None or case.due_at < now
        until = min(moment for moment in (case.escalates_at, case.due_at) if moment is not None)
        last = min(clock.local(until).date(), case.next_on or date.max)
        if late:
            detail = _("Overdue since %(date)s", date=day(clock.local(case.overdue_since or case.due_at).date()))
        elif case.owner is None:
            detail = _("Nobody handles it")
        elif case.owner_id == user.id:
            detail = case.next_step or _("Yours to move on")
        else:
            detail = _("With %(name)s; rises to you when its time is over", name=_owner(case))
        urgency = LATE if late or case.owner is None else by(last)
        found.append(Task("cases", urgency, _about(case), detail, f"/cases/{case.id}", _("Open the case"), last))
    return Found(found, total, "/cases")


def claims(session: Session, user: User) -> Found:
    rows, total = _case_rows(session, user, Case.not_me == "claimed")
    found = [
        Task(
            "claims", TODAY, _about(one), _('%(name)s says: "It was not me"', name=one.agent.name or one.agent.code),
            f"/cases/{one.id}", _("Decide"),
        )
        for one in rows
    ]  # fmt: skip
    return Found(found, total, "/cases")


def checks(session: Session, user: User) -> Found:
    """Solved cases of others that nobody looked at yet: never one's own."""
    since = clock.now() - _CHECKED_WITHIN
    rows, total = _case_rows(
        session, user, Case.state.in_(("done", "confirmed", "closed")), Case.checked == "", Case.done_at >= since,
        or_(Case.owner_id.is_(None), Case.owner_id != user.id), Case.branch_id == user.branch_id,
    )  # fmt: skip
    found = [
        Task(
            "checks", SOON, _about(one), _("Solved by %(name)s; how well was it done?", name=_owner(one) or "—"),
            f"/cases/{one.id}", _("Check"),
        )
        for one in rows
    ]  # fmt: skip
    return Found(found, total, "/cases")


def removals(session: Session, user: User) -> Found:
    wanted = select(ScoreRemoval.case_id).where(ScoreRemoval.state == "asked")
    rows, total = _case_rows(session, user, Case.id.in_(wanted))
    found = [
        Task(
            "removals", SOME_TIME, _about(one), _("Its score is to be removed; somebody else decides"),
            f"/cases/{one.id}", _("Look"),
        )
        for one in rows
    ]  # fmt: skip
    return Found(found, total, "/cases/removals")


# ---- promises, delegations, signals ----------------------------------------------------------------------------------


def promises(session: Session, user: User) -> Found:
    due = clock.today() + timedelta(days=1)
    wanted = (
        or_(Promise.branch_id == user.branch_id, Promise.owner_id == user.id),
        Promise.state == "open",
        Promise.due_on <= due,
        or_(Promise.case_id.is_(None), Promise.case_id.in_(select(Case.id).where(cases.visible(user)))),
    )
    total = session.scalar(select(func.count()).select_from(Promise).where(*wanted)) or 0
    rows = session.execute(
        select(Promise, User.name)
        .outerjoin(User, User.id == Promise.owner_id)
        .where(*wanted)
        .order_by(Promise.due_on, Promise.id)
        .limit(MOST)
    )
    found = [
        Task(
            "promises", by(one.due_on), one.words,
            _("Promised by %(name)s", name=name) if name else _("Nobody answers for it yet"),
            "/promises", _("Open the promises"), one.due_on,
        )
        for one, name in rows
    ]  # fmt: skip
    return Found(found, total, "/promises")


def delegations(session: Session, user: User) -> Found:
    today = clock.today()
    here = select(User.id).where(or_(User.id == user.id, User.agent_id.in_(_placed(session, user))))
    rows = session.scalars(
        select(Delegation)
        .where(Delegation.until >= today, Delegation.until <= today + _ENDING, Delegation.since <= today)
        .where(Delegation.user_id.in_(here))
        .options(joinedload(Delegation.user), joinedload(Delegation.to))
        .order_by(Delegation.until, Delegation.id)
        .limit(MOST)
    ).all()
    found = [
        Task(
            "delegations", by(one.until),
            _("%(to)s stands in for %(name)s", to=_name(one.to), name=_name(one.user)),
            _("The delegation ends"), "/cases/delegations", _("Open the delegations"), one.until,
        )
        for one in rows
    ]  # fmt: skip
    return Found(found, len(found), "/cases/delegations")


def _placed(session: Session, user: User) -> list[int]:
    return [one.id for one in organisation.agents_of(session, user.branch_id or 0, clock.today())]


def _name(user: User) -> str:
    return user.name or user.email


def signals(session: Session, user: User) -> Found:
    """Low answers without a wish to be called: nobody to call, and still something to look at."""
    month = clock.current_month()
    n = session.scalar(
        select(func.sum(LowSignal.n)).where(LowSignal.branch_id == user.branch_id, LowSignal.month == month)
    )
    if not n:
        return Found([], 0)
    # As on the branch's page: fewer than the least are not counted out, for whoever served would know whose they are.
    count = str(n) if n >= low_signals.LEAST else isolate_ltr(f"1–{low_signals.LEAST - 1}")
    branch = session.get_one(Branch, user.branch_id)
    path = f"/reviews/{month}/branches/{organisation.shortest_code(session, branch)}"
    title = _("Low answers without consent to a call: %(count)s", count=count)
    return Found([Task("signals", SOME_TIME, title, format_month(month), path, _("Open the branch's page"))], 1)
