"""The settings of a form ↔ the head of a document: code, title, languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from forms.questionnaire.errors import Problem
from forms.questionnaire.exchange.xlsform.overlay import Extra
from forms.questionnaire.exchange.xlsform.sheets import Form
from translations import gettext as _
from translations import isolate_ltr

#: What a form without a sheet of ours is.
KIND: Final = "customer_survey"
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{1,59}")
#: Settings that are read, or that every form of ours has.
_READ: Final = frozenset({"title", "id_string", "default_language", "allow_choice_duplicates"})
_VERSION: Final = "version"


def _code(name: str) -> str:
    base = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60].rstrip("_")
    return base if _CODE.fullmatch(base) else f"form_{base}".rstrip("_")[:60]


def head(form: Form, extra: Extra, languages: Sequence[str]) -> tuple[dict[str, Any], list[Problem]]:
    """Everything of a document that stands above its questions, and the settings that it has no place for."""
    settings = form.settings
    name = settings.get("id_string") or settings.get("title") or "form"
    code = _code(name)
    notes = []
    if settings.get("id_string") and code != name:
        notes.append(
            Problem("code", _("The name %(name)s is now %(code)s.", name=isolate_ltr(name), code=isolate_ltr(code)))
        )
    for path in settings.cells:
        if path[0] == _VERSION and (extra.hints or extra.entries):
            continue
        if path[0] == _VERSION:
            notes.append(Problem(_VERSION, _("Versions are counted when they are published.")))
        elif path[0] not in _READ:
            notes.append(Problem(f"settings.{'::'.join(path)}", _("This setting is not carried.")))
    title = settings.get("title") or settings.get("id_string")
    if not title:
        notes.append(Problem("title", _("The form has no title.")))
    document = {
        "format": 1,
        "code": code,
        "kind": KIND,
        "title": {form.default: title} if title else {},
        "languages": {one: "source" if one == form.default else "draft" for one in languages},
    }
    return document, notes
