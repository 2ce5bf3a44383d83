"""Staff form of a visit's days."""

from __future__ import annotations

from wtforms import Field
from wtforms.validators import InputRequired, ValidationError

from forms.base import Form
from forms.fieldwork import day_field
from translations import gettext as _
from translations import lazy_gettext as _l


class WindowForm(Form):
    """The days of a visit, both included."""

    window_from = day_field(_l("From day"), [InputRequired(_l("Fill in this field."))])
    window_until = day_field(_l("Until day"), [InputRequired(_l("Fill in this field."))])

    def validate_window_until(self, field: Field) -> None:
        """The last day is not before the first."""
        if self.window_from.data and field.data and field.data < self.window_from.data:
            raise ValidationError(_("The last day must not be before the first."))
