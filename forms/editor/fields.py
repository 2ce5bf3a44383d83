"""Fields of the editor that WTForms does not have: words in several languages, numbers as typed, a rule.

Each keeps what was typed as it was typed, so that a page with a fault in it comes back whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import Field, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import ValidationError

from forms.editor.conditions import ROWS, TEXT, Asked, Row, read_row, rows_of
from forms.questionnaire import expressions
from forms.questionnaire.answers import clean
from forms.questionnaire.parts import Number, Text
from translations import LANGUAGES, direction
from translations import gettext as _

#: The longest text in one language, as the format has it.
LONGEST = 5_000


class WordsField(Field):
    """One text in the languages of the questionnaire: an input for each, ``<name>_<language>``."""

    def __init__(self, label: Any, languages: Mapping[str, str], *, rows: int = 2, **more: Any) -> None:
        super().__init__(label, **more)
        self.languages = [code for code in LANGUAGES if code in languages]
        self.rows = rows
        self.typed: dict[str, str] = {}

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take what was sent, or else what stands. A language that is not shown keeps its words."""
        before: Text = data if isinstance(data, Mapping) else {}
        self.process_errors = []
        sent = formdata is not None and any(f"{self.name}_{code}" in formdata for code in self.languages)
        self.typed = {
            code: str(formdata.get(f"{self.name}_{code}", "")) if sent else before.get(code, "")
            for code in self.languages
        }
        words = {code: clean(said) for code, said in self.typed.items()} if sent else self.typed
        kept = {code: said for code, said in before.items() if code not in self.languages}
        self.data = {code: said for code, said in words.items() if said} | kept

    @property
    def rows_typed(self) -> bool:
        """Whether anything was typed."""
        return any(self.typed.values())

    def pre_validate(self, form: Any) -> None:
        """Refuse what the format does not hold."""
        if any(len(said) > LONGEST for said in self.data.values()):
            raise ValidationError(_("Write at most %(max)s characters.", max=LONGEST))

    @property
    def target(self) -> str:
        """The id an error links to."""
        return f"{self.name}_{self.languages[0]}"

    @property
    def inputs(self) -> list[tuple[str, str, str, str, str]]:
        """(language, its name, id, direction, words) of each input."""
        return [
            (code, LANGUAGES[code], f"{self.name}_{code}", direction(code), self.typed[code]) for code in self.languages
        ]


def options(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """(value, words) as WTForms wants them."""
    return [SelectChoice(value, words) for value, words in pairs]


class NumberField(StringField):
    """A number as people write it, whole unless ``decimals``; empty is None."""

    def __init__(
        self,
        label: Any,
        *,
        least: Number | None = None,
        most: Number | None = None,
        decimals: bool = False,
        **more: Any,
    ) -> None:
        more.setdefault("render_kw", {"inputmode": "decimal" if decimals else "numeric", "autocomplete": "off"})
        super().__init__(label, **more)
        self.least, self.most, self.decimals = least, most, decimals

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = clean(str(valuelist[0])) if valuelist else ""
        self.data = None
        found = number(typed, decimals=self.decimals)
        if found is not None and self.least is not None and found < self.least:
            raise ValueError(_("Write a number of at least %(min)s.", min=self.least))
        if found is not None and self.most is not None and found > self.most:
            raise ValueError(_("Write a number of at most %(max)s.", max=self.most))
        self.data = found

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data}"


def number(typed: str, *, decimals: bool) -> Any:
    """A typed number; None for nothing. Raises ValueError in the reader's language."""
    if not typed:
        return None
    plain = typed.replace(",", ".").replace("\u2212", "-")
    try:
        return int(plain)
    except ValueError:
        if not decimals:
            raise ValueError(_("Write a whole number.")) from None
    try:
        found = float(plain)
    except ValueError:
        raise ValueError(_("Write a number.")) from None
    if not abs(found) < 1e12:
        raise ValueError(_("Write a number."))
    return int(found) if found == int(found) else found


def labelled(field: Field, message: str) -> str:
    """A message with the name of the field it is about, for where several may be wrong in the same way."""
    return _("%(what)s: %(message)s", what=field.label.text, message=message)


class RuleField(Field):
    """A rule: rows of (what, comparison, value) joined by all or any, or a line of text for what is nested deeper.

    ``asked`` knows the questions, so that a value may be written as its words. ``mode`` says which of the two is shown.
    """

    def __init__(self, label: Any, asked: Asked, *, before: str = "before", **more: Any) -> None:
        super().__init__(label, **more)
        self.asked = asked
        #: The id of the list of names that may be used here.
        self.before = before
        self.mode, self.joint, self.typed = ROWS, "all", ""
        self.rows: list[Row] = []
        #: What is wrong with the rule that stands, though it could be saved.
        self.told: list[str] = []

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take what was sent, or else the rule that stands."""
        self.process_errors = []
        if formdata is not None and f"{self.name}-mode" in formdata:
            self._read(formdata)
        else:
            self.data = data or None
            self._show()

    def _show(self, mode: str = "") -> None:
        rows = rows_of(self.data, self.asked)
        self.mode = mode or (TEXT if rows is None else ROWS)
        self.joint, self.rows = rows or ("all", [])
        self.typed = expressions.write(self.data)

    def _read(self, formdata: Any) -> None:
        self.mode = TEXT if formdata.get(f"{self.name}-mode") == TEXT else ROWS
        self.joint = "any" if formdata.get(f"{self.name}-joint") == "any" else "all"
        self.typed = str(formdata.get(self.name, ""))
        self.rows, self.data = [], None
        if self.mode == TEXT:
            try:
                self.data = self.asked.by_value(expressions.read(self.typed))
            except expressions.ExpressionError as error:
                self._refuse(str(error))
            return
        while f"{self.name}-{len(self.rows)}-name" in formdata:
            at = f"{self.name}-{len(self.rows)}"
            typed = (clean(str(formdata.get(f"{at}-{part}", ""))) for part in ("name", "operator", "value"))
            self.rows.append(Row(*typed))
        self.rows = [row for row in self.rows if row.name or row.value]
        found = []
        for row in self.rows:
            try:
                found.append(read_row(row, self.asked))
            except ValueError as error:
                self._refuse(str(error))
        if found and not self.process_errors:
            self.data = found[0] if len(found) == 1 else {self.joint: found}

    def switch(self) -> None:
        """Show the other of the two ways, where the rule can be shown that way."""
        if self.process_errors:
            return
        wanted = ROWS if self.mode == TEXT else TEXT
        if wanted == TEXT or rows_of(self.data, self.asked) is not None:
            self._show(wanted)
        else:
            self._refuse(_("This rule is nested: it can only be written as text."))

    @property
    def rows_typed(self) -> bool:
        """Whether a rule is being written: a row, or the line of text."""
        return bool(self.rows) or self.mode == TEXT

    def _refuse(self, message: str) -> None:
        self.process_errors = [*self.process_errors, labelled(self, message)]

    @property
    def shown_rows(self) -> list[Row]:
        """The rows with an empty one to go on with."""
        return [*self.rows, Row("", "eq", "")]

    @property
    def target(self) -> str:
        """The id an error links to."""
        return self.name if self.mode == TEXT else f"{self.name}-0-name"
