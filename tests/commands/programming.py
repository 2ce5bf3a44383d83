"""A programme of mystery visits as tests have it: running, with a played scenario, told branches and a quiz."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from forms.questionnaire.definition import read_yaml
from survey_app.commands import certifying, programmes, questionnaires, scenarios, staff_notices
from survey_app.commands.staff_notices import Told
from survey_app.field import risks
from survey_app.field.rules import Rules
from survey_app.models import Branch, Certification, Programme, Version
from tests.commands.acting import SHOP, SINCE, Field
from tests.support.factories import Make

QUIZ = Path(__file__).parents[1] / "data" / "questionnaires" / "shopper_quiz.yaml"
#: Right answers to everything.
RIGHT = {"A1": "refuse", "A2": "void", "B1": "honest"}
NO_RISK = dict.fromkeys(risks.QUESTIONS, False)


@dataclass(frozen=True)
class Running:
    """A programme that runs over a :class:`tests.commands.acting.Field`."""

    field: Field
    programme: Programme
    quiz: Version

    @classmethod
    def made(cls, make: Make, *, told: date | None, rules: dict[str, Any], quiz: bool) -> Running:
        """Make it; ``told``: the day by which the staff of branch 101 were told, None: nobody was."""
        field = Field.made(make)
        session = make.session
        version, _ = questionnaires.bring_in(session, read_yaml(QUIZ.read_bytes()), publish=True)
        campaign = make.campaign(SHOP, opens=SINCE)
        programmes.create(session, code="main", name={"he": "ביקורים בסניפים"}, campaign_id=campaign.id)
        scenarios.check_risks(session, "account", NO_RISK, note="", by=None)
        programmes.set_scenarios(session, "main", {field.scenario.id: 1})
        programmes.set_rules(session, "main", Rules.load(rules))
        programmes.describe(session, "main", name={"he": "ביקורים בסניפים"}, quiz_code="shopper_quiz" if quiz else "")
        programme = programmes.begin(session, "main")
        if told is not None:
            tell(make, programme, field.branch, told)
        return cls(field, programme, version)

    def certify(self, make: Make, answers: dict[str, Any] | None = None, seen: int = 0) -> Certification:
        """The shopper takes the quiz."""
        return certifying.take(
            make.session, self.programme, self.field.shopper.id, self.quiz, answers or RIGHT, seen=seen
        )


def tell(make: Make, programme: Programme, branch: Branch, day: date) -> None:
    """The staff of a branch are told by letter."""
    staff_notices.record(make.session, programme, [branch.id], Told(day, "letter"), by=None)
