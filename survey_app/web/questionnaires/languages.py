"""How far a language of a questionnaire is: approved, a draft again, taken out. Each is an act of its own."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.questionnaire import places
from survey_app.commands import translating as commands
from survey_app.errors import UserError
from survey_app.permissions import Permission
from survey_app.queries import questionnaires as queries
from survey_app.transaction import transaction
from survey_app.web.questionnaires.frame import blueprint, find, text_id, version_of
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user


@blueprint.post("/<code>/languages/<language>/approve")
@requires(Permission.EDIT_QUESTIONNAIRE)
def approve(code: str, language: str) -> ResponseReturnValue:
    """Say that a language is right as it stands; where texts are missing they are listed, each with its way."""
    try:
        with transaction(actor(), "questionnaire.approve_language", code=code, language=language) as session:
            commands.approve(
                session, queries.by_code(session, code), language, revision=_revision(), user_id=current_user().id
            )
    except UserError as error:
        if not error.places:
            raise
        definition = queries.definition(version_of(find(code), None))
        return (
            render_template(
                "pages/questionnaires/not_approved.html",
                questionnaire=find(code),
                to=language,
                message=error.message,
                lacking=[
                    (places.name(definition, place), places.text_name(place), place, text_id(place))
                    for place, _message in error.places
                ],
            ),
            error.status,
        )
    return redirect(url_for("questionnaires.show", code=code, done="approved"), 303)


@blueprint.post("/<code>/languages/<language>/withdraw")
@requires(Permission.EDIT_QUESTIONNAIRE)
def withdraw(code: str, language: str) -> ResponseReturnValue:
    """Make an approved language a draft again."""
    with transaction(actor(), "questionnaire.withdraw_language", code=code, language=language) as session:
        commands.withdraw(
            session, queries.by_code(session, code), language, revision=_revision(), user_id=current_user().id
        )
    return redirect(url_for("questionnaires.show", code=code, done="withdrawn"), 303)


@blueprint.post("/<code>/languages/<language>/remove")
@requires(Permission.EDIT_QUESTIONNAIRE)
def remove_language(code: str, language: str) -> ResponseReturnValue:
    """Take a language that is a draft out of the questionnaire."""
    with transaction(actor(), "questionnaire.remove_language", code=code, language=language) as session:
        commands.remove(
            session, queries.by_code(session, code), language, revision=_revision(), user_id=current_user().id
        )
    return redirect(url_for("questionnaires.show", code=code, done="removed"), 303)


def _revision() -> int:
    return request.form.get("revision", 0, type=int)
