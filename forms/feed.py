"""Staff forms about whom to ask: an opt-out, somebody on a list, a key of another system, the optional fields."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length

from forms.base import Form
from translations import lazy_gettext as _l

_LTR = {"dir": "ltr", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
_LONGEST = [Length(max=300)]


class AddressForm(Form):
    """Somebody, by one address or several."""

    phone = StringField(_l("Telephone"), _LONGEST, render_kw={**_LTR, "inputmode": "tel"})
    email = StringField(_l("E-mail"), _LONGEST, render_kw={**_LTR, "inputmode": "email"})
    customer = StringField(_l("Customer reference"), _LONGEST, render_kw=_LTR)

    def given(self) -> dict[str, str]:
        """What was filled in."""
        texts = {name: (self[name].data or "").strip() for name in ("customer", "phone", "email")}
        return {name: text for name, text in texts.items() if text}

    def refuse(self, place: str, message: str) -> None:
        """Say what is wrong with a field; of all of them, beside the first."""
        self[place if place in self else "phone"].errors = [message]


class ExclusionForm(AddressForm):
    """Somebody who is not to be asked, until a day."""

    until = StringField(_l("Last day"), _LONGEST, render_kw={**_LTR, "inputmode": "decimal"})


class TokenForm(Form):
    """The name of a new key."""

    name = StringField(
        _l("Which system will use it"),
        [InputRequired(_l("Name the system that will use the key.")), Length(max=100)],
        render_kw={"dir": "auto", "autocomplete": "off"},
    )


class FieldsForm(Form):
    """Which optional fields may be kept."""

    tenure = BooleanField(_l("Years as a customer, in bands"))
    age_band = BooleanField(_l("Age, in bands"))


def chosen(form: FieldsForm) -> tuple[str, ...]:
    """The names of the fields that are ticked."""
    boxes: list[Any] = [form.tenure, form.age_band]
    return tuple(box.name for box in boxes if box.data)
