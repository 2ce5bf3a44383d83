"""The page after sending: thanks, what happens now, and what may still be added. Nothing else is asked."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from forms.questionnaire.build import PageForm, open_form, render_text
from forms.questionnaire.paging import FOLLOW_UP
from forms.questionnaire.types import quoted
from survey_app.audit import Actor
from survey_app.commands import afterwards as commands
from survey_app.errors import NotFound, UserError
from survey_app.queries import afterwards, organisation, questionnaires
from survey_app.queries.afterwards import Afterwards
from survey_app.transaction import transaction
from survey_app.web.filling import spoken
from survey_app.web.security import public
from survey_app.web.support import read_session
from survey_app.web.telling import Told, told
from survey_app.web.thanking import address, is_marked
from translations import activate, current_language
from translations import gettext as _

blueprint = Blueprint("thanks", __name__)


@blueprint.route("/thanks/<response_id>/<secret>", methods=["GET", "POST"])
@public
def show(response_id: str, secret: str) -> ResponseReturnValue:
    """Thanks for one response, and what its sender may still add. NotFound without its own secret."""
    if not is_marked(response_id, secret):
        raise NotFound(_("There is nothing at this address."))
    found = afterwards.after(read_session(), response_id)
    sent = request.form if request.method == "POST" else None
    language = spoken(found.definition, (sent or request.args).get("lang"), found.response.language)
    activate(language)
    forms = _forms(found, language, sent)
    if sent is None:
        return _page(found, forms)
    wish = request.form.get("to")
    if wish:
        activate(spoken(found.definition, wish, language))
        return _page(found, _forms(found, current_language(), sent))
    faults = [form for form in forms if not form.validate()]  # each is checked: all faults are told at once
    if faults:
        return _page(found, forms), 422
    answers = {code: value for form in forms for code, value in form.answers.items()}
    try:
        with transaction(Actor.respondent(), "response.afterwards") as session:
            commands.add(session, response_id, answers)
    except UserError as problem:
        return _page(found, forms, [("", problem.message, "")]), problem.status
    return redirect(address(response_id, language), 303)


def _forms(found: Afterwards, language: str, sent: MultiDict[str, str] | None) -> list[PageForm]:
    forms = [open_form(found.definition, page, language, found.context, found.answers, sent) for page in found.pages]
    for form in forms:
        if form.page.code == FOLLOW_UP:
            for field in form:  # without scripts all of them stand there, whatever is wished
                field.required_for = _("needed only with a call back")
    return forms


def _page(found: Afterwards, forms: list[PageForm], errors: list[Told] | None = None) -> str:
    values = {
        "branch": found.response.branch.name,
        "unit": found.response.branch.name,
        "org": organisation.organisation_name(read_session(), current_language()),
    }
    words = partial(render_text, values=values)
    return render_template(
        "pages/respond/thanks.html",
        questionnaire=found.definition,
        forms=forms,
        errors=[*(errors or []), *(error for form in forms for error in told(form, words))],
        added=found.added,
        readers=_readers(found),
        confidential=True,
        calls=any(page.code == FOLLOW_UP for page in found.pages),
        words=words,
        without=frozenset(),
    )


def _readers(found: Afterwards) -> str | None:
    """Who reads the answers together with the telephone, as its owner chose: None where no call back was asked for.

    Empty where the case went elsewhere, for instance past whom it accuses: nobody is named who does not read it.
    """
    follow_up = found.definition.follow_up
    if follow_up is None or found.answers.get(follow_up.consent.code) is not True:
        return None
    one = follow_up.recipient
    if not afterwards.heard_as_chosen(read_session(), found.response.id):
        return ""
    return quoted(one, found.answers.get(one.code), current_language()) if one is not None else ""


@blueprint.get("/thanks/for/<code>")
@public
def plain(code: str) -> ResponseReturnValue:
    """Thanks for an anonymous response: nothing in the address leads to it."""
    definition = questionnaires.definition(questionnaires.published(read_session(), code))
    activate(spoken(definition, request.args.get("lang"), current_language()))
    values = {"org": organisation.organisation_name(read_session(), current_language())}
    return render_template(
        "pages/respond/thanks.html",
        questionnaire=definition,
        forms=[],
        errors=[],
        added=False,
        readers=None,
        confidential=False,
        calls=False,
        words=partial(render_text, values=values),
    )
