"""Why pyxform makes no form of a file, in the reader's words: the commonest reasons; the rest is quoted as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from forms.questionnaire.errors import Problem, Quoting
from translations import gettext as _
from translations import isolate_ltr
from translations import lazy_gettext as _l

#: The longest reason that is quoted.
_LONGEST: Final = 500
_ROW: Final = re.compile(r"\[row : (?P<row>\d+)\]\s*")
_PLACES: Final[Mapping[str, Any]] = {"survey": _l("survey, row %(row)s"), "choices": _l("choices, row %(row)s")}
#: Sheet, what pyxform says behind the row, and what is told; ``name`` is what it quotes.
_REASONS: Final = tuple(
    (sheet, re.compile(pattern), words)
    for sheet, pattern, words in (
        ("survey", r"Missing calculation", _l("The calculation is missing.")),
        ("survey", r"Question with no type", _l("The type is missing.")),
        ("survey", r"Question or group with no name", _l("The name is missing.")),
        ("survey", r"(?:Question|Group|Repeat|Loop) has no label", _l("The label is missing.")),
        (
            "survey",
            r"List name not in (?:choices|columns) sheet: (?P<name>.+)",
            _l("The choices sheet has no list %(name)s."),
        ),
        ("survey", r"Unknown question type '(?P<name>[^']*)'", _l("There is no question type %(name)s.")),
        (
            "survey",
            r"On the 'survey' sheet, the 'name' value '(?P<name>[^']*)' is invalid\. .*must (?:be )?unique",
            _l("The name %(name)s stands twice."),
        ),
        (
            "survey",
            r"On the 'survey' sheet, the 'name' value is invalid\. Names must begin",
            _l("The name begins with a letter or an underscore and holds letters, digits, underscores, . and - only."),
        ),
        (
            "survey",
            r"On the 'survey' sheet, the '[^']*' value is invalid\. .*find the name '(?P<name>[^']*)'",
            _l("It speaks of %(name)s, but no question is called so."),
        ),
        (
            "survey",
            r"Unmatched 'begin_(?P<name>\w+)'",
            _l("The %(name)s that begins here is never ended."),
        ),
        ("survey", r"Unmatched 'end_(?P<name>\w+)'", _l("A %(name)s ends here that was never begun.")),
        ("choices", r"On the 'choices' sheet, the 'label' value is invalid", _l("The label is missing.")),
        (
            "choices",
            r"On the 'choices' sheet, the 'name' value is invalid\. Choices must have a name",
            _l("The name is missing."),
        ),
        (
            "choices",
            r"On the 'choices' sheet, the 'name' value is invalid\. Choice names must be unique",
            _l("Another choice of the list has the same name."),
        ),
    )
)


def told(reason: str) -> list[Problem]:
    """A refusal of pyxform's as problems with their rows; the words of one that is not known stand in English."""
    found = []
    starts = [*_ROW.finditer(reason)]
    for row, following in zip(starts, [*starts[1:], None], strict=False):
        part = reason[row.end() : following.start() if following else None]
        for sheet, pattern, words in _REASONS:
            if match := pattern.match(part):
                name = isolate_ltr(match.groupdict().get("name", "").strip())
                found.append(Problem(str(_PLACES[sheet]) % {"row": row["row"]}, str(words) % {"name": name}))
                break
    if found and len(found) == len(starts):
        return found
    for sheet, pattern, words in _REASONS if not starts else ():
        if match := pattern.match(reason):
            name = isolate_ltr(match.groupdict().get("name", "").strip())
            return [Problem(sheet, str(words) % {"name": name})]
    return [Problem("", Quoting(_("This is no valid XLSForm. The checker says:"), reason[:_LONGEST]))]
