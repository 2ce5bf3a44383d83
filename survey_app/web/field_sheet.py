"""The report as a shopper's phone asks it: every section a leaf, and what the phone must know of each question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from forms.questionnaire.build import pages
from forms.questionnaire.definition import Question
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.paging import FOLLOW_UP
from forms.questionnaire.types import share
from survey_app.field.rules import Rules
from survey_app.web.filling import Filling
from survey_app.web.leaves import Leaf, whole_pages

#: An answer that earns no more than this part of its points is a low one: it is told in words what happened.
LOW: Final = Fraction(1, 2)
#: The day on which the report is written: a document may have been kept for weeks by then.
TODAY: Final = "@today"
#: Evidence that a photograph may bring, and what it is called in a question.
OUTSIDE: Final = "photo_exterior_only"


@dataclass(frozen=True)
class Extra:
    """What a phone must know of a question beyond what any device does."""

    #: ``always`` for what no report may lack, else nothing.
    needed: str
    #: The rule, as JSON, under which words are demanded beside the answer; nothing where they never are.
    worded: str
    #: Whether it may be answered later, such as a promised call-back.
    later: bool
    #: Whether photographs may be taken beside it.
    photos: bool
    #: What the taps in the branch already know of it: ``day``, ``entered``, ``left``, ``waited`` or nothing.
    known: str


@dataclass(frozen=True)
class Sheet:
    """The report of one visit in one language."""

    leaves: list[Leaf]
    extras: Mapping[str, Extra]
    #: Code of the question whose tick voids the visit; empty where there is none.
    voids: str


def sheet(filling: Filling, rules: Rules) -> Sheet:
    """Every question that a visit may ask, whatever is answered."""
    definition = filling.definition
    context = filling.ticket.context
    every = [page for page in pages(definition, context) if page.code != FOLLOW_UP]
    leaves = whole_pages(filling.ticket, filling.language, every, filling.answers, frozenset({TODAY}))
    known = known_of(definition)
    day = next((code for code, what in known.items() if what == "day"), "")
    extras = {one.code: _extra(one, known.get(one.code, ""), day, rules) for one in definition.questions}
    voids = next((one.code for one in definition.questions if one.voids), "")
    return Sheet([leaf for leaf in leaves if leaf.asks], extras, voids)


def known_of(definition: Definition) -> dict[str, str]:
    """Question code -> what the taps in the branch tell of it.

    The first date is the day, the first two hours are those of coming and going, the first scored length of time is the
    wait. All of them can be changed by hand.
    """
    found: dict[str, str] = {}
    hours = iter(("entered", "left"))
    for one in definition.questions:
        if one.type == "date" and "day" not in found.values():
            found[one.code] = "day"
        elif one.type == "time" and (hour := next(hours, "")):
            found[one.code] = hour
        elif one.type == "minutes" and one.points is not None and "waited" not in found.values():
            found[one.code] = "waited"
    return found


def _extra(question: Question, known: str, day: str, rules: Rules) -> Extra:
    scored = question.points is not None
    return Extra(
        needed="always" if scored or question.code == day else "",
        worded=json.dumps(rule, ensure_ascii=False) if (rule := worded(question)) else "",
        later=question.answered_later,
        photos=rules.photos != "none"
        and (question.type == "photo" or question.evidence == OUTSIDE or (scored and rules.photos == "anywhere")),
        known=known,
    )


def worded(question: Question) -> dict[str, Any] | None:
    """The rule under which an item's answer is to be told in words; None for never.

    A low answer always is; a critical item and one whose evidence is words are wherever points are lost.
    """
    if question.points is None:
        return None
    careful = question.is_critical or question.evidence == "text"

    def is_told(part: Fraction | None) -> bool:
        return part is not None and (part < 1 if careful else part <= LOW)

    if question.options:
        values = [one.value for one in question.options if is_told(share(question, one.value))]
        return {"in": [question.code, values]} if values else None
    ranges: list[dict[str, Any]] = []
    above: list[dict[str, Any]] = []
    for band in question.bands:
        if is_told(Fraction(band.points, question.points)):
            upper = [{"le": [question.code, band.max]}] if band.max is not None else []
            both = [*above, *upper]
            ranges.append(both[0] if len(both) == 1 else {"all": both or [{"answered": question.code}]})
        above = [{"gt": [question.code, band.max]}] if band.max is not None else above
    return ({"any": ranges} if len(ranges) > 1 else ranges[0]) if ranges else None
