"""Forms of pay: an expense that a shopper claims, what is granted of it, and what was promised for a visit.

People write shekels, everything behind the forms counts agorot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import Any, Final

from wtforms import Field, HiddenField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import TextInput

from forms.base import Form
from translations import gettext as _
from translations import lazy_gettext as _l

LONGEST: Final = 500
_AMOUNT: Final = re.compile(r"\d{1,7}(\.\d{1,2})?", re.ASCII)
#: A comma before one or two last digits is a decimal comma; before three it parts thousands.
_DECIMAL_COMMA: Final = re.compile(r"^(\d+),(\d{1,2})$", re.ASCII)
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))", re.ASCII)
_SPACES: Final = re.compile("[\\s\u200e\u200f\u2066-\u2069₪]")

_required = partial(InputRequired, _l("Fill in this field."))
_words = partial(TextAreaField, render_kw={"dir": "auto", "rows": 3, "maxlength": LONGEST})


def agorot(text: str) -> int:
    """An amount in shekels as people write it (``35``, ``35.5``, ``35,50``, ``1,200 ₪``) in agorot. ValueError else."""
    bare = _SPACES.sub("", text)
    bare = _THOUSANDS.sub("", _DECIMAL_COMMA.sub(r"\1.\2", bare))
    if not _AMOUNT.fullmatch(bare):
        raise ValueError(f"not an amount: {text!r}")
    return int(Decimal(bare) * 100)


def shekels(value: int) -> str:
    """Agorot as a field shows them: whole shekels without decimals."""
    return str(value // 100) if value % 100 == 0 else f"{value / 100:.2f}"


class MoneyField(Field):
    """An amount in shekels; ``data`` is in agorot, None for nothing typed."""

    widget = TextInput()

    def __init__(self, *arguments: Any, **more: Any) -> None:
        keys = {"dir": "ltr", "inputmode": "decimal", "autocomplete": "off", "class": "short"}
        super().__init__(*arguments, **{"render_kw": keys, **more})
        self._typed = ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        self._typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        if self._typed:
            try:
                self.data = agorot(self._typed)
            except ValueError as error:
                raise ValueError(_("Write an amount in shekels, such as 35.50.")) from error

    def _value(self) -> str:
        return self._typed or ("" if self.data is None else shekels(self.data))


class ClaimForm(Form):
    """Money that a shopper laid out for a visit."""

    #: Minted when the form is shown: pressed twice, it is one claim.
    id = HiddenField()
    sort = SelectField(_l("What the money was spent on"), [InputRequired(_l("Choose what the money was spent on."))])
    amount = MoneyField(_l("Amount in shekels"), [_required()])
    note = _words(_l("Note"), [Length(max=LONGEST)])

    def __init__(self, formdata: Any = None, *, sorts: Iterable[tuple[str, Any]], **values: Any) -> None:
        """``sorts`` are (code, words); none is chosen beforehand."""
        super().__init__(formdata, **values)
        self.sort.choices = [("", ""), *sorts]


class DecisionForm(Form):
    """How much of an expense is granted; 0 refuses it."""

    #: What the expense was when it was shown.
    seen = HiddenField()
    granted = MoneyField(_l("Granted, in shekels"), [_required()])
    reason = _words(_l("Reason"), [Length(max=LONGEST)])


class PriceForm(Form):
    """What is promised for a visit, and why that changes."""

    fee = MoneyField(_l("Fee in shekels"), [_required()])
    expense_cap = MoneyField(_l("Expense cap in shekels"), [_required()])
    reason = _words(_l("Reason"), [_required(), Length(max=LONGEST)])

    def validate_reason(self, field: Field) -> None:
        """Spaces are no reason."""
        if not (field.data or "").strip():
            raise ValidationError(_("Say why, so that the shopper can understand it."))
