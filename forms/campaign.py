"""Staff forms of planning a campaign, one for each step, and of the rules for all campaigns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from wtforms import (
    BooleanField,
    DateField,
    Field,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from forms.base import Form
from forms.campaign_names import CHANNELS, FIELDS
from forms.editor.fields import NumberField
from forms.fieldwork import DATE_FORMATS
from forms.questionnaire.answers import clean
from translations import LANGUAGES, direction
from translations import gettext as _
from translations import lazy_gettext as _l

Choices = Iterable[tuple[str, Any]]
LONGEST_NAME: Final = 120
#: The longest words of one part of a message; a text message has room for far less.
LONGEST_TEXT: Final = 2_000
#: The ends of whole numbers, as ``survey_app.outreach.rules`` has them.
_NEEDED: Final = partial(InputRequired, _l("Fill in this field."))

_ticks = partial(SelectMultipleField, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
_day = partial(
    DateField,
    format=DATE_FORMATS,
    widget=TextInput(),
    render_kw={"dir": "ltr", "autocomplete": "off", "inputmode": "decimal"},
)


class PercentField(NumberField):
    """A share that people write in percent: 15 is 0.15."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """A share out of what was typed."""
        super().process_formdata([str(one).replace("%", "") for one in valuelist])
        typed: Any = self.data
        self.data = None if typed is None else round(typed / 100, 6)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{100 * self.data:g}"


class ListField(StringField):
    """Several names with a comma between them."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """The names that were typed, each once."""
        typed = (clean(one) for one in str(valuelist[0] if valuelist else "").replace("\n", ",").split(","))
        self.data: Any = tuple(dict.fromkeys(one for one in typed if one))

    def _value(self) -> str:
        return ", ".join(self.data or ())


class WhatForm(Form):
    """What is asked: name, questionnaire, period, privacy."""

    name = StringField(
        FIELDS["name"],
        [DataRequired(_l("Give the campaign a name.")), Length(max=LONGEST_NAME)],
        filters=[lambda typed: clean(typed or "")],
        render_kw={"dir": "auto", "autocomplete": "off", "maxlength": LONGEST_NAME},
    )
    questionnaire = SelectField(FIELDS["questionnaire"], [InputRequired(_l("Choose a questionnaire."))])
    opens = _day(FIELDS["opens"], [_NEEDED()])
    closes = _day(FIELDS["closes"], [Optional()])
    invitation_days = NumberField(
        FIELDS["invitation_days"],
        least=1,
        most=90,
        validators=[_NEEDED()],
        render_kw={"inputmode": "numeric", "autocomplete": "off", "dir": "ltr"},
    )
    privacy = RadioField(FIELDS["privacy"], [InputRequired(_l("Choose one of the answers listed."))])
    open_link = BooleanField(FIELDS["open_link"])

    def __init__(
        self,
        formdata: Any = None,
        *,
        questionnaires: Choices = (),
        modes: Choices = (),
        named: bool = True,
        fixed: bool = False,
        **data: Any,
    ) -> None:
        """``fixed``: the questionnaire stays; ``named``: the campaign needs a name of its own."""
        super().__init__(formdata, **data)
        self.questionnaire.choices = [("", ""), *questionnaires]
        self.privacy.choices = list(modes)
        if fixed:
            del self.questionnaire
        if not named:
            self.name.validators = [Optional(), Length(max=LONGEST_NAME)]
            self.name.flags.required = False

    def validate_closes(self, field: Field) -> None:
        """A period ends after it began."""
        if field.data and self.opens.data and field.data < self.opens.data:
            raise ValidationError(_("The last day must not be before the first."))


class WhomForm(Form):
    """Whom the campaign asks: places, reasons, ways in, and how long after."""

    regions = _ticks(FIELDS["regions"])
    branches = _ticks(FIELDS["branches"])
    reasons = _ticks(FIELDS["reasons"])
    more_reasons = ListField(_l("More reasons"), render_kw={"dir": "auto", "autocomplete": "off"})
    interaction_channels = _ticks(FIELDS["interaction_channels"])
    more_channels = ListField(_l("More ways in"), render_kw={"dir": "auto", "autocomplete": "off"})
    delay_hours = NumberField(
        FIELDS["delay_hours"],
        least=0,
        most=24 * 14,
        validators=[_NEEDED()],
        render_kw={"inputmode": "numeric", "autocomplete": "off", "dir": "ltr"},
    )

    def __init__(
        self,
        formdata: Any = None,
        *,
        places: Sequence[tuple[str, Sequence[tuple[str, str]]]],
        seen_reasons: Mapping[str, int],
        seen_channels: Mapping[str, int],
        **data: Any,
    ) -> None:
        """``places``: (region, its branches as (ref, name)), the region empty for branches of none.

        What was seen in the feed is offered; what a plan names beside it stands in the lines for more.
        """
        lists = (("reasons", "more_reasons", seen_reasons), ("interaction_channels", "more_channels", seen_channels))
        for name, more, seen in lists:
            known = tuple(data.pop(name, ()))
            data[name] = [one for one in known if one in seen]
            data[more] = tuple(one for one in known if one not in seen)
        super().__init__(formdata, **data)
        self.places = places
        self.regions.choices = [(region, region) for region, _branches in places if region]
        self.branches.choices = [one for _region, branches in places for one in branches]
        for name, _more, seen in lists:
            getattr(self, name).choices = [(code, code) for code in seen]

    @property
    def rules(self) -> dict[str, Any]:
        """What the step says of the plan."""
        both = {
            "reasons": (*(self.reasons.data or ()), *(self.more_reasons.data or ())),
            "interaction_channels": (*(self.interaction_channels.data or ()), *(self.more_channels.data or ())),
        }
        return {
            "regions": tuple(self.regions.data or ()),
            "branches": tuple(self.branches.data or ()),
            "delay_hours": self.delay_hours.data,
            **{name: tuple(dict.fromkeys(found)) for name, found in both.items()},
        }


class OrderField(Field):
    """Ways to reach customers in the order in which they are tried: those that are ticked, in the order shown."""

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take the order and the ticks that were sent, or what stands."""
        self.process_errors = []
        sent = formdata is not None and f"{self.name}-order" in formdata
        order = formdata.getlist(f"{self.name}-order") if sent else list(data or ())
        known = [one for one in dict.fromkeys(order) if one in CHANNELS]
        self.order = [*known, *(one for one in CHANNELS if one not in known)]
        ticked = set(formdata.getlist(self.name)) if sent else set(data or ())
        self.data = tuple(one for one in self.order if one in ticked)

    def move(self, channel: str, step: int) -> None:
        """One place up (-1) or down (1)."""
        if channel in self.order:
            at = self.order.index(channel)
            self.order.insert(max(0, at + step), self.order.pop(at))
            self.data = tuple(one for one in self.order if one in self.data)

    def pre_validate(self, form: Any) -> None:
        """At least one is needed."""
        if not self.data:
            raise ValidationError(_("Choose at least one way to reach customers."))

    @property
    def target(self) -> str:
        """The id an error links to."""
        return f"{self.name}-{self.order[0]}"


class HowForm(Form):
    """In which languages and ways, and whether a reminder follows."""

    languages = _ticks(FIELDS["languages"])
    channels = OrderField(FIELDS["channels"])
    reminder_days = NumberField(
        FIELDS["reminder_days"],
        least=1,
        most=30,
        validators=[Optional()],
        render_kw={"inputmode": "numeric", "autocomplete": "off", "dir": "ltr"},
    )

    def __init__(self, formdata: Any = None, *, offered: Choices, **data: Any) -> None:
        """``offered`` are the questionnaire's languages."""
        super().__init__(formdata, **data)
        self.languages.choices = list(offered)

    def validate_languages(self, field: Field) -> None:
        """Without a language nobody can be asked."""
        if not field.data:
            raise ValidationError(_("Choose at least one."))


_count = partial(
    NumberField,
    least=1,
    render_kw={"inputmode": "numeric", "autocomplete": "off", "dir": "ltr"},
)


class ManyForm(Form):
    """How many are asked, and how sure the numbers are to be."""

    target = _count(FIELDS["target"], most=10_000, validators=[_NEEDED()])
    base_rate = PercentField(
        FIELDS["base_rate"], least=0.01, most=100, decimals=True, validators=[_NEEDED()], render_kw={"dir": "ltr"}
    )
    expected_response = PercentField(
        FIELDS["expected_response"],
        least=0.1,
        most=100,
        decimals=True,
        validators=[_NEEDED()],
        render_kw={"dir": "ltr"},
    )
    detect = _count(FIELDS["detect"], most=60, validators=[_NEEDED()])
    branch_quota = _count(FIELDS["branch_quota"], most=100_000, validators=[Optional()])
    agent_quota = _count(FIELDS["agent_quota"], most=100_000, validators=[Optional()])
    daily_limit = _count(FIELDS["daily_limit"], most=1_000_000, validators=[Optional()])


# ---- the rules for all campaigns -------------------------------------------------------------------------------------


class OutreachForm(Form):
    """The organisation's rules of reaching customers. Costs are written in shekels and kept in agorot."""

    cap_days = _count(_l("Days between two invitations of a customer"), least=0, most=3650, validators=[_NEEDED()])
    freshest_days = _count(
        _l("Days after which an interaction is no longer asked about"), most=365, validators=[_NEEDED()]
    )
    contact_days = _count(_l("Days for which contact details are kept"), least=30, most=3650, validators=[_NEEDED()])
    unasked_days = _count(
        _l("Days for which an interaction that nobody was asked about says whose it was"),
        least=7, most=3650, validators=[_NEEDED()],
    )  # fmt: skip
    words_days = _count(
        _l("Days for which words, files and days of a response are kept"), least=30, most=3650, validators=[_NEEDED()]
    )
    anonymous_least = _count(_l("Anonymous responses that are published together"), most=100, validators=[_NEEDED()])
    from_hour = StringField(_l("Messages leave from"), [_NEEDED()], render_kw={"dir": "ltr", "autocomplete": "off"})
    until_hour = StringField(_l("Messages leave until"), [_NEEDED()], render_kw={"dir": "ltr", "autocomplete": "off"})
    friday_until = StringField(_l("On Fridays until"), [Optional()], render_kw={"dir": "ltr", "autocomplete": "off"})
    call_tries = _count(_l("How often a number is called"), most=20, validators=[_NEEDED()])
    call_pause_hours = _count(_l("Hours between two calls"), most=240, validators=[_NEEDED()])
    telephone_only_prefixes = ListField(
        _l("Prefixes of telephones that take calls only"), render_kw={"dir": "ltr", "autocomplete": "off"}
    )
    product_names = TextAreaField(
        _l("Names of products and brands"), [Optional()], render_kw={"rows": 5, "dir": "auto", "maxlength": 5000}
    )

    def __init__(self, formdata: Any = None, *, policy: Any, rates: Sequence[str], costs: Sequence[str]) -> None:
        """``policy`` is what stands; ``rates`` and ``costs`` are the channels that have one."""
        values = {name: getattr(policy, name) for name in (*_PLAIN, *_HOURS)}
        prefixes = tuple(policy.telephone_only_prefixes)
        names = "\n".join(policy.product_names)
        super().__init__(formdata, **values, product_names=names, telephone_only_prefixes=prefixes)
        self.rates = {one: self._add(f"rate-{one}", _rate(one), formdata, policy.rate.get(one, 60)) for one in rates}
        self.costs = {
            one: self._add(f"cost-{one}", _cost(one), formdata, policy.cost.get(one, 0) / 100) for one in costs
        }
        self.verify = {
            code: self._add(f"verify-{code}", _verify(code), formdata, policy.verify.get(code, ""))
            for code in LANGUAGES
        }

    def _add(self, name: str, unbound: Any, formdata: Any, data: Any) -> Field:
        field: Field = unbound.bind(form=self, name=name, prefix="")
        field.process(self.meta.wrap_formdata(self, formdata), data)
        self._fields[name] = field
        return field

    @property
    def policy(self) -> dict[str, Any]:
        """What was written, as the policy keeps it."""
        return {
            **{name: self[name].data for name in _PLAIN},
            **{name: clean(self[name].data or "") for name in _HOURS},
            "rate": {one: field.data for one, field in self.rates.items()},
            "cost": {one: round(100 * field.data) for one, field in self.costs.items()},
            "verify": {code: words for code, field in self.verify.items() if (words := clean(field.data or ""))},
            "telephone_only_prefixes": list(self.telephone_only_prefixes.data or ()),
            "product_names": [one for line in str(self.product_names.data or "").splitlines() if (one := clean(line))],
        }


_PLAIN: Final = (
    "cap_days", "freshest_days", "contact_days", "unasked_days", "words_days", "anonymous_least", "call_tries",
    "call_pause_hours",
)  # fmt: skip
_HOURS: Final = ("from_hour", "until_hour", "friday_until")


def _rate(channel: str) -> Any:
    return _count(CHANNELS[channel], most=10_000, validators=[_NEEDED()])


class ShekelField(NumberField):
    """An amount in shekels, without a tail of noughts."""

    def _value(self) -> str:
        return super()._value() if self.raw_data or self.data is None else f"{self.data:g}"


def _cost(channel: str) -> Any:
    return ShekelField(
        CHANNELS[channel],
        least=0,
        most=10_000,
        decimals=True,
        validators=[_NEEDED()],
        render_kw={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"},
    )


def _verify(language: str) -> Any:
    return TextAreaField(
        LANGUAGES[language],
        [Optional(), Length(max=300)],
        render_kw={"rows": 2, "lang": language, "dir": direction(language), "maxlength": 300},
    )
