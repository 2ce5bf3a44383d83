"""Plain WTForms with our words. CSRF belongs to the web; WTForms' own catalogues are incomplete and are not used.

Every message WTForms can say on its own is replaced by one of ours, so that nothing English reaches a Hebrew reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import wtforms
from wtforms.meta import DefaultMeta

from translations import lazy_gettext as _l

_CHOOSE = _l("Choose one of the answers listed.")
_NOT_VALID = _l("This value cannot be read. Please check it.")
_SEND_AGAIN = _l("The page was open for too long. Please send it again.")

#: WTForms' own messages and what we say instead. Some are for programmers and users never see them; none stays English.
MESSAGES: Final[Mapping[str, Any]] = {
    "This field is required.": _l("Fill in this field."),
    "Not a valid choice.": _CHOOSE,
    "Invalid Choice: could not coerce.": _CHOOSE,
    "Invalid choice(s): one or more data inputs could not be coerced.": _CHOOSE,
    "'%(value)s' is not a valid choice for this field.": _CHOOSE,
    "Choices cannot be None.": _CHOOSE,
    "Invalid value, must be one of: %(values)s.": _CHOOSE,
    "Invalid value, can't be any of: %(values)s.": _CHOOSE,
    "Not a valid integer value.": _l("Write a whole number."),
    "Not a valid decimal value.": _l("Write a number."),
    "Not a valid float value.": _l("Write a number."),
    "Number must be at least %(min)s.": _l("Write a number of at least %(min)s."),
    "Number must be at most %(max)s.": _l("Write a number of at most %(max)s."),
    "Number must be between %(min)s and %(max)s.": _l("Write a number between %(min)s and %(max)s."),
    "Field must be at least %(min)d character long.": _l("Write at least %(min)s characters."),
    "Field cannot be longer than %(max)d character.": _l("Write at most %(max)s characters."),
    "Field must be exactly %(max)d character long.": _l("Write exactly %(max)s characters."),
    "Field must be between %(min)d and %(max)d characters long.": _l("Write %(min)s to %(max)s characters."),
    "Not a valid date value.": _l("Write a date as day, month and year."),
    "Not a valid datetime value.": _l("Write a date and a time."),
    "Not a valid time value.": _l("Write a time as hours and minutes."),
    "Not a valid week value.": _NOT_VALID,
    "Date must be at least %(min)s.": _l("The date must not be before %(min)s."),
    "Date must be at most %(max)s.": _l("The date must not be after %(max)s."),
    "Date must be between %(min)s and %(max)s.": _l("The date must be between %(min)s and %(max)s."),
    "Invalid email address.": _l("Write a full e-mail address."),
    "Field must be equal to %(other_name)s.": _l("The two values must be the same."),
    "Invalid input.": _NOT_VALID,
    "Invalid IP address.": _NOT_VALID,
    "Invalid Mac address.": _NOT_VALID,
    "Invalid URL.": _l("Write a full web address."),
    "Invalid UUID.": _NOT_VALID,
    "Invalid field name '%s'.": _NOT_VALID,
    "This field cannot be edited.": _l("This field cannot be changed."),
    "This field is disabled and cannot have a value.": _l("This field cannot be changed."),
    "Invalid CSRF Token.": _SEND_AGAIN,
    "CSRF token missing.": _SEND_AGAIN,
    "CSRF failed.": _SEND_AGAIN,
    "CSRF token expired.": _SEND_AGAIN,
}


class _Words:
    """What WTForms asks for its messages. Placeholders are filled by WTForms afterwards."""

    def gettext(self, message: str) -> str:
        """Our message in the active language; labels pass through unchanged."""
        return str(MESSAGES.get(message, message))

    def ngettext(self, singular: str, plural: str, num: int) -> str:
        """As ``gettext``: our messages are worded so that the count needs no plural."""
        return str(MESSAGES.get(singular, plural if num != 1 else singular))


class Meta(DefaultMeta):
    """Settings every form shares."""

    def get_translations(self, form: Any) -> Any:
        """Our own words, for every form."""
        return _Words()


class Form(wtforms.Form):
    """A staff form. Choices and defaults are passed in; it knows neither request nor session."""

    Meta = Meta

    @property
    def error_summary(self) -> list[tuple[str, str]]:
        """What to list at the top of the page: (id to link to, message) in the order of the fields."""
        return error_summary(self)


def target(field: Any) -> str:
    """The id an error links to: the field itself, or the first of its radios or boxes."""
    if isinstance(field, (wtforms.RadioField, wtforms.fields.choices.SelectMultipleField)):
        first = next(iter(field), None) if isinstance(field, wtforms.RadioField) else None
        return str(first.id) if first is not None else str(field.id)
    return str(getattr(field, "target", field.id))


def error_summary(form: Any) -> list[tuple[str, str]]:
    """Every error of a form, in field order, with the id it links to. The words are those beside the field."""
    listed = [(target(field), str(message)) for field in form for message in field.errors]
    return listed + [("", str(message)) for message in form.form_errors]
