"""The texts of a questionnaire as a table for a translator: place, what it is, the Hebrew, and a column to fill in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import xlsxwriter

from forms.questionnaire import places, translating
from forms.questionnaire.document import Questionnaire
from forms.questionnaire.parts import DEFAULT_LANGUAGE
from translations import RIGHT_TO_LEFT
from translations.cells import neutral

PLACE: Final = "place"
WHAT: Final = "what"
#: Widths of the columns, in characters.
_WIDTHS: Final = (28, 24, 60, 60)
_APOSTROPHE: Final = "'"


def columns(language: str) -> tuple[str, ...]:
    """The first row: names that stay the same in every language, so that the file can be read again."""
    source = () if language == DEFAULT_LANGUAGE else (DEFAULT_LANGUAGE,)
    return (PLACE, WHAT, *source, language)


def rows(questionnaire: Questionnaire, language: str) -> Iterator[tuple[str, ...]]:
    """A row for each text, in a translator's order."""
    for part in translating.parts(questionnaire):
        for place, text in part.texts:
            told = f"{places.name(questionnaire, place)}: {places.text_name(place)}"
            source = () if language == DEFAULT_LANGUAGE else (text.get(DEFAULT_LANGUAGE, ""),)
            yield (place, told, *source, text.get(language, ""))


def write_csv(questionnaire: Questionnaire, language: str) -> bytes:
    """The table as CSV that Excel opens in Hebrew; no text can act as a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns(language))
    writer.writerows([neutral(cell) for cell in row] for row in rows(questionnaire, language))
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(questionnaire: Questionnaire, language: str) -> bytes:
    """The table as a workbook that opens from the right."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    ) as book:
        sheet = book.add_worksheet(language)
        sheet.right_to_left()
        sheet.freeze_panes(1, 0)
        names = columns(language)
        orders = {name: 2 if name in RIGHT_TO_LEFT else 1 for name in names}
        head = book.add_format({"bold": True})
        for number, (name, width) in enumerate(zip(names, _WIDTHS, strict=False)):
            wrap = book.add_format({"text_wrap": True, "valign": "top", "reading_order": orders[name]})
            sheet.set_column(number, number, width, wrap)
            sheet.write_string(0, number, name, head)
        for line, row in enumerate(rows(questionnaire, language), 1):
            for number, cell in enumerate(row):
                sheet.write_string(line, number, cell)
    return out.getvalue()


def read(
    names: Sequence[str], records: Iterable[Sequence[str]], questionnaire: Questionnaire, language: str
) -> tuple[dict[str, str], list[str]]:
    """What a filled-in table says anew, by place, and the places that the questionnaire does not have.

    An empty cell says nothing: it takes no text away. Raises KeyError with the name of a column that is missing.
    """
    at = {name.strip().lower(): number for number, name in enumerate(names)}
    place_at, words_at = at[PLACE], at[language]
    known: Mapping[str, str] = {place: text.get(language, "") for place, text in questionnaire.texts()}
    found: dict[str, str] = {}
    unknown: list[str] = []
    for record in records:
        place, words = record[place_at].strip(), _written(record[words_at])
        if not place or not words:
            continue
        if place not in known:
            unknown.append(place)
        elif words != known[place].strip():
            found[place] = words
    return found, unknown


def _written(cell: str) -> str:
    """A cell without the apostrophe that kept it from being a formula."""
    words = cell.replace("\r\n", "\n").strip()
    inner = words.removeprefix(_APOSTROPHE)
    return inner if inner != words and neutral(inner) != inner else words
