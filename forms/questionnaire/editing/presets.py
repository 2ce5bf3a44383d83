"""Questions to begin with: every type, and the standing measures with their scale and words in four languages.

The words stand in ``presets.yaml``, in the format of a questionnaire; here stands how a palette offers them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from forms.questionnaire.definition import load, read_yaml
from forms.questionnaire.editing.tree import every_question
from forms.questionnaire.parts import Question
from translations import lazy_gettext as _l


@dataclass(frozen=True)
class Preset:
    """One entry of the palette."""

    code: str
    group: str
    #: Its name, and when to take it.
    name: Any
    about: Any
    question: Question
    #: It becomes the call-back after the last question, or the line of praise on the page of thanks.
    call_back: bool = False
    praise: bool = False


GROUPS: Final[Mapping[str, Any]] = {
    "measures": _l("Measures"),
    "choose": _l("To choose from"),
    "write": _l("To write in"),
    "count": _l("Numbers and times"),
    "more": _l("More"),
}

#: Preset → (group, name, when to take it), in the palette's order. The document has a question with each code.
_PALETTE: Final[Mapping[str, tuple[str, Any, Any]]] = {
    "satisfaction": ("measures", _l("Satisfaction 1–5"), _l("Measures CSAT: the two highest points are satisfied.")),
    "recommend": ("measures", _l("Recommend 0–10"), _l("Measures NPS: promoters less detractors.")),
    "ease": ("measures", _l("Ease 1–7"), _l("Measures how easy it was to get things done.")),
    "degree": ("measures", _l("Degree 1–5"), _l("To what extent something was so.")),
    "yes_no": ("measures", _l("Yes, no, not applicable"), _l("An item of a checklist, judged in points.")),
    "statements": (
        "measures",
        _l("Statements on one scale"),
        _l("Each statement is a question by itself."),
    ),
    "single": ("choose", _l("One of several"), _l("The choices stand one under another.")),
    "multiple": ("choose", _l("Any of several"), _l("With “none of these” and “other” where wanted.")),
    "dropdown": ("choose", _l("One of a long list"), _l("The choices unfold.")),
    "ranking": ("choose", _l("Put in order"), _l("The choices get places from 1.")),
    "scale": ("choose", _l("A scale of your own"), _l("Degrees with labels, and answers outside the scale.")),
    "item": ("choose", _l("An item with points"), _l("One point of a scale earns points of the section.")),
    "comment": ("write", _l("Comment"), _l("Free words, with the request to leave personal details out.")),
    "text": ("write", _l("Longer text"), _l("Several lines.")),
    "line": ("write", _l("One line"), _l("A name, a number of a form, a short answer.")),
    "email": ("write", _l("E-mail address"), _l("Checked as it is typed.")),
    "phone": ("write", _l("Telephone number"), _l("Israeli unless it begins with +.")),
    "wait": ("count", _l("Minutes waited"), _l("Whole minutes; bands of points where it is judged.")),
    "minutes": ("count", _l("Minutes"), _l("A length of time in whole minutes.")),
    "duration": ("count", _l("Minutes and seconds"), _l("A length of time as 4:30.")),
    "int": ("count", _l("Whole number"), _l("With a range and a unit.")),
    "number": ("count", _l("Number with decimals"), _l("With a range and a unit.")),
    "date": ("count", _l("Date"), _l("Day, month and year.")),
    "time": ("count", _l("Time of day"), _l("Hours and minutes.")),
    "datetime": ("count", _l("Date and time"), _l("Both in one answer.")),
    "note": ("more", _l("Information"), _l("Words to read; nothing is asked.")),
    "consent": ("more", _l("Consent"), _l("Yes or no, both kept.")),
    "checkbox": ("more", _l("A tick"), _l("Ticked or not answered.")),
    "photo": ("more", _l("Photograph"), _l("Evidence from the place itself.")),
    "file": ("more", _l("File"), _l("A document as evidence.")),
    "ref": ("more", _l("Something the system knows"), _l("A scenario or a branch; asked where there is a list.")),
    "call_back": ("more", _l("Call-back"), _l("Offered after the last question; contact is kept only with a tick.")),
    "praise": ("more", _l("A line of praise"), _l("On the page of thanks; no question of the survey.")),
}


@cache
def presets() -> Mapping[str, Preset]:
    """Everything the palette offers, in its order."""
    document = load(read_yaml((Path(__file__).parent / "presets.yaml").read_bytes()))
    questions = {question.code: question for question in every_question(document)}
    special = {"call_back": {"call_back": True}, "praise": {"praise": True}}
    return {
        code: Preset(code, group, name, about, questions[code], **special.get(code, {}))
        for code, (group, name, about) in _PALETTE.items()
    }
