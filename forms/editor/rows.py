"""A list that is filled in row by row: choices, points of a scale, statements, bands, parts of an index."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wtforms import Field

from forms.editor.fields import LONGEST
from forms.questionnaire.answers import clean
from translations import LANGUAGES, direction, isolate
from translations import gettext as _

CODE, WORDS, NUMBER, FLAG, RULE, PICK, LINE = "code", "words", "number", "flag", "rule", "pick", "line"
#: The most rows a list takes.
MOST = 500


@dataclass(frozen=True)
class Column:
    """One column: its key in the thing, what sort of input it is, its heading, and for ``pick`` the id of its list."""

    key: str
    sort: str
    label: Any
    listed: str = ""
    #: Seldom used: it is folded away beside the row until it is.
    apart: bool = False


@dataclass
class Row:
    """One row: what was typed by input, what is wrong, and which thing it stood for when the page was made."""

    typed: dict[str, str]
    was: str = ""
    errors: list[str] = field(default_factory=list)
    #: What is wrong with what stands, though it could be saved.
    told: list[str] = field(default_factory=list)

    @property
    def blank(self) -> bool:
        """Whether nothing was filled in."""
        return not any(self.typed.values())


@dataclass(frozen=True)
class Cell:
    """One input of a row, ready to draw."""

    column: Column
    name: str
    value: str
    #: The language of the words; empty for other sorts.
    language: str = ""
    direction: str = ""

    @property
    def apart(self) -> bool:
        """Whether it is folded away until it is used."""
        return self.column.apart

    @property
    def label(self) -> str:
        """What the input is called to somebody who does not see the heading."""
        words = str(self.column.label)
        return f"{words} – {LANGUAGES[self.language]}" if self.language else words


class RowsField(Field):
    """Rows of inputs ``<name>-<number>-<key>``. ``read`` makes a thing of a row (ValueError for what cannot be), given
    the thing it stood for, if any; ``write`` the other way; ``name_of`` tells things apart.

    ``data`` is a tuple of things. Rows left blank are passed over.
    """

    def __init__(
        self,
        label: Any,
        columns: Sequence[Column],
        languages: Mapping[str, str],
        *,
        read: Callable[[dict[str, Any], Any, Sequence[Any]], Any],
        write: Callable[[Any], dict[str, Any]],
        name_of: Callable[[Any], str],
        spare: int = 1,
        pasted: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(label, **more)
        self.columns = list(columns)
        self.languages = [code for code in LANGUAGES if code in languages]
        self._read_row, self._write_row, self._name_of = read, write, name_of
        self.spare, self.pasted = spare, pasted
        self.rows: list[Row] = []
        self.paste_text = ""
        self._before: tuple[Any, ...] = ()

    # ---- taking what was sent ----

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take what was sent, or else what stands."""
        self.process_errors = []
        self._before = tuple(data or ())
        self.data = self._before
        if formdata is None or f"{self.name}-count" not in formdata:
            self.show(self._before)
            return
        count = str(formdata.get(f"{self.name}-count", ""))
        self.paste_text = str(formdata.get(f"{self.name}-paste", ""))
        self.rows = [
            self._sent(formdata, number) for number in range(min(int(count) if count.isdecimal() else 0, MOST))
        ]
        self.read()

    def _sent(self, formdata: Any, number: int) -> Row:
        typed = {key: str(formdata.get(f"{self.name}-{number}-{key}", "")) for key in self._keys()}
        return Row(typed, str(formdata.get(f"{self.name}-{number}-was", "")))

    def _keys(self) -> list[str]:
        keys = []
        for column in self.columns:
            keys += [f"{column.key}_{code}" for code in self.languages] if column.sort == WORDS else [column.key]
        return keys

    def read(self) -> None:
        """Make things of the rows; what cannot be read stays in its row with its error."""
        self.process_errors = []
        known = {self._name_of(one): one for one in self._before}
        found: list[Any] = []
        for number, row in enumerate(self.rows, start=1):
            row.errors = []
            if row.blank:
                continue
            try:
                found.append(self._read_row(self._values(row, known.get(row.was)), known.get(row.was), found))
            except ValueError as error:
                row.errors = [str(error)]
                said = _("Row %(number)s: %(message)s", number=number, message=str(error))
                self.process_errors = [*self.process_errors, said]
        self.data = tuple(found)

    def _values(self, row: Row, old: Any) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column in self.columns:
            if column.sort == WORDS:
                before = getattr(old, column.key, {}) or {}
                words = {code: clean(row.typed[f"{column.key}_{code}"]) for code in self.languages}
                if any(len(said) > LONGEST for said in words.values()):
                    raise ValueError(_("Write at most %(max)s characters.", max=LONGEST))
                kept = {code: said for code, said in before.items() if code not in self.languages}
                values[column.key] = {code: said for code, said in words.items() if said} | kept
            else:
                values[column.key] = clean(row.typed[column.key])
        return values

    # ---- changing rows without saving ----

    def show(self, things: Sequence[Any]) -> None:
        """Show these things in place of what was typed; they are what is saved next."""
        self.rows = []
        for thing in things:
            written = self._write_row(thing)
            typed: dict[str, str] = {}
            for column in self.columns:
                value = written[column.key]
                if column.sort == WORDS:
                    typed |= {f"{column.key}_{code}": value.get(code, "") for code in self.languages}
                elif column.sort == FLAG:
                    typed[column.key] = "1" if value else ""
                else:
                    typed[column.key] = "" if value is None else str(value)
            self.rows.append(Row(typed, self._name_of(thing)))

    def rearrange(self, act: str, number: int) -> None:
        """One of the buttons beside a row: ``up``, ``down``, ``remove`` a row (counted from 0), or ``more`` rows."""
        if act == "more":
            self.spare += 4
        elif 0 <= number < len(self.rows):
            row = self.rows.pop(number)
            if act != "remove":
                step = -1 if act == "up" else 1
                self.rows.insert(max(0, min(number + step, len(self.rows))), row)
        self.read()

    # ---- drawing ----

    def find(self, name: str) -> Row:
        """The row of the thing with a name, or with a number counted from 1."""
        named = [row for row in self.rows if row.was == name]
        return named[0] if named else self.rows[int(name) - 1]

    def address(self, row: Row) -> str:
        """The id of a row's first input."""
        return f"{self.name}-{self.rows.index(row)}-{self._keys()[0]}"

    @property
    def language_names(self) -> str:
        """The languages of a row's words by their names, in their order."""
        return ", ".join(isolate(LANGUAGES[code]) for code in self.languages)

    @property
    def shown(self) -> list[tuple[int, Row, list[Cell]]]:
        """(number, row, its inputs) of every row, and of the blank ones to go on with."""
        filled = [row for row in self.rows if not row.blank]
        blank = [Row(dict.fromkeys(self._keys(), "")) for _number in range(self.spare)]
        return [(number, row, self._cells(number, row)) for number, row in enumerate(filled + blank)]

    def _cells(self, number: int, row: Row) -> list[Cell]:
        cells = []
        for column in self.columns:
            if column.sort == WORDS:
                for code in self.languages:
                    key = f"{column.key}_{code}"
                    cells.append(Cell(column, f"{self.name}-{number}-{key}", row.typed[key], code, direction(code)))
            else:
                cells.append(Cell(column, f"{self.name}-{number}-{column.key}", row.typed[column.key]))
        return cells

    @property
    def first_blank(self) -> str:
        """The id of the first input of the first blank row."""
        return f"{self.name}-{sum(not row.blank for row in self.rows)}-{self._keys()[0]}"

    @property
    def target(self) -> str:
        """The id an error links to: the first input of the first row that is wrong."""
        wrong = next((number for number, row, _cells in self.shown if row.errors), 0)
        return f"{self.name}-{wrong}-{self._keys()[0]}"
