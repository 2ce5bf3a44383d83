"""When a customer asked to be called again."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any, Final

from wtforms import StringField
from wtforms.validators import InputRequired

from forms.base import Form
from translations import gettext as _
from translations import lazy_gettext as _l

_DAY: Final = re.compile(r"(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})")
_HOUR: Final = re.compile(r"([01]?\d|2[0-3])(?:[:.]([0-5]\d))?")


class DayField(StringField):
    """A day as people of Israel write it: day, month, year; a date picker would follow the browser's language."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed."""
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data: Any = None
        if not text:
            return
        found = _DAY.fullmatch(text)
        try:
            self.data = date(int(found[3]), int(found[2]), int(found[1])) if found else None
        except ValueError:
            self.data = None
        if self.data is None:
            raise ValueError(_("Write a date as day, month and year."))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data.day}.{self.data.month}.{self.data.year}" if self.data else ""


class HourField(StringField):
    """Hours and minutes; whole hours may be written alone."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed."""
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data: Any = None
        if not text:
            return
        found = _HOUR.fullmatch(text)
        if found is None:
            raise ValueError(_("Write a time as hours and minutes."))
        self.data = time(int(found[1]), int(found[2] or 0))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:%H:%M}" if self.data else ""


class AgainForm(Form):
    """The day and the hour."""

    day = DayField(_l("Day"), [InputRequired(_l("Write a date as day, month and year."))], id="again")
    at = HourField(_l("Hour"), [InputRequired(_l("Write a time as hours and minutes."))])
