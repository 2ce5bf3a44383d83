"""A phone's answers as the questionnaire reads them: page by page by the same forms that a web page goes through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.datastructures import MultiDict

from forms.questionnaire import build
from forms.questionnaire.build import open_form
from forms.questionnaire.paging import FOLLOW_UP
from survey_app import clock
from survey_app.commands.completing import DAY_TYPES
from survey_app.commands.syncing.reading import Pages, Report
from survey_app.models import Version
from survey_app.models.questionnaire import PUBLISHED
from survey_app.queries import shops
from survey_app.queries.evidence import FILE_TYPES
from survey_app.queries.tickets import Ticket


@dataclass(frozen=True)
class Read:
    """Answers as they are stored, and what is wrong with them: (code of the question, what is to be said)."""

    #: Code -> value, None where a page that is asked leaves it blank.
    given: Mapping[str, Any]
    faults: list[tuple[str, str]]

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered."""
        return {code: value for code, value in self.given.items() if value is not None}


def under(session: Session, ticket: Ticket, number: int) -> Ticket | None:
    """The ticket under the version by which the phone asked, whatever was published since; None: not known here."""
    if ticket.version.number == number:
        return ticket
    version = session.scalar(
        select(Version)
        .where(
            Version.questionnaire_id == ticket.campaign.questionnaire_id,
            Version.number == number,
            Version.state == PUBLISHED,
        )
        .options(joinedload(Version.questionnaire))
    )
    return replace(ticket, version=version) if version is not None else None


def spoken(ticket: Ticket, language: str) -> str:
    """The phone's language where the questionnaire speaks it, else its first."""
    offered = list(ticket.definition.languages)
    return language if language in offered else offered[0]


def read(ticket: Ticket, sent: Pages, files: Mapping[str, list[str]]) -> Read:
    """Every page in the light of those before. ``files`` are the ids of a question's files, by code."""
    language = spoken(ticket, sent.language)
    typed = MultiDict([(name, one) for name, values in sent.fields.items() for one in values])
    for question in ticket.definition.questions:
        if question.type in FILE_TYPES:
            typed.setlist(question.code, files.get(question.code, []))
    given: dict[str, Any] = {}
    faults: list[tuple[str, str]] = []
    before: dict[str, Any] = {}
    for page in build.pages(ticket.definition, ticket.context):
        if page.code == FOLLOW_UP:
            continue
        form = open_form(ticket.definition, page, language, ticket.context, before, typed)
        form.validate()
        read_here = {code: value for code, value in form.page_answers.items() if code not in form.unread}
        given |= read_here
        before |= {code: value for code, value in read_here.items() if value is not None}
        faults.extend(form.error_summary)
    return Read(given, faults)


def lacking(ticket: Ticket, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a finished report still needs, as the summary on the web says: (code, what is to be said)."""
    pages = [one for one in build.pages(ticket.definition, ticket.context, answers) if one.code != FOLLOW_UP]
    return [(gap.question.code, gap.message) for gap in shops.gaps(ticket, pages, answers)]


def with_true_day(ticket: Ticket, report: Report) -> Report:
    """The day of the visit where the phone filled it in by a clock that was wrong: as our clock counts it.

    Only a day that is exactly what the phone's own clock showed then is put right; one that somebody chose stays.
    """
    marked = report.marks.get("entered") or report.marks.get("began")
    asked = next((one for one in ticket.definition.questions if one.type in DAY_TYPES), None)
    if marked is None or asked is None or asked.type != "date":
        return report
    shown, true = clock.local(marked).date(), clock.local(marked + report.offset).date()
    typed = report.fields.get(asked.code, [])
    if shown == true or not _is_day(typed, shown):
        return report
    return replace(report, fields={**report.fields, asked.code: [true.isoformat()]})


def _is_day(typed: Iterable[str], day: date) -> bool:
    return list(typed) in ([day.isoformat()], [f"{day:%d/%m/%Y}"], [f"{day:%d.%m.%Y}"])
