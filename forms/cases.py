"""Forms of the work on a case: a contact, an agreement, the end of the work, and what leads and employees add.

Choices come from the page; amounts are written in shekels and kept in agorot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from wtforms import BooleanField, DecimalField, Field, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import HiddenInput, TextInput

from forms.base import Form
from forms.fieldwork import BranchField, day_field
from translations import LANGUAGES
from translations import gettext as _
from translations import lazy_gettext as _l

#: Characters of one entry, of a next step, and of a customer's name.
LONGEST: Final = 4_000
LONGEST_STEP: Final = 300
LONGEST_NAME: Final = 100
#: Agorot of a shekel, and the most shekels that a form takes.
SHEKEL: Final = 100
MOST_SHEKELS: Final = 1_000_000

Choices = Iterable[tuple[str, Any]]
_needed = partial(InputRequired, _l("Fill in this field."))


def _words(label: Any, *checks: Any, rows: int = 4, longest: int = LONGEST) -> Any:
    return TextAreaField(
        label,
        [*(checks or [_needed()]), Length(max=longest)],
        render_kw={"dir": "auto", "rows": rows, "maxlength": longest},
    )


def _may_be_empty(label: Any, rows: int = 4) -> Any:
    return _words(label, Optional(), rows=rows)


def _step(label: Any, *checks: Any) -> Any:
    return StringField(label, [*checks, Length(max=LONGEST_STEP)], render_kw={"dir": "auto", "maxlength": LONGEST_STEP})


def _shekels(label: Any, *checks: Any) -> Any:
    return DecimalField(
        label,
        [*checks, NumberRange(min=0, max=MOST_SHEKELS)],
        places=2,
        widget=TextInput(),
        render_kw={"dir": "ltr", "inputmode": "decimal", "autocomplete": "off"},
    )


def agorot(shekels: Decimal | None) -> int:
    """An amount of a form as it is kept."""
    return int(((shekels or Decimal()) * SHEKEL).to_integral_value())


class ActForm(Form):
    """What every form of a case says beside its fields: which state of the case the page showed."""

    revision = IntegerField(validators=[Optional(), NumberRange(min=0)], widget=HiddenInput(), default=0)

    def __init__(self, formdata: Any = None, *, choices: Mapping[str, Choices] | None = None, **values: Any) -> None:
        """``choices``: (value, label) by field; a select begins with nothing chosen."""
        super().__init__(formdata, **values)
        for name, offered in (choices or {}).items():
            field: Any = self[name]
            empty = [] if isinstance(field, RadioField) else [SelectChoice("", "")]
            field.choices = [*empty, *(SelectChoice(value, label) for value, label in offered)]


class ContactForm(ActForm):
    """One contact with the customer, made or tried."""

    channel = RadioField(_l("How"), [_needed()])
    reached = RadioField(
        _l("Was the customer reached?"),
        [InputRequired(_l("Say whether the customer was reached."))],
        choices=[SelectChoice("yes", _l("Yes, we spoke")), SelectChoice("no", _l("No, I tried"))],
    )
    words = _may_be_empty(_l("What was said"))
    next_step = _step(_l("Next step"), Optional())
    next_on = day_field(_l("On day"), [Optional()])

    def validate_words(self, field: Field) -> None:
        """A talk leaves words."""
        if self.reached.data == "yes" and not (field.data or "").strip():
            raise ValidationError(_("Write in a few words what was said."))

    def validate_next_on(self, field: Field) -> None:
        """A next step has its day."""
        if (self.next_step.data or "").strip() and field.data is None and not field.errors:
            raise ValidationError(_("Write the day of the next step."))


class WriteForm(ActForm):
    """A message to the customer."""

    channel = RadioField(_l("How"), [_needed()])
    text = _words(_l("Message"), InputRequired(_l("Write the message.")), rows=8)


class AgreeForm(ActForm):
    """The solution that was agreed with the customer, and what happens next."""

    solution = _words(_l("What was agreed with the customer"), InputRequired(_l("Write what was agreed.")))
    next_step = _step(_l("Next step"), InputRequired(_l("Write what happens next.")))
    next_on = day_field(_l("On day"), [InputRequired(_l("Write the day of the next step."))])


class StepForm(ActForm):
    """The next step and its day."""

    next_step = _step(_l("Next step"), InputRequired(_l("Write what happens next.")))
    next_on = day_field(_l("On day"), [InputRequired(_l("Write the day of the next step."))])


class FinishForm(ActForm):
    """The end of the work: what it found, why it happened, what was learned."""

    outcome = RadioField(_l("What the work found"), [InputRequired(_l("Please say what the work found."))])
    #: Nothing is chosen before somebody chooses: the first of the list is no cause.
    root_cause = RadioField(_l("Root cause"), [InputRequired(_l("Please choose the root cause."))])
    lesson = _words(
        _l("Lesson learned"),
        InputRequired(_l("Please write what was learned: without it a case is not done.")),
    )
    cost = _shekels(_l("What the fault cost the customer, in shekels"), Optional())


class CompensateForm(ActForm):
    """What the customer is given."""

    amount = _shekels(_l("Compensation in shekels"), InputRequired(_l("Write an amount; 0 takes it back.")))


class SubjectForm(ActForm):
    """What the case is about."""

    subject = SelectField(_l("Subject"), [_needed()])


class NoteForm(ActForm):
    """A note for whoever works on the case next."""

    words = _words(_l("Note"))


class AccountForm(ActForm):
    """The employee's own account («הגרסה שלי»)."""

    words = _words(_l("What happened, in your own words"), rows=8)


class NotMeForm(ActForm):
    """«לא אני»: somebody else served."""

    words = _words(_l("Why it was somebody else"))


class DecideNotMeForm(ActForm):
    """Whether it was somebody else, and who."""

    accept = RadioField(
        _l("Who served the customer?"),
        [_needed()],
        choices=[
            SelectChoice("yes", _l("Somebody else: the answer and the numbers move")),
            SelectChoice("no", _l("The same employee: everything stays")),
        ],
    )
    agent = SelectField(_l("Who it was"), [Optional()])


class AssignForm(ActForm):
    """A new owner."""

    to = SelectField(_l("New owner"), [InputRequired(_l("Choose who handles the case."))])


class AdoptForm(ActForm):
    """«בטיפולי»: nothing to write."""


class MergeForm(ActForm):
    """The case that stays."""

    into = IntegerField(
        _l("Number of the case that stays"),
        [InputRequired(_l("Write a case's number.")), NumberRange(min=1, max=2**31 - 1)],
        widget=TextInput(),
        render_kw={"dir": "ltr", "inputmode": "numeric", "autocomplete": "off"},
    )


class WhyForm(ActForm):
    """A reason in words."""

    words = _words(_l("Why"))


class CloseForm(ActForm):
    """Closing a case whose customer cannot be reached."""


class EraseForm(ActForm):
    """Erasing the customer's details."""

    sure = BooleanField(
        _l("I understand that this cannot be undone"), [InputRequired(_l("Tick that it cannot be undone."))]
    )


class CheckForm(ActForm):
    """The manager's check of how it was solved."""

    verdict = RadioField(
        _l("How it was solved"),
        [_needed()],
        choices=[
            SelectChoice("good", _l("Well solved")),
            SelectChoice("again", _l("Not enough: the case opens again")),
        ],
    )
    note = _may_be_empty(_l("What the owner should know"))

    def validate_note(self, field: Field) -> None:
        """Whoever has to do it again is told why."""
        if self.verdict.data == "again" and not (field.data or "").strip():
            raise ValidationError(_("Write what is missing."))


class DecideRemovalForm(ActForm):
    """Whether a score is taken out."""

    approve = RadioField(
        _l("Decision"),
        [_needed()],
        choices=[
            SelectChoice("yes", _l("Take the score out of every number")),
            SelectChoice("no", _l("The score stays")),
        ],
    )
    note = _words(_l("Reason"))


class NewCaseForm(Form):
    """A case by hand: about which branch and what, and how to reach the customer. ``key`` was minted with the page."""

    key = StringField(widget=HiddenInput())
    branch = BranchField(
        _l("Branch"), [InputRequired(_l("Write a branch's code or name."))], render_kw={"autocomplete": "off"}
    )
    agent = StringField(_l("Who served the customer"), [Optional()], render_kw={"autocomplete": "off"})
    subject = SelectField(_l("What it is about"), [_needed()])
    words = _words(_l("What the customer said"))
    name = StringField(_l("Customer's name"), [Optional(), Length(max=LONGEST_NAME)], render_kw={"dir": "auto"})
    phone = StringField(
        _l("Telephone"), [Optional(), Length(max=40)], render_kw={"dir": "ltr", "inputmode": "tel", "type": "tel"}
    )
    email = StringField(
        _l("E-mail"), [Optional(), Length(max=200)], render_kw={"dir": "ltr", "inputmode": "email", "type": "email"}
    )
    consent = BooleanField(_l("The customer agreed to be contacted about this"))
    language = SelectField(
        _l("Customer's language"),
        [_needed()],
        choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()],
        default="he",
    )
    wanted = SelectField(
        _l("Whom the customer wants to handle it"),
        [Optional()],
        choices=[
            SelectChoice("", _l("Did not say")),
            SelectChoice("served", _l("Whoever served")),
            SelectChoice("management", _l("Branch management")),
            SelectChoice("outside", _l("Somebody outside the branch")),
        ],
    )

    def __init__(
        self, formdata: Any = None, *, branches: Iterable[tuple[str, str]], subjects: Choices, **values: Any
    ) -> None:
        """Branches are (code, name), subjects (code, name)."""
        super().__init__(formdata, **values)
        self.branch.choices = list(branches)
        self.subject.choices = [SelectChoice("", ""), *(SelectChoice(code, name) for code, name in subjects)]

    def validate_consent(self, field: Field) -> None:
        """Nobody's telephone is kept without a word of theirs."""
        if (self.phone.data or self.email.data) and not field.data:
            raise ValidationError(_("Ask the customer, and tick it; or leave the contact out."))


class DelegationForm(Form):
    """Who stands in for whom, from when until when."""

    user = SelectField(_l("For whom"), [InputRequired(_l("Choose who is away."))])
    to = SelectField(_l("Who stands in"), [InputRequired(_l("Choose who stands in."))])
    since = day_field(_l("From day"), [InputRequired(_l("Write a date as day, month and year."))])
    until = day_field(_l("Until day"), [Optional()])

    def __init__(self, formdata: Any = None, *, users: Choices, others: Choices, **values: Any) -> None:
        """``users`` who may be away, ``others`` who may stand in."""
        super().__init__(formdata, **values)
        for field, offered in ((self.user, users), (self.to, others)):
            field.choices = [SelectChoice("", ""), *(SelectChoice(value, label) for value, label in offered)]

    def validate_until(self, field: Field) -> None:
        """The last day is not before the first."""
        if self.since.data and field.data and field.data < self.since.data:
            raise ValidationError(_("The last day must not be before the first."))
