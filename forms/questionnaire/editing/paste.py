"""Many choices, points or statements at once, as people paste them from a sheet or a letter.

One a line. ``code | words | words`` names the code first; columns with tabs between them are the questionnaire's
languages in order, with a code before them where there is one more. A first line may name its columns (``code he en``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from forms.questionnaire.editing.codes import CHOICE, fresh, from_text
from forms.questionnaire.editing.tree import refuse
from forms.questionnaire.parts import Choice, Statement, Text, Value
from translations import LANGUAGES
from translations import gettext as _

#: The most lines taken at once.
MOST: Final = 500
#: How a first line calls the column of codes.
_CODE_NAMES: Final = frozenset({"code", "value", "name", "קוד", "ערך"})
_NUMBER: Final = re.compile(r"-?\d{1,9}", re.ASCII)


@dataclass(frozen=True)
class Line:
    """One pasted line: a code, empty where none was given, and the words per language."""

    code: str
    text: Text
    number: int


def lines(pasted: str, languages: Sequence[str]) -> list[Line]:
    """The lines of a pasted text. Raises DefinitionError that names the line it cannot read."""
    rows = [(number, row) for number, row in enumerate(pasted.splitlines(), start=1) if row.strip()]
    if len(rows) > MOST:
        raise refuse("paste", _("At most %(max)s lines can be pasted at once.", max=MOST))
    columns: list[str] | None = None
    if rows and (named := _header(rows[0][1])):
        columns, rows = named, rows[1:]
    return [_line(number, row, columns, languages) for number, row in rows]


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"\t" if "\t" in row else r"\|", row)]


def _header(row: str) -> list[str] | None:
    cells = [cell.casefold() for cell in _cells(row)]
    known = all(cell in LANGUAGES or cell in _CODE_NAMES for cell in cells)
    return cells if known and len(cells) > 1 else None


def _line(number: int, row: str, columns: list[str] | None, languages: Sequence[str]) -> Line:
    cells = _cells(row)
    if columns is None:
        coded = len(cells) > 1 and ("\t" not in row or len(cells) > len(languages) or bool(_NUMBER.fullmatch(cells[0])))
        columns = ["code", *languages] if coded else list(languages)
    if len(cells) > len(columns):
        while cells and not cells[-1]:
            cells.pop()
    if len(cells) > len(columns):
        raise refuse("paste", _("Line %(line)s has more columns than there are languages.", line=number))
    code, text = "", {}
    for name, cell in zip(columns, cells, strict=False):
        if name in _CODE_NAMES:
            code = cell
        elif cell:
            text[name] = cell
    if code and not CHOICE.fullmatch(code):
        message = _(
            "Line %(line)s: a code is Latin letters, digits and signs without spaces, not '%(code)s'.",
            line=number,
            code=code,
        )
        raise refuse("paste", message)
    return Line(code, text, number)


def as_value(code: str) -> Value:
    """A choice's value as it is kept: a whole number where it is one."""
    return int(code) if _NUMBER.fullmatch(code) and str(int(code)) == code else code


def paste_choices(
    pasted: str,
    languages: Sequence[str],
    before: Sequence[Choice] = (),
    *,
    instead: bool = False,
    numbered: bool = False,
) -> tuple[Choice, ...]:
    """The choices that a pasted text makes of those there are.

    A line with the code of a choice that is there changes its words and nothing else; other lines are new choices.
    ``instead`` leaves only what was pasted, in its order. ``numbered`` gives new ones the next number for a code.
    """
    known = {str(choice.value): choice for choice in before}
    found: dict[str, Choice] = {} if instead else dict(known)
    for line in lines(pasted, languages):
        code = line.code or _same(line.text, known.values()) or _code(line.text, {*known, *found}, numbered)
        if instead and code in found:
            raise refuse("paste", _("The value %(value)s stands twice.", value=code))
        old = found.get(code) or known.get(code) or Choice(as_value(code))
        found[code] = replace(old, text={**old.text, **line.text})
    return tuple(found.values())


def _same(text: Text, choices: Collection[Choice]) -> str | None:
    """The code of a choice that already says this: pasting a list again keeps its codes."""
    return next((str(one.value) for one in choices if text and text.items() <= one.text.items()), None)


def _code(text: Text, taken: Collection[str], numbered: bool) -> str:
    if not numbered:
        return fresh(from_text(text), taken, fallback="c")
    numbers = [int(one) for one in taken if _NUMBER.fullmatch(one)]
    return str(max(numbers, default=0) + 1)


def paste_statements(
    pasted: str, languages: Sequence[str], before: Sequence[Statement], *, group: str, taken: Collection[str] = ()
) -> tuple[Statement, ...]:
    """The statements of a group with those that were pasted, after those there are; a known code changes its words.

    ``taken`` are the codes of every other question.
    """
    found = {one.code: one for one in before}
    for line in lines(pasted, languages):
        if line.code in taken:
            raise refuse("paste", _("The code '%(code)s' is taken already.", code=line.code))
        code = line.code or fresh(f"{group}_{len(found) + 1}", {*taken, *found})
        old = found.get(code) or Statement(code=code, text={})
        found[code] = replace(old, text={**old.text, **line.text})
    return tuple(found.values())


def as_lines(choices: Sequence[Choice], languages: Mapping[str, str]) -> str:
    """Choices as they would be pasted, so that a list can be taken elsewhere."""
    rows = ["\t".join(("code", *languages))]
    rows += ["\t".join((str(one.value), *(one.text.get(code, "") for code in languages))) for one in choices]
    return "\n".join(rows)
