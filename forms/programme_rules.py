"""The staff form of a programme's rules. Amounts are written in shekels and kept in agorot, shares in percent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final

from wtforms import BooleanField, Field, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from forms.base import Form
from forms.campaign import PercentField
from forms.editor.fields import NumberField
from forms.questionnaire.answers import clean
from translations import gettext as _
from translations import lazy_gettext as _l

Choices = Iterable[tuple[str, Any]]
_required: Final = partial(InputRequired, _l("Fill in this field."))


class MoneyField(NumberField):
    """An amount in shekels as people write it, kept in agorot."""

    def __init__(self, label: Any, **more: Any) -> None:
        more.setdefault("render_kw", {"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"})
        super().__init__(label, decimals=True, least=0, **more)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Agorot out of what was typed."""
        super().process_formdata([str(one).replace("₪", "").replace(",", "") for one in valuelist])
        typed: Any = self.data
        self.data = None if typed is None else round(typed * 100)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        kept: Any = self.data
        return "" if kept is None else f"{kept / 100:.10g}"


class WindowsField(Field):
    """Windows of days and hours: a row of boxes and two hours each, with empty rows to add more."""

    EMPTY: Final = 2

    def __init__(self, label: Any, *, days: Choices = (), **more: Any) -> None:
        super().__init__(label, **more)
        self.days = list(days)
        self.rows: list[dict[str, Any]] = []

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take what was sent, or else what stands."""
        self.process_errors = []
        if formdata is not None and f"{self.name}-0-start" in formdata:
            self.rows = list(self._sent(formdata))
        else:
            self.rows = [
                {"days": list(one.days), "start": one.start, "end": one.end, "share": str(one.share)}
                for one in data or ()
            ]
        self.data = [one for one in self.rows if one["days"] or one["start"] or one["end"]]

    def _sent(self, formdata: Any) -> Iterable[dict[str, Any]]:
        number = 0
        while f"{self.name}-{number}-start" in formdata:
            at = f"{self.name}-{number}"
            yield {
                "days": [code for code, _name in self.days if code in formdata.getlist(f"{at}-days")],
                "start": hour(formdata.get(f"{at}-start", "")),
                "end": hour(formdata.get(f"{at}-end", "")),
                "share": clean(str(formdata.get(f"{at}-share", ""))) or "1",
            }
            number += 1

    @property
    def shown(self) -> list[dict[str, Any]]:
        """The rows, with empty ones to go on with."""
        kept = [one for one in self.rows if one["days"] or one["start"] or one["end"]]
        return [*kept, *({"days": [], "start": "", "end": "", "share": "1"} for _number in range(self.EMPTY))]

    @property
    def target(self) -> str:
        """The id an error links to."""
        return f"{self.name}-0-start"


def hour(typed: Any) -> str:
    """An hour as people write it, as it is kept: 9 and 9:30 become 09:00 and 09:30; anything else stays as typed."""
    text = clean(str(typed)).replace(".", ":")
    hours, colon, minutes = text.partition(":")
    if hours.isdecimal() and len(hours) <= 2 and (minutes.isdecimal() or not colon):
        return f"{int(hours):02d}:{(minutes or '00'):0>2}"
    return text


def _count(label: Any) -> Any:
    return NumberField(label, validators=[_required()], render_kw={"inputmode": "numeric", "dir": "ltr", "size": 6})


class RulesForm(Form):
    """Every rule of a programme's fieldwork. Amounts are written in shekels, shares in percent."""

    visits_a_month = _count(_l("Visits of a branch in a month"))
    windows = WindowsField(_l("Days and hours of visits"))
    slack_days = _count(_l("Days after the planned one on which a visit may still be made"))
    lockout_days = _count(_l("Days before the same shopper comes to a branch again"))
    fee = MoneyField(_l("Fee for a visit, in shekels"), validators=[_required()])
    expense_cap = MoneyField(_l("Expenses paid back for a visit, in shekels at most"), validators=[_required()])
    budget = MoneyField(_l("Fees and expenses of a month together, in shekels at most"), validators=[_required()])
    photos = RadioField(_l("Photos"), [_required()])
    position = BooleanField(_l("The phone says how near the branch it was"))
    near_m = _count(_l("Metres that count as near"))
    approval = RadioField(_l("Who gives a visit of the job board"), [_required()])
    approval_rating = NumberField(
        _l("Least rating for the rule, 0 for everybody"), decimals=True, validators=[_required()],
        render_kw={"inputmode": "decimal", "dir": "ltr"},
    )  # fmt: skip
    most_held = _count(_l("Visits that a shopper may hold at the same time"))
    handback_hours = _count(_l("Hours before its first day until which a visit can be handed back"))
    remind_days = StringField(
        _l("Reminders, in days before the last day"), [_required()], render_kw={"dir": "ltr", "autocomplete": "off"}
    )
    return_days = _count(_l("Days to answer a reviewer's questions"))
    late_days = _count(_l("Days that an answer for later, such as a promised call-back, is awaited"))
    blind_share = PercentField(
        _l("Share of visits with a second, blind review, in percent"), decimals=True, validators=[_required()],
        render_kw={"inputmode": "decimal", "dir": "ltr"},
    )  # fmt: skip
    appeal_days = _count(_l("Days in which the branch and the shopper may appeal"))
    pass_mark = _count(_l("Points of 100 that pass the quiz"))
    quiz_tries = _count(_l("How often the quiz may be tried"))
    certificate_days = _count(_l("Days for which a certificate counts"))
    visits_by_branch = TextAreaField(
        _l("Branches with another number of visits"), [Optional(), Length(max=20_000)],
        render_kw={"dir": "ltr", "rows": 4, "spellcheck": "false"},
    )  # fmt: skip

    def __init__(
        self, formdata: Any = None, *, rules: Any, days: Choices, photos: Choices, approvals: Choices,
        types: Sequence[str], codes: Iterable[str],
    ) -> None:  # fmt: skip
        """``rules`` is what stands; ``types`` and ``codes`` are those of the branches that there are."""
        values = {name: getattr(rules, name) for name in self.names()}
        values["remind_days"] = ", ".join(str(one) for one in rules.remind_days)
        values["visits_by_branch"] = "\n".join(f"{code} {count}" for code, count in rules.visits_by_branch.items())
        values["approval_rating"] = f"{rules.approval_rating:g}"
        self._codes = frozenset(codes)
        self.branch_visits: dict[str, int] = {}
        super().__init__(formdata, **values)
        self.windows.days = list(days)
        self.windows.process(self.meta.wrap_formdata(self, formdata), rules.windows)
        self.photos.choices, self.approval.choices = list(photos), list(approvals)
        self.by_type = {
            one: self._type_field(number, one, formdata, rules.visits_by_type.get(one))
            for number, one in enumerate(types)
        }
        self._lost = {one: count for one, count in rules.visits_by_type.items() if one not in types}

    def _type_field(self, number: int, kind: str, formdata: Any, data: Any) -> Field:
        unbound: Any = NumberField(kind, validators=[Optional()], render_kw={"inputmode": "numeric", "dir": "ltr"})
        field: Field = unbound.bind(form=self, name=f"type-{number}", prefix="")
        field.process(self.meta.wrap_formdata(self, formdata), data)
        self._fields[field.name] = field
        return field

    @classmethod
    def names(cls) -> list[str]:
        """The rules that stand in a field of their own name."""
        return [name for name in vars(cls) if hasattr(vars(cls)[name], "field_class") and name != "windows"]

    def validate_remind_days(self, field: Field) -> None:
        """Whole numbers with a comma between them."""
        try:
            field.data = tuple(dict.fromkeys(int(one) for one in str(field.data).replace(";", ",").split(",") if one))
        except ValueError:
            raise ValidationError(_("Write whole numbers with a comma between them, such as 2, 0.")) from None

    def validate_visits_by_branch(self, field: Field) -> None:
        """A code and a number on each line."""
        found: dict[str, int] = {}
        for line in str(field.data or "").splitlines():
            parts = clean(line).replace("=", " ").replace(":", " ").split()
            if not parts:
                continue
            if len(parts) != 2 or not parts[1].isdecimal():
                raise ValidationError(_("Write a branch's code and a number on each line, such as 101 3."))
            if parts[0] not in self._codes:
                raise ValidationError(_("There is no branch %(code)s.", code=parts[0]))
            found[parts[0]] = int(parts[1])
        self.branch_visits = found

    @property
    def rules(self) -> dict[str, Any]:
        """What was written, under the names of the rules; only of a form that holds."""
        values = {name: self[name].data for name in self.names()}
        windows = [
            {**one, "days": tuple(one["days"]), "share": int(one["share"]) if one["share"].isdecimal() else 0}
            for one in self.windows.data
        ]
        kinds = {kind: field.data for kind, field in self.by_type.items() if field.data is not None}
        return {
            **values,
            "approval_rating": float(self.approval_rating.data or 0),
            "blind_share": float(self.blind_share.data or 0),
            "windows": windows,
            "visits_by_type": {**self._lost, **kinds},
            "visits_by_branch": self.branch_visits,
        }
