"""Forms of the preview: a branch's answer, a comment's mark, a department's answer, departments and their reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from wtforms import BooleanField, Field, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from forms.base import Form
from translations import DEFAULT, LANGUAGES, direction
from translations import lazy_gettext as _l

Choices = Iterable[tuple[str, Any]]
STATEMENT: Final = 500
NOTE: Final = 500
ANSWER: Final = 1_000
NAME: Final = 80
_required: Final = partial(InputRequired, _l("Fill in this field."))


def _lines(text: str | None) -> str:
    """Text as it is counted: a line break is one character, not the two that a browser sends."""
    return (text or "").replace("\r\n", "\n").strip()


def _words(label: Any, most: int, rows: int, *checks: Any) -> TextAreaField:
    # What is pasted must not be cut off without a word, as a browser does at maxlength; counter and refusal say it.
    return TextAreaField(
        label,
        [*checks, Length(max=most)],
        filters=[_lines],
        render_kw={"dir": "auto", "rows": rows, "maxlength": False, "data-most": most},
    )


class StatementForm(Form):
    """What a branch answers to its numbers; empty takes it back."""

    words = _words(_l("The branch's answer"), STATEMENT, 6, Optional())


class MarkForm(Form):
    """Why a comment is not in the branch's hands."""

    reason = RadioField(_l("What the comment is about"), [InputRequired(_l("Choose what the comment is about."))])
    note = _words(_l("What the department should know"), NOTE, 3, Optional())

    def __init__(self, formdata: Any = None, *, reasons: Choices, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.reason.choices = list(reasons)


class AnswerForm(Form):
    """What a department answers to a branch."""

    words = _words(_l("The department's answer"), ANSWER, 6, InputRequired(_l("Write the answer.")))


class DepartmentForm(Form):
    """A department: its code, its names and who reads for it."""

    code = StringField(
        _l("Code"),
        [_required(), Length(max=40)],
        render_kw={"dir": "ltr", "autocomplete": "off", "spellcheck": "false", "maxlength": 40},
    )
    head = SelectField(_l("Head of the department"), [Optional()])
    active = BooleanField(_l("In use"))

    def __init__(self, formdata: Any = None, *, heads: Choices, new: bool, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.head.choices = [("", _l("Nobody: management answers")), *heads]
        if new:
            del self.active
        else:
            del self.code


for _code in LANGUAGES:
    setattr(
        DepartmentForm,
        f"name_{_code}",
        StringField(
            _l("Name"),
            [_required() if _code == DEFAULT else Optional(), Length(max=NAME)],
            render_kw={"dir": direction(_code), "lang": _code, "maxlength": NAME, "autocomplete": "off"},
        ),
    )


class RoutesForm(Form):
    """Which department gets comments of which reason: a field ``reason-<code>`` for each."""

    def __init__(
        self, formdata: Any = None, *, reasons: Choices, departments: Choices, leads: Mapping[str, str]
    ) -> None:
        super().__init__(formdata)
        self.reasons: dict[str, Field] = {}
        offered = [("", _l("Nobody: not offered to branches")), *departments]
        for code, name in reasons:
            unbound: Any = SelectField(name, [Optional()])
            field: Any = unbound.bind(form=self, name=f"reason-{code}", prefix="")
            field.choices = offered
            field.process(self.meta.wrap_formdata(self, formdata), leads.get(code, ""))
            self._fields[field.name] = self.reasons[code] = field

    @property
    def leads(self) -> dict[str, str]:
        """Reason -> code of a department, empty for nowhere."""
        return {code: str(field.data or "") for code, field in self.reasons.items()}
