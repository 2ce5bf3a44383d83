"""The form of the rules of cases: clocks, the ladder, limits, surveys, incidents and contacts.

Fields are a table. A limit per role is written in shekels and kept in agorot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from wtforms import BooleanField, DecimalField, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import TextInput

from forms.base import Form
from forms.cases import MOST_SHEKELS, SHEKEL
from translations import lazy_gettext as _l

_NUMBER: Final = {"dir": "ltr", "inputmode": "numeric", "autocomplete": "off"}
#: Group -> its heading and its whole numbers: (rule, label, hint).
GROUPS: Final[Mapping[str, tuple[Any, tuple[tuple[str, Any, Any], ...]]]] = {
    "clocks": (
        _l("Clocks"),
        (
            ("solve_hours", _l("Working hours to solve a case"), _l("After them it is overdue.")),
            ("complaint_days", _l("Days of the complaint clock"), _l("Calendar days, as the law or regulator says.")),
            ("reopened_hours", _l("Working hours to look at a case that was reopened"), ""),
            ("repeat_days", _l("Days within which a next problem repeats the first"), ""),
        ),
    ),
    "after": (
        _l("After the work"),
        (
            ("survey_after_days", _l("Working days until the follow-up survey leaves"), ""),
            ("silent_days", _l("Days of silence that close a case as unconfirmed"), ""),
        ),
    ),
    "incidents": (
        _l("Incidents and contacts"),
        (
            ("incident_cases", _l("Similar cases that propose an incident"), ""),
            ("incident_hours", _l("Within so many hours"), ""),
            ("giving_days", _l("Days between two giving contacts with a customer"), ""),
        ),
    ),
    "recognition": (
        _l("Recognition"),
        (
            ("recognition_months", _l("Months in which somebody is proposed once"), ""),
            ("bonus_quiz_percent", _l("Percent at which a quiz counts as passed"), ""),
        ),
    ),
}
NUMBERS: Final = tuple(name for _heading, rows in GROUPS.values() for name, _label, _hint in rows)


def level_field(code: str) -> str:
    """The field of a rung's hours."""
    return f"level_{code}"


def limit_field(role: str) -> str:
    """The field of a role's limit."""
    return f"limit_{role}"


def rules_form(
    levels: Iterable[tuple[str, Any]], roles: Iterable[tuple[str, Any]], sent: Any = None, **values: Any
) -> Any:
    """The form with a field for every rung and every role that works cases."""
    levels, roles = list(levels), list(roles)

    class RulesForm(Form):
        """Rules of cases."""

        #: The fingerprint of the rules that the page showed.
        seen = HiddenField()
        from_hour = StringField(_l("Work begins at"), [InputRequired(_l("Write an hour as 08:30."))], render_kw=_NUMBER)
        until_hour = StringField(_l("Work ends at"), [InputRequired(_l("Write an hour as 16:00."))], render_kw=_NUMBER)
        bonus_quiz = BooleanField(_l("Bonus statements show the newest quiz"))

    for _heading, rows in GROUPS.values():
        for name, label, _hint in rows:
            setattr(RulesForm, name, _whole(label))
    for code, label in levels:
        setattr(RulesForm, level_field(code), _whole(label))
    for role, label in roles:
        setattr(RulesForm, limit_field(role), _limit(label))
    return RulesForm(sent, **values)


def _whole(label: Any) -> Any:
    return IntegerField(
        label, [InputRequired(_l("Write a whole number.")), NumberRange(min=0)], widget=TextInput(), render_kw=_NUMBER
    )


def _limit(label: Any) -> Any:
    return DecimalField(
        label,
        [Optional(), NumberRange(min=0, max=MOST_SHEKELS)],
        places=0,
        widget=TextInput(),
        render_kw={**_NUMBER, "inputmode": "decimal"},
    )


def written(form: Any, levels: Iterable[str], roles: Iterable[str]) -> dict[str, Any]:
    """The rules that a valid form holds, as the organisation keeps them."""
    return {
        **{name: form[name].data for name in ("from_hour", "until_hour", "bonus_quiz", *NUMBERS)},
        "level_hours": {code: form[level_field(code)].data for code in levels},
        "compensation": {role: int((form[limit_field(role)].data or Decimal()) * SHEKEL) for role in roles},
    }


def begins(policy: Any, levels: Iterable[str], roles: Iterable[str]) -> dict[str, Any]:
    """What the form begins with."""
    return {
        **{name: getattr(policy, name) for name in ("from_hour", "until_hour", "bonus_quiz", *NUMBERS)},
        **{level_field(code): policy.level_hours[code] for code in levels},
        **{limit_field(role): Decimal(policy.compensation.get(role, 0)) / SHEKEL for role in roles},
    }
