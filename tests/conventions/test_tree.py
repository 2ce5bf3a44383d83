"""The tree as a whole: what stands at the top, how long a file is, what is no one's business, what is unfinished."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest

from tests.conventions import sizes, tree

TOP = {
    ".ci",
    ".gitignore",
    "LICENSE",
    "Makefile",
    "README.md",
    "alembic.ini",
    "babel.cfg",
    "docs",
    "forms",
    "pyproject.toml",
    "reports",
    "requirements-test.lock",
    "requirements.lock",
    "setup.cfg",
    "survey_app",
    "tests",
    "translations",
}
TEXT = (
    ".py",
    ".html",
    ".css",
    ".js",
    ".md",
    ".cfg",
    ".toml",
    ".ini",
    ".yaml",
    ".yml",
    ".json",
    ".lock",
    ".po",
    ".csv",
    ".txt",
)
#: Written with brackets, so that this file does not hold what it looks for.
MACHINE = re.compile(
    r"(?<![\w.:/])/(?:wor[k]|far[m]|roo[t]|hom[e]|tm[p]|op[t])/[\w.]"
    r"|pypi[.]or[g]|registry[.]npm[j]s|pythonhoste[d]"
)
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|NotImplementedErro[r])\b")
#: Ways for a script to turn text into markup or code.
UNSAFE_SCRIPT = re.compile(r"[.](inner|outer)HTML\b|insertAdjacentHTML|document[.]write|\beval[(]|new Function[(]")
IDLE = re.compile(r"time[.]sleep|pytest[.](mark[.])?(skip|xfail)|assert[ ]True\b|unittest[.]mock")


def lines_with(pattern: re.Pattern[str], texts: Mapping[str, str]) -> Iterator[str]:
    """Where a pattern stands."""
    for name, text in texts.items():
        for number, line in enumerate(text.splitlines(), start=1):
            if pattern.search(line):
                yield f"{name}:{number}: {line.strip()[:120]}"


def texts(*suffixes: str, under: str | tuple[str, ...] = "") -> dict[str, str]:
    """Our own texts."""
    return {name: tree.read(name) for name in tree.files(*suffixes, under=under)}


def test_the_top_holds_only_what_belongs_there() -> None:
    assert {name.split("/", maxsplit=1)[0] for name in tree.every_file()} <= TOP


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = list(lines_with(MACHINE, texts(*TEXT, "Makefile", ".ci/run", ".ci/ensure")))
    assert not found, "\n".join(found)


def test_nothing_is_unfinished() -> None:
    found = list(lines_with(UNFINISHED, texts(".py", ".html", ".css", ".js")))
    assert not found, "\n".join(found)


def test_tests_neither_wait_nor_skip_nor_pretend() -> None:
    found = list(lines_with(IDLE, texts(".py", under=("tests",))))
    assert not found, "\n".join(found)


def test_scripts_make_no_markup_of_text() -> None:
    found = list(lines_with(UNSAFE_SCRIPT, texts(".js", under=("survey_app",))))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (UNSAFE_SCRIPT, "place.innerHTML = comment;"),
        (MACHINE, "cd /wo" + "rk/main"),
        (MACHINE, 'open("/tm' + 'p/x")'),
        (MACHINE, "url = https://pypi.or" + "g/simple"),
        (UNFINISHED, "# TO" + "DO later"),
        (IDLE, "    time.sle" + "ep(1)"),
        (IDLE, "@pytest.mark.xf" + "ail"),
    ],
)
def test_what_no_file_may_say_is_seen(pattern: re.Pattern[str], line: str) -> None:
    assert list(lines_with(pattern, {"a.py": f"fine\n{line}\n"})) == [f"a.py:2: {line.strip()}"]


def test_addresses_within_the_site_are_fine() -> None:
    assert not list(lines_with(MACHINE, {"a.py": 'url_for("/reviews/2026-10")\nhttp://host/home/x\n/workers/1\n'}))


def test_no_file_is_too_long() -> None:
    assert not [f"{name}: {length} lines" for name, length in sizes.long_files(sizes.HARD)]


def test_a_long_file_is_seen() -> None:
    lengths = {"a.py": 401, "b.py": 400, "survey_app/migrations/versions/0001_a.py": 900}
    assert sizes.over(lengths, 400) == [("a.py", 401)]
