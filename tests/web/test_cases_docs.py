"""docs/cases-api.md says of every field and code what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from forms.letters import CUSTOMER_LETTERS
from survey_app.commands import case_feed
from survey_app.loop.subjects import SUBJECTS

DOCS = Path(__file__).parents[2] / "docs"


def test_fields_and_subjects_of_the_interface() -> None:
    text = (DOCS / "cases-api.md").read_text("utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| `")]
    found: dict[str, tuple[bool, int]] = {}
    for names, required, most, _meaning in rows:
        for name, number in zip(re.findall(r"`(\w+)`", names), re.findall(r"\d+", most), strict=True):
            found[name] = (required == "yes", int(number))
    assert found == {name: (name in case_feed.REQUIRED, most) for name, most in case_feed.MOST.items()}
    said = next(line for line in text.splitlines() if line.startswith("Subjects: "))
    assert re.findall(r"`(\w+)`", said) == list(SUBJECTS)


def test_letters_about_cases() -> None:
    text = (DOCS / "from-the-customer.md").read_text("utf-8")
    told = set(re.findall(r"^\| `(case_\w+)`", text, re.MULTILINE))
    assert told == {kind for kind, one in CUSTOMER_LETTERS.items() if one.case}
