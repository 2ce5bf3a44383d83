"""What a customer meets is said in all four languages: no English word waits in a Russian page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from tests.conventions import tree

#: Everything that speaks on the survey's pages: templates, the screens behind them, errors, and the types of questions.
SPEAKING = (
    "survey_app/templates/base.html",
    "survey_app/templates/pages/error.html",
    "survey_app/web/respond.py",
    "survey_app/web/thanks.py",
    "survey_app/web/arriving.py",
    "survey_app/web/closing.py",
    "survey_app/web/telling.py",
    "survey_app/web/stopping.py",
    "survey_app/web/support.py",
    "survey_app/web/kiosk.py",
    "survey_app/web/leaves.py",
    "survey_app/web/codes.py",
    "survey_app/queries/kiosk.py",
    "survey_app/queries/points.py",
    "survey_app/templates/pages/points/enter.html",
    "survey_app/templates/pages/_accessibility.html",
    "survey_app/templates/pages/_privacy.html",
    "survey_app/web/errors.py",
    "survey_app/web/schema.py",
    "survey_app/queries/tickets.py",
    "survey_app/queries/afterwards.py",
    "survey_app/queries/stopping.py",
    "survey_app/commands/stopping.py",
    "survey_app/commands/abuse.py",
    "survey_app/commands/afterwards.py",
    "forms/questionnaire/answers.py",
    "forms/questionnaire/figures.py",
    "forms/questionnaire/types.py",
    "forms/questionnaire/fields.py",
    "forms/questionnaire/paging.py",
)
FOLDERS = (
    "survey_app/templates/pages/respond/",
    "survey_app/templates/pages/kiosk/",
    "survey_app/templates/questions/",
)
#: What templates take from others: macros and parts of pages.
TAKEN = re.compile(r"""{%-?\s*(?:include|from|import|extends)\s*["']([\w/.-]+\.html)["']""")
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "_l": None, "lazy_gettext": None}


def speaking() -> list[str]:
    """The files of the public pages, with every macro and part that their templates take from elsewhere."""
    found: list[str] = []
    waiting = [*SPEAKING, *(name for name in tree.files(".html") if name.startswith(FOLDERS))]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.append(name)
            if name.endswith(".html"):
                waiting += [f"survey_app/templates/{part}" for part in TAKEN.findall(tree.read(name))]
    return found


def said() -> Iterator[str]:
    """Every message of the public pages."""
    for name in speaking():
        method = "jinja2.ext:babel_extract" if name.endswith(".html") else "python"
        for _line, message, _comments, _context in extract_from_file(method, tree.ROOT / name, keywords=KEYWORDS):
            yield message[0] if isinstance(message, tuple) else message


@pytest.mark.parametrize("language", ["he", "ar", "ru"])
def test_the_public_pages_are_said_in(language: str) -> None:
    with (tree.ROOT / f"translations/{language}/LC_MESSAGES/messages.po").open("rb") as handle:
        catalogue = read_po(handle, locale=language)
    wanted = set(said())
    assert len(wanted) > 60
    missing = []
    for message in sorted(wanted):
        entry = catalogue.get(message)
        string = entry.string if entry is not None else ""
        texts = [string] if isinstance(string, str) else list(string or ())
        if not texts or not all(texts):
            missing.append(message)
    assert not missing, "\n".join(missing)


def test_the_tablet_the_typed_code_and_their_macros_are_among_them() -> None:
    names, messages = speaking(), set(said())
    assert "survey_app/templates/macros/contact.html" in names
    # One of a template, of a script's data attribute, of a macro's page and of the page to type a code on.
    assert {"Still there?", "Page %(number)s of %(pages)s", "A code has digits only."} <= messages


def test_the_statement_says_what_the_tablet_does() -> None:
    """The limit of time that the statement tells is the one that the tablet keeps, and the warning is long enough."""
    script, page = tree.read("survey_app/static/kiosk.js"), tree.read("survey_app/templates/pages/kiosk/survey.html")
    warning = re.search(r"^const WARNING = (\d+);", script, re.MULTILINE)
    assert warning is not None
    seconds = warning.group(1)
    assert int(seconds) >= 20  # WCAG 2.2.1
    assert f'id="countdown">{seconds}<' in page
    statement = tree.read("survey_app/templates/pages/_accessibility.html")
    assert f"The tablet asks {seconds} seconds before" in statement
    assert "const IDLE = MINUTE;" in script
    assert "after a minute without a touch" in statement
    assert "A survey has no time limit" not in statement
