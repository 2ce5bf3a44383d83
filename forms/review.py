"""Staff forms of the monthly review and of a response's fate: signing, excluding, erasing."""

from __future__ import annotations

from functools import partial

from wtforms import BooleanField, TextAreaField
from wtforms.validators import InputRequired, Length

from forms.base import Form
from translations import lazy_gettext as _l

LONGEST = 2_000

_agreed = partial(InputRequired, _l("Tick the box to go on."))
_reason = partial(TextAreaField, render_kw={"dir": "auto", "rows": 4, "maxlength": LONGEST})


class SignForm(Form):
    """Signing a month: its numbers stay as they are, later corrections stand beside them."""

    confirm = BooleanField(_l("I have gone over the month; from now on its numbers stay as they are."), [_agreed()])


class ExcludeForm(Form):
    """Taking a response out of every count. It stays, marked with the reason."""

    reason = _reason(_l("Reason for the exclusion"), [InputRequired(_l("Write the reason.")), Length(max=LONGEST)])


class EraseForm(Form):
    """Erasing a response for good: answers, scores and its part in the facts."""

    reason = _reason(_l("Reason for the erasure"), [InputRequired(_l("Write the reason.")), Length(max=LONGEST)])
    confirm = BooleanField(_l("The response is to be erased for good. This cannot be undone."), [_agreed()])
