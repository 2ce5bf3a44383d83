"""Staff forms of the fieldwork: giving a shop to somebody, judging the report, correcting an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from wtforms import DateField, Field, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from forms.base import Form
from forms.questionnaire.fields import QuestionField, face
from forms.questionnaire.parts import Question
from translations import gettext as _
from translations import lazy_gettext as _l

Choices = Iterable[tuple[str, str]]

#: As a date picker sends a day, and as people write it.
DATE_FORMATS = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"]
LONGEST = 2_000

_required = partial(InputRequired, _l("Fill in this field."))
_chosen = partial(InputRequired, _l("Choose one of the answers listed."))
_day = partial(DateField, format=DATE_FORMATS, render_kw={"dir": "ltr", "autocomplete": "off"})
_words = partial(TextAreaField, render_kw={"dir": "auto", "rows": 4, "maxlength": LONGEST})


class AssignmentForm(Form):
    """Who visits which branch, with which scenario, in which days (both included)."""

    shopper = SelectField(_l("Mystery shopper"), [_chosen()])
    branch = SelectField(_l("Branch"), [_chosen()])
    scenario = SelectField(_l("Scenario"), [_chosen()])
    window_from = _day(_l("From day"), [_required()])
    window_until = _day(_l("Until day"), [_required()])

    def __init__(
        self, formdata: Any = None, *, shoppers: Choices, branches: Choices, scenarios: Choices, **values: Any
    ) -> None:
        """Choices are (value, label); none of them is chosen beforehand."""
        super().__init__(formdata, **values)
        for field, choices in ((self.shopper, shoppers), (self.branch, branches), (self.scenario, scenarios)):
            field.choices = [("", ""), *choices]

    def validate_window_until(self, field: Field) -> None:
        """The last day is not before the first."""
        if self.window_from.data and field.data and field.data < self.window_from.data:
            raise ValidationError(_("The last day must not be before the first."))


class ReviewForm(Form):
    """What becomes of a report, and why. Every outcome but those in ``without_note`` needs words for the shopper."""

    outcome = RadioField(_l("Decision"), [_chosen()])
    note = _words(_l("Note to the shopper"), [Length(max=LONGEST)])

    def __init__(
        self, formdata: Any = None, *, outcomes: Mapping[str, str], without_note: frozenset[str], **values: Any
    ) -> None:
        """``outcomes`` maps each outcome's code to its words."""
        super().__init__(formdata, **values)
        self.outcome.choices = list(outcomes.items())
        self._without_note = without_note

    def validate_note(self, field: Field) -> None:
        """A report that comes back without a word teaches nobody."""
        if self.outcome.data and self.outcome.data not in self._without_note and not (field.data or "").strip():
            raise ValidationError(_("Say what is missing or wrong, so that the shopper can learn from it."))


class CorrectionForm(Form):
    """A new answer to one question, and the reason. Made by :func:`correction_form`."""

    value: QuestionField
    reason: TextAreaField


def correction_form(question: Question, language: str, formdata: Any = None, value: Any = None) -> CorrectionForm:
    """The correction of one question's answer: its field is ``value``, holding the answer in force until changed."""
    fields = {
        "value": QuestionField(face=face(question, language)),
        "reason": _words(_l("Reason for the correction"), [_required(), Length(max=LONGEST)]),
    }
    made: type[CorrectionForm] = type("CorrectionForm", (CorrectionForm,), fields)
    return made(formdata, value=value)
