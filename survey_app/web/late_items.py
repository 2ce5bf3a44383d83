"""What a shopper answers after the report was sent: an item that could only be answered later."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.fieldwork import correction_form
from forms.questionnaire.definition import Question
from survey_app.commands import late_answers as commands
from survey_app.errors import UserError
from survey_app.models import Response
from survey_app.models.response import PENDING
from survey_app.permissions import Permission
from survey_app.queries import desk, questionnaires, worklists
from survey_app.transaction import transaction
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session
from survey_app.web.wording import words_told
from translations import current_language

blueprint = Blueprint("late_items", __name__, url_prefix="/shops")


@blueprint.route("/<int:number>/later", methods=["GET", "POST"])
@requires(Permission.DO_SHOPS)
def answer(number: int) -> ResponseReturnValue:
    """The awaited items of a visit; what was answered is thanked for, what is decided can no longer be answered."""
    session, user = read_session(), current_user()
    visit = worklists.shop(session, number, user.id)
    if request.method == "GET":
        return _page(visit, {}, [])
    open_codes = {one.question for one in desk.late_items(session, visit.response_id) if one.state != "answered"}
    typed = {code: request.form.getlist(code) for code in open_codes if request.form.getlist(code)}
    comments = {code: request.form.get(f"{code}_comment", "") for code in open_codes}
    try:
        with transaction(actor(), "shop.answer_later", assignment=number) as writing:
            commands.answer(writing, user.id, number, typed, comments)
    except UserError as problem:
        places = dict(problem.places)
        return _page(visit, places, [("", problem.message)] if not places else list(problem.places)), problem.status
    return redirect(url_for("late_items.answer", number=number, kept=1), 303)


def _page(visit: Any, wrong: dict[str, str], errors: list[tuple[str, str]]) -> str:
    session = read_session()
    response = session.get(Response, visit.response_id)
    items = desk.late_items(session, visit.response_id)
    definition = questionnaires.definition(response.version) if response is not None else None
    asked: list[tuple[Any, Question]] = [
        (one, definition.by_code[one.question])
        for one in items
        if definition is not None and one.question in definition.by_code
    ]
    fields = {}
    for item, question in asked:
        value = None
        if item.state != "answered":
            field = correction_form(question, current_language(), request.form or None, value).value
            field.name = field.id = question.code
            field.errors = [wrong[question.code]] if question.code in wrong else []
            fields[question.code] = field
    return render_template(
        "pages/shops/later.html",
        visit=visit,
        items=asked,
        fields=fields,
        open=response is not None and response.state == PENDING and bool(fields),
        returned=visit.state == "returned",
        kept=request.args.get("kept") == "1",
        errors=errors,
        comments={code: request.form.get(f"{code}_comment", "") for code in fields},
        words=words_told(definition, {}, visit.branch, current_language()) if definition is not None else None,
    )
