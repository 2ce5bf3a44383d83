"""``survey-app send``: what it says, what it sends, and its exit codes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from survey_app import db
from survey_app.cli import main
from tests.commands.mailing import bank, queued, states
from tests.support.carriers import MailServer, mail_server

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server that the environment names."""
    with mail_server() as server:
        monkeypatch.setenv("SURVEY_APP_SMTP_URL", server.url)
        monkeypatch.setenv("SURVEY_APP_MAIL_FROM", "surveys@example.co.il")
        monkeypatch.setenv("SURVEY_APP_LANGUAGE", "en")
        yield server


def send(database: db.Database, *arguments: str) -> Result:
    """Run the command over the test's database; it closes it, so the test binds it again."""
    url = database.url.render_as_string(hide_password=False)
    done = CliRunner().invoke(main, ["send", "--database", url, *arguments])
    db.bind(database)
    return done


def test_a_dry_run_sends_nothing(database: db.Database, mail: MailServer) -> None:
    bank()
    queued(3)
    done = send(database, "--dry-run")
    assert (done.exit_code, mail.taken, states()) == (0, [], {"ready": 3})
    assert "email: 3 due now." in done.output


def test_it_sends_what_is_due(database: db.Database, mail: MailServer) -> None:
    bank()
    queued(3)
    done = send(database, "--channel", "email", "--limit", "2")
    assert (done.exit_code, len(mail.taken), states()) == (0, 2, {"sent": 2, "ready": 1})
    assert "Sent: 2. Failed: 0." in done.output
    assert "email: 1 due now." in done.output


def test_a_failure_shows_in_the_exit_code(database: db.Database, mail: MailServer) -> None:
    bank()
    queued(1)
    mail.unknown = {"c0@example.com"}
    done = send(database)
    assert (done.exit_code, states()) == (1, {"failed": 1})
    assert "example.com" not in done.output


def test_a_channel_that_is_not_set_up(database: db.Database, mail: MailServer) -> None:
    bank()
    done = send(database, "--channel", "sms")
    assert done.exit_code == 2
    assert "not set up" in done.output
