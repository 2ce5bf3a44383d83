"""``survey-app point``: posters, desk stands, tablets and links of branches."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import select

from survey_app import db
from survey_app.cli.support import actor, database_command, open_database, say
from survey_app.commands import points as commands
from survey_app.config import Settings
from survey_app.errors import NotFound
from survey_app.models import NO_AGENT, Branch, Campaign, CollectionPoint
from survey_app.models.outreach import KIOSK, POINT_KINDS
from survey_app.outgoing import posters
from survey_app.outreach import codes
from survey_app.permissions import Scope
from survey_app.queries import organisation, points
from survey_app.transaction import transaction
from translations import gettext as _
from translations import ngettext

#: Branches that one transaction makes points for.
BATCH = 200
_LIST = ("code", "kind", "branch", "campaign", "label", "state", "responses", "address")


@click.group()
def point() -> None:
    """Posters, desk stands, tablets and links that customers answer from."""


def _campaign(code: str) -> Campaign:
    with db.reading() as session:
        found = session.scalar(select(Campaign).where(Campaign.code == code))
    if found is None:
        raise NotFound(_("There is no campaign %(code)s.", code=code))
    return found


def _address(settings: Settings, found: CollectionPoint) -> str:
    if found.kind == KIOSK:
        return f"{settings.base_url}/kiosk/{found.token}"
    return f"{settings.link_url}/b/{found.code}"


def _told(settings: Settings, found: CollectionPoint) -> str:
    return "\t".join((codes.grouped(found.code), found.kind, found.branch.code, _address(settings, found)))


@point.command()
@click.argument("branch")
@click.argument("campaign")
@click.argument("kind", type=click.Choice(POINT_KINDS))
@click.option("--agent", "agent_code", default="", help="Code of the representative whose desk it stands on.")
@click.option("--label", default="", help="Which desk, which wall.")
@database_command
def add(branch: str, campaign: str, kind: str, agent_code: str, label: str, database_url: str | None) -> None:
    """Make a point at BRANCH for CAMPAIGN."""
    settings = open_database(database_url)
    chosen = _campaign(campaign)
    with transaction(actor(), "point.create", campaign=campaign, kind=kind) as session:
        found = commands.create(
            session,
            branch=organisation.branch_by_code(session, branch),
            campaign=session.get_one(Campaign, chosen.id),
            kind=kind,
            agent_id=organisation.agent_by_code(session, agent_code).id if agent_code else NO_AGENT,
            label=label,
        )
        said = _told(settings, found)
    click.echo(said)


@point.command(name="add-all")
@click.argument("campaign")
@click.argument("kind", type=click.Choice([kind for kind in POINT_KINDS if kind != "desk"]))
@click.option("--label", default="")
@database_command
def add_all(campaign: str, kind: str, label: str, database_url: str | None) -> None:
    """Make a point at every open branch that serves customers and has none of this KIND for CAMPAIGN yet."""
    settings = open_database(database_url)
    chosen = _campaign(campaign)
    with db.reading() as session:
        numbers = [one.id for one in organisation.branches(session, Scope()) if one.ranked]
    had = closed = 0
    for start in range(0, len(numbers), BATCH):
        with transaction(actor(), "point.create_many", campaign=campaign, kind=kind) as session:
            made = commands.create_many(
                session,
                list(session.scalars(select(Branch).where(Branch.id.in_(numbers[start : start + BATCH])))),
                campaign=session.get_one(Campaign, chosen.id),
                kind=kind,
                label=label,
            )
            lines = [_told(settings, one) for one in made.points]
        had, closed = had + len(made.had), closed + len(made.closed)
        for line in lines:
            click.echo(line)
    if had:
        say(ngettext("%(num)s branch has one already.", "%(num)s branches have one already.", had))
    if closed:
        say(ngettext("%(num)s branch is closed.", "%(num)s branches are closed.", closed))


@point.command(name="list")
@click.option("--campaign", default="", help="Code of a campaign.")
@click.option("--kind", type=click.Choice(POINT_KINDS), default=None)
@click.option("--search", default="", help="Branch code, name, city, label or the point's code.")
@database_command
def list_(campaign: str, kind: str | None, search: str, database_url: str | None) -> None:
    """List points with how many responses each brought in; a dash where the campaign is anonymous."""
    settings = open_database(database_url)
    click.echo("\t".join(_LIST))
    with db.reading() as session:
        rows = points.listed(session, Scope(), points.Filters(search, campaign, kind or "", ""))
        sums = points.brought_in(session, rows)
        for one in rows:
            number = sums[one.id]
            parts = (
                codes.grouped(one.code), one.kind, one.branch.ref, one.campaign.code, one.label,
                "retired" if one.retired_at else "in use", "-" if number is None else str(number),
                _address(settings, one),
            )  # fmt: skip
            click.echo("\t".join(parts))


def _number(code: str) -> int:
    with db.reading() as session:
        found = points.by_code(session, code)
    if found is None:
        raise NotFound(_("There is no collection point with the code %(code)s.", code=code))
    return found.id


@point.command()
@click.argument("code")
@database_command
def retire(code: str, database_url: str | None) -> None:
    """Take the point with CODE out of use; whoever types its code is told so."""
    open_database(database_url)
    number = _number(code)
    with transaction(actor(), "point.retire", point=number) as session:
        said = codes.grouped(commands.retire(session, number).code)
    click.echo(said)


@point.command()
@click.argument("code")
@database_command
def renew(code: str, database_url: str | None) -> None:
    """Give the tablet with CODE a new secret address; the old one is dead at once."""
    settings = open_database(database_url)
    number = _number(code)
    with transaction(actor(), "point.renew", point=number) as session:
        said = _address(settings, commands.renew(session, number))
    click.echo(said)


@point.command(name="print")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--size", default="a4", help="a4, a5 or tent.")
@click.option("--language", default="he", help="he, ar, en or ru.")
@click.option("--second", default="", help="A second language beside Hebrew.")
@click.option("--campaign", default="", help="Code of a campaign.")
@click.option("--search", default="", help="Branch code, name, city, label or the point's code.")
@database_command
def print_(
    out: Path, size: str, language: str, second: str, campaign: str, search: str, database_url: str | None
) -> None:
    """Write a PDF with one page for every poster, desk stand and link in use."""
    settings = open_database(database_url)
    with db.reading() as session:
        rows = points.listed(session, Scope(), points.Filters(search, campaign, "", "live"))
        shown = [one for one in rows if one.kind != KIOSK]
        made = posters.pdf(posters.gathered(session, shown, settings.link_url), posters.Look(size, language, second))
    out.write_bytes(made)
    say(ngettext("%(num)s page was written.", "%(num)s pages were written.", len(shown)))
