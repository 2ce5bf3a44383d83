"""The form of a contact that gives: what, when, for whom, and in which words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from forms.base import Form
from forms.fieldwork import BranchField, day_field
from forms.incidents import LONGEST_TITLE, LONGEST_WORDS, words_fields
from translations import lazy_gettext as _l

Choices = Iterable[tuple[str, Any]]
ANY: Final = ""


class ContactForm(Form):
    """A planned contact. ``id`` was minted with the page of a new one."""

    id = HiddenField()
    revision = IntegerField(validators=[Optional(), NumberRange(min=0)], widget=HiddenInput(), default=0)
    kind = RadioField(_l("What is given"), [InputRequired(_l("Choose one of the list."))])
    title = StringField(
        _l("Title, for ourselves"),
        [InputRequired(_l("Fill in this field.")), Length(max=LONGEST_TITLE)],
        render_kw={"dir": "auto", "maxlength": LONGEST_TITLE, "autocomplete": "off"},
    )
    planned_on = day_field(_l("Day"), [InputRequired(_l("Write a date as day, month and year."))])
    branch = BranchField(_l("Customers of one branch"), [Optional()], render_kw={"autocomplete": "off"})
    tenure = SelectField(_l("Years as a customer"), [Optional()])

    def __init__(
        self, formdata: Any = None, *, kinds: Choices, tenures: Iterable[str], branches: Iterable[tuple[str, str]],
        **values: Any,
    ) -> None:  # fmt: skip
        super().__init__(formdata, **values)
        self.kind.choices = list(kinds)
        self.tenure.choices = [(ANY, _l("Any")), *((one, one) for one in tenures)]
        self.branch.choices = list(branches)


words_fields(ContactForm, _l("What the customer reads"), LONGEST_WORDS, needed=True)
