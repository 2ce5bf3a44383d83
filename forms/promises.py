"""Forms of promises: what was promised by when, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from wtforms import HiddenField, IntegerField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from forms.base import Form
from forms.fieldwork import BranchField, day_field
from translations import lazy_gettext as _l

#: Characters of a promise, and of what became of it.
LONGEST: Final = 500
LONGEST_NOTE: Final = 1_000

_needed = partial(InputRequired, _l("Fill in this field."))


def _words(label: Any, longest: int, *checks: Any) -> Any:
    return TextAreaField(
        label, [*checks, Length(max=longest)], render_kw={"dir": "auto", "rows": 3, "maxlength": longest}
    )


class PromiseForm(Form):
    """What was promised, to be kept by when, where and by whom. ``id`` was minted with the page."""

    id = HiddenField()
    words = _words(_l("What was promised"), LONGEST, InputRequired(_l("Write what was promised.")))
    made_on = day_field(_l("Promised on"), [_needed()])
    due_on = day_field(_l("To be kept by"), [InputRequired(_l("Write a date as day, month and year."))])
    branch = BranchField(_l("Branch"), [InputRequired(_l("Choose a branch."))], render_kw={"autocomplete": "off"})
    owner = SelectField(_l("Who answers for it"), [Optional()])
    department = SelectField(_l("Department that has to keep it"), [Optional()])
    case = IntegerField(_l("Number of the case"), [Optional(), NumberRange(min=1)], render_kw={"inputmode": "numeric"})

    def __init__(
        self,
        formdata: Any = None,
        *,
        branches: Iterable[tuple[str, str]],
        owners: Iterable[tuple[str, str]],
        departments: Iterable[tuple[str, str]],
        **values: Any,
    ) -> None:
        """Choices are (value, label). No owner: whoever the rule finds; no department: the branch keeps it itself."""
        super().__init__(formdata, **values)
        self.branch.choices = list(branches)
        self.owner.choices = [
            SelectChoice("", _l("Whoever served, else the branch's management")),
            *(SelectChoice(value, label) for value, label in owners),
        ]
        self.department.choices = [
            SelectChoice("", _l("The branch itself")),
            *(SelectChoice(value, label) for value, label in departments),
        ]


class SettleForm(Form):
    """What became of a promise. The choices are those that its day and its state leave."""

    revision = IntegerField(validators=[Optional(), NumberRange(min=0)], widget=HiddenInput(), default=0)
    state = RadioField(_l("What became of the promise"), [InputRequired(_l("Choose what became of the promise."))])
    note = _words(_l("In a few words"), LONGEST_NOTE, Optional())

    def __init__(self, formdata: Any = None, *, choices: Iterable[tuple[str, Any]], **values: Any) -> None:
        """Choices are (state, label)."""
        super().__init__(formdata, **values)
        self.state.choices = list(choices)


class HandForm(Form):
    """Another who answers for an open promise."""

    revision = IntegerField(validators=[Optional(), NumberRange(min=0)], widget=HiddenInput(), default=0)
    owner = SelectField(_l("Who answers for it"), [InputRequired(_l("Choose who answers for it."))])

    def __init__(self, formdata: Any = None, *, owners: Iterable[tuple[str, str]], **values: Any) -> None:
        """Choices are (id, name)."""
        super().__init__(formdata, **values)
        self.owner.choices = [SelectChoice("", ""), *(SelectChoice(value, label) for value, label in owners)]
