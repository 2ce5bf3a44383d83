"""A questionnaire as a file: our own YAML and JSON, which say everything, and XLSForm with what it cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, render_template
from werkzeug.http import dump_options_header

from forms.questionnaire import places
from forms.questionnaire.definition import Problem
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.exchange import documents, xlsform
from survey_app.errors import NotFound
from survey_app.permissions import Permission
from survey_app.queries import questionnaires as queries
from survey_app.web.questionnaires.frame import asked_number, blueprint, find, version_of
from survey_app.web.security import requires
from translations import gettext as _
from translations import isolate_ltr
from translations import lazy_gettext as _l


@dataclass(frozen=True)
class Format:
    """A form in which a questionnaire leaves."""

    name: str
    explained: Any
    media_type: str
    write: Callable[[Definition], bytes]


FORMATS: Final[Mapping[str, Format]] = {
    "yaml": Format(
        "YAML", _l("Everything, to be read and edited by people."), "application/yaml", documents.write_yaml
    ),
    "json": Format("JSON", _l("Everything, for programs."), "application/json", documents.write_json),
    "xlsx": Format(
        "XLSForm",
        _l("For ODK, KoboToolbox and other programs of that family."),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        xlsform.write,
    ),
}


@blueprint.get("/<code>/download")
@requires(Permission.SEE_QUESTIONNAIRES)
def download(code: str) -> str:
    """The formats, and what XLSForm cannot say of this questionnaire."""
    questionnaire = find(code)
    version = version_of(questionnaire, asked_number("version"))
    definition = queries.definition(version)
    return render_template(
        "pages/questionnaires/download.html",
        questionnaire=questionnaire,
        version=version,
        formats=FORMATS,
        losses=_by_key(definition, xlsform.losses(definition)),
    )


def _by_key(definition: Definition, found: Iterable[Problem]) -> dict[str, list[str]]:
    """What is lost, in words, with where it is: questions by their codes, other parts by their names."""
    keys: dict[str, list[str]] = {}
    for one in found:
        thing, _dot, key = one.place.rpartition(".")
        where = places.locate(definition, thing)
        named = isolate_ltr(where.code) if where.kind == "questions" else places.name(definition, thing)
        keys.setdefault(places.key_name(key), []).append(named)
    return keys


@blueprint.get("/<code>/download/<form>")
@requires(Permission.SEE_QUESTIONNAIRES)
def downloaded(code: str, form: str) -> Response:
    """A version of a questionnaire as a file."""
    wanted = FORMATS.get(form)
    if wanted is None:
        raise NotFound(_("There is no such format."))
    version = version_of(find(code), asked_number("version"))
    return attachment(wanted.write(queries.definition(version)), wanted.media_type, f"{code}-{version.number}.{form}")


def attachment(content: bytes, media_type: str, filename: str) -> Response:
    """A file to keep."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": filename})
    return response
