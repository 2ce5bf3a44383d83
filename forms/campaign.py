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
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from forms.base import Form
from forms.campaign_names import CHANNELS, FIELDS
from forms.editor.fields import NumberField
from forms.fieldwork import DATE_FORMATS
from forms.questionnaire.answers import clean
from translations import gettext as _
from translations import lazy_gettext as _l
from translations.cells import undirected

Choices = Iterable[tuple[str, Any]]
LONGEST_NAME: Final = 120
#: The longest words of one part of a message; a text message has room for far less.
LONGEST_TEXT: Final = 2_000
needed: Final = partial(InputRequired, _l("Fill in this field."))

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
        filters=[lambda typed: clean(undirected(typed or ""))],
        render_kw={"dir": "auto", "autocomplete": "off", "maxlength": LONGEST_NAME},
    )
    questionnaire = SelectField(FIELDS["questionnaire"], [InputRequired(_l("Choose a questionnaire."))])
    opens = _day(FIELDS["opens"], [needed()])
    closes = _day(FIELDS["closes"], [Optional()])
    invitation_days = NumberField(
        FIELDS["invitation_days"],
        least=1,
        most=90,
        validators=[needed()],
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
        validators=[needed()],
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


count_field = partial(
    NumberField,
    least=1,
    render_kw={"inputmode": "numeric", "autocomplete": "off", "dir": "ltr"},
)


class ManyForm(Form):
    """How many are asked, and how sure the numbers are to be."""

    target = count_field(FIELDS["target"], most=10_000, validators=[needed()])
    base_rate = PercentField(
        FIELDS["base_rate"], least=0.01, most=100, decimals=True, validators=[needed()], render_kw={"dir": "ltr"}
    )
    expected_response = PercentField(
        FIELDS["expected_response"],
        least=0.1,
        most=100,
        decimals=True,
        validators=[needed()],
        render_kw={"dir": "ltr"},
    )
    detect = count_field(FIELDS["detect"], most=60, validators=[needed()])
    branch_quota = count_field(FIELDS["branch_quota"], most=100_000, validators=[Optional()])
    agent_quota = count_field(FIELDS["agent_quota"], most=100_000, validators=[Optional()])
    daily_limit = count_field(FIELDS["daily_limit"], most=1_000_000, validators=[Optional()])
