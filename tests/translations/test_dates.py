"""Dates in four languages, whichever was spoken first."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest

from translations import format_month, speaking

JANUARY = {"he": "ינואר 2026", "ar": "يناير 2026", "en": "January 2026", "ru": "январь 2026"}


@pytest.mark.parametrize("language", JANUARY)
def test_a_month_is_named_in_the_language(language: str) -> None:
    with speaking(language):
        assert format_month("2026-01") == JANUARY[language]


@pytest.mark.parametrize("order", list(itertools.permutations(JANUARY, 2)), ids="-".join)
def test_the_language_spoken_before_leaves_no_trace(order: tuple[str, str]) -> None:
    code = (
        "import sys, translations\nfor one in sys.argv[1:]:\n"
        "  translations.activate(one)\n  print(translations.format_month('2026-01'))"
    )
    done = subprocess.run((sys.executable, "-X", "utf8", "-c", code, *order), capture_output=True, check=True)
    assert done.stdout.decode().splitlines() == [JANUARY[language] for language in order]
