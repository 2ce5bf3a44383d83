"""A mystery visit's report as it is read: every item with its answer, points and words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from forms.questionnaire.definition import Question, Section
from forms.questionnaire.types import TYPES, display, earned
from survey_app.models import Correction
from survey_app.queries.worklists import Report

#: The answer of the header that states when the shopper came in and when out, where a form asks for both.
_TIMES: Final = ("time", "datetime")


@dataclass(frozen=True)
class Row:
    """One item or question of a report."""

    question: Question
    #: The words above several statements, on the first of them; None elsewhere.
    lead: Question | None
    #: The answer in words; empty for none.
    answer: str
    #: What was written beside a choice such as "Other".
    other: str
    #: Points earned, None where there was nothing to judge.
    points: float | None
    comment: str
    failed: bool
    #: Whether the answer is one that the questionnaire names a finding.
    found: bool
    corrections: tuple[Correction, ...]

    @property
    def possible(self) -> int | None:
        """Points that can be earned."""
        return self.question.points


def rows(section: Section, report: Report, language: str) -> list[Row]:
    """The rows of one section; what the system knows by itself is left out, as are words that only tell something."""
    answers, leads = report.answers, report.definition.leads
    told: set[str] = set()
    found = []
    for question in section.asked:
        if not TYPES[question.type].asks or (question.type == "ref" and question.code not in answers):
            continue
        lead = leads.get(question.code, "")
        first = lead and lead not in told
        told.add(lead)
        value = answers.get(question.code)
        points = earned(question, value)
        found.append(
            Row(
                question=question,
                lead=report.definition.by_code[lead] if first else None,
                answer=display(question, value, language),
                other=str(answers.get(question.other_code, "")),
                points=None if points is None else float(points),
                comment=str(answers.get(question.comment_code, "")),
                failed=question.code in report.card.critical_failed,
                found=question.code in report.card.findings,
                corrections=tuple(one for one in report.corrections if one.question == question.code),
            )
        )
    return found


def duration(report: Report) -> int | None:
    """Minutes between the first two moments that the form asks for; None where they are not both known."""
    asked = [one.code for one in report.definition.questions if one.type in _TIMES][:2]
    stated = [str(report.answers[code]) for code in asked if code in report.answers]
    if len(stated) < 2:
        return None
    came, left = (datetime.fromisoformat(one if "T" in one else f"2000-01-01T{one}") for one in stated)
    return round((left - came).total_seconds() / 60)
