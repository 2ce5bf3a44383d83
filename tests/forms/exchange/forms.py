"""Forms for tests, as tables of markdown, and what comes of them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

from forms.questionnaire.exchange import xlsform

HE = "label::עברית (he)"
EN = "label::English (en)"
Sheets = Mapping[str, Sequence[Sequence[str]]]


def imported(form: str) -> xlsform.Imported:
    """What a form in markdown comes to."""
    return xlsform.read(form.encode(), "form.md")


def questions(form: str) -> list[dict[str, Any]]:
    """The questions of a form that is carried without anything to tell but that it has no title."""
    found = imported(form)
    assert notes(form).keys() <= {"title"}, found.notes
    return [question for section in found.document["sections"] for question in section["questions"]]


def notes(form: str) -> dict[str, str]:
    """What is told about a form, by place."""
    return dict(imported(form).notes)


def workbook(sheets: Sheets) -> bytes:
    """A workbook of texts."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for at, text in enumerate(row):
                sheet.write_string(number, at, text)
    book.close()
    return content.getvalue()


SMALL: Sheets = {
    "survey": [["type", "name", "label"], ["text", "q1", "מה שלומך?"]],
    "settings": [["form_title", "form_id"], ["טופס", "small"]],
}
SMALL_DOCUMENT = {
    "format": 1,
    "code": "small",
    "kind": "customer_survey",
    "title": {"he": "טופס"},
    "languages": {"he": "source"},
    "sections": [{"code": "main", "questions": [{"code": "q1", "type": "line", "text": {"he": "מה שלומך?"}}]}],
}
