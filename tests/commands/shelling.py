"""The command line as tests run it, over the test's own database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from click.testing import CliRunner, Result

from survey_app import db
from survey_app.cli import main
from tests.commands.acting import SINCE, SURVEY
from tests.support.factories import setting

MONTH = "2026-10"
Run = Callable[..., Result]


@pytest.fixture
def run(database: db.Database, frozen_clock: object) -> Run:
    """Run a command over the test's database, in English."""
    address = database.url.render_as_string(hide_password=False)

    def invoke(*arguments: object, language: str = "en") -> Result:
        result = CliRunner(env={"SURVEY_APP_LANGUAGE": language}).invoke(
            main, [*map(str, arguments), "--database", address]
        )
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return invoke


def a_bank() -> None:
    """Three branches with October's surveys and profit."""
    with setting() as make:
        version = make.questionnaire(SURVEY)
        make.campaign(SURVEY, opens=SINCE)
        region = make.region(name="צפון")
        for number in range(3):
            branch = make.branch(code=f"10{number}", region=region)
            make.responses(
                version=version,
                branch=branch,
                visited_on=date(2026, 10, 5),
                state="counted",
                answers=[{"pv1": 5 if answer % (number + 2) else 2} for answer in range(40)],
                context={"link": "personal"},
            )
            for month in range(1, 11):
                make.profit(
                    branch=branch, month=f"2026-{month:02d}", revenue=1000 + month, cost=700, target=100, headcount=5
                )
