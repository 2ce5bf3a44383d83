"""Staff forms of the questionnaires: beginning one from nothing, and settling what a file does not say."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from wtforms import RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp

from forms.base import Form
from translations import lazy_gettext as _l

Choices = Iterable[tuple[str, str]]

#: A questionnaire's code, as the format has it.
CODE: Final = r"[a-z][a-z0-9_]{1,59}"
LONGEST_TITLE: Final = 200

_code = partial(
    StringField,
    _l("Code"),
    render_kw={"dir": "ltr", "autocomplete": "off", "spellcheck": "false", "autocapitalize": "none", "maxlength": 60},
)
_fits = partial(
    Regexp, rf"^{CODE}\Z", message=_l("Write small Latin letters, digits and underscores, beginning with a letter.")
)


class BlankForm(Form):
    """A questionnaire from nothing: its kind, its Hebrew title, and its code, which is chosen where none is written."""

    kind = SelectField(_l("Kind"), [InputRequired(_l("Choose a kind."))])
    title = StringField(
        _l("Title in Hebrew"),
        [DataRequired(_l("Fill in this field.")), Length(max=LONGEST_TITLE)],
        filters=[lambda words: (words or "").strip()],
        render_kw={"dir": "rtl", "lang": "he", "autocomplete": "off", "maxlength": LONGEST_TITLE},
    )
    code = _code(validators=[Optional(), _fits()])

    def __init__(self, formdata: Any = None, *, kinds: Choices, **values: Any) -> None:
        """``kinds`` are (code, name); none is chosen beforehand."""
        super().__init__(formdata, **values)
        self.kind.choices = [("", ""), *kinds]


class ArrivalForm(Form):
    """What becomes of a file that was read: a new questionnaire, or a new draft of one that is here."""

    #: What can become of it.
    NEW: Final = "new"
    REPLACE: Final = "replace"

    become = RadioField(_l("What it becomes"), [InputRequired(_l("Choose what becomes of the file."))])
    kind = SelectField(_l("Kind"), [InputRequired(_l("Choose a kind."))])
    code = _code(validators=[InputRequired(_l("Fill in this field.")), _fits()])

    def __init__(self, formdata: Any = None, *, kinds: Choices, replaces: str = "", **values: Any) -> None:
        """``kinds`` are (code, name). ``replaces`` says what the file can stand in for; empty for nothing."""
        super().__init__(formdata, **values)
        self.kind.choices = [("", ""), *kinds]
        if replaces:
            self.become.choices = [(self.REPLACE, replaces), (self.NEW, _l("A questionnaire of its own"))]
        else:
            del self.become

    @property
    def replaces(self) -> bool:
        """Whether the file is to be a new draft of the questionnaire that is here."""
        return "become" in self and self.become.data == self.REPLACE

    def settle(self) -> None:
        """A draft of a questionnaire that is here keeps its kind and code: they are not asked then."""
        if self.replaces:
            for field in (self.kind, self.code):
                field.validators = [Optional()]
