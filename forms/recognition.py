"""Forms of recognition: what a manager decides, and which team is proposed by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from forms.base import Form
from translations import lazy_gettext as _l

Choices = Iterable[tuple[str, Any]]
WORDS: Final = 500
REASON: Final = 500


def _lines(text: str | None) -> str:
    """Text as it is counted: a line break is one character, not the two that a browser sends."""
    return (text or "").replace("\r\n", "\n").strip()


def _words(label: Any, most: int, *checks: Any) -> TextAreaField:
    return TextAreaField(
        label,
        [*checks, Length(max=most)],
        filters=[_lines],
        render_kw={"dir": "auto", "rows": 3, "maxlength": False, "data-most": most},
    )


class ConfirmForm(Form):
    """What is written on the certificate: the manager's words, and one customer's by reference."""

    words = _words(_l("A few words of yours"), WORDS, Optional())
    quote = RadioField(_l("A customer's own words on the certificate"), [Optional()])

    def __init__(self, formdata: Any = None, *, quotes: Choices, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.quote.choices = [("", _l("None")), *quotes]


class RefuseForm(Form):
    """Why somebody is not recognised."""

    reason = _words(_l("Why not"), REASON, InputRequired(_l("Say why.")))


class TeamForm(Form):
    """Which team is proposed by hand."""

    branch = SelectField(_l("Branch"), [InputRequired(_l("Choose a branch."))])

    def __init__(self, formdata: Any = None, *, branches: Choices, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.branch.choices = [("", _l("Choose a branch")), *branches]
