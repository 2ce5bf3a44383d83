"""Rows of a form by what their columns mean: headings, languages, settings and the sheet of our own.

pyxform says what a heading means (``relevance``, ``bind::relevant`` and ``relevant`` are one), and judges the whole
form before it is read here any further.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pyxform import aliases
from pyxform.errors import PyXFormError
from pyxform.parsing.sheet_headers import process_header
from pyxform.question import MultipleChoiceQuestion, Option
from pyxform.survey import Survey
from pyxform.xls2json import workbook_to_json
from pyxform.xls2json_backends import DefinitionData

from forms.questionnaire.errors import DefinitionError, Problem
from forms.questionnaire.exchange.xlsform import refusals
from forms.questionnaire.exchange.xlsform.tables import EXTRA, LEFT, Line, Tables
from translations import LANGUAGES, isolate_ltr, known
from translations import gettext as _

Path = tuple[str, ...]
_SPACES: Final = re.compile(r"\s+")
_CODE: Final = re.compile(r"\(\s*([A-Za-z]{2,3}(?:[-_][A-Za-z]+)?)\s*\)\s*$")
#: How languages are called, beside their own names and codes.
_NAMES: Final = {
    "hebrew": "he",
    "arabic": "ar",
    "english": "en",
    "russian": "ru",
    **{name.lower(): code for code, name in LANGUAGES.items()},
}
#: Letters by which a text without a language is told.
_SCRIPTS: Final = (
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("ar", re.compile("[\u0621-\u064a]")),
    ("ru", re.compile("[\u0410-\u044f]")),
)
_HEADINGS: Final[Mapping[str, tuple[Mapping[str, Any], frozenset[str]]]] = {
    "survey": (aliases.survey_header, frozenset(MultipleChoiceQuestion.get_slot_names())),
    "choices": (aliases.list_header, frozenset(Option.get_slot_names())),
    "settings": (aliases.settings_header, frozenset(Survey.get_slot_names())),
}


@dataclass(frozen=True)
class Row:
    """One row: its number in the sheet, and what stands in it by the path of its column (``bind``, ``relevant``)."""

    number: int
    cells: Mapping[Path, str]

    def get(self, *path: str) -> str:
        """What stands in a column, without space around it; an empty text for nothing."""
        return self.cells.get(path, "")


@dataclass(frozen=True)
class Form:
    """A form's sheets."""

    survey: Sequence[Row]
    choices: Sequence[Row]
    settings: Row
    extra: Sequence[tuple[int, Sequence[str]]]
    #: Problems to tell: columns and sheets that nothing can be done with.
    notes: list[Problem] = field(default_factory=list)
    #: Languages by the name that the headings give them; None for one that questionnaires do not have.
    languages: Mapping[str, str | None] = field(default_factory=dict)
    #: The language of texts without one.
    default: str = "he"


def language_of(name: str) -> str | None:
    """The language a heading means by ``Hebrew (he)``, ``he``, ``עברית``; None for one that is not offered."""
    found = _CODE.search(name)
    return known(found[1]) if found else _NAMES.get(name.strip().lower()) or known(name)


def _headings(line: Line, sheet: str) -> dict[int, tuple[str, Path]]:
    """Position of a column → its heading as written, and what it means."""
    names = {at: _SPACES.sub(" ", cell.strip()) for at, cell in enumerate(line.cells) if cell.strip()}
    known_as, columns = _HEADINGS[sheet]
    double = any("::" in name for name in names.values())
    found: dict[int, tuple[str, Path]] = {}
    for at, name in names.items():
        _new, path = process_header(name, double, known_as, columns)
        same = next((other for other, other_path in found.values() if other_path == path), None)
        if same is not None:
            message = _("Two columns mean the same: %(first)s and %(second)s.", first=same, second=name)
            raise DefinitionError([Problem(sheet, message)])
        found[at] = (name, tuple(path))
    return found


def _rows(tables: Tables, sheet: str) -> tuple[list[Row], dict[int, tuple[str, Path]]]:
    lines = [line for line in tables.get(sheet, ()) if any(cell.strip() for cell in line.cells)]
    if not lines:
        return [], {}
    headings = _headings(lines[0], sheet)
    rows = []
    for line in lines[1:]:
        cells = {path: line.cells[at].strip() for at, (_name, path) in headings.items() if at < len(line.cells)}
        rows.append(Row(line.number, {path: cell for path, cell in cells.items() if cell}))
    return [row for row in rows if row.cells], headings


#: Columns whose texts stand per language, by the first and last word of their path.
TRANSLATED: Final = (
    ("label",),
    ("hint",),
    ("guidance_hint",),
    ("bind", "jr:constraintMsg"),
    ("bind", "jr:requiredMsg"),
)


def language_part(path: Path) -> str | None:
    """The language that a column's path ends with; None for a column without one."""
    for start in (*TRANSLATED, ("media", "image"), ("media", "big-image"), ("media", "audio"), ("media", "video")):
        if path[: len(start)] == start and len(path) == len(start) + 1:
            return path[-1]
    return None


def _guess(rows: Sequence[Row]) -> str:
    """The language of texts that do not say theirs, by their letters."""
    words = " ".join(text for row in rows for path, text in row.cells.items() if path in {("label",), ("hint",)})
    counts = {language: len(letters.findall(words)) for language, letters in _SCRIPTS}
    best = max(counts, key=lambda one: counts[one])
    latin = len(re.findall("[A-Za-z]", words))
    return best if counts[best] * 2 > latin else "en" if latin else "he"


def gather(tables: Tables) -> Form:
    """The form in a file's sheets. Raises DefinitionError where pyxform would make no form of it."""
    if "survey" not in tables:
        raise DefinitionError([Problem("", _("The file has no sheet named survey."))])
    survey, headings = _rows(tables, "survey")
    if ("type",) not in {path for _name, path in headings.values()}:
        raise DefinitionError([Problem("survey", _("The sheet has no column named type."))])
    choices, choice_headings = _rows(tables, "choices")
    if choices and not {("list name",), ("name",)} <= {path for _name, path in choice_headings.values()}:
        raise DefinitionError([Problem("choices", _("The sheet needs the columns list_name and name."))])
    settings_rows, _settings = _rows(tables, "settings")
    settings = settings_rows[0] if settings_rows else Row(2, {})
    extra = [(line.number, line.cells) for line in list(tables.get(EXTRA, ()))[1:] if any(line.cells)]
    named = [path[-1] for _name, path in (*headings.values(), *choice_headings.values()) if language_part(path)]
    languages = {name: language_of(name) for name in named}
    notes = [
        Problem(sheet, _("This sheet is not carried: questionnaires have nothing for it."))
        for sheet in LEFT
        if tables.get(sheet)
    ]
    notes += [
        Problem(
            isolate_ltr(name),
            _("Texts in this language are not carried: questionnaires have Hebrew, Arabic, English and Russian."),
        )
        for name, code in languages.items()
        if code is None
    ]
    stated = language_of(settings.get("default_language")) if settings.get("default_language") else None
    default = stated or _guess([*survey, *choices])
    return Form(survey, choices, settings, extra, notes, languages, default)


def _plain_rows(lines: Sequence[Line]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows under their headings as written, an empty one for each that is not there, so that numbers agree."""
    filled = [line for line in lines if any(cell.strip() for cell in line.cells)]
    if not filled:
        return [], []
    names = {at: _SPACES.sub(" ", cell.strip()) for at, cell in enumerate(filled[0].cells) if cell.strip()}
    rows: list[dict[str, Any]] = []
    for line in filled[1:]:
        while len(rows) + filled[0].number + 1 < line.number:
            rows.append({})
        rows.append(
            {
                name: line.cells[at].strip()
                for at, name in names.items()
                if at < len(line.cells) and line.cells[at].strip()
            }
        )
    return rows, [dict.fromkeys(names.values())]


def judge(tables: Tables) -> None:
    """Let pyxform say whether this is a form at all. Raises DefinitionError with its reason where it is not."""
    given: dict[str, Any] = {"sheet_names": [name for name in tables if name != EXTRA]}
    for sheet in tables:
        if sheet != EXTRA:
            given[sheet], given[f"{sheet}_header"] = _plain_rows(tables[sheet])
    try:
        workbook_to_json(DefinitionData(**given), form_name="data", warnings=[])
    except PyXFormError as error:
        raise DefinitionError(refusals.told(str(error))) from error
    except (LookupError, AttributeError, TypeError, ValueError, RecursionError) as error:
        raise DefinitionError([Problem("", _("This is no valid XLSForm."))]) from error


def texts(row: Row, form: Form, *path: str) -> Iterator[tuple[str, str]]:
    """What a translated column says: (language, words)."""
    if words := row.get(*path):
        yield form.default, words
    for name, code in form.languages.items():
        if code is not None and (words := row.get(*path, name)):
            yield code, words
