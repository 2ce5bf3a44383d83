"""Publishing: what stops it, what it changes, what goes on in its series and what does not, and then the act itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.questionnaire import translating
from forms.questionnaire.advice import warnings as advice
from forms.questionnaire.check import completeness, problems
from forms.questionnaire.definition import DEFAULT_LANGUAGE, Problem
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.versions import continuity
from forms.questionnaire.versions.changes import changes, changes_by_place
from forms.questionnaire.versions.continuity import Break
from survey_app.commands import questionnaires as commands
from survey_app.errors import Conflict, UserError
from survey_app.models import Questionnaire, Version
from survey_app.models.questionnaire import PUBLISHED
from survey_app.permissions import Permission
from survey_app.queries import questionnaires as queries
from survey_app.transaction import transaction
from survey_app.web.questionnaires.frame import PRIVACY, blueprint, draft_of, find, in_force, mode, pointers, version_of
from survey_app.web.questionnaires.showing import reading
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session
from translations import LANGUAGES, ngettext
from translations import gettext as _

#: What is said of a doubtful break: the answers go on in their series, or a new one begins.
SAME: Final = "same"
NEW: Final = "new"


@dataclass(frozen=True)
class Publication:
    """A draft on its way to being published, and everything its author has to know before."""

    questionnaire: Questionnaire
    version: Version

    @cached_property
    def definition(self) -> Definition:
        """What would be published."""
        return queries.definition(self.version)

    @cached_property
    def problems(self) -> list[Problem]:
        """What stops it, apart from series that must be renewed."""
        return problems(self.definition)

    @cached_property
    def breaks(self) -> list[Break]:
        """Where answers would be joined with others that mean something else, or may."""
        return continuity.breaks_since(commands.earlier(read_session(), self.version), self.definition)

    @property
    def certain(self) -> list[Break]:
        """Series that must be renewed."""
        return [one for one in self.breaks if one.certain]

    @property
    def doubtful(self) -> dict[str, list[Break]]:
        """Series of which the author decides, by the code that carries them; none that must be renewed anyway."""
        must = {one.code for one in self.certain}
        found: dict[str, list[Break]] = {}
        for one in self.breaks:
            if one.code not in must:
                found.setdefault(one.code, []).append(one)
        return found

    @cached_property
    def remarks(self) -> list[Problem]:
        """What stops nothing and is worth a look."""
        definition, found = self.definition, advice.warnings(self.definition, DEFAULT_LANGUAGE)
        before = in_force(self.questionnaire)
        for language, (have, total) in completeness(definition).items():
            name = LANGUAGES.get(language, language)
            if have < total and definition.languages[language] != translating.SOURCE:
                message = ngettext(
                    "%(num)s text is missing; the Hebrew is shown there.",
                    "%(num)s texts are missing; the Hebrew is shown there.",
                    total - have,
                )
                found.append(Problem(f"languages.{language}", message))
            if definition.languages[language] == translating.DRAFT:
                message = _("The language is a draft and is shown with that mark.")
                found.append(Problem(f"languages.{language}", message))
            found += [Problem(one.place, f"{name}: {one.message}") for one in translating.doubts(definition, language)]
            behind = len(translating.outdated(queries.definition(before), definition, language)) if before else 0
            if behind:
                message = ngettext(
                    "The Hebrew of %(num)s text changed since the last version, its translation did not.",
                    "The Hebrew of %(num)s texts changed since the last version, their translation did not.",
                    behind,
                )
                found.append(Problem(f"languages.{language}", message))
        return found


@blueprint.get("/<code>/publish")
@requires(Permission.SEE_QUESTIONNAIRES)
def publish(code: str) -> ResponseReturnValue:
    """Everything to know before publishing."""
    questionnaire = find(code)
    draft = draft_of(questionnaire)
    if draft is None:
        now = in_force(questionnaire)
        return render_template("pages/questionnaires/nothing_to_publish.html", questionnaire=questionnaire, now=now)
    return _page(Publication(questionnaire, draft))


def _page(publication: Publication, status: int = 200, **more: Any) -> ResponseReturnValue:
    questionnaire, definition = publication.questionnaire, publication.definition
    before = in_force(questionnaire)
    differences = changes(queries.definition(before), definition) if before is not None else []
    code = questionnaire.code
    given = {"errors": [], "answers": {}, "stale": None, **more}
    page = render_template(
        "pages/questionnaires/publish.html",
        questionnaire=questionnaire,
        version=publication.version,
        definition=definition,
        before=before,
        differences=changes_by_place(differences),
        count=len(differences),
        stops=pointers(code, definition, publication.problems),
        certain=pointers(code, definition, [Problem(one.place, one.reason) for one in publication.certain]),
        doubtful={
            series: pointers(code, definition, [Problem(one.place, one.reason) for one in found])
            for series, found in publication.doubtful.items()
        },
        remarks=pointers(code, definition, publication.remarks),
        privacy=PRIVACY[mode(definition)],
        **given,
        **reading(definition),
    )
    return page, status


@blueprint.post("/<code>/publish")
@requires(Permission.PUBLISH_QUESTIONNAIRE)
def confirm(code: str) -> ResponseReturnValue:
    """Freeze a version as it was shown: from now on new responses are given under it."""
    questionnaire = find(code)
    version = version_of(questionnaire, request.form.get("version", type=int))
    if version.state == PUBLISHED:
        raise Conflict(_("This version is already published."))
    publication = Publication(questionnaire, version)
    revision = request.form.get("revision", -1, type=int)
    if version.revision != revision:
        return _page(publication, 409, stale=True)
    answers = {series: request.form.get(f"series:{series}", "") for series in publication.doubtful}
    open_ones = [number for number, given in enumerate(answers.values(), 1) if given not in {SAME, NEW}]
    if open_ones:
        errors = [(f"series-{number}", _("Say whether the answers go on in their series.")) for number in open_ones]
        return _page(publication, 422, errors=errors, answers=answers)
    renewed = [series for series, given in answers.items() if given == NEW]
    try:
        with transaction(
            actor(),
            queries.PUBLISHING,
            code=code,
            version=version.number,
            renewed=renewed,
            kept=sorted(answers.keys() - set(renewed)),
        ) as session:
            draft = session.get_one(Version, version.id)
            if draft.revision != revision:
                raise Conflict(_("The draft changed meanwhile. Look at it once more."))
            if renewed:
                commands.renew_series(session, draft, renewed, revision=revision, user_id=current_user().id)
            commands.publish_version(session, draft)
    except UserError as error:
        if error.status != UserError.status:
            raise
        return _page(publication, 422, errors=[("", error.message)], answers=answers)
    return redirect(url_for("questionnaires.show", code=code, version=version.number, done="published"), 303)


@blueprint.post("/<code>/publish/series")
@requires(Permission.EDIT_QUESTIONNAIRE)
def renew(code: str) -> ResponseReturnValue:
    """Start a new series wherever the answers cannot go on in the old one; the draft stays a draft."""
    draft = draft_of(find(code))
    if draft is None:
        raise Conflict(_("This version is already published."))
    codes = [one.code for one in Publication(draft.questionnaire, draft).certain]
    with transaction(actor(), "questionnaire.renew", code=code, series=codes) as session:
        revision = request.form.get("revision", -1, type=int)
        commands.renew_series(
            session, session.get_one(Version, draft.id), codes, revision=revision, user_id=current_user().id
        )
    return redirect(url_for("questionnaires.publish", code=code, done="renewed"), 303)
