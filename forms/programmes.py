"""Staff forms of programmes: their names, charter, rules, scenarios and risks, and the staff-notice register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from wtforms import BooleanField, Field, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from forms.base import Form
from forms.editor.fields import NumberField, options
from forms.fieldwork import day_field
from translations import DEFAULT, LANGUAGES, direction
from translations import lazy_gettext as _l

Choices = Iterable[tuple[str, Any]]
LONGEST_NAME: Final = 120
LONGEST_PART: Final = 2_000
_required: Final = partial(InputRequired, _l("Fill in this field."))
ticks: Final = partial(SelectMultipleField, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
_latin: Final = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}


def refuse(form: Form, places: Iterable[tuple[str, str]], message: str) -> None:
    """Put what a command refused beside its fields; what belongs to none stands above the form."""
    told = False
    for name, said in places:
        field = form._fields.get(name)
        if field is not None:
            field.errors = [*field.errors, said or message]
            told = True
    if not told:
        form.form_errors.append(message)


def _localised(kind: type[Form], part: str, label: Any, longest: int, *, rows: int = 0, needed: bool = True) -> None:
    """Give a form a field ``part`` for each language; Hebrew is needed."""
    for code in LANGUAGES:
        checks = [_required() if code == DEFAULT and needed else Optional(), Length(max=longest)]
        writing: dict[str, Any] = {"dir": direction(code), "lang": code, "maxlength": longest}
        field: Any = (
            TextAreaField(label, checks, render_kw={**writing, "rows": rows})
            if rows
            else StringField(label, checks, render_kw={**writing, "autocomplete": "off"})
        )
        setattr(kind, f"{part}_{code}", field)


def spoken(form: Form, part: str) -> dict[str, str]:
    """A part per language, without the languages left empty."""
    typed = {code: (form[f"{part}_{code}"].data or "").strip() for code in LANGUAGES}
    return {code: words for code, words in typed.items() if words}


class ProgrammeForm(Form):
    """A new programme: its code, its questionnaire and its name."""

    code = StringField(_l("Code"), [_required(), Length(max=40)], render_kw={**_latin, "maxlength": 40})
    campaign = SelectField(_l("Questionnaire"), [InputRequired(_l("Choose a questionnaire."))])

    def __init__(self, formdata: Any = None, *, campaigns: Choices, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.campaign.choices = [("", ""), *campaigns]


class DescribeForm(Form):
    """The name of a programme and its quiz."""

    quiz = SelectField(_l("Certification quiz"), [Optional()])

    def __init__(self, formdata: Any = None, *, quizzes: Choices, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.quiz.choices = [("", _l("None: every shopper may make visits")), *quizzes]


for _form in (ProgrammeForm, DescribeForm):
    _localised(_form, "name", _l("Name"), LONGEST_NAME)


class CharterForm(Form):
    """What a programme is for, how its results are used and what they never decide, per language."""

    @property
    def charter(self) -> dict[str, dict[str, str]]:
        """Language -> part -> words."""
        parts = ("purpose", "use", "never")
        return {
            code: found
            for code in LANGUAGES
            if (found := {one: words for one in parts if (words := (self[f"{one}_{code}"].data or "").strip())})
        }


for _part, _label in (
    ("purpose", _l("What the programme is for")),
    ("use", _l("How its results are used")),
    ("never", _l("What its results never decide")),
):
    _localised(CharterForm, _part, _label, LONGEST_PART, rows=4)


class SharesForm(Form):
    """The scenarios of a programme, each with its share: fields ``share-<id>``, empty where it is not played."""

    def __init__(self, formdata: Any = None, *, scenarios: Choices, shares: Mapping[str, int]) -> None:
        super().__init__(formdata)
        self.shares: dict[str, Field] = {}
        for number, title in scenarios:
            unbound: Any = NumberField(
                title, least=1, most=100, validators=[Optional()],
                render_kw={"inputmode": "numeric", "dir": "ltr", "size": 6},
            )  # fmt: skip
            field: Field = unbound.bind(form=self, name=f"share-{number}", prefix="")
            field.process(self.meta.wrap_formdata(self, formdata), shares.get(number))
            self._fields[field.name] = self.shares[number] = field

    @property
    def chosen(self) -> dict[int, int]:
        """Scenario -> share of those that are played."""
        return {int(number): field.data for number, field in self.shares.items() if field.data}


class RiskForm(Form):
    """The risk check of a scenario: yes or no to each question, and what was decided."""

    note = TextAreaField(
        _l("What was decided about the risks"), [Optional(), Length(max=LONGEST_PART)],
        render_kw={"dir": "auto", "rows": 4, "maxlength": LONGEST_PART},
    )  # fmt: skip

    def __init__(self, formdata: Any = None, *, questions: Choices, answers: Mapping[str, bool], **values: Any) -> None:
        super().__init__(formdata, **values)
        self.questions: dict[str, Field] = {}
        for code, text in questions:
            unbound: Any = RadioField(
                text,
                [InputRequired(_l("Answer with yes or no."))],
                choices=options([("no", _l("No")), ("yes", _l("Yes"))]),
            )
            field: Field = unbound.bind(form=self, name=f"risk-{code}", prefix="")
            stands = {True: "yes", False: "no"}.get(answers.get(code))  # type: ignore[arg-type]
            field.process(self.meta.wrap_formdata(self, formdata), stands)
            self._fields[field.name] = self.questions[code] = field

    @property
    def answers(self) -> dict[str, bool]:
        """Question -> whether it is so."""
        return {code: field.data == "yes" for code, field in self.questions.items()}


class NoticeForm(Form):
    """When and how staff were told; for one branch, or for those that were ticked."""

    told_on = day_field(_l("First day of visits: staff were told by then"), [_required()])
    way = SelectField(_l("How they were told"), [InputRequired(_l("Choose one of the list."))])
    names_recorded = BooleanField(_l("The notice says that reports name the employee who served"))
    note = StringField(_l("Note"), [Optional(), Length(max=500)], render_kw={"dir": "auto", "maxlength": 500})

    def __init__(self, formdata: Any = None, *, ways: Choices, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.way.choices = [("", ""), *ways]
