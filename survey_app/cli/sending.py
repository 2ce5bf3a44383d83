"""``survey-app send``: send what the outbox holds, or say what would be sent."""

from __future__ import annotations

import sys

import click

from survey_app import clock
from survey_app.cli.serve import log_to_stderr
from survey_app.cli.support import PARTLY, database_command, open_database, say
from survey_app.db import reading
from survey_app.errors import UserError
from survey_app.outgoing import dispatch
from survey_app.queries import outbox
from translations import format_datetime, isolate_ltr
from translations import gettext as _


@click.command()
@click.option("--channel", type=click.Choice(dispatch.CHANNELS), help="Only this one; every channel by default.")
@click.option("--limit", type=click.IntRange(1), help="At most so many messages of each run.")
@click.option("--dry-run", is_flag=True, help="Say what is due, send nothing.")
@database_command
def send(channel: str | None, limit: int | None, dry_run: bool, database_url: str | None) -> None:
    """Send what is due now, as far as hours and rates allow; exit 1 when something failed or is uncertain.

    What workers do every minute anyway. Run as often and as many at once as you like: no message leaves twice.
    """
    settings = open_database(database_url)
    log_to_stderr(settings.log_level)
    channels = [channel] if channel else list(dispatch.CHANNELS)
    if channel and not dispatch.set_up(settings, channel):
        raise UserError(_("The channel %(channel)s is not set up; see docs/sending.md.", channel=channel))
    if dry_run:
        _tell(channels)
        return
    counts = dispatch.run(settings, channel, limit)
    click.echo(
        _(
            "Sent: %(sent)s. Failed: %(failed)s. To be tried again: %(retried)s. Uncertain: %(uncertain)s. "
            "Not to be sent now: %(held)s.",
            sent=counts.sent,
            failed=counts.failed,
            retried=counts.retried,
            uncertain=counts.uncertain,
            held=counts.held,
        )
    )
    _tell(channels)
    if counts.failed or counts.uncertain:
        sys.exit(PARTLY)


def _tell(channels: list[str]) -> None:
    """What is due and when the next message may leave."""
    with reading() as session:
        due = outbox.due(session, clock.now())
        following = outbox.next_sending(session, clock.now())
    for channel in channels:
        click.echo(_("%(channel)s: %(count)s due now.", channel=channel, count=due.get(channel, 0)))
    if following is not None:
        say(_("The next may leave on %(moment)s.", moment=isolate_ltr(format_datetime(clock.local(following)))))
