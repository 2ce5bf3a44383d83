"""The form of the analyst's table: which question, told by what, of which quarter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import SelectField
from wtforms.validators import InputRequired

from forms.base import Form
from translations import lazy_gettext as _l

Choices = Iterable[tuple[str, str]]
_NEEDED = InputRequired(_l("Choose one of the answers listed."))


class CrosstabForm(Form):
    """What the address asks for. ``questions``: title of a questionnaire -> its questions as (value, words)."""

    question = SelectField(_l("Question"), [_NEEDED])
    by = SelectField(_l("Break"), [_NEEDED])
    quarter = SelectField(_l("Quarter"), [_NEEDED])

    def __init__(
        self, formdata: Any = None, *, questions: Mapping[str, Choices], breaks: Choices, quarters: Choices, **data: Any
    ) -> None:
        """What can be chosen is passed in."""
        super().__init__(formdata, **data)
        self.question.choices = {title: list(choices) for title, choices in questions.items()}
        self.by.choices = list(breaks)
        self.quarter.choices = list(quarters)
