"""Settings, databases and the errors that people meet."""

from __future__ import annotations

import stat
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from survey_app import db, errors
from survey_app.audit import Actor
from survey_app.config import PREFIX, Settings
from survey_app.models import Region
from survey_app.transaction import transaction


def test_settings_come_from_the_environment_and_options_win(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Settings.load().database_url == "sqlite:///var/survey_app.db"
    monkeypatch.setenv(f"{PREFIX}DATA_DIR", str(tmp_path))
    monkeypatch.setenv(f"{PREFIX}PORT", "9000")
    monkeypatch.setenv(f"{PREFIX}PUBLIC_URL", "https://bank.example/")
    found = Settings.load(port=9001, host=None)
    assert found.database_url == f"sqlite:///{tmp_path}/survey_app.db"
    assert (found.port, found.host, found.base_url) == (9001, "127.0.0.1", "https://bank.example")
    assert Settings.load(database_url="sqlite:///x.db").database_url == "sqlite:///x.db"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - the very thing to be recognised
        ("::", False),
        ("10.0.0.1", False),
        ("bank.example", False),
        ("", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, loopback: bool) -> None:
    assert Settings(host=host).loopback is loopback


def test_the_secret_is_made_once_and_is_its_owner_s_own(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")
    first = settings.with_secret()
    assert len(first.secret_key) == 64
    assert settings.with_secret().secret_key == first.secret_key
    kept = tmp_path / "new" / "secret_key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert Settings(secret_key="given", data_dir=tmp_path).with_secret().secret_key == "given"


def test_an_empty_secret_left_by_a_crash_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    assert len(Settings(data_dir=tmp_path).with_secret().secret_key) == 64


def test_a_database_is_found_by_its_address() -> None:
    for given in ("postgresql://u:p@h/d", "postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"):
        found = db.Database(given)
        assert found.url.drivername == "postgresql+psycopg"
        assert not found.is_sqlite
        found.close()


def test_no_database_is_said_so() -> None:
    with pytest.raises(RuntimeError, match="no database"):
        db.current()


def test_another_database_may_be_used_for_a_while(database: db.Database, tmp_path: Path) -> None:
    other = db.Database(f"sqlite:///{tmp_path / 'deep' / 'er' / 'other.db'}")
    with db.bound(other):
        assert db.current() is other
        with db.reading() as session:
            assert session.execute(text("SELECT count(*) FROM sqlite_master")).scalar_one() == 0
    assert db.current() is database
    other.close()


def test_reading_takes_no_lock_and_sees_one_moment(any_database: db.Database) -> None:
    with db.reading() as session:
        assert session.query(Region).count() == 0
        with transaction(Actor.system("test"), "region.add") as writing:
            writing.add(Region(name="צפון"))
        assert session.query(Region).count() == 0, "one reading is of one moment"
    with db.reading() as session:
        assert session.query(Region).count() == 1


def test_a_reading_session_writes_nothing(any_database: db.Database) -> None:
    with db.reading() as session:
        session.add(Region(name="צפון"))
    with db.reading() as session:
        assert session.query(Region).count() == 0


def test_moments_are_aware_on_every_database(any_database: db.Database) -> None:
    moment = db.Moment()
    dialect = any_database.writer.dialect
    with pytest.raises(ValueError, match="zone"):
        moment.process_bind_param(datetime(2026, 1, 1), dialect)  # noqa: DTZ001
    assert moment.process_bind_param(None, dialect) is None
    assert moment.process_result_value(None, dialect) is None


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.UserError, 422),
        (errors.NotFound, 404),
        (errors.Gone, 410),
        (errors.Forbidden, 403),
        (errors.Conflict, 409),
    ],
)
def test_errors_have_the_status_of_their_meaning(error: type[errors.UserError], status: int) -> None:
    found = error("מה לא בסדר", [("place", "why")])
    assert (found.status, found.message, str(found), found.places) == (
        status,
        "מה לא בסדר",
        "מה לא בסדר",
        [("place", "why")],
    )
    assert error("x").places == []
