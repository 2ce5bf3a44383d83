"""The form that begins listening: how, with which questionnaire, about which branch, employee and day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Optional

from forms.base import Form
from forms.fieldwork import BranchField, day_field
from translations import lazy_gettext as _l


class ListeningForm(Form):
    """What is begun. ``id`` was minted with the page."""

    id = HiddenField()
    way = RadioField(_l("How you listen"), [InputRequired(_l("Please choose how you listened."))])
    questionnaire = SelectField(_l("Form"), [Optional()])
    branch = BranchField(
        _l("Branch"), [InputRequired(_l("Write a branch's code or name."))], render_kw={"autocomplete": "off"}
    )
    agent = SelectField(_l("Who served"), [Optional()])
    heard_on = day_field(_l("Day of the call or visit"), [InputRequired(_l("Write a date as day, month and year."))])

    def __init__(
        self,
        formdata: Any = None,
        *,
        ways: Iterable[tuple[str, Any]],
        questionnaires: Iterable[tuple[str, str]],
        branches: Iterable[tuple[str, str]],
        agents: Iterable[tuple[str, str]] = (),
        **values: Any,
    ) -> None:
        """Choices are (value, label)."""
        super().__init__(formdata, **values)
        self.way.choices = list(ways)
        self.questionnaire.choices = [SelectChoice("", ""), *(SelectChoice(*one) for one in questionnaires)]
        self.branch.choices = list(branches)
        self.agent.choices = [SelectChoice("", ""), *(SelectChoice(*one) for one in agents)]
