"""The page on XLSForm says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from forms.questionnaire import rules
from forms.questionnaire.exchange.xlsform import kinds, outline, reading, safety, shapes, tables
from forms.questionnaire.exchange.xlsform.conditions import Reader
from forms.questionnaire.exchange.xlsform.expressions import parse
from forms.questionnaire.exchange.xlsform.outline import FACT_NAME, fact_of
from forms.questionnaire.exchange.xlsform.sayings import Speaker
from forms.questionnaire.reading import read_yaml
from forms.questionnaire.types import TYPES
from tests.forms.exchange.forms import notes

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "xlsform.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    table = PAGE[PAGE.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_every_type_stands_there_as_it_is_written() -> None:
    listed = {row[0].strip("`"): row[1] for row in rows("ours")}
    assert list(listed) == list(TYPES) == list(kinds.WRITTEN)
    for name, text in listed.items():
        standard = kinds.WRITTEN[name]
        kind = "select_one" if name == "statements" else standard.type
        assert f"`{kind}`" in text
        appearances = re.findall(r"appearance `([\w-]+)`", text)
        assert appearances == ([standard.appearance] if standard.appearance else [])


def test_every_operator_is_written_and_read_as_it_says() -> None:
    seen = set()
    for rule_text, expression in rows("rule"):
        rule = read_yaml(rule_text.strip("`").encode())
        seen.add(next(iter(rule)))
        said = Speaker(lambda name: FACT_NAME + name[1:] if name.startswith("@") else name).say(rule)
        assert said == expression.strip("`")
        assert Reader(lambda name: fact_of(name) or name).rule(parse(said)) == rule
    assert seen == set(rules.OPERATORS)


def test_the_limits_are_those_of_the_code() -> None:
    text = " ".join(cell for row in rows("file") for cell in row)
    assert [int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", text)] == [
        safety.MOST_BYTES // safety.MEGABYTE,
        tables.MOST_OLD_BYTES // safety.MEGABYTE,
        safety.MOST_UNPACKED // safety.MEGABYTE,
        safety.MOST_RATIO,
        safety.MOST_ROWS,
        safety.MOST_COLUMNS,
        reading.MOST_CHOICES,
        outline.MOST_DEEP,
    ]
    assert f"at most {shapes.MOST_STEPS} whole steps" in PAGE


#: What stands in a column that takes no words.
CELLS = {
    "disabled": "no",
    "parameters": "rows=2",
    "appearance": "multiline",
    "relevant": "${a} != ''",
    "constraint": "string-length(.) < 9",
    "required": "yes",
    "choice_filter": "",
}


def test_every_column_is_read_and_told_where_the_page_says_so() -> None:
    for names, meaning in rows("column"):
        told = meaning.endswith("; told")
        for name in set(re.findall(r"`([a-z_]+)`", names)) - {"label"}:
            sheet = f"|survey|\n||type|name|label|{name}|\n||text|a|א||\n||text|q|ב|{CELLS.get(name, 'מה')}|\n"
            places = [place for place in notes(f"{sheet}|settings|\n||form_title|\n||x|\n") if "questions.q" in place]
            assert bool(places) == told, name


def test_the_page_is_found_from_the_others() -> None:
    assert "xlsform.md" in (DOCS / "questionnaire-format.md").read_text(encoding="utf-8")
    assert "docs/xlsform.md" in (DOCS.parent / "README.md").read_text(encoding="utf-8")
