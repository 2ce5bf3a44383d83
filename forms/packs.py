"""Staff forms of a month's files: which ones are wanted now, and when a role is sent them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from wtforms import BooleanField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from forms.base import Form
from forms.editor.fields import NumberField
from translations import LANGUAGES
from translations import lazy_gettext as _l

#: Format -> what it is called and what it is good for.
NAMES: Final = {
    "pdf": _l("PDF, to read and to print"),
    "xlsx": _l("Excel, a sheet for each table, with charts"),
    "csv": _l("CSV, a zip with a file for each table"),
    "json": _l("JSON, for other systems"),
}


class _Formats(Form):
    """Which files."""

    formats = SelectMultipleField(
        _l("Files"),
        [InputRequired(_l("Choose at least one kind of file."))],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def __init__(self, formdata: Any = None, *, offered: Iterable[str], **data: Any) -> None:
        """``offered``: codes of formats."""
        super().__init__(formdata, **data)
        self.formats.choices = [(code, NAMES[code]) for code in offered]


class AskForm(_Formats):
    """Files that somebody wants now."""

    language = SelectField(_l("Language of the files"), [InputRequired(_l("Fill in this field."))])

    def __init__(self, formdata: Any = None, *, offered: Iterable[str], **data: Any) -> None:
        super().__init__(formdata, offered=offered, **data)
        self.language.choices = list(LANGUAGES.items())


class PlanForm(_Formats):
    """When a role is sent the files of a month."""

    working_day = NumberField(
        _l("Working day of the month that follows"),
        least=1,
        most=20,
        validators=[InputRequired(_l("Fill in this field."))],
    )
    attached = BooleanField(_l("The files travel with the letter"))
    active = BooleanField(_l("The files are sent"))
