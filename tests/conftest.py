"""What every test stands on; the fixtures themselves live in ``tests/support``, one concern a file."""

from __future__ import annotations

import os
from collections.abc import Iterator

import hypothesis
import pytest

import translations
from survey_app.commands import blind

pytest_plugins = (
    "tests.support.clocks",
    "tests.support.databases",
    "tests.support.postgres",
    "tests.support.server",
    "tests.support.pages",
    "tests.support.skips",
)

hypothesis.settings.register_profile("here", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("here")


def pytest_configure(config: pytest.Config) -> None:
    """Let no setting of the machine reach a test."""
    for name in [name for name in os.environ if name.startswith("SURVEY_APP_")]:
        del os.environ[name]


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """Every test begins in Hebrew, whatever the one before it spoke."""
    with translations.speaking("he"):
        yield


class _Even:
    """A coin for tests: a share of 1 is always drawn, the usual one of a tenth never."""

    def random(self) -> float:
        return 0.5


@pytest.fixture(autouse=True)
def _no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which report is read a second time is no matter of luck in a test."""
    monkeypatch.setattr(blind, "_CHANCE", _Even())
