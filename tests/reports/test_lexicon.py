"""Themes of comments and what a searched word is looked for as."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from reports import lexicon

#: Sentences written for the demo bank, each for a theme; some speak of several.
SENTENCES = Path(__file__).parents[2] / "survey_app/demo/data/comments_he.yaml"


@pytest.mark.parametrize(
    ("text", "themes"),
    [
        ("חיכיתי בתור שעה", ("waiting",)),
        ("ושהתור התקדם", ("waiting",)),
        ("התורה שלנו", ()),
        ("שֵׁרוּת אָדִיב", ("courtesy",)),
        ("כמובן", ()),
        ("ההסבר היה ברור, העמלות גבוהות", ("clarity", "fees")),
        ("הגשתי צ׳ק", ("cash",)),
        ("הגשתי צ'ק", ("cash",)),
        ("ה־תור ארוך", ("waiting",)),
        ("great service, long queue", ()),
        ("", ()),
    ],
)
def test_themes_by_beginnings_of_words(text: str, themes: tuple[str, ...]) -> None:
    assert lexicon.themes(text) == themes


def _sentences() -> Iterator[tuple[str, str]]:
    data: dict[str, Any] = yaml.safe_load(SENTENCES.read_text(encoding="utf-8"))
    for theme, said in data["reasons"].items():
        yield from ((theme, one) for mood in said.values() for one in mood)
    for theme, said in data["improve"].items():
        yield from ((theme, one) for one in said)


def test_most_sentences_written_about_a_theme_are_found_under_it_and_few_elsewhere() -> None:
    """A lower bound: the sentences have one theme by hand, and many rightly have a second one."""
    known = [(theme, lexicon.themes(text)) for theme, text in _sentences() if theme in lexicon.THEMES]
    assert len(known) > 150
    assert sum(theme in found for theme, found in known) / len(known) > 0.75
    general = [lexicon.themes(text) for theme, text in _sentences() if theme == "general"]
    assert sum(not found for found in general) / len(general) > 0.6


def test_every_word_of_a_search_has_its_forms() -> None:
    (queue,) = lexicon.sought("תור")
    assert {"תור", "התור", "בתור", "ולכשהתור"} <= set(queue)
    (fee,) = lexicon.sought("עמלה")
    assert {"העמלה", "עמלות", "ועמלת"} <= set(fee)
    assert "מהזמנ" in lexicon.sought("זמן")[0]
    assert lexicon.sought("Long QUEUE") == [("long",), ("queue",)]


@pytest.mark.parametrize("query", ["", "a", "?!", "ו ה", '"*'])
def test_nothing_to_look_for(query: str) -> None:
    assert lexicon.sought(query) == []


def test_a_search_is_bounded() -> None:
    assert len(lexicon.sought(" ".join(f"מילה{number}" for number in range(50)))) == lexicon.MOST_WORDS
