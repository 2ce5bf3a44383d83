"""Forms of the reviewers' desk: what becomes of a report, and a later day for a shopper's answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from wtforms import Field, RadioField, SelectMultipleField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from forms.base import Form
from forms.fieldwork import LONGEST, day_field, words_field
from translations import gettext as _
from translations import lazy_gettext as _l

Choices = Iterable[tuple[str, str]]


class DecisionForm(Form):
    """One decision about a report with what is said to the shopper. ``needs_words``: it cannot be made without."""

    note = words_field(_l("Note to the shopper"), [Length(max=LONGEST)])
    phrases = SelectMultipleField(_l("Ready phrases, said in the shopper's language"))
    questions = SelectMultipleField(_l("What the questions are about"))
    answer_by = day_field(_l("To be answered until"), [Optional()])

    def __init__(
        self,
        outcome: str,
        formdata: Any = None,
        *,
        needs_words: bool,
        phrases: Choices,
        questions: Choices = (),
        answer_by: date | None = None,
    ) -> None:
        """Choices are (code, words). The ids of the fields end with the outcome: a page holds one form for each."""
        super().__init__(formdata, answer_by=answer_by)
        self.outcome = outcome
        self.phrases.choices = list(phrases)
        self.questions.choices = list(questions)
        self._needs_words = needs_words
        for field in self:
            field.id = f"{field.name}-{outcome}"

    def validate_note(self, field: Field) -> None:
        """A report that comes back without a word teaches nobody; a ready phrase is a word."""
        if self._needs_words and not (field.data or "").strip() and not self.phrases.data:
            raise ValidationError(_("Say what is missing or wrong, so that the shopper can learn from it."))


class ExtendForm(Form):
    """Until when a report that was sent back may come again."""

    day = day_field(_l("To be answered until"), [InputRequired(_l("Fill in this field."))])


class SettleForm(Form):
    """What becomes of a second report of a visit: which of its answers are taken over, and why."""

    taken = SelectMultipleField(_l("Answers to take over from the second report"))
    reason = words_field(_l("Reason for the correction"), [Length(max=LONGEST)])

    def __init__(self, formdata: Any = None, *, taken: Choices) -> None:
        """``taken``: (question code, its words) of the answers that differ."""
        super().__init__(formdata)
        self.taken.choices = list(taken)

    def validate_reason(self, field: Field) -> None:
        """Whoever changes an answer says why."""
        if self.taken.data and not (field.data or "").strip():
            raise ValidationError(_("A reason is needed to correct an answer."))


class BlindForm(Form):
    """What a second reader would have done with the whole report."""

    outcome = RadioField(_l("What would you do with this report?"), [InputRequired(_l("Choose one of them."))])

    def __init__(self, formdata: Any = None, *, outcomes: Choices) -> None:
        """``outcomes``: (code, words)."""
        super().__init__(formdata)
        self.outcome.choices = list(outcomes)
