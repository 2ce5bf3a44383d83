"""Forms of the monthly meeting: a decision, what became of it, minutes, a story's note, the meeting's day."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from wtforms import HiddenField, IntegerField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from forms.base import Form
from forms.fieldwork import BranchField, day_field
from translations import lazy_gettext as _l

#: Characters of a decision, of what became of it, of the minutes of one stop, and of a story's note.
LONGEST_DECISION: Final = 1_000
LONGEST_OUTCOME: Final = 2_000
LONGEST_MINUTES: Final = 10_000
LONGEST_NOTE: Final = 500
#: How a decision ends.
ENDS: Final = {"done": _l("It was done"), "dropped": _l("It is not done any more")}

_needed = partial(InputRequired, _l("Fill in this field."))


def _words(label: Any, longest: int, *checks: Any, rows: int = 3) -> Any:
    return TextAreaField(
        label, [*checks, Length(max=longest)], render_kw={"dir": "auto", "rows": rows, "maxlength": longest}
    )


def _revision() -> Any:
    """Which writing the page was made of; a page that says none is of the first."""
    return IntegerField(validators=[Optional(), NumberRange(min=0)], widget=HiddenInput(), default=0)


class DecisionForm(Form):
    """A decision: what is done, by whom, until when, and about which branch. ``id`` was minted with the page."""

    id = HiddenField()
    text = _words(_l("What was decided"), LONGEST_DECISION, InputRequired(_l("Write what was decided.")))
    owner = SelectField(_l("Who does it"), [InputRequired(_l("Choose who does it."))])
    due_on = day_field(_l("Until day"), [InputRequired(_l("Write a date as day, month and year."))])
    branch = BranchField(_l("Branch"), [Optional()], render_kw={"autocomplete": "off"})

    def __init__(
        self,
        formdata: Any = None,
        *,
        owners: Iterable[tuple[str, str]],
        branches: Iterable[tuple[str, str]],
        **values: Any,
    ) -> None:
        """Choices are (value, label); nobody is chosen beforehand."""
        super().__init__(formdata, **values)
        self.owner.choices = [SelectChoice("", ""), *(SelectChoice(value, label) for value, label in owners)]
        self.branch.choices = list(branches)


class MoveForm(Form):
    """Another owner or day for an open decision."""

    revision = _revision()
    owner = SelectField(_l("Who does it"), [InputRequired(_l("Choose who does it."))])
    due_on = day_field(_l("Until day"), [InputRequired(_l("Write a date as day, month and year."))])

    def __init__(self, formdata: Any = None, *, owners: Iterable[tuple[str, str]], **values: Any) -> None:
        """Choices are (value, label)."""
        super().__init__(formdata, **values)
        self.owner.choices = [SelectChoice(value, label) for value, label in owners]


class OutcomeForm(Form):
    """What became of a decision, in its owner's words."""

    revision = _revision()
    state = SelectField(
        _l("What came of it"),
        [_needed()],
        choices=[SelectChoice(code, label) for code, label in ENDS.items()],
    )
    outcome = _words(_l("In a few words"), LONGEST_OUTCOME, InputRequired(_l("Write what became of it.")))


class MinutesForm(Form):
    """What was said at one stop of the agenda."""

    revision = _revision()
    words = _words(_l("Minutes of this stop"), LONGEST_MINUTES, rows=8)


class DayForm(Form):
    """The day of the meeting; empty for the one that the settings give."""

    meets_on = day_field(_l("Day of the meeting"), [Optional()])


class StoryForm(Form):
    """A customer's words brought to the meeting, and why it should hear them."""

    response = HiddenField(validators=[_needed()])
    question = HiddenField(validators=[_needed()])
    note = _words(_l("Why the meeting should hear it"), LONGEST_NOTE, rows=2)
