"""Forms of appeals, made for the items of one report: why each is doubted, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from wtforms import Field, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length

from forms.base import Form
from forms.questionnaire.fields import QuestionField, face
from forms.questionnaire.parts import Question
from translations import gettext as _
from translations import lazy_gettext as _l

LONGEST: Final = 2_000
UPHELD, PARTLY, OVERTURNED = "upheld", "partly", "overturned"
#: What may become of an item of an appeal.
ITEM_OUTCOMES: Final[Mapping[str, Any]] = {
    UPHELD: _l("Not accepted: the answer stands"),
    PARTLY: _l("Accepted in part: another answer"),
    OVERTURNED: _l("Accepted: another answer"),
}
#: What may become of a report that a shopper, or a branch, appeals against as a whole.
WHOLE_OUTCOMES: Final[Mapping[str, Mapping[str, Any]]] = {
    "shopper": {
        UPHELD: _l("Not accepted: the report stays rejected"),
        PARTLY: _l("Accepted in part: it does not count, and the visit is paid"),
        OVERTURNED: _l("Accepted: the report counts"),
    },
    "branch": {
        UPHELD: _l("Not accepted: the report goes on counting"),
        PARTLY: _l("Accepted in part: it does not count, and the visit is paid"),
        OVERTURNED: _l("Accepted: the report is rejected"),
    },
}


def _words(label: Any, needed: str = "", rows: int = 3) -> Any:
    checks = [Length(max=LONGEST)] + (
        [InputRequired(_l("Say why, so that both sides can learn from it."))] if needed else []
    )
    return TextAreaField(label, checks, render_kw={"dir": "auto", "rows": rows, "maxlength": LONGEST})


def name(part: str, code: str) -> str:
    """A field's name: what it is of an item, and the item's code; a report as a whole has none."""
    return f"{part}_{code}"


class FilingForm(Form):
    """Which items are appealed against: those with a reason. Made by :func:`filing_form`."""

    words: TextAreaField
    codes: Sequence[str] = ()

    @property
    def reasons(self) -> dict[str, str]:
        """Code -> the reason, for every item that has one."""
        given = {code: (self[name("reason", code)].data or "").strip() for code in self.codes}
        return {code: reason for code, reason in given.items() if reason}


def filing_form(codes: Sequence[str], sent: Any = None) -> FilingForm:
    """The form of an appeal against some items of a report; an empty code stands for the report as a whole."""
    fields: dict[str, Any] = {name("reason", code): _words(_l("Reason for appeal")) for code in codes}
    made: type[FilingForm] = type("FilingForm", (FilingForm,), {**fields, "words": _words(_l("Anything else"), rows=2)})
    form = made(sent)
    form.codes = codes
    return form


class DecisionForm(Form):
    """What becomes of each item, its new answer, and why. Made by :func:`decision_form`."""

    answer: TextAreaField
    codes: Sequence[str] = ()

    def validate(self, extra_validators: Any = None) -> bool:
        """An item that is not upheld needs another answer than the one that stands."""
        fits = bool(super().validate(extra_validators))
        for code in self.codes:
            field = self._fields.get(name("value", code))
            outcome = self[name("outcome", code)].data
            if (
                field is not None
                and outcome in {PARTLY, OVERTURNED}
                and not field.errors
                and field.data == self._stood(code)
            ):
                field.errors = [_("Choose the answer that is right, or leave what stood.")]
                fits = False
        return fits

    def _stood(self, code: str) -> Any:
        return self.standing.get(code)

    standing: Mapping[str, Any] = {}


def decision_form(
    questions: Mapping[str, Question | None], side: str, language: str, standing: Mapping[str, Any], sent: Any = None
) -> DecisionForm:
    """The decision on an appeal's items: code -> question, None for the report as a whole.

    ``standing`` are the answers in force, which the new ones begin from.
    """
    fields: dict[str, Any] = {}
    for code, question in questions.items():
        outcomes = ITEM_OUTCOMES if question is not None else WHOLE_OUTCOMES[side]
        fields[name("outcome", code)] = RadioField(
            _l("Decision"),
            [InputRequired(_l("Choose what becomes of this item."))],
            choices=[SelectChoice(outcome, str(words)) for outcome, words in outcomes.items()],
        )
        if question is not None:
            fields[name("value", code)] = QuestionField(face=face(question, language))
        fields[name("answer", code)] = _words(_l("Why, for both sides to read"), "needed", rows=2)
    fields["answer"] = _words(_l("Anything else"), rows=2)
    made: type[DecisionForm] = type("DecisionForm", (DecisionForm,), fields)
    form = made(sent, data={name("value", code): standing.get(code) for code in questions})
    form.codes, form.standing = list(questions), standing
    return form


def typed(field: Field) -> list[str]:
    """What a form sent for a field."""
    return [str(one) for one in field.raw_data or []]
