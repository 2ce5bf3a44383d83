"""JSON lines: one object a line, the same keys in most of them. Values are texts, numbers, yes and no, or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from survey_app.readers.table import Fault, Record, Table, Unreadable, header, no_rows
from translations import gettext as _

#: Columns at most: more keys than this are values that were written as keys.
_MOST_KEYS = 500


def looks_so(text: str) -> bool:
    """Whether the first line that is not empty is one whole object."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return first.lstrip().startswith("{") and isinstance(_parsed(first), Mapping)


def read(text: str) -> Table:
    """The table of the objects: every key is a column, in the order in which they come.

    Raises Unreadable where there is no object, or too many keys.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    objects = [(number, _parsed(line), line) for number, line in lines]
    names: dict[str, None] = {}
    for _number, one, _line in objects:
        if isinstance(one, Mapping):
            names |= dict.fromkeys(map(str, one))
        if len(names) > _MOST_KEYS:
            raise Unreadable(
                _("The lines name more than %(most)s keys. Write the same keys in every line.", most=_MOST_KEYS)
            )
    if not names:
        raise no_rows()
    columns = header(list(names))

    def records() -> Iterator[Record]:
        for number, one, line in objects:
            if not isinstance(one, Mapping):
                cells = (line, *("" for _name in columns[1:]))
                yield Record(number, cells, Fault(0, _("This line is no whole JSON object.")))
                continue
            bad = next((at for at, name in enumerate(names) if isinstance(one.get(name), (dict, list))), None)
            fault = Fault(bad, _("A value must be a text, a number, true or false.")) if bad is not None else None
            yield Record(number, tuple(_cell(one.get(name)) for name in names), fault)

    return Table(columns, records(), len(objects))


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
