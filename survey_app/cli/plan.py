"""``survey-app plan``: a month of visits planned, looked at, published and thrown away at the command line."""

from __future__ import annotations

import json
from typing import Any

import click
from sqlalchemy import select

from survey_app import db
from survey_app.cli.support import PARTLY, Progress, actor, database_command, open_database, say
from survey_app.commands import publishing_plans, rotation, rotation_solving
from survey_app.errors import UserError
from survey_app.field.rotation import wording
from survey_app.field.rotation.settings import GOALS, RANGES, Settings
from survey_app.field.rotation.solving import PHASES
from survey_app.field.rotation.summing import Summary
from survey_app.models import Branch, RotationPlan
from survey_app.models.fieldwork import PLANNED
from survey_app.queries import programmes, worklists
from survey_app.queries import rotation as queries
from survey_app.transaction import transaction
from translations import gettext as _

#: Plans that ``list`` reads at a time.
PAGE = 500


@click.group()
def plan() -> None:
    """Plan months of mystery visits."""


@plan.command("list")
@database_command
def list_(database_url: str | None) -> None:
    """List plans: number, programme, month, state, visits, visits without a place."""
    open_database(database_url)
    with db.reading() as session:
        offset, total = 0, 1
        while offset < total:
            found, total = queries.plans(session, limit=PAGE, offset=offset)
            offset += PAGE
            for one in found:
                cells = (one.plan.id, one.plan.programme.code, one.plan.month, one.plan.state, one.visits, one.unplaced)
                click.echo("\t".join(map(str, cells)))


@plan.command()
@click.argument("programme")
@click.argument("month")
@click.option(
    "--seconds", type=click.IntRange(*RANGES["seconds"]), default=None, help="Seconds that planning may take."
)
@click.option("--seed", type=click.IntRange(*RANGES["seed"]), default=None, help="The same number, the same plan.")
@click.option(
    "--goal",
    "goals",
    type=(click.Choice(list(GOALS)), click.IntRange(0, 3)),
    multiple=True,
    help="How important a goal is, 0 to 3; may be repeated.",
)
@database_command
def make(
    programme: str,
    month: str,
    seconds: int | None,
    seed: int | None,
    goals: tuple[tuple[str, int], ...],
    database_url: str | None,
) -> None:
    """Plan the MONTH (2026-12) of a PROGRAMME, or plan it anew around what is fixed; prints the plan's number.

    Visits without a place are said with their reasons; the exit code is 1 then.
    """
    open_database(database_url)
    changes: dict[str, Any] = {
        **dict(goals),
        **({"seconds": seconds} if seconds else {}),
        **({"seed": seed} if seed else {}),
    }
    with db.reading() as session:
        there = programmes.find(session, programme)
        if lacking := queries.lacks(session, there):
            raise UserError(_("Before the month can be planned this is needed: %(things)s", things=", ".join(lacking)))
        programme_id = there.id
    with transaction(actor(), "rotation.create", programme=programme, month=month) as session:
        found = rotation.create(session, programme_id, month, Settings(**changes), by=None)
        number = found.id
        known = queries.settings(found)
        if changes:
            merged = {name: getattr(known, name) for name in RANGES} | changes
            rotation.change(session, number, Settings(**merged))
    with transaction(actor(), "rotation.start", plan=number) as session:
        held = rotation.held(session, number)
        if held.state == queries.SOLVING and not queries.is_silent(held):
            raise UserError(_("The plan is being made right now. Wait until it is done, or stop it."))
        run = rotation.begin(held)
    with Progress() as shown:

        def told(phase: str, share: float, seconds: float, placed: int) -> bool:
            shown(str(PHASES[phase][0]), share)
            return True

        try:
            rotation_solving.run(number, run, told, actor())
        except KeyboardInterrupt:
            with transaction(actor(), "rotation.stop", plan=number) as session:
                rotation.stop(session, number)
            raise
    click.echo(str(number))
    raise SystemExit(_tell(number))


def _tell(number: int) -> int:
    """Say what came of a plan; gives the exit code."""
    with db.reading() as session:
        found = queries.find(session, number)
        said = _document(session, found)
        unplaced = queries.explained(found)
        names = {one.id: f"{one.code} {one.name}" for one in session.scalars(select(Branch))}
        for one in unplaced:
            say(f"{names.get(one.branch, one.branch)}: {' '.join(wording.sentences(one))}")
    say(
        _(
            "Planned: %(planned)s of %(wanted)s. Without a place: %(lacking)s.",
            planned=said["planned"],
            wanted=said["wanted"],
            lacking=said["lacking"],
        )
    )
    return PARTLY if said["lacking"] else 0


@plan.command()
@click.argument("number", type=int)
@database_command
def show(number: int, database_url: str | None) -> None:
    """Write the plan NUMBER as JSON: its settings, what it comes to, its visits, and why others have no place."""
    open_database(database_url)
    with db.reading() as session:
        said = json.dumps(_document(session, queries.find(session, number)), ensure_ascii=False, indent=2)
    click.echo(said)


def _document(session: Any, found: RotationPlan) -> dict[str, Any]:
    problem = queries.problem(session, found)
    own = [one for one in queries.visits(session, found.id) if one.state == PLANNED or one.state in queries.COUNTING]
    summary = Summary(problem, queries.planned(problem, own))
    names = worklists.names(session, {one.shopper_id for one in own if one.shopper_id})
    return {
        "number": found.id,
        "programme": found.programme.code,
        "month": found.month,
        "state": found.state,
        "settings": {name: getattr(problem.settings, name) for name in RANGES},
        "wanted": summary.wanted - summary.done,
        "planned": len(own),
        "lacking": summary.lacking,
        "cost": summary.cost / 100,
        "mean_km": round(summary.mean_km, 1) if summary.mean_km is not None else None,
        "weeks": {first.isoformat(): one.there for first, one in summary.weeks.items()},
        "groups": len(summary.after.groups),
        "solved": {name: found.outcome.get(name) for name in ("best", "hurried", "seconds")},
        "visits": [
            {
                "branch": one.branch.ref,
                "scenario": one.scenario.code,
                "day": one.window_from.isoformat(),
                "until": one.window_until.isoformat(),
                "hours": f"{one.hour_from}-{one.hour_until}",
                "shopper": names.get(one.shopper_id or 0),
                "fixed": one.pinned,
                "state": one.state,
            }
            for one in own
        ],
        "without_a_place": [one.dump() | {"said": wording.sentences(one)} for one in queries.explained(found)],
    }


@plan.command()
@click.argument("number", type=int)
@database_command
def publish(number: int, database_url: str | None) -> None:
    """Publish the plan NUMBER: its visits are given to their shoppers, the others go to the job board."""
    open_database(database_url)
    with db.reading() as session:
        found = queries.find(session, number)
        if found.state != queries.PUBLISHED:
            publishing_plans.refuse(session, found)
        revision = found.revision
    with transaction(actor(), "rotation.publish", plan=number) as session:
        left = publishing_plans.publish(session, number, revision=revision, by=None)
    if left:
        publishing_plans.work({"plan": number})
    click.echo(f"{number}\tpublished")


@plan.command()
@click.argument("number", type=int)
@database_command
def discard(number: int, database_url: str | None) -> None:
    """Throw the plan NUMBER away with its visits, which nobody was given yet."""
    open_database(database_url)
    left = 1
    while left:
        with transaction(actor(), "rotation.discard", plan=number) as session:
            left = rotation.discard(session, number)
    click.echo(f"{number}\tdiscarded")
