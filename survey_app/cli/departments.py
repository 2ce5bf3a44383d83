"""``survey-app department``: departments that get comments which are not in a branch's hands."""

from __future__ import annotations

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import db
from survey_app.cli.support import actor, database_command, open_database
from survey_app.commands import departments as commands
from survey_app.commands.departments import About
from survey_app.errors import NotFound
from survey_app.meeting.marks import REASONS
from survey_app.models import User
from survey_app.queries import departments
from survey_app.transaction import transaction
from translations import DEFAULT
from translations import gettext as _

_LIST = ("code", "name", "head", "reasons", "waiting", "active")


@click.group()
def department() -> None:
    """Departments that get comments which branches mark as not in their hands."""


def _user(session: Session, email: str) -> User:
    found = session.scalar(select(User).where(User.email == email.strip().lower()))
    if found is None:
        raise NotFound(_("There is no user %(email)s.", email=email))
    return found


@department.command("list")
@database_command
def list_(database_url: str | None) -> None:
    """List departments with their heads, their reasons and how many comments wait for them."""
    open_database(database_url)
    click.echo("\t".join(_LIST))
    with db.reading() as session:
        leads = departments.routes(session)
        waiting = departments.waiting_by_department(session)
        for one in departments.every(session):
            reasons = ",".join(reason for reason, found in leads.items() if found.id == one.id)
            head = one.head.email if one.head is not None else "-"
            cells = (one.code, one.name.get(DEFAULT, ""), head, reasons or "-", str(waiting.get(one.id, 0)))
            click.echo("\t".join((*cells, "yes" if one.active else "no")))


@department.command()
@click.argument("code")
@click.argument("name")
@click.option("--head", default="", help="E-mail of the user who reads for it; role department_head.")
@database_command
def add(code: str, name: str, head: str, database_url: str | None) -> None:
    """Add a department with its NAME in Hebrew."""
    open_database(database_url)
    with transaction(actor(), "department.add") as session:
        head_id = _user(session, head).id if head else None
        said = commands.add(session, code, About({DEFAULT: name}, head_id)).code
    click.echo(said)


@department.command()
@click.argument("code")
@click.option("--name", default="", help="Its name in Hebrew.")
@click.option("--head", default=None, help="E-mail of the user who reads for it; empty for nobody.")
@click.option("--in-use/--out-of-use", default=None, help="Whether it gets comments.")
@database_command
def change(code: str, name: str, head: str | None, in_use: bool | None, database_url: str | None) -> None:
    """Rename a department, give it another head, take it out of use or back."""
    open_database(database_url)
    with transaction(actor(), "department.change", department=code) as session:
        stands = departments.department(session, code)
        head_id = stands.head_id if head is None else (_user(session, head).id if head else None)
        about = About(
            {**stands.name, **({DEFAULT: name} if name else {})}, head_id, stands.active if in_use is None else in_use
        )
        commands.change(session, code, about)


@department.command()
@click.argument("reason", type=click.Choice(list(REASONS)))
@click.argument("code", default="")
@database_command
def route(reason: str, code: str, database_url: str | None) -> None:
    """Send comments of REASON to the department CODE; without one, the reason is not offered to branches."""
    open_database(database_url)
    with transaction(actor(), "department.route") as session:
        commands.route(session, {reason: code})
