"""``survey-app pay``: what mystery shoppers are paid, month by month, and the files for payroll."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from sqlalchemy import select

from survey_app.audit import Actor
from survey_app.cli.support import PARTLY, database_command, open_database, say
from survey_app.commands import pay as commands
from survey_app.db import reading
from survey_app.errors import Forbidden, NotFound
from survey_app.models import User
from survey_app.permissions import Permission, may
from survey_app.queries import expenses, payroll
from survey_app.queries import pay as queries
from survey_app.transaction import transaction
from translations import gettext as _


@click.group()
def pay() -> None:
    """What mystery shoppers are paid: months, their closing, files for payroll."""


@pay.command()
@database_command
def months(database_url: str | None) -> None:
    """Every month: open or closed, its shoppers and its sum in shekels."""
    open_database(database_url)
    with reading() as session:
        for month in queries.open_months(session):
            found = queries.statement(session, month)
            click.echo(f"{month}\topen\t{len(found.sums)}\t{found.total / 100:.2f}")
        for one in queries.closed_months(session):
            found = queries.statement(session, one.month)
            click.echo(f"{one.month}\tclosed\t{len(found.sums)}\t{one.total / 100:.2f}")
        waiting = expenses.count_waiting(session)
    if waiting:
        say(_("Expenses that await a decision: %(count)s", count=waiting))


@pay.command()
@click.argument("month", metavar="MONTH")
@click.option("--by", "email", required=True, help="E-mail of the user who closes it: field coordination.")
@database_command
def close(month: str, email: str, database_url: str | None) -> None:
    """Close MONTH (YYYY-MM). Afterwards nothing of it moves; corrections are lines of the next month."""
    open_database(database_url)
    with reading() as session:
        user = session.scalar(select(User).where(User.email == email.strip().lower()))
        if user is None:
            raise NotFound(_("There is no user %(email)s.", email=email))
        if not may(user, Permission.PAY_SHOPPERS):
            raise Forbidden(_("This user may not close months of pay."))
        wanted = queries.month_of(session, month)
    with transaction(Actor.user(user), "pay.close", month=wanted) as session:
        made = commands.close(session, user, wanted)
    click.echo(f"{made.month}\tclosed\t{made.total / 100:.2f}\t{made.digest}")


@pay.command()
@click.argument("month", metavar="MONTH")
@click.option("--file", "name", type=click.Choice(list(payroll.FILES)), default="payroll", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead of stdout.")
@database_command
def export(month: str, name: str, out: Path | None, database_url: str | None) -> None:
    """MONTH (YYYY-MM) as CSV: a row for each shopper, or for each line. Exit code 1 while the month is still open."""
    open_database(database_url)
    with reading() as session:
        wanted = queries.month_of(session, month)
        content = payroll.FILES[name](session, wanted)
        closed = queries.closed_month(session, wanted) is not None
    if out is None:
        click.echo(content, nl=False)
    else:
        try:
            out.write_bytes(content)
        except OSError as error:
            raise click.FileError(str(out), error.strerror) from error
        say(_("Written: %(file)s", file=out))
    if not closed:
        say(_("The month is still open: this is a preview."))
        sys.exit(PARTLY)
