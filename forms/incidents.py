"""Forms of incidents: what happened and what is said, which cases join, and what was learned."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from wtforms import HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from forms.base import Form
from forms.fieldwork import BranchField, day_field
from translations import DEFAULT, LANGUAGES, direction
from translations import lazy_gettext as _l

Choices = Iterable[tuple[str, Any]]
LONGEST_TITLE: Final = 120
LONGEST_WORDS: Final = 600
LONGEST_LESSON: Final = 1_000
_needed = partial(InputRequired, _l("Fill in this field."))


def _revision() -> Any:
    return IntegerField(validators=[Optional(), NumberRange(min=0)], widget=HiddenInput(), default=0)


def words_fields(kind: type[Form], label: Any, longest: int, *, needed: bool) -> None:
    """Give a form ``words`` for each language; Hebrew may be needed."""
    for code in LANGUAGES:
        checks = [_needed() if code == DEFAULT and needed else Optional(), Length(max=longest)]
        writing: dict[str, Any] = {"dir": direction(code), "lang": code, "maxlength": longest, "rows": 4}
        setattr(kind, f"words_{code}", TextAreaField(label, checks, render_kw=writing))


class IncidentForm(Form):
    """An incident. ``id`` was minted with the page of a new one."""

    id = HiddenField()
    revision = _revision()
    title = StringField(
        _l("What happened"),
        [_needed(), Length(max=LONGEST_TITLE)],
        render_kw={"dir": "auto", "maxlength": LONGEST_TITLE, "autocomplete": "off"},
    )
    subject = SelectField(_l("What it is about"), [InputRequired(_l("Choose one of the list."))])
    branch = BranchField(_l("Branch"), [Optional()], render_kw={"autocomplete": "off"})
    began_on = day_field(_l("First day"), [InputRequired(_l("Write a date as day, month and year."))])
    ended_on = day_field(_l("Last day"), [Optional()])
    remedy = TextAreaField(
        _l("What customers get for it"),
        [Optional(), Length(max=LONGEST_WORDS)],
        render_kw={"dir": "auto", "rows": 3, "maxlength": LONGEST_WORDS},
    )
    apology_by = SelectField(_l("Who apologises by name"), [Optional()])

    def __init__(
        self, formdata: Any = None, *, subjects: Choices, managers: Choices, branches: Iterable[tuple[str, str]],
        **values: Any,
    ) -> None:  # fmt: skip
        super().__init__(formdata, **values)
        self.subject.choices = [("", ""), *subjects]
        self.apology_by.choices = [("", ""), *managers]
        self.branch.choices = list(branches)


words_fields(IncidentForm, _l("What is said to everybody affected"), LONGEST_WORDS, needed=False)


class JoinForm(Form):
    """Cases that join an incident, by their numbers."""

    cases = StringField(
        _l("Case numbers"),
        [_needed(), Length(max=2_000)],
        render_kw={"dir": "ltr", "inputmode": "numeric", "autocomplete": "off", "maxlength": 2_000},
    )


class VisitorsForm(Form):
    """Everybody whom the feed told of at a branch between two days."""

    branch = BranchField(_l("Branch"), [_needed()], render_kw={"autocomplete": "off"})
    since = day_field(_l("First day"), [InputRequired(_l("Write a date as day, month and year."))])
    until = day_field(_l("Last day"), [InputRequired(_l("Write a date as day, month and year."))])

    def __init__(self, formdata: Any = None, *, branches: Iterable[tuple[str, str]], **values: Any) -> None:
        super().__init__(formdata, **values)
        self.branch.choices = list(branches)


class LessonForm(Form):
    """The end of an incident."""

    revision = _revision()
    lesson = TextAreaField(
        _l("What is done so that it does not happen again"),
        [_needed(), Length(max=LONGEST_LESSON)],
        render_kw={"dir": "auto", "rows": 4, "maxlength": LONGEST_LESSON},
    )
