"""The staff form of the rules for all campaigns. Costs are written in shekels and kept in agorot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from wtforms import Field, StringField, TextAreaField
from wtforms.validators import Length, Optional

from forms.base import Form
from forms.campaign import ListField, count_field, needed
from forms.campaign_names import CHANNELS
from forms.editor.fields import NumberField
from forms.questionnaire.answers import clean
from translations import LANGUAGES, direction
from translations import lazy_gettext as _l


class OutreachForm(Form):
    """The organisation's rules of reaching customers. Costs are written in shekels and kept in agorot."""

    cap_days = count_field(_l("Days between two invitations of a customer"), least=0, most=3650, validators=[needed()])
    freshest_days = count_field(
        _l("Days after which an interaction is no longer asked about"), most=365, validators=[needed()]
    )
    contact_days = count_field(
        _l("Days for which contact details are kept"), least=30, most=3650, validators=[needed()]
    )
    unasked_days = count_field(
        _l("Days for which an interaction that nobody was asked about says whose it was"),
        least=7, most=3650, validators=[needed()],
    )  # fmt: skip
    words_days = count_field(
        _l("Days for which words, files and days of a response are kept"), least=30, most=3650, validators=[needed()]
    )
    evidence_days = count_field(
        _l("Days for which photographs and files of mystery visits are kept"),
        least=30, most=3650, validators=[needed()],
    )  # fmt: skip
    receipts_days = count_field(
        _l("Days for which receipts of shoppers' expenses are kept"), least=365, most=5475, validators=[needed()]
    )
    anonymous_least = count_field(
        _l("Anonymous responses that are published together"), most=100, validators=[needed()]
    )
    from_hour = StringField(_l("Messages leave from"), [needed()], render_kw={"dir": "ltr", "autocomplete": "off"})
    until_hour = StringField(_l("Messages leave until"), [needed()], render_kw={"dir": "ltr", "autocomplete": "off"})
    friday_until = StringField(_l("On Fridays until"), [Optional()], render_kw={"dir": "ltr", "autocomplete": "off"})
    call_tries = count_field(_l("How often a number is called"), most=20, validators=[needed()])
    call_pause_hours = count_field(_l("Hours between two calls"), most=240, validators=[needed()])
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
    "cap_days", "freshest_days", "contact_days", "unasked_days", "words_days", "evidence_days", "receipts_days",
    "anonymous_least", "call_tries", "call_pause_hours",
)  # fmt: skip
_HOURS: Final = ("from_hour", "until_hour", "friday_until")


def _rate(channel: str) -> Any:
    return count_field(CHANNELS[channel], most=10_000, validators=[needed()])


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
        validators=[needed()],
        render_kw={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"},
    )


def _verify(language: str) -> Any:
    return TextAreaField(
        LANGUAGES[language],
        [Optional(), Length(max=300)],
        render_kw={"rows": 2, "lang": language, "dir": direction(language), "maxlength": 300},
    )
