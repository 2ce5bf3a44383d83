"""Excluding many responses at once: the reason that is kept with each."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from forms.base import Form
from translations import lazy_gettext as _l

LONGEST = 500


class ReasonForm(Form):
    """Why these responses are to count no more."""

    reason = StringField(
        _l("Reason for the exclusion"),
        [InputRequired(_l("Write the reason.")), Length(max=LONGEST)],
        render_kw={"dir": "auto", "maxlength": LONGEST},
    )
