"""What differs between two versions, in plain words."""

from __future__ import annotations

from flask import render_template

from forms.questionnaire.versions.changes import changes as differences
from forms.questionnaire.versions.changes import changes_by_place
from survey_app.models import Questionnaire, Version
from survey_app.permissions import Permission
from survey_app.queries import questionnaires as queries
from survey_app.web.questionnaires.frame import asked_number, blueprint, find, version_of, versions
from survey_app.web.security import requires


@blueprint.get("/<code>/changes")
@requires(Permission.SEE_QUESTIONNAIRES)
def changes(code: str) -> str:
    """The differences from one version to another; the newest against the one before it unless the address says."""
    questionnaire = find(code)
    new = version_of(questionnaire, asked_number("to"))
    old = _before(questionnaire, new)
    found = differences(queries.definition(old), queries.definition(new)) if old is not new else []
    return render_template(
        "pages/questionnaires/changes.html",
        questionnaire=questionnaire,
        versions=versions(questionnaire),
        old=old,
        new=new,
        count=len(found),
        differences=changes_by_place(found),
    )


def _before(questionnaire: Questionnaire, new: Version) -> Version:
    """The version to compare with: the one asked for, else the one before; the first is compared with itself."""
    number = asked_number("from")
    if number is not None:
        return version_of(questionnaire, number)
    return next((one for one in versions(questionnaire) if one.number < new.number), new)
