"""The form of a note on a trend."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from forms.base import Form
from translations import lazy_gettext as _l

LONGEST: Final = 300
#: The choice of no measure in particular.
ALL: Final = "all"
Choices = Iterable[tuple[str, Any]]


class TrendNoteForm(Form):
    """What happened in a month, and whether the limits begin anew there."""

    month = SelectField(_l("Month"), [InputRequired(_l("Choose one of the list."))])
    measure = SelectField(_l("Measure"), [InputRequired(_l("Choose one of the list."))])
    words = StringField(
        _l("What happened"),
        [InputRequired(_l("Write what happened.")), Length(max=LONGEST)],
        render_kw={"dir": "auto", "autocomplete": "off"},
    )
    everybody = BooleanField(_l("It concerns all branches"))
    rebases = BooleanField(_l("Control limits begin anew in this month"))

    def __init__(self, formdata: Any = None, *, months: Choices, measures: Choices, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.month.choices = list(months)
        self.measure.choices = list(measures)
