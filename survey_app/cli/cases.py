"""``survey-app case``: customers' cases from the terminal. ``survey-app delegation``: who stands in for whom."""

from __future__ import annotations

import sys
from datetime import date, datetime
from secrets import token_hex
from typing import TextIO

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from survey_app import clock, db
from survey_app.cli.support import PARTLY, actor, database_command, open_database, say
from survey_app.commands import delegations
from survey_app.commands.cases import clocks, log, moving, telling
from survey_app.commands.cases.opening import Opening, open_case
from survey_app.errors import NotFound, UserError
from survey_app.loop.states import OPEN, STATES
from survey_app.loop.subjects import SUBJECTS
from survey_app.models import NO_AGENT, Agent, Branch, Case, Delegation, User
from survey_app.outreach import addresses, phones
from survey_app.permissions import Permission, may
from survey_app.transaction import transaction
from translations import gettext as _

_LIST = ("number", "state", "level", "owner", "branch", "subject", "opened", "rises", "due", "overdue")
_STANDING = ("number", "for", "to", "since", "until")
_DAY = click.DateTime(["%Y-%m-%d"])


def _user(session: Session, email: str) -> User:
    found = session.scalar(select(User).where(User.email == email.strip().lower()))
    if found is None:
        raise NotFound(_("There is no user %(email)s.", email=email))
    return found


def _when(moment: datetime | None) -> str:
    return clock.local(moment).strftime("%Y-%m-%d %H:%M") if moment is not None else "-"


@click.group()
def case() -> None:
    """Customers' cases: open, list, assign; turn their clocks."""


@case.command("list")
@click.option("--state", type=click.Choice(list(STATES)), help="Only cases in this state; open ones by default.")
@click.option("--overdue", is_flag=True, help="Only those that had to be solved before now.")
@click.option("--branch", default="", help="Only those of the branch with this code.")
@click.option("--most", default=200, show_default=True, help="How many at most, those that rise first at the top.")
@database_command
def list_(state: str | None, overdue: bool, branch: str, most: int, database_url: str | None) -> None:
    """List cases, without a word of their customers."""
    open_database(database_url)
    wanted = select(Case, Branch.code, User.email).join(Branch, Branch.id == Case.branch_id)
    wanted = wanted.outerjoin(User, User.id == Case.owner_id)
    wanted = wanted.where(Case.state == state if state else Case.state.in_(OPEN))
    if overdue:
        wanted = wanted.where(Case.overdue_since.is_not(None))
    if branch:
        wanted = wanted.where(Branch.code == branch)
    click.echo("\t".join(_LIST))
    with db.reading() as session:
        order = (Case.escalates_at.is_(None), Case.escalates_at, Case.id)
        for one, code, email in session.execute(wanted.order_by(*order).limit(max(most, 1))):
            cells = (str(one.id), one.state, one.level, email or "-", code, one.subject, _when(one.opened_at))
            times = (_when(one.escalates_at), _when(one.due_at), "yes" if one.overdue_since else "no")
            click.echo("\t".join((*cells, *times)))


@case.command("open")
@click.argument("branch")
@click.argument("subject", type=click.Choice(list(SUBJECTS)))
@click.option("--agent", default="", help="Code of the employee it is about.")
@click.option("--name", default="", help="The customer's name.")
@click.option("--phone", default="", help="The customer's telephone.")
@click.option("--email", default="", help="The customer's e-mail.")
@click.option("--consent", is_flag=True, help="The customer agreed to be contacted; needed with a telephone or e-mail.")
@click.option("--language", type=click.Choice(["he", "en", "ar", "ru"]), default="he", show_default=True)
@click.option("--external-id", default="", help="How another system calls it: the same one opens one case.")
@click.option("--words-file", type=click.File(encoding="utf-8"), help="File with what the customer said; - for stdin.")
@database_command
def open_(
    branch: str,
    subject: str,
    agent: str,
    name: str,
    phone: str,
    email: str,
    consent: bool,
    language: str,
    external_id: str,
    words_file: TextIO | None,
    database_url: str | None,
) -> None:
    """Open a case about SUBJECT at the branch with the code BRANCH; prints its number."""
    open_database(database_url)
    if (phone or email) and not consent:
        raise UserError(_("Nobody's telephone or e-mail is kept without their consent: say --consent if it was given."))
    words = words_file.read() if words_file is not None else ""
    with transaction(actor(), "case.open") as session:
        about = Opening(
            key=f"external:{external_id}" if external_id else f"manual:{token_hex(16)}",
            source="manual",
            branch_id=_branch(session, branch).id,
            subject=subject,
            agent_id=_agent(session, agent) if agent else NO_AGENT,
            external_id=external_id or None,
            language=language,
            words=words,
            name=name,
            phone=_phone(phone),
            email=_email(email),
        )
        made = open_case(session, about)
        telling.received(session, made)
        number, nobody = made.id, made.owner_id is None
    click.echo(number)
    if nobody:
        say(_("Nobody on the ladder can take this case: it waits among the unattended."))
        sys.exit(PARTLY)


def _branch(session: Session, code: str) -> Branch:
    found = session.scalar(select(Branch).where(Branch.code == code).order_by(Branch.id).limit(1))
    if found is None:
        raise NotFound(_("There is no branch %(code)s.", code=code))
    return found


def _agent(session: Session, code: str) -> int:
    found = session.scalar(select(Agent.id).where(Agent.code == code))
    if found is None:
        raise NotFound(_("There is no employee %(code)s.", code=code))
    return found


def _phone(text: str) -> str:
    found = phones.normal(text) if text else ""
    if found is None:
        raise UserError(_("This is no telephone number: %(value)s", value=text))
    return found


def _email(text: str) -> str:
    found = addresses.email(text) if text else ""
    if found is None:
        raise UserError(_("This is no e-mail address: %(value)s", value=text))
    return found


@case.command()
@click.argument("number", type=int)
@click.argument("email")
@click.option("--by", required=True, help="E-mail of who decides it, who leads cases.")
@database_command
def assign(number: int, email: str, by: str, database_url: str | None) -> None:
    """Give the case NUMBER to the user with the address EMAIL, or to whoever stands in there; prints who has it."""
    open_database(database_url)
    with transaction(actor(), "case.assign", case=number) as session:
        deciding = _user(session, by)
        if not may(deciding, Permission.LEAD_CASES):
            raise UserError(_("The role of %(email)s does not lead cases.", email=by))
        log.not_named(session, log.hold(session, number), deciding.id)
        one = moving.assign(session, number, _user(session, email).id, deciding.id)
        owner = session.get_one(User, one.owner_id).email
    click.echo(owner)


@case.command()
@database_command
def tick(database_url: str | None) -> None:
    """Turn the clocks of all cases, as every minute; prints what was done to how many."""
    open_database(database_url)
    counts = clocks.tick() + clocks.hourly()
    for act, count in sorted(counts.items()):
        click.echo(f"{act}\t{count}")
    if counts["failed"]:
        say(_("Some cases could not be moved; the log says which."))
        sys.exit(PARTLY)


@case.command()
@database_command
def count(database_url: str | None) -> None:
    """How many cases are in each state, and how many of the open ones are overdue or nobody's."""
    open_database(database_url)
    still = Case.state.in_(OPEN)
    with db.reading() as session:
        found: dict[str, int] = dict(session.execute(select(Case.state, func.count()).group_by(Case.state)).all())
        late = session.scalar(select(func.count()).where(still, Case.overdue_since.is_not(None)))
        unowned = session.scalar(select(func.count()).where(still, Case.owner_id.is_(None)))
    for name, many in (*((state, found.get(state, 0)) for state in STATES), ("overdue", late), ("nobody", unowned)):
        click.echo(f"{name}\t{many}")


@click.group()
def delegation() -> None:
    """Who stands in for whom: whose cases and promises somebody else has for a while."""


@delegation.command("list")
@database_command
def list_delegations(database_url: str | None) -> None:
    """List who stands in now or later."""
    open_database(database_url)
    click.echo("\t".join(_STANDING))
    away, stands = aliased(User), aliased(User)
    rows = (
        select(Delegation, away.email, stands.email)
        .join(away, away.id == Delegation.user_id)
        .join(stands, stands.id == Delegation.to_id)
        .where((Delegation.until.is_(None)) | (Delegation.until >= clock.today()))
        .order_by(Delegation.since, Delegation.id)
    )
    with db.reading() as session:
        for one, user, to in session.execute(rows):
            click.echo("\t".join((str(one.id), user, to, one.since.isoformat(), str(one.until or "-"))))


@delegation.command()
@click.argument("email")
@click.argument("to")
@click.option("--since", type=_DAY, help="First day, YYYY-MM-DD; today by default.")
@click.option("--until", type=_DAY, help="Last day; until it is ended by default.")
@database_command
def add(email: str, to: str, since: datetime | None, until: datetime | None, database_url: str | None) -> None:
    """Let the user TO stand in for the user EMAIL; prints the number to end it by."""
    open_database(database_url)
    first: date = since.date() if since is not None else clock.today()
    last = until.date() if until is not None else None
    with transaction(actor(), "delegation.add") as session:
        users = (_user(session, email).id, _user(session, to).id)
        number = delegations.hand_over(session, None, *users, first, last).id
    click.echo(number)


@delegation.command()
@click.argument("number", type=int)
@database_command
def end(number: int, database_url: str | None) -> None:
    """End standing in as of today."""
    open_database(database_url)
    with transaction(actor(), "delegation.end", delegation=number) as session:
        delegations.end(session, None, number)
