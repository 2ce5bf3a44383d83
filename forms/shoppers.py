"""Staff forms of mystery shoppers: account and profile, conflicts of interest, absences, hours of the week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from wtforms import BooleanField, EmailField, Field, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from forms.base import Form
from forms.editor.fields import NumberField
from forms.fieldwork import BranchField, day_field
from forms.programme_rules import hour
from forms.programmes import Choices, ticks
from forms.questionnaire.answers import clean
from translations import DEFAULT, LANGUAGES
from translations import gettext as _
from translations import lazy_gettext as _l

_required: Final = partial(InputRequired, _l("Fill in this field."))
_latin: Final = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}
_number: Final = {"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"}


class TimesField(Field):
    """Hours of each day of the week in which somebody works: ``9:00-13:00, 16:00-19:00``; empty on a day off."""

    def __init__(self, label: Any, *, days: Choices = (), **more: Any) -> None:
        super().__init__(label, **more)
        self.days = list(days)
        self.typed: dict[str, str] = {}

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take what was sent, or else what stands."""
        self.process_errors = []
        before: Mapping[str, Sequence[Sequence[str]]] = data if isinstance(data, Mapping) else {}
        sent = formdata is not None and any(f"{self.name}-{code}" in formdata for code, _name in self.days)
        self.typed = {
            code: clean(str(formdata.get(f"{self.name}-{code}", "")))
            if sent
            else ", ".join(f"{start}-{end}" for start, end in before.get(code, ()))
            for code, _name in self.days
        }
        self.data = {}
        for code, text in self.typed.items():
            try:
                if times := [self._span(one) for one in text.replace(";", ",").split(",") if one.strip()]:
                    self.data[code] = times
            except ValueError as error:
                self.process_errors = [str(error)]

    @staticmethod
    def _span(text: str) -> list[str]:
        start, dash, end = text.replace("–", "-").replace("־", "-").partition("-")
        if not dash:
            raise ValueError(_("Write hours as 9:00-13:00; several with a comma between them."))
        return [hour(start), hour(end)]

    @property
    def target(self) -> str:
        """The id an error links to."""
        return f"{self.name}-{self.days[0][0]}" if self.days else self.name


class ProfileForm(Form):
    """A shopper's account and profile. The address is asked only of a new one."""

    email = EmailField(_l("E-mail"), [_required(), Length(max=200)], render_kw=_latin)
    name = StringField(_l("Name"), [_required(), Length(max=120)], render_kw={"dir": "auto", "autocomplete": "off"})
    language = SelectField(_l("Language of the pages"), [InputRequired(_l("Choose one of the list."))])
    phone = StringField(_l("Telephone"), [Optional(), Length(max=20)], render_kw={**_latin, "inputmode": "tel"})
    payroll_ref = StringField(_l("Number in payroll"), [Optional(), Length(max=40)], render_kw=_latin)
    languages = ticks(_l("Languages in which the person can be served"))
    home_area = StringField(
        _l("Home area"), [Optional(), Length(max=80)], render_kw={"dir": "auto", "autocomplete": "off"}
    )
    latitude = NumberField(_l("Latitude"), decimals=True, validators=[Optional()], render_kw=_number)
    longitude = NumberField(_l("Longitude"), decimals=True, validators=[Optional()], render_kw=_number)
    reach_km = NumberField(_l("How far the person travels, in kilometres"), validators=[_required()], render_kw=_number)
    most_a_day = NumberField(_l("Visits in a day, at most"), validators=[_required()], render_kw=_number)
    most_a_month = NumberField(_l("Visits in a month, at most"), validators=[_required()], render_kw=_number)
    rating = NumberField(_l("Rating, 1 to 5"), decimals=True, validators=[Optional()], render_kw=_number)
    availability = TimesField(_l("Hours of the week"))
    discreet = BooleanField(_l("Neutral name, icon and notices on the phone"))
    note = TextAreaField(_l("Note of field coordination"), [Optional(), Length(max=2_000)], render_kw={"rows": 3})

    def __init__(self, formdata: Any = None, *, days: Choices, new: bool, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.language.choices = list(LANGUAGES.items())
        self.languages.choices = list(LANGUAGES.items())
        if formdata is None and not values.get("languages"):
            self.languages.data = [DEFAULT]
        self.availability.days = list(days)
        self.availability.process(self.meta.wrap_formdata(self, formdata), values.get("availability"))
        if not new:
            del self.email

    def validate_languages(self, field: Field) -> None:
        """Somebody speaks something."""
        if not field.data:
            raise ValidationError(_("Choose at least one language."))

    @property
    def profile(self) -> dict[str, Any]:
        """What was written, under the names of the profile."""
        words = ("phone", "payroll_ref", "home_area", "note")
        rest = (
            "languages", "latitude", "longitude", "reach_km", "most_a_day", "most_a_month", "rating", "availability",
            "discreet",
        )  # fmt: skip
        return {
            **{name: clean(self[name].data or "") for name in words[:-1]},
            "note": (self.note.data or "").strip(),
            **{name: self[name].data for name in rest},
        }


class ConflictForm(Form):
    """Where a shopper must not go, why, and until when."""

    place = SelectField(_l("How far it reaches"), [InputRequired(_l("Choose one of the list."))])
    branch = BranchField(_l("Branch"), [Optional()], render_kw={"autocomplete": "off"})
    region = SelectField(_l("Region"), [Optional()])
    bank = SelectField(_l("Bank"), [Optional()])
    reason = SelectField(_l("Reason"), [InputRequired(_l("Choose one of the list."))])
    until = day_field(_l("Until day; empty for good"), [Optional()])

    def __init__(
        self, formdata: Any = None, *, places: Choices, branches: Choices, regions: Choices, banks: Choices,
        reasons: Choices,
    ) -> None:  # fmt: skip
        super().__init__(formdata)
        self.branch.choices = list(branches)
        for field, choices in (
            (self.place, places), (self.region, regions), (self.bank, banks), (self.reason, reasons),
        ):  # fmt: skip
            field.choices = [("", ""), *choices]

    def validate_place(self, field: Field) -> None:
        """The place that it reaches to is named."""
        wanted = self._fields.get(str(field.data))
        if wanted is not None and not wanted.data:
            wanted.errors = [_("Fill in this field.")]
            raise ValidationError(_("Say which one."))


class AbsenceForm(Form):
    """Days away, both included."""

    since = day_field(_l("From day"), [_required()])
    until = day_field(_l("Until day"), [_required()])

    def __init__(self, formdata: Any = None) -> None:
        """Its names begin with ``away-``: it stands on pages with other forms."""
        super().__init__(formdata, prefix="away-")


class OwnTimesForm(Form):
    """What a shopper says alone: hours of the week, and a quiet phone."""

    availability = TimesField(_l("Hours of the week"))
    discreet = BooleanField(_l("Neutral name, icon and notices on the phone"))

    def __init__(self, formdata: Any = None, *, days: Choices, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.availability.days = list(days)
        self.availability.process(self.meta.wrap_formdata(self, formdata), values.get("availability"))
