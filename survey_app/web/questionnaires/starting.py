"""A new questionnaire: from the library, from nothing, as a copy, or from a file (see ``arriving``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.catalogue import BlankForm
from forms.questionnaire import library
from forms.questionnaire.check import completeness
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.definition import dump
from survey_app.commands import drafts, starting
from survey_app.errors import NotFound, UserError
from survey_app.permissions import Permission
from survey_app.queries import questionnaires as queries
from survey_app.transaction import transaction
from survey_app.web.questionnaires.frame import PRIVACY, TRANSLATIONS, blueprint, kinds, minutes, mode
from survey_app.web.questionnaires.showing import reading
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session
from translations import gettext as _
from translations import localised


@dataclass(frozen=True)
class Ready:
    """A questionnaire of the library, and whether it is here already."""

    definition: Definition
    kind: str
    minutes: int
    taken: bool


@blueprint.get("/new")
@requires(Permission.EDIT_QUESTIONNAIRE)
def new() -> ResponseReturnValue:
    """Every way to begin."""
    return start_page()


def start_page(status: int = 200, **more: Any) -> ResponseReturnValue:
    """The page of all beginnings; ``blank`` is the form of a blank one, ``fault`` what is wrong with a file."""
    here = {one.code for one in queries.catalogue(read_session())}
    names = kinds()
    ready = [
        Ready(found, names[found.kind], minutes(found), found.code in here)
        for found in map(library.load, library.codes())
    ]
    given = {"blank": BlankForm(kinds=names.items()), "fault": "", **more}
    copies = sorted((localised(one.title), one.code) for one in queries.catalogue(read_session()))
    page = render_template(
        "pages/questionnaires/new.html",
        ready=sorted(ready, key=lambda one: (list(names.values()).index(one.kind), one.definition.code)),
        copies=copies,
        translations=TRANSLATIONS,
        **given,
    )
    return page, status


@blueprint.post("/new")
@requires(Permission.EDIT_QUESTIONNAIRE)
def begin_blank() -> ResponseReturnValue:
    """Begin with an empty draft of a kind."""
    form = BlankForm(request.form, kinds=kinds().items())
    if not form.validate():
        return start_page(422, blank=form)
    try:
        with transaction(actor(), "questionnaire.begin") as session:
            version = starting.blank(
                session,
                kind=str(form.kind.data),
                title=(form.title.data or "").strip(),
                code=form.code.data or "",
                user_id=current_user().id,
            )
            code = version.questionnaire.code
    except UserError as error:
        form.code.errors = [error.message]
        return start_page(error.status, blank=form)
    return redirect(url_for("editor.edit", code=code), 303)


@blueprint.get("/new/library/<code>")
@requires(Permission.SEE_QUESTIONNAIRES)
def shipped(code: str) -> str:
    """A questionnaire of the library, to be read before it is taken."""
    definition = _shipped(code)
    return render_template(
        "pages/questionnaires/shipped.html",
        definition=definition,
        kind=kinds()[definition.kind],
        minutes=minutes(definition),
        privacy=PRIVACY[mode(definition)],
        done=completeness(definition),
        taken=any(one.code == code for one in queries.catalogue(read_session())),
        **reading(definition),
    )


def _shipped(code: str) -> Definition:
    try:
        return library.load(code)
    except KeyError:
        raise NotFound(_("There is no questionnaire %(code)s.", code=code)) from None


@blueprint.post("/new/library/<code>")
@requires(Permission.EDIT_QUESTIONNAIRE)
def take(code: str) -> ResponseReturnValue:
    """Begin a draft that says what a questionnaire of the library says."""
    document = dump(_shipped(code))
    with transaction(actor(), "questionnaire.begin", library=code) as session:
        document["code"] = starting.free_code(session, code)
        version = drafts.begin(session, document, actor_id=current_user().id)
        made = version.questionnaire.code
    return redirect(url_for("questionnaires.show", code=made, done="begun"), 303)


@blueprint.post("/new/copy")
@requires(Permission.EDIT_QUESTIONNAIRE)
def begin_copy() -> ResponseReturnValue:
    """Begin a draft as a copy of a questionnaire that is here."""
    code = request.form.get("code", "")
    if not code:
        return start_page(422, copy_fault=_("Choose a questionnaire to copy."))
    return copied(code)


def copied(code: str) -> ResponseReturnValue:
    """Begin a draft as a copy of the newest version of a questionnaire, and go to it."""
    with transaction(actor(), "questionnaire.copy", code=code) as session:
        newest = queries.by_code(session, code).versions[-1]
        made = drafts.copy(session, newest, user_id=current_user().id).questionnaire.code
    return redirect(url_for("questionnaires.show", code=made, done="copied"), 303)


@blueprint.post("/<code>/copy")
@requires(Permission.EDIT_QUESTIONNAIRE)
def copy(code: str) -> ResponseReturnValue:
    """A new questionnaire that begins as this one stands."""
    return copied(code)
