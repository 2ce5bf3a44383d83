"""``survey-app run`` and ``work``: the embedded server with its worker, and a worker alone."""

from __future__ import annotations

import logging
import socket
import sys
from importlib import import_module

import click
import structlog
import waitress
from sqlalchemy import select

from survey_app import clock, db, jobs, migrations
from survey_app.app import create_app
from survey_app.cli.support import ADDRESS, UNUSABLE, connect, database_command, demo_note, open_database, say
from survey_app.config import Settings
from survey_app.db import reading
from survey_app.errors import UserError
from survey_app.models import Organisation, User
from survey_app.permissions import Scope
from survey_app.queries import organisation
from translations import gettext as _
from translations import isolate_ltr


def log_to_stderr(level: str) -> None:
    """Structured log lines on stderr: what happened, never an address of a person or an answer."""
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr, force=True)
    logging.getLogger("huey").setLevel("WARNING")
    logging.getLogger("waitress").setLevel("WARNING")
    logging.getLogger("alembic").setLevel("WARNING")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


@click.command()
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Threads.")
@database_command
def work(workers: int, database_url: str | None) -> None:
    """Do background work until stopped: for installations whose web runs elsewhere."""
    settings = open_database(database_url)
    log_to_stderr(settings.log_level)
    say(_("Working. Stop with Ctrl+C."))
    jobs.worker(jobs.connect(settings), alone=True, workers=workers).run()


@click.command()
@click.option("--host", help="Address to listen on; 127.0.0.1 by default.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; 8000 by default.")
@click.option("--no-demo", is_flag=True, help="Leave an empty database empty.")
@database_command
def run(host: str | None, port: int | None, no_demo: bool, database_url: str | None) -> None:
    """Serve the platform with web and worker in one process.

    Migrates the embedded database. Loads the demo bank into an empty one on a loopback address, never in production.
    """
    settings = Settings.load(database_url=database_url, host=host, port=port).with_secret()
    log_to_stderr(settings.log_level)
    _reserve(settings)
    _prepare(settings)
    _refuse_public_demo(settings)
    if not no_demo and settings.loopback and not settings.production and _is_empty():
        # Loaded only on the first start, so that a second one is quick.
        load = import_module("survey_app.cli.data").load
        say(_("The database is empty. Loading a synthetic bank to look at."))
        load(settings)
    queue = jobs.connect(settings)
    app = create_app(settings)
    worker = jobs.worker(queue, alone=False)
    worker.start()
    click.echo(_opening(settings))
    try:
        waitress.serve(app, host=settings.host, port=settings.port, threads=settings.threads, ident=None)
    finally:
        worker.stop(graceful=True)


def _reserve(settings: Settings) -> None:
    """Say at once when somebody else listens on the port, before a minute of loading."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            say(
                _(
                    "Cannot listen on %(address)s: %(reason)s. Choose another port: --port 8001",
                    address=isolate_ltr(f"{settings.host}:{settings.port}"),
                    reason=error.strerror or error,
                )
            )
            sys.exit(UNUSABLE)


def _prepare(settings: Settings) -> None:
    if not connect(settings):
        return
    if not db.current().is_sqlite:
        raise UserError(_("The database is not at this version's schema yet. Run: survey-app migrate"))
    migrations.upgrade(db.current())


def _refuse_public_demo(settings: Settings) -> None:
    """The demo bank's logins are printed at every start: it is for this machine only."""
    with reading() as session:
        synthetic = organisation.organisation(session).synthetic
    if synthetic and (settings.production or not settings.loopback):
        raise UserError(
            _("This database holds the demo bank, which is served on a loopback address only and never in production.")
        )


def _is_empty() -> bool:
    with reading() as session:
        # Whoever added a user of their own before the first start has begun an installation, not a look around.
        used = session.scalar(select(User.id).limit(1)) is not None
        return not used and session.get(Organisation, 1) is None and organisation.count_branches(session, Scope()) == 0


def _opening(settings: Settings) -> str:
    """What to open now: of the demo bank its links and logins, else the first steps."""
    lines = [_("Serving at %(address)s (stop with Ctrl+C).", address=settings.base_url)]
    with reading() as session:
        known = session.get(Organisation, 1)
        if known is not None and known.synthetic and demo_note(settings).exists():
            lines.append(demo_note(settings).read_text(encoding="utf-8").replace(ADDRESS, settings.base_url))
        elif organisation.count_branches(session, Scope()) == 0:
            lines.append(_("Nothing is set up yet. Begin with: survey-app import branches FILE"))
        else:
            lines.append(f"{settings.base_url}/reviews/{clock.last_full_month()}")
    return "\n".join(lines)
