"""Notes on a branch's trend: kept and taken back from the branch's page."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from forms.trend_notes import ALL
from survey_app.commands import trend_notes as commands
from survey_app.commands.trend_notes import Note
from survey_app.errors import UserError
from survey_app.permissions import Permission
from survey_app.transaction import transaction
from survey_app.web.branch_view import seen
from survey_app.web.review_units import branch_page, note_form
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, stop_reading

blueprint = Blueprint("trend_notes", __name__)

_FIELDS: Final = ("month", "measure", "words")


@blueprint.post("/reviews/<month>/branches/<code>/notes")
@requires(Permission.NOTE_TRENDS)
def add(month: str, code: str) -> ResponseReturnValue:
    """Keep a note. Sent twice it is one."""
    one = seen(month, code)
    form = note_form(one, request.form)
    if form.validate():
        measure = "" if form.measure.data == ALL else form.measure.data
        note = Note(form.month.data, measure, form.words.data or "", bool(form.rebases.data))
        branch_id = None if form.everybody.data else one.branch.id
        try:
            with transaction(actor(), "trend.note", month=note.month, rebases=note.rebases) as session:
                commands.add(session, current_user(), branch_id, note)
            return _back(month, code, "noted")
        except UserError as error:
            stop_reading()
            for place, message in error.places or [("words", error.message)]:
                getattr(form, place if place in _FIELDS else "words").errors = [message]
    return make_response(branch_page(seen(month, code), form), 422)


@blueprint.post("/reviews/<month>/branches/<code>/notes/<int:note_id>/remove")
@requires(Permission.NOTE_TRENDS)
def remove(month: str, code: str, note_id: int) -> ResponseReturnValue:
    """Take a note back; one that is gone already stays gone."""
    one = seen(month, code)
    with transaction(actor(), "trend.unnote", note=note_id) as session:
        commands.remove(session, one.branch.id, note_id)
    return _back(month, code, "unnoted")


def _back(month: str, code: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("review_units.branch", month=month, code=code, done=done, _anchor="trend"), 303)
