"""Staff forms of the fieldwork: scenarios, giving a shop to somebody, judging the report, correcting an answer."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from wtforms import BooleanField, DateField, Field, SelectField, StringField, TextAreaField
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import TextInput

from forms.base import Form
from forms.questionnaire.fields import QuestionField, face
from forms.questionnaire.parts import Question
from translations import DEFAULT, LANGUAGES, direction
from translations import gettext as _
from translations import lazy_gettext as _l

Choices = Iterable[tuple[str, str]]

#: As people write a day, the form in which it is shown first, and as programs do. No date picker: it would follow the
#: browser's language and not the page's.
DATE_FORMATS = ["%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y"]
LONGEST = 2_000

_required = partial(InputRequired, _l("Fill in this field."))
day_field = partial(
    DateField,
    format=DATE_FORMATS,
    widget=TextInput(),
    render_kw={"dir": "ltr", "autocomplete": "off", "inputmode": "decimal"},
)
words_field = partial(TextAreaField, render_kw={"dir": "auto", "rows": 4, "maxlength": LONGEST})


class BranchField(StringField):
    """One of many branches, typed or picked from suggestions: the list is too long to unfold.

    ``data`` is the code once :meth:`pre_validate` has found it. What is typed may be the code, the code with the name
    as the suggestions give it, the name, or any part that only one name has.
    """

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        #: (code, name) of every branch that can be picked.
        self.choices: list[tuple[str, str]] = []

    def suggestions(self) -> list[str]:
        """What a browser offers while somebody types."""
        return [f"{code} {name}" for code, name in self.choices]

    def pre_validate(self, form: BaseForm) -> None:
        """Find what was typed among the choices."""
        typed = " ".join((self.data or "").split())
        if typed:
            self.data = self._found(typed)

    def _found(self, typed: str) -> str:
        exact = [code for code, name in self.choices if typed in {code, name, " ".join(f"{code} {name}".split())}]
        near = [code for code, name in self.choices if typed.casefold() in name.casefold()]
        for found in (exact, near):
            if len(found) == 1:
                return found[0]
        raise ValidationError(
            _("Several branches fit; write more of the name, or the code.")
            if near
            else _("No branch has this code or name.")
        )


class AssignmentForm(Form):
    """Who visits which branch, with which questionnaire and scenario, in which days (both included)."""

    campaign = SelectField(_l("Questionnaire"), [InputRequired(_l("Choose a questionnaire."))])
    shopper = SelectField(_l("Mystery shopper"), [InputRequired(_l("Choose a mystery shopper."))])
    branch = BranchField(
        _l("Branch"), [InputRequired(_l("Write a branch's code or name."))], render_kw={"autocomplete": "off"}
    )
    scenario = SelectField(_l("Scenario"), [InputRequired(_l("Choose a scenario."))])
    window_from = day_field(_l("From day"), [_required()])
    window_until = day_field(_l("Until day"), [_required()])

    def __init__(
        self,
        formdata: Any = None,
        *,
        shoppers: Choices,
        branches: Choices,
        scenarios: Choices,
        campaigns: Choices = (),
        **values: Any,
    ) -> None:
        """Choices are (value, label); none is chosen beforehand. The questionnaire is asked where there are several."""
        super().__init__(formdata, **values)
        offered = list(campaigns)
        self.branch.choices = list(branches)
        for field, choices in ((self.campaign, offered), (self.shopper, shoppers), (self.scenario, scenarios)):
            field.choices = [("", ""), *choices]
        if len(offered) < 2:
            del self.campaign

    def validate_window_until(self, field: Field) -> None:
        """The last day is not before the first."""
        if self.window_from.data and field.data and field.data < self.window_from.data:
            raise ValidationError(_("The last day must not be before the first."))


class ScenarioForm(Form):
    """What a shopper plays: its code, its title and briefing per language, and what the questionnaire's rules ask."""

    code = StringField(
        _l("Code"),
        [_required(), Length(max=40)],
        render_kw={"dir": "ltr", "autocomplete": "off", "spellcheck": "false"},
    )
    has_appointment = BooleanField(_l("The visit is booked beforehand"))
    has_account = BooleanField(_l("The shopper has an account there"))

    def localised(self, part: str) -> dict[str, str]:
        """``title`` or ``briefing`` per language, without the languages left empty."""
        typed = {code: (self[f"{part}_{code}"].data or "").strip() for code in LANGUAGES}
        return {code: text for code, text in typed.items() if text}


for _code in LANGUAGES:
    _needed = [_required()] if _code == DEFAULT else [Optional()]
    _writing = {"dir": direction(_code), "lang": _code}
    setattr(
        ScenarioForm,
        f"title_{_code}",
        StringField(_l("Title"), [*_needed, Length(max=120)], render_kw={**_writing, "autocomplete": "off"}),
    )
    setattr(
        ScenarioForm,
        f"briefing_{_code}",
        TextAreaField(_l("Briefing"), [*_needed, Length(max=LONGEST)], render_kw={**_writing, "rows": 6}),
    )


class CorrectionForm(Form):
    """A new answer to one question, and the reason. Made by :func:`correction_form`."""

    value: QuestionField
    reason: TextAreaField


def correction_form(question: Question, language: str, formdata: Any = None, value: Any = None) -> CorrectionForm:
    """The correction of one question's answer: its field is ``value``, holding the answer in force until changed."""
    fields = {
        "value": QuestionField(face=face(question, language)),
        "reason": words_field(_l("Reason for the correction"), [_required(), Length(max=LONGEST)]),
    }
    made: type[CorrectionForm] = type("CorrectionForm", (CorrectionForm,), fields)
    return made(formdata, value=value)
