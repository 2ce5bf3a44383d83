"""Every version of a report: what was sent, what was corrected, and what changed from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from flask import render_template

from forms.questionnaire.definition import Question
from forms.questionnaire.types import TYPES, display
from survey_app.permissions import Permission
from survey_app.queries import desk_history, worklists
from survey_app.queries.worklists import Report
from survey_app.web.quality.frame import blueprint, opened
from survey_app.web.security import requires
from survey_app.web.support import read_session
from survey_app.web.wording import words_told
from translations import current_language
from translations import lazy_gettext as _l

CAUSES: Final[Mapping[str, Any]] = {
    "sent": _l("Sent by the shopper"),
    "corrected": _l("Corrected by a reviewer"),
    "answered": _l("An item was answered later"),
    "copied": _l("Answers taken over from a second report"),
    "appealed": _l("An appeal was decided"),
}


@dataclass(frozen=True)
class Change:
    """One answer that differs from the version before."""

    question: Question
    #: Whether it is the comment beside the item.
    comment: bool
    before: str
    after: str


@dataclass(frozen=True)
class Shown:
    """One version as it is read."""

    number: int
    cause: str
    at: datetime | None
    user_id: int | None
    total: int | None
    answers: Mapping[str, Any]
    changes: list[Change]
    #: Why it was corrected, in the words of who did it.
    reasons: tuple[str, ...] = ()


@blueprint.get("/<response_id>/versions")
@requires(Permission.REVIEW_SHOPS)
def versions(response_id: str) -> str:
    """All versions, the newest on top; each can be unfolded whole."""
    found = opened(response_id)
    listed = _listed(found)
    return render_template(
        "pages/quality/versions.html",
        report=found,
        response=found.response,
        versions=listed[::-1],
        causes=CAUSES,
        people=worklists.names(read_session(), [one.user_id for one in listed if one.user_id is not None]),
        questions=[one for one in found.definition.questions if TYPES[one.type].asks],
        said=lambda question, value: display(question, value, current_language()),
        words=words_told(found.definition, found.answers, found.response.branch, current_language()),
    )


def _listed(found: Report) -> list[Shown]:
    """The versions that were kept, and what stands now where nothing kept it yet."""
    kept = [
        Shown(one.number, one.cause, one.at, one.user_id, one.total, one.answers, [])
        for one in desk_history.versions(read_session(), found.response.id)
    ]
    if not kept or dict(kept[-1].answers) != found.answers:
        visit = found.assignment
        shopper_id = visit.shopper_id if visit is not None else None
        at, total = found.response.submitted_at, None if found.card.voided else found.card.total
        kept.append(Shown(len(kept) + 1, "sent", at, shopper_id, total, found.answers, []))
    shown: list[Shown] = []
    for one in kept:
        changes = _changes(found, shown[-1].answers, one.answers) if shown else []
        reasons = _reasons(found, one, changes, shown[-1].answers) if shown else ()
        shown.append(replace(one, changes=changes, reasons=reasons))
    return shown


def _reasons(found: Report, one: Shown, changes: list[Change], before: Mapping[str, Any]) -> tuple[str, ...]:
    """The reasons of the corrections that made a version of the one before."""
    codes = {change.question.code for change in changes if not change.comment}
    made = [
        each.reason
        for each in found.corrections
        if each.question in codes
        and (each.user_id, each.after) == (one.user_id, one.answers.get(each.question))
        and each.before == before.get(each.question)
    ]
    return tuple(dict.fromkeys(made))


def _changes(found: Report, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    changes = []
    for question in found.definition.questions:
        if before.get(question.code) != after.get(question.code):
            words = [display(question, one.get(question.code), current_language()) for one in (before, after)]
            changes.append(Change(question, False, *words))
        old, new = (str(one.get(question.comment_code, "")) for one in (before, after))
        if old != new:
            changes.append(Change(question, True, old, new))
    return changes
