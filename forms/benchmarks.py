"""Forms of published series: what a series is, and one of its values."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from forms.base import Form
from forms.editor.fields import NumberField
from translations import DEFAULT, LANGUAGES, direction
from translations import lazy_gettext as _l

Choices = Iterable[tuple[str, Any]]
NAME: Final = 120
NOTE: Final = 300
_required: Final = partial(InputRequired, _l("Fill in this field."))
_choice: Final = partial(SelectField, validators=[InputRequired(_l("Choose one of the list."))])


def _line(label: Any, most: int, *checks: Any, **writing: Any) -> StringField:
    return StringField(
        label,
        [*checks, Length(max=most)],
        render_kw={"dir": "auto", "maxlength": most, "autocomplete": "off", **writing},
    )


def _text(label: Any, most: int) -> TextAreaField:
    return TextAreaField(
        label, [_required(), Length(max=most)], render_kw={"dir": "auto", "rows": 4, "maxlength": most}
    )


class SeriesForm(Form):
    """A series that somebody else publishes."""

    publisher = _line(_l("Who publishes it"), 200, _required())
    measure = _choice(_l("Our measure that it stands beside"))
    unit = _choice(_l("Unit of its values"))
    wording = _text(_l("What was asked, word for word as published"), 1_000)
    difference = _text(_l("How that differs from our question"), 1_000)
    source = _line(_l("Where it is published"), 500, Optional())
    licence = _line(_l("Terms under which it may be used"), 200, Optional())
    active = BooleanField(_l("Shown beside our numbers"))

    def __init__(self, formdata: Any = None, *, measures: Choices, units: Choices, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.measure.choices = [("", ""), *measures]
        self.unit.choices = [("", ""), *units]


for _code in LANGUAGES:
    setattr(
        SeriesForm,
        f"name_{_code}",
        StringField(
            _l("Name"),
            [_required() if _code == DEFAULT else Optional(), Length(max=NAME)],
            render_kw={"dir": direction(_code), "lang": _code, "maxlength": NAME, "autocomplete": "off"},
        ),
    )


class ValueForm(Form):
    """One published value."""

    month = _line(_l("Last month of the period"), 10, _required(), dir="ltr", inputmode="numeric")
    value = NumberField(
        _l("Value"),
        decimals=True,
        validators=[InputRequired(_l("Write a number."))],
        render_kw={"dir": "ltr", "inputmode": "decimal", "autocomplete": "off"},
    )
    n = NumberField(
        _l("How many were asked"),
        least=1,
        validators=[Optional()],
        render_kw={"dir": "ltr", "inputmode": "numeric", "autocomplete": "off"},
    )
    note = _line(_l("Note"), NOTE, Optional())
