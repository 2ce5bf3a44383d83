"""The process that opens one SPSS file: ``python -m survey_app.readers.spss_process FILE.sav ROWS.jsonl``.

The first line it writes is what the file says of its variables, every other line a row as texts.
"""

from __future__ import annotations

import json
import math
import re
import resource
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from survey_app.readers.spss import MOST_CELLS, MOST_MEMORY, TOO_LARGE

#: Hebrew as Windows-1255 writes it, read as if it were Western: a file that does not say its encoding right.
_MISREAD: Final = re.compile(r"[à-ú]{2}")
_HEBREW: Final = re.compile(r"[א-ת]")
#: Single values within a declared range of missing ones, at most.
_WIDEST: Final = 200
_OLD_HEBREW: Final = "cp1255"
#: Every byte as the character of its number. The library's own decoding of Windows-1255 loses the last letter of each
#: text, since a vowel point might follow it; so its bytes are decoded here.
_BYTES: Final = "ISO-8859-1"


def _number(value: float) -> str:
    if math.isnan(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _moment(value: datetime) -> str:
    return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")


_TEXTS: Final[Mapping[type, Callable[[Any], str]]] = {
    str: str,
    float: _number,
    int: str,
    date: date.isoformat,
    datetime: _moment,
    time: lambda value: value.isoformat("minutes"),
    type(None): lambda value: "",
}


def text(value: Any) -> str:
    """A value as a person would have typed it."""
    return _TEXTS.get(type(value), str)(value)


def _missing(ranges: list[dict[str, Any]], labels: Mapping[str, str]) -> list[str]:
    """Values declared to be no answer: single ones, whole numbers of a narrow range, labelled ones of a wide one."""
    found: set[str] = set()
    for one in ranges:
        low, high = one["lo"], one["hi"]
        if isinstance(low, str) or low == high:
            found.add(text(low).strip())
        elif high - low <= _WIDEST:
            found |= {str(value) for value in range(math.ceil(low), math.floor(high) + 1)}
        else:
            for value in labels:
                with suppress(ValueError):
                    if low <= float(value) <= high:
                        found.add(value)
    return sorted(found)


def _opened(path: str) -> tuple[Mapping[str, list[Any]], Any, Callable[[str], str]]:
    """The file's columns and dictionary, and what makes its texts readable."""
    import pyreadstat  # noqa: PLC0415 - after the limits are set, which its loading must not escape

    def attempt(**more: Any) -> tuple[Mapping[str, list[Any]], Any]:
        _frame, head = pyreadstat.read_sav(path, metadataonly=True, **more)
        if (head.number_rows or 0) * max(head.number_columns or 0, 1) > MOST_CELLS:
            sys.exit(TOO_LARGE)
        columns, said = pyreadstat.read_sav(path, user_missing=True, output_format="dict", **more)
        return columns, said

    try:
        columns, said = attempt()
    except (UnicodeDecodeError, pyreadstat.ReadstatError):
        return *attempt(encoding=_BYTES), _old_hebrew
    words = " ".join([*map(str, said.column_names_to_labels.values()), *_words(said), *_texts_of(columns)])
    misread = _MISREAD.search(words) and not _HEBREW.search(words)
    if misread or "1255" in str(said.file_encoding):
        return *attempt(encoding=_BYTES), _old_hebrew
    return columns, said, str


def _old_hebrew(words: str) -> str:
    return words.encode("latin-1").decode(_OLD_HEBREW, errors="replace")


def _words(said: Any) -> list[str]:
    return [str(words) for labels in said.variable_value_labels.values() for words in labels.values()]


def _texts_of(columns: Mapping[str, list[Any]]) -> list[str]:
    return [one for values in columns.values() for one in list(values)[:200] if isinstance(one, str)]


def main(source: str, target: str) -> None:
    """Read the one, write the other."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    columns, said, decoded = _opened(source)
    values = {
        decoded(name): {decoded(text(value)).strip(): decoded(str(words)) for value, words in labels.items()}
        for name, labels in said.variable_value_labels.items()
    }
    missing = {decoded(name): ranges for name, ranges in said.missing_ranges.items()}
    head = {
        "names": [decoded(name) for name in columns],
        "labels": {decoded(name): decoded(words) for name, words in said.column_names_to_labels.items() if words},
        "values": values,
        "missing": {name: _missing(ranges, values.get(name, {})) for name, ranges in missing.items()},
    }
    with Path(target).open("w", encoding="utf-8") as lines:
        lines.write(json.dumps(head, ensure_ascii=False) + "\n")
        rows = zip(*(list(one) for one in columns.values()), strict=True)
        for row in rows:
            cells = [decoded(value) if isinstance(value, str) else text(value) for value in row]
            lines.write(json.dumps(cells, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
