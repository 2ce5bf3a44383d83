"""``survey-app user`` and ``survey-app invite``: people who log in, and customers who are asked."""

from __future__ import annotations

from datetime import date

import click
from sqlalchemy import select

from survey_app import clock
from survey_app.cli.support import actor, database_command, open_database, say
from survey_app.commands import accounts, invitations, questionnaires
from survey_app.errors import NotFound
from survey_app.models import Region, User
from survey_app.permissions import Role
from survey_app.queries import organisation
from survey_app.transaction import transaction
from translations import LANGUAGES
from translations import gettext as _


@click.group()
def user() -> None:
    """Users who log in."""


@user.command()
@click.argument("email")
@click.option(
    "--role", required=True, type=click.Choice([role.value for role in Role]), help="What the user is here for."
)
@click.option("--name", default="", help="Shown in the page's head and to reviewers.")
@click.option("--branch", help="Code of the branch, for a branch manager.")
@click.option("--region", help="Name of the region, for a region manager.")
@click.option("--agent", help="Code of the agent, for an agent.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="he", show_default=True)
@click.option("--password", help="A password of your own; a random one is made and printed otherwise.")
@database_command
def add(
    email: str,
    role: str,
    name: str,
    branch: str | None,
    region: str | None,
    agent: str | None,
    language: str,
    password: str | None,
    database_url: str | None,
) -> None:
    """Add a user and print the password once."""
    open_database(database_url)
    with transaction(actor(), "user.add", role=role) as session:
        made, secret = accounts.add_user(
            session,
            email,
            role,
            name=name,
            language=language,
            branch=organisation.branch_by_code(session, branch) if branch else None,
            region=_region(session.scalar(select(Region).where(Region.name == region)), region) if region else None,
            agent=organisation.agent_by_code(session, agent) if agent else None,
            password=password,
        )
        address = made.email
    say(_("Added. The password is shown only now; it can be changed after logging in."))
    click.echo(f"{address}\t{secret}")


def _region(found: Region | None, name: str) -> Region:
    if found is None:
        raise NotFound(_("There is no region %(name)s.", name=name))
    return found


@user.command()
@click.argument("email")
@database_command
def password(email: str, database_url: str | None) -> None:
    """Give a user a new random password and print it; every login of the old one ends."""
    open_database(database_url)
    secret = accounts.new_password()
    with transaction(actor(), "user.password") as session:
        found = session.scalar(select(User).where(User.email == email.strip().lower()))
        if found is None:
            raise NotFound(_("There is no user %(email)s.", email=email))
        accounts.set_password(found, secret)
        address = found.email
    click.echo(f"{address}\t{secret}")


@click.command()
@click.argument("branch")
@click.option("--questionnaire", default="post_visit_branch", show_default=True, help="Code of a published survey.")
@click.option("--agent", help="Code of the agent who served.")
@click.option("--visited-on", type=click.DateTime(["%Y-%m-%d"]), help="Day of the visit; today by default.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="he", show_default=True)
@database_command
def invite(
    branch: str, questionnaire: str, agent: str | None, visited_on: date | None, language: str, database_url: str | None
) -> None:
    """Make a personal survey link for a visit at BRANCH and print it."""
    settings = open_database(database_url)
    day = date(visited_on.year, visited_on.month, visited_on.day) if visited_on else clock.today()
    with transaction(actor(), "invitation.add", branch=branch, questionnaire=questionnaire) as session:
        made = invitations.invite(
            session,
            questionnaires.standing_campaign(session, questionnaire),
            organisation.branch_by_code(session, branch),
            day,
            organisation.agent_by_code(session, agent).id if agent else 0,
            language,
        )
        token = made.token
    click.echo(f"{settings.base_url}/s/{token}")
