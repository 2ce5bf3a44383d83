"""Questionnaires: their versions, what still stops one from being published, and how it will look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.questionnaire.check import completeness, problems
from forms.questionnaire.definition import Problem
from forms.questionnaire.definition import Questionnaire as Definition
from survey_app.commands import questionnaires as commands
from survey_app.errors import NotFound
from survey_app.kinds import kind_of
from survey_app.models import Questionnaire, Version
from survey_app.models.questionnaire import DRAFT, PUBLISHED
from survey_app.permissions import Permission
from survey_app.queries import questionnaires as queries
from survey_app.transaction import transaction
from survey_app.web.security import requires
from survey_app.web.support import actor, read_session
from translations import LANGUAGES, known
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("questionnaires", __name__, url_prefix="/questionnaires")

#: What is said of a translation, and the sort of badge.
TRANSLATIONS: Final = {
    "source": (_l("Original"), "good"),
    "approved": (_l("Approved"), "good"),
    "draft": (_l("Draft"), "warn"),
}


@dataclass(frozen=True)
class Row:
    """A questionnaire in the list."""

    questionnaire: Questionnaire
    kind: str
    published: Version | None
    draft: Version | None
    definition: Definition


def _newest(questionnaire: Questionnaire, state: str) -> Version | None:
    return next((version for version in reversed(questionnaire.versions) if version.state == state), None)


def _row(questionnaire: Questionnaire) -> Row:
    published, newest = _newest(questionnaire, PUBLISHED), questionnaire.versions[-1]
    return Row(
        questionnaire,
        str(kind_of(questionnaire.kind).name),
        published,
        newest if newest.state == DRAFT else None,
        queries.definition(published or newest),
    )


@blueprint.get("")
@requires(Permission.SEE_QUESTIONNAIRES)
def index() -> str:
    """Every questionnaire."""
    rows = [_row(one) for one in queries.catalogue(read_session()) if one.versions]
    return render_template("pages/questionnaires.html", rows=rows, translations=TRANSLATIONS)


@blueprint.get("/<code>")
@requires(Permission.SEE_QUESTIONNAIRES)
def show(code: str) -> str:
    """One questionnaire: a version's questions in a language, its problems, the other versions."""
    questionnaire = queries.by_code(read_session(), code)
    version = _version(questionnaire, request.args.get("version", type=int))
    definition = queries.definition(version)
    text_language = known(request.args.get("text")) or next(iter(definition.languages), "he")
    found: list[Problem] = problems(definition) if version.state == DRAFT else []
    return render_template(
        "pages/questionnaire.html",
        row=_row(questionnaire),
        version=version,
        definition=definition,
        problems=found,
        done=completeness(definition),
        text_language=text_language,
        language_names=LANGUAGES,
        translations=TRANSLATIONS,
        published_now=request.args.get("done") == "published",
    )


def _version(questionnaire: Questionnaire, number: int | None) -> Version:
    wanted = [version for version in questionnaire.versions if number is None or version.number == number]
    if not wanted:
        raise NotFound(_("There is no version %(number)s of this questionnaire.", number=number))
    return wanted[-1]


@blueprint.post("/<code>/publish")
@requires(Permission.PUBLISH_QUESTIONNAIRE)
def publish(code: str) -> ResponseReturnValue:
    """Freeze a version: from now on new responses are given under it."""
    number = request.form.get("version", type=int)
    with transaction(actor(), "questionnaire.publish", code=code, version=number) as session:
        commands.publish_version(session, _version(queries.by_code(session, code), number))
    return redirect(url_for("questionnaires.show", code=code, version=number, done="published"), 303)
