"""What stands in a row and has no place in a question: told column by column, so that nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from forms.questionnaire.errors import Problem
from forms.questionnaire.exchange.xlsform.shapes import APPEARS, TOGETHER
from forms.questionnaire.exchange.xlsform.sheets import Path, Row
from translations import gettext as _
from translations import isolate_ltr
from translations import lazy_gettext as _l

#: Columns that are read elsewhere, by the beginning of their path.
_READ: Final[frozenset[Path]] = frozenset(
    {
        *(("type",), ("name",), ("label",), ("hint",), ("parameters",), ("choice_filter",), ("disabled",)),
        *(("bind", "relevant"), ("bind", "required"), ("bind", "constraint"), ("bind", "jr:constraintMsg")),
        ("control", "appearance"),
    }
)
_MEDIA: Final = _l("Pictures and recordings beside words are not carried.")
#: Columns that have nothing in a questionnaire, and why.
REASONS: Final[Mapping[Path, Any]] = {
    ("default",): _l("The default answer is not carried: nothing is answered beforehand."),
    ("bind", "readonly"): _l("A question that cannot be answered is not carried as such."),
    ("bind", "calculate"): _l("Answers are not calculated from others."),
    ("bind", "jr:requiredMsg"): _l("The words for a missing answer are the platform's own."),
    ("guidance_hint",): _l("The guidance is not carried: the question has a hint."),
    ("media",): _MEDIA,
    ("trigger",): _l("Answers are not calculated from others."),
    ("bind", "entities:saveto"): _l("Entities are not carried."),
    ("control", "jr:count"): _l("Questions are not repeated; a repeated part cannot be carried."),
}
#: Looks that every type here has anyway, or that the type has said already.
_LOOKS: Final = TOGETHER | {look for _becomes, look in APPEARS} | {"numbers"}
_NO: Final = frozenset({"", "no", "false", "false()"})
#: What a group of the form has no place for, beside the above.
_ONLY_QUESTIONS: Final = ("hint",)


def left_over(row: Row, place: str, data: Mapping[str, Any]) -> list[Problem]:
    """What of a row is not carried. ``data`` is what became of it: a question, or a section."""
    found: dict[str, None] = {}
    for path, cell in row.cells.items():
        read = any(path[: len(start)] == start for start in _READ)
        if read or cell.lower() in _NO:
            continue
        start = next((one for one in REASONS if path[: len(one)] == one), None)
        if start == ("guidance_hint",) and ("hint",) not in {(one[0],) for one in row.cells}:
            continue
        if start is not None:
            found[str(REASONS[start])] = None
        else:
            found[_("The column %(name)s is not carried.", name=isolate_ltr("::".join(path)))] = None
    looks = [look for look in row.get("control", "appearance").split() if look not in _LOOKS]
    if looks:
        found[_("The appearance %(look)s is not carried.", look=isolate_ltr(" ".join(looks)))] = None
    if "type" not in data and any(path[0] in _ONLY_QUESTIONS for path in row.cells):
        found[_("A section has no hint.")] = None
    if row.get("choice_filter") and not row.get("type").startswith(("select", "rank")):
        found[_("The column %(name)s is not carried.", name=isolate_ltr("choice_filter"))] = None
    return [Problem(place, message) for message in found]
