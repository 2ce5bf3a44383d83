"""What a cell means, by its type."""

from __future__ import annotations

from datetime import date

import pytest

from survey_app.commands.imports.parsers import PARSERS
from translations.spelling import fold, tidy, typeset


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("amount", "1,234.56", 123456),
        ("amount", "\u200f1,234.56 ₪", 123456),
        ("amount", "\u200e-1,234.5\u00a0₪", -123450),
        ("amount", "(1,234)", -123400),
        ("amount", "1234-", -123400),
        ("amount", "−7", -700),
        ("amount", '0.5 ש"ח', 50),
        ("amount", "12345.675", 1234568),
        ("amount", "-0.005", -1),
        ("amount", "ILS 12", 1200),
        ("headcount", "12.5", 12.5),
        ("code", " 0461 ", "461"),
        ("code", "000", "0"),
        ("code", "A-7", "A-7"),
        ("branch", "020-0461", "20-461"),
        ("branch", "461", "461"),
        ("date", "03/02/2026", date(2026, 2, 3)),
        ("date", "3.2.2026", date(2026, 2, 3)),
        ("date", "2026-02-03", date(2026, 2, 3)),
        ("date", "2026-02-03 00:00", date(2026, 2, 3)),
        ("month", "2026-10", "2026-10"),
        ("month", "10/2026", "2026-10"),
        ("month", "2026-10-01", "2026-10"),
        ("month", "01/10/2026", "2026-10"),
        ("city", "תל אביב -יפו", "תל אביב-יפו"),
        ("city", "תל אביב-יפו", "תל אביב-יפו"),
        ("city", "מודיעין-מכבים-רעות*", "מודיעין-מכבים-רעות"),
        ("name", 'מרכז  עסקים פ"ת', "מרכז עסקים פ״ת"),
        ("name", "רח' ז'בוטינסקי", "רח׳ ז׳בוטינסקי"),
        ("name", '7" pipe', '7" pipe'),
        ("weekdays", "יום ו", ["fri"]),
        ("weekdays", "שבת; יום שישי", ["fri", "sat"]),
        ("weekdays", "Sunday, tue", ["sun", "tue"]),
        ("yes or no", "כן", True),
        ("yes or no", "No", False),
        ("email", " Noa@Example.COM ", "noa@example.com"),
        ("role", "Branch_Manager", "branch_manager"),
        ("role", "Mystery shopper", "shopper"),
        ("language", "עברית", "he"),
        ("language", "iw", "he"),
        ("latitude", "32.0640", 32.064),
        ("weight", "1.25", 1.25),
    ],
)
def test_reads(kind: str, text: str, value: object) -> None:
    assert PARSERS[kind](text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("amount", "n/a"),
        ("amount", "1,5"),
        ("amount", "1.234,56"),
        ("amount", "1.2E+07"),
        ("amount", "--5"),
        ("amount", "(-5)"),
        ("amount", "99999999999999999"),
        ("headcount", "-1"),
        ("date", "31/02/2026"),
        ("date", "02/13/2026"),
        ("date", "1/2/26"),
        ("month", "2026-13"),
        ("month", "October"),
        ("weekdays", "כן"),
        ("yes or no", "perhaps"),
        ("email", "noa@example"),
        ("role", "king"),
        ("language", "fr"),
        ("latitude", "132"),
        ("weight", "0"),
    ],
)
def test_refuses(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        PARSERS[kind](text)


def test_spellings_of_one_name_fold_together() -> None:
    assert fold('מרכז עסקים  פ"ת') == fold("מרכז עסקים פ״ת") == fold("\u200fמרכז עסקים פ”ת")
    assert fold("תל־אביב") == fold("תל-אביב")
    assert typeset(typeset('ראשל"צ')) == "ראשל״צ"
    assert tidy("a\u200b \u00a0\n b") == "a b"
