"""Staff forms of planning a month: which programme and month, what matters how much, and one visit changed by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import InputRequired

from forms.base import Form
from forms.editor.fields import NumberField
from translations import lazy_gettext as _l

Choices = Iterable[tuple[str, Any]]
#: Stands for nobody: the visit goes to the job board.
BOARD: Final = "board"
_needed: Final = partial(InputRequired, _l("Fill in this field."))


class GoalsForm(Form):
    """How important each soft goal is, and how long the solver may take. Made by :func:`goals_form`."""

    seconds = NumberField(_l("Seconds for planning"), least=2, most=120, validators=[_needed()])
    seed = NumberField(_l("Number of the draw"), least=1, most=1_000_000, validators=[_needed()])

    def values(self, goals: Iterable[str]) -> dict[str, int]:
        """What was chosen, as numbers."""
        found = {name: int(self[name].data) for name in goals}
        return {**found, "seconds": int(self.seconds.data or 0), "seed": int(self.seed.data or 0)}


class PlanForm(GoalsForm):
    """A new plan: programme and month beside the goals."""

    programme = SelectField(_l("Programme"), [InputRequired(_l("Choose a programme."))])
    month = SelectField(_l("Month"), [InputRequired(_l("Choose a month."))])


def goals_form(
    base: type[GoalsForm],
    goals: Mapping[str, Any],
    importance: Mapping[int, Any],
    formdata: Any = None,
    *,
    offered: Mapping[str, Choices] | None = None,
    **values: Any,
) -> Any:
    """A form with a choice for each goal. ``offered``: the choices of its other fields."""
    levels = [(str(code), words) for code, words in importance.items()]
    fields = {name: SelectField(label, [_needed()]) for name, label in goals.items()}
    made = type("Goals", (base,), fields)(formdata, **values)
    for name, choices in {**dict.fromkeys(goals, levels), **(offered or {})}.items():
        made[name].choices = list(choices)
    return made


class VisitForm(Form):
    """One visit of a plan: its day and hours, what is played, and who goes."""

    day = SelectField(_l("Day"), [InputRequired(_l("Choose a day."))])
    window = SelectField(_l("Hours"), [InputRequired(_l("Choose the hours."))])
    scenario = SelectField(_l("Scenario"), [InputRequired(_l("Choose a scenario."))])
    shopper = RadioField(_l("Mystery shopper"), [InputRequired(_l("Choose a mystery shopper, or the job board."))])
    all_the_same = BooleanField(_l("Plan it all the same"))

    def __init__(self, formdata: Any = None, *, choices: Mapping[str, Choices], **values: Any) -> None:
        """``choices`` by field, as (value, label)."""
        super().__init__(formdata, **values)
        for name, offered in choices.items():
            chosen: Any = self[name]
            chosen.choices = list(offered)
