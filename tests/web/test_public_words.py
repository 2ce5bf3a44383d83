"""What a customer meets is said in all four languages: no English word waits in a Russian page."""

from __future__ import annotations

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
FOLDERS = ("survey_app/templates/pages/respond/", "survey_app/templates/questions/")
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "_l": None, "lazy_gettext": None}


def said() -> Iterator[str]:
    """Every message of the public pages."""
    names = [*SPEAKING, *(name for name in tree.files(".html") if name.startswith(FOLDERS))]
    for name in names:
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
