"""Forms of coaching: a course or a talk that somebody writes down."""

from __future__ import annotations

from typing import Any, Final

from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length

from forms.base import Form
from forms.fieldwork import day_field
from translations import lazy_gettext as _l

#: Kinds that are written down, and what they are called; a quiz is taken, or comes by file.
KINDS: Final = {"coaching": _l("Coaching talk"), "course": _l("Course")}
_TOPIC, _NOTE = 120, 2_000


class TrainingForm(Form):
    """A course or a talk: what it was about, when, and what was agreed."""

    kind = SelectField(_l("What it was"), [InputRequired()])
    topic = StringField(
        _l("What it was about"),
        [InputRequired(_l("Write what it was about.")), Length(max=_TOPIC)],
        render_kw={"dir": "auto", "maxlength": _TOPIC, "autocomplete": "off"},
    )
    done_on = day_field(_l("On day"), [InputRequired(_l("Write a date as day, month and year."))])
    note = TextAreaField(
        _l("What was agreed"), [Length(max=_NOTE)], render_kw={"dir": "auto", "rows": 4, "maxlength": _NOTE}
    )

    def __init__(self, formdata: Any = None, **values: Any) -> None:
        """A talk unless something else is chosen."""
        super().__init__(formdata, **values)
        self.kind.choices = [SelectChoice(code, label) for code, label in KINDS.items()]
