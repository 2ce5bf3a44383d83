"""The forms a file of responses can have, and how much each of them holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from forms.questionnaire.exchange.answers.sheet import Record, Sheet
from translations import lazy_gettext as _l


@dataclass(frozen=True)
class Form:
    """One form of file. Its module is loaded when it is written: some bring heavy libraries along."""

    module: str
    suffix: str
    media_type: str
    label: Any
    hint: Any
    #: Whether so many responses fit in.
    holds: Callable[[Any, Sheet, int], bool] = lambda module, sheet, count: True

    def _module(self) -> Any:
        return import_module(f"{__package__}.{self.module}")

    def fits(self, sheet: Sheet, count: int) -> bool:
        """Whether the file can hold so many responses."""
        return self.holds(self._module(), sheet, count)

    def write(self, sheet: Sheet, records: Iterable[Record]) -> Iterator[bytes]:
        """The file in pieces; nothing is left behind when nobody takes them all."""
        found: Iterator[bytes] = self._module().write(sheet, records)
        return found


FORMS: Final[Mapping[str, Form]] = {
    "csv": Form("delimited", "csv", "text/csv", "CSV", _l("For every program; opens in Excel in Hebrew.")),
    "xlsx": Form(
        "workbook",
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Excel",
        _l("Reads from right to left; a second sheet is the code book."),
        lambda module, sheet, count: count <= module.MOST_ROWS and len(sheet.header) <= module.MOST_COLUMNS,
    ),
    "sav": Form(
        "sav",
        "sav",
        "application/x-spss-sav",
        "SPSS",
        _l("With labels; skipped, hard to say and not relevant are told apart."),
        lambda module, sheet, count: count * module.width(sheet) <= module.MOST_CELLS,
    ),
    "jsonl": Form(
        "lines", "jsonl", "application/x-ndjson", _l("JSON lines"), _l("For programs: one response a line, with types.")
    ),
    "codebook": Form(
        "codebook",
        "csv",
        "text/csv",
        _l("Code book only"),
        _l("What each column and value means, as CSV; no responses."),
    ),
}
