"""The table of texts that goes to a translator and comes back; what it changes is shown before anything is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from flask import Response, request
from flask.typing import ResponseReturnValue

from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.exchange import texts as table_of
from survey_app.commands.imports.arrivals import LARGEST
from survey_app.errors import NotFound
from survey_app.permissions import Permission
from survey_app.readers import Unreadable, open_table
from survey_app.web.questionnaires.arriving import BESIDE
from survey_app.web.questionnaires.downloading import attachment
from survey_app.web.questionnaires.frame import blueprint, find
from survey_app.web.questionnaires.sides import Sides
from survey_app.web.questionnaires.translating import asked_language, propose, shown
from survey_app.web.security import requires, takes
from translations import gettext as _

#: Ending -> media type and writer.
_WRITERS: Final[Mapping[str, tuple[str, Callable[[Definition, str], bytes]]]] = {
    "csv": ("text/csv", table_of.write_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", table_of.write_xlsx),
}


@blueprint.get("/<code>/texts.<format>")
@requires(Permission.SEE_QUESTIONNAIRES)
def texts(code: str, format: str) -> Response:  # noqa: A002  # the name stands in the address
    """The table of texts in one language."""
    if format not in _WRITERS:
        raise NotFound(_("There is no such format."))
    media_type, write = _WRITERS[format]
    questionnaire = find(code)
    page = Sides(questionnaire, asked_language(questionnaire))
    return attachment(write(page.definition, page.language), media_type, f"{code}-{page.language}.{format}")


@blueprint.post("/<code>/texts")
@requires(Permission.EDIT_QUESTIONNAIRE)
@takes(LARGEST + BESIDE, form="questionnaires.translate#table-title")
def read_texts(code: str) -> ResponseReturnValue:
    """Read a table that came back, and show what it changes."""
    questionnaire = find(code)
    page = Sides(questionnaire, asked_language(questionnaire))
    sent = request.files.get("table")
    if sent is None or not sent.filename:
        return shown(page, 422, table_fault=_("Choose a file first."))
    try:
        content = sent.read()
        if not content.strip():
            raise Unreadable(_("The file is empty."))
        table = open_table(content)
        found, unknown = table_of.read(
            table.columns, (record.cells for record in table.records), page.definition, page.language
        )
    except Unreadable as error:
        return shown(page, error.status, table_fault=error.message)
    except KeyError as error:
        fault = _("The table has no column %(name)s. Download it here and fill it in.", name=error.args[0])
        return shown(page, 422, table_fault=fault)
    if not found:
        fault = _("The table says nothing that is not here already.")
        return shown(page, 422, table_fault=fault)
    return propose(page, found, unknown)
