"""Opening a case: once for whatever it came from, with an owner, clocks, and a look for the customer's last one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import letters
from survey_app.commands.cases import log, owners, times
from survey_app.commands.cases.closing import new_token
from survey_app.commands.upserts import added
from survey_app.errors import UserError
from survey_app.loop import hours, levels
from survey_app.loop.policy import Loop
from survey_app.loop.states import MERGED, NEW
from survey_app.loop.subjects import SENSITIVE, SUBJECTS
from survey_app.models import NO_AGENT, Case, User
from survey_app.queries.case_clocks import counted
from survey_app.queries.loop import policy
from survey_app.transaction import REPORTS_CHANGED
from translations import gettext as _


@dataclass(frozen=True)
class Opening:
    """What a case is opened with. ``key`` says what it came from: the same key is the same case."""

    key: str
    source: str
    branch_id: int
    subject: str
    agent_id: int = NO_AGENT
    response_id: str | None = None
    external_id: str | None = None
    wanted: str = ""
    department_id: int | None = None
    customer_id: int | None = None
    language: str = "he"
    words: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)


def open_case(session: Session, about: Opening, by_id: int | None = None) -> Case:
    """Open a case and give it to its first owner; the one that stands where the key is known already.

    The owner is told by a letter that says nothing of the customer. UserError for an unknown subject.
    """
    standing = session.scalar(select(Case).where(Case.key == about.key))
    if standing is not None:
        return standing
    if about.subject not in SUBJECTS:
        raise UserError(_("Please choose what the case is about."), [("subject", "")])
    rules, now = policy(session), clock.now()
    case = Case(
        key=about.key,
        source=about.source,
        branch_id=about.branch_id,
        subject=about.subject,
        agent_id=about.agent_id,
        response_id=about.response_id,
        external_id=about.external_id,
        wanted=about.wanted,
        department_id=about.department_id,
        customer_id=about.customer_id,
        customer_key=customer_key(about.customer_id, about.phone, about.email),
        language=about.language,
        words=about.words.strip(),
        name=about.name.strip(),
        phone=about.phone,
        email=about.email,
        token=new_token(),
        state=NEW,
        level=levels.first(about.wanted, sensitive=about.subject in SENSITIVE),
        opened_at=now,
        due_at=now,
        complaint_due_on=clock.today() + timedelta(days=rules.complaint_days),
    )
    # The clocks need its owner, and the owner its row.
    case.level, owner = owners.find(session, case, case.level)
    case.owner_id = owner.id if owner is not None else None
    case.due_at = hours.after(now, rules.solve_hours, counted(session, case, rules))
    times.begin(session, case, rules)
    if not added(session, case):
        # Somebody opened it from the same thing a moment ago, or by another way from the same system.
        told = [Case.external_id == about.external_id] if about.external_id is not None else []
        same = or_(Case.key == about.key, *told)
        return session.scalars(select(Case).where(same).order_by(Case.id).limit(1)).one()
    log.note(session, case, "opened", by_id, source=case.source, owner=case.owner_id, level=case.level)
    _repeats(session, case, rules)
    session.info[REPORTS_CHANGED] = True
    if owner is not None:
        tell_owner(session, case, owner)
    return case


def customer_key(customer_id: int | None, phone: str, email: str) -> str:
    """By what the cases of one customer find each other; empty where nothing is known."""
    return f"customer:{customer_id}" if customer_id else phone or email


def tell_owner(session: Session, case: Case, owner: User, kind: str = "case_owner") -> None:
    """A letter to the owner: a case waits, by when. Each change of owner tells anew."""
    values = {"number": case.id, "until": clock.local(case.escalates_at or case.due_at).date().isoformat()}
    letters.queue(session, owner.id, kind, f"{kind}:{case.id}:{case.revision}:{owner.id}", values)


def _repeats(session: Session, case: Case, rules: Loop) -> None:
    """Mark a case of a customer who had another within the policy's days."""
    if not case.customer_key:
        return
    earlier = session.scalar(
        select(Case.id)
        .where(
            Case.customer_key == case.customer_key,
            Case.id != case.id,
            Case.state != MERGED,
            Case.opened_at >= case.opened_at - timedelta(days=rules.repeat_days),
        )
        .order_by(Case.opened_at.desc(), Case.id.desc())
        .limit(1)
    )
    if earlier is not None:
        case.repeat_of_id = earlier
        log.note(session, case, "repeat", earlier=earlier)
