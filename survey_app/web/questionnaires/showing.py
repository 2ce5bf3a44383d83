"""One questionnaire: what it asks, its versions and languages, its privacy; putting it away and taking it back."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from forms.questionnaire.build import render_text
from forms.questionnaire.check import completeness, problems
from forms.questionnaire.names import TYPE_NAMES
from forms.questionnaire.rule_words import rule_words
from forms.questionnaire.versions.changes import changes, changes_by_place
from survey_app.commands import drafts
from survey_app.errors import Conflict
from survey_app.models.questionnaire import DRAFT
from survey_app.permissions import Permission
from survey_app.queries import notices, organisation
from survey_app.queries import questionnaires as queries
from survey_app.transaction import transaction
from survey_app.web.questionnaires.frame import (
    PRIVACY,
    TRANSLATIONS,
    asked_number,
    blueprint,
    draft_of,
    find,
    in_force,
    kinds,
    minutes,
    mode,
    version_of,
    versions,
)
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session
from translations import LANGUAGES, known
from translations import gettext as _


@blueprint.get("/<code>")
@requires(Permission.SEE_QUESTIONNAIRES)
def show(code: str) -> str:
    """One questionnaire: a version's questions in a language, what stops it, languages, versions, privacy."""
    questionnaire = find(code)
    version = version_of(questionnaire, asked_number("version"))
    definition = queries.definition(version)
    session = read_session()
    return render_template(
        "pages/questionnaires/show.html",
        questionnaire=questionnaire,
        listed=queries.listed(session, [questionnaire])[0],
        version=version,
        definition=definition,
        stops=len(problems(definition)) if version.state == DRAFT else 0,
        minutes=minutes(definition),
        done=completeness(definition),
        draft=draft_of(questionnaire),
        in_force=in_force(questionnaire),
        versions=versions(questionnaire),
        publishers=queries.publishers(session, questionnaire),
        kind=kinds()[questionnaire.kind],
        privacy=PRIVACY[mode(definition)],
        said=request.args.get("done", ""),
        **reading(definition),
    )


def reading(definition: Any) -> dict[str, Any]:
    """What a template needs that shows what a definition asks, in the language that the address names."""
    asked = known(request.args.get("text"))
    return {
        "text_language": asked or next(iter(definition.languages), "he"),
        "language_names": LANGUAGES,
        "translations": TRANSLATIONS,
        "type_names": TYPE_NAMES,
        "when": lambda rule: rule_words(rule, definition),
        "told": told,
    }


def told(words: str, language: str) -> Markup | str:
    """A text about privacy as respondents see it: the organisation named, its privacy officer too."""
    session = read_session()
    officer = notices.officer(organisation.organisation(session), language)
    return render_text(words, {"org": organisation.organisation_name(session, language), "officer": officer})


# ---- the archive -----------------------------------------------------------------------------------------------------


@blueprint.route("/<code>/archive", methods=["GET", "POST"])
@requires(Permission.EDIT_QUESTIONNAIRE)
def archive(code: str) -> ResponseReturnValue:
    """Put a questionnaire away, after saying what that means for those who are about to answer it."""
    questionnaire = find(code)
    if request.method == "GET":
        return render_template(
            "pages/questionnaires/archive.html",
            questionnaire=questionnaire,
            open=queries.still_open(read_session(), questionnaire.id),
            responses=queries.responses(read_session(), questionnaire.id),
        )
    with transaction(actor(), "questionnaire.archive", code=code) as session:
        drafts.archive(session, queries.by_code(session, code))
    return redirect(url_for("questionnaires.index", done="archived"), 303)


@blueprint.post("/<code>/restore")
@requires(Permission.EDIT_QUESTIONNAIRE)
def restore(code: str) -> ResponseReturnValue:
    """Take a questionnaire out of the archive: its links answer again."""
    with transaction(actor(), "questionnaire.restore", code=code) as session:
        drafts.restore(session, queries.by_code(session, code))
    return redirect(url_for("questionnaires.show", code=code, done="restored"), 303)


# ---- throwing a draft away -------------------------------------------------------------------------------------------


@blueprint.route("/<code>/discard", methods=["GET", "POST"])
@requires(Permission.EDIT_QUESTIONNAIRE)
def discard(code: str) -> ResponseReturnValue:
    """Throw the draft away, after showing what goes with it; what was published stays."""
    questionnaire = find(code)
    draft = draft_of(questionnaire)
    if draft is None:
        raise Conflict(_("There is no draft to throw away."))
    if request.method == "GET" or request.form.get("revision", type=int) != draft.revision:
        before = in_force(questionnaire)
        found = changes(queries.definition(before), queries.definition(draft)) if before is not None else []
        page = render_template(
            "pages/questionnaires/discard.html",
            questionnaire=questionnaire,
            draft=draft,
            before=before,
            count=len(found),
            differences=changes_by_place(found),
            stale=request.method == "POST",
        )
        return page, 409 if request.method == "POST" else 200
    with transaction(actor(), "questionnaire.discard", code=code, version=draft.number) as session:
        left = drafts.discard(session, draft.id, draft.revision, user_id=current_user().id)
    if left is None:
        return redirect(url_for("questionnaires.index", done="discarded"), 303)
    return redirect(url_for("questionnaires.show", code=code, done="discarded"), 303)
