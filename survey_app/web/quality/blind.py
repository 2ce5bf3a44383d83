"""The blind second reading: a report without its answers, to be judged once more by what it tells."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.desk import BlindForm
from forms.fieldwork import correction_form
from forms.questionnaire.definition import COMMENT, Question
from forms.questionnaire.types import TYPES
from survey_app.commands import blind as commands
from survey_app.errors import NotFound, UserError
from survey_app.permissions import Permission
from survey_app.queries import blind as queries
from survey_app.queries import desk, desk_facts, evidence
from survey_app.queries.evidence import FILE_TYPES
from survey_app.queries.worklists import Report
from survey_app.transaction import transaction
from survey_app.web.paging import PAGE, paging
from survey_app.web.quality.frame import OUTCOMES, blueprint, report_of, waits_for_reader
from survey_app.web.quality.queue import DECIDED
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session
from survey_app.web.wording import words_told
from translations import current_language
from translations import gettext as _


@blueprint.get("/blind")
@requires(Permission.REVIEW_SHOPS)
def blind() -> str:
    """Reports that were drawn and that this reader may read."""
    session, user = read_session(), current_user()
    pages = paging(desk.counts(session, user).blind)
    return render_template(
        "pages/quality/blind.html",
        waiting=queries.waiting(session, user, limit=PAGE, offset=pages.offset),
        pages=pages,
        decided=DECIDED.get(request.args.get("decided", "")),
    )


@blueprint.route("/blind/<response_id>", methods=["GET", "POST"])
@requires(Permission.REVIEW_SHOPS)
def read_again(response_id: str) -> ResponseReturnValue:
    """Judge a report by its words, times and files; what was answered and decided is not shown."""
    user = current_user()
    if not waits_for_reader(response_id):
        raise NotFound(_("There is no such report."))
    found = report_of(response_id)
    sent = request.form if request.method == "POST" else None
    form = BlindForm(sent, outcomes=[(code, str(words)) for code, words in OUTCOMES.items()])
    items = queries.items_of(found.response)
    answers, faults = _judged(items, sent)
    if sent is None:
        return _page(found, form, items, answers, [])
    sound = form.validate() and not faults
    if sound:
        try:
            with transaction(actor(), "quality.blind", response=response_id) as writing:
                commands.finish(writing, user, response_id, answers, form.outcome.data)
        except UserError as problem:
            return _page(found, form, items, answers, [("", problem.message)]), problem.status
        return redirect(url_for("quality.blind", decided="read"), 303)
    return _page(found, form, items, answers, [*faults, *form.error_summary]), 422


def _judged(items: list[Question], sent: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    answers: dict[str, Any] = {}
    faults = []
    for one in items if sent is not None else ():
        try:
            value = TYPES[one.type].parse(one, sent.getlist(one.code))
        except ValueError as error:
            faults.append((one.code, str(error)))
            continue
        if value is not None:
            answers[one.code] = value
    return answers, faults


def _page(
    found: Report, form: BlindForm, items: list[Question], answers: dict[str, Any], errors: list[tuple[str, str]]
) -> str:
    told = desk_facts.told(read_session(), [found.response])[found.response.id]
    # Texts that repeat an earlier answer would tell what the items were answered with.
    judged = {one.code for one in items}
    repeated = {code: value for code, value in found.answers.items() if code not in judged}
    shown = {code for code in found.answers if code.endswith(COMMENT)}
    open_words = [
        one
        for one in found.definition.questions
        if one.type in {"text", "line"} and one.code in found.answers and one.code not in shown
    ]
    pictures = [one for one in found.definition.questions if one.type in FILE_TYPES and one.code in found.answers]
    fields = {}
    for one in items:
        # Under its own name: the page holds one field for every item, each drawn by its type's own template.
        field = correction_form(one, current_language(), None, answers.get(one.code)).value
        field.name = field.id = one.code
        fields[one.code] = field
    return render_template(
        "pages/quality/read_again.html",
        report=found,
        response=found.response,
        form=form,
        items=[(section, [one for one in items if one in section.asked]) for section in found.definition.sections],
        fields=fields,
        open_words=open_words,
        pictures=pictures,
        taps=told.taps,
        stay=told.visit,
        files=evidence.of_response(read_session(), found.response.id),
        errors=errors,
        words=words_told(found.definition, repeated, found.response.branch, current_language()),
    )
