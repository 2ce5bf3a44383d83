"""How each automatic mark is called, what it says of a report, and how much it weighs in the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from survey_app.field.flags import Mark
from translations import format_date, format_number, isolate, ngettext
from translations import gettext as _
from translations import lazy_gettext as _l

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort of mark: its name in lists, its weight (0: only told), and its sentence."""

    title: Any
    weight: int
    said: Callable[[Values], str]


def _other(values: Values) -> dict[str, str]:
    day = format_date(date.fromisoformat(values["day"])) if values.get("day") else "—"
    return {"branch": isolate(values["branch"]), "date": isolate(day)}


def _copied(values: Values) -> str:
    words = _("Much of the text of %(question)s stands in the report on %(branch)s of %(date)s as well (%(share)s%%).")
    return words % {"question": values["question"], "share": round(100 * values["share"]), **_other(values)}


def _reused(values: Values) -> str:
    if values["same"]:
        return _("A photo is the very file of the report on %(branch)s of %(date)s.") % _other(values)
    return _("A photo looks like one of the report on %(branch)s of %(date)s.") % _other(values)


def _travel(values: Values) -> str:
    if values["minutes"] is None:
        return _("At the same time the shopper reported to be in %(branch)s.") % _other(values)
    words = _("%(km)s km from %(branch)s, and only %(minutes)s minutes between the two visits.")
    return words % {"km": format_number(values["km"]), "minutes": values["minutes"], **_other(values)}


def _waiting(values: Values) -> str:
    if "tapped" in values:
        words = _("%(question)s says a wait of %(said)s minutes; by the taps it was %(tapped)s.")
        return words % dict(values)
    words = _("%(question)s says a wait of %(said)s minutes; the whole visit took %(stay)s.")
    return words % dict(values)


def _far(values: Values) -> str:
    if values.get("within") is None:
        return _("The phone was farther from the branch than %(near)s m.", near=format_number(values["near"]))
    words = _("The phone was about %(within)s m from the branch (near is %(near)s m; accuracy %(accuracy)s m).")
    return words % {name: format_number(values[name] or 0) for name in ("within", "near", "accuracy")}


def _no_position(values: Values) -> str:
    if values["refused"]:
        return _("The phone was not allowed to tell its distance from the branch.")
    return _("The phone told no distance from the branch.")


def _day(words: Any) -> Callable[[Values], str]:
    return lambda values: str(words) % {"date": isolate(format_date(date.fromisoformat(values["day"])))}


def _listed(words: Any) -> Callable[[Values], str]:
    return lambda values: str(words) % {"items": isolate(", ".join(values["questions"]))}


def _plain(words: Any) -> Callable[[Values], str]:
    return lambda values: str(words) % dict(values)


def _too_little(values: Values) -> str:
    return _(
        "%(share)s%% of the points were not judged (not applicable or empty); above %(limit)s%% a report goes back.",
        share=round(100 * values["share"]),
        limit=round(100 * values["limit"]),
    )


def _untouched(values: Values) -> str:
    if not values["questions"]:
        return _("It was sent back, and came again with nothing changed.")
    words = _("It was sent back with questions about %(items)s, and nothing was changed there.")
    return words % {"items": isolate(", ".join(values["questions"]))}


def _impression(values: Values) -> str:
    return _(
        "The items come to %(total)s of 100, and the answer to %(question)s is %(answer)s: they say opposite things.",
        total=format_number(values["total"] / 100),
        question=values["question"],
        answer=values["answer"],
    )


SORTS: Final[Mapping[str, Sort]] = {
    "copies": Sort(
        _l("Second copy"), 4,
        lambda v: ngettext(
            "%(num)s other report of this visit waits to be compared.",
            "%(num)s other reports of this visit wait to be compared.", v["copies"],
        ),
    ),
    "untouched": Sort(_l("Sent again unchanged"), 4, _untouched),
    "files": Sort(
        _l("Files missing"), 3,
        lambda v: ngettext(
            "%(num)s file of the report has not come from the phone yet.",
            "%(num)s files of the report have not come from the phone yet.", v["files"],
        ),
    ),
    "travel": Sort(_l("Impossible travel"), 4, _travel),
    "reused": Sort(_l("Reused photo"), 4, _reused),
    "copied": Sort(_l("Copied text"), 3, _copied),
    "backwards": Sort(_l("Left before coming"), 3, _plain(_l("The time of leaving is before the time of coming."))),
    "far": Sort(_l("Far from the branch"), 3, _far),
    "window": Sort(_l("Outside the window"), 2, _day(_l("The visit of %(date)s lies outside its window."))),
    "closed": Sort(_l("Branch closed"), 3, _day(_l("On %(date)s the branch serves nobody."))),
    "hours": Sort(
        _l("Other hours"), 2,
        _plain(_l("The visit began at %(at)s; it was to be made between %(start)s and %(end)s.")),
    ),
    "waiting": Sort(_l("Waiting time contradicts"), 2, _waiting),
    "times": Sort(
        _l("Times contradict"), 2,
        _plain(_l("The times written down and the taps on the phone differ by up to %(minutes)s minutes.")),
    ),
    "impression": Sort(_l("Impression contradicts"), 2, _impression),
    "fast": Sort(
        _l("Too fast"), 3,
        _plain(_l("The form was filled in within %(seconds)s seconds; reading it takes about %(needed)s.")),
    ),
    "short": Sort(
        _l("Short visit"), 2,
        lambda v: ngettext(
            "The whole visit took %(num)s minute.", "The whole visit took %(num)s minutes.", v["minutes"]
        ),
    ),
    "too_little": Sort(_l("Too little judged"), 2, _too_little),
    "unanswered": Sort(_l("Unanswered items"), 2, _listed(_l("Not answered: %(items)s."))),
    "silent": Sort(
        _l("No words to a failed item"), 2, _listed(_l("Points were lost without a word to: %(items)s."))
    ),
    "no_position": Sort(_l("No distance"), 1, _no_position),
    "recall": Sort(
        _l("Written late"), 1, _plain(_l("The report was begun %(hours)s hours after leaving the branch."))
    ),
    "straight": Sort(
        _l("One answer to everything"), 1, _plain(_l("All %(items)s choices of scored items are the same answer."))
    ),
    "clock": Sort(
        _l("Phone's clock was wrong"), 0,
        _plain(_l("The phone's clock was wrong by %(minutes)s minutes; the times here are corrected.")),
    ),
    "first": Sort(
        _l("First reports"), 1,
        lambda v: ngettext(
            "%(num)s report of this shopper was decided before.",
            "%(num)s reports of this shopper were decided before.", v["decided"],
        ),
    ),
}  # fmt: skip


def said(mark: Mark) -> str:
    """What a mark says of its report, in the reader's language."""
    return SORTS[mark.code].said(mark.values)


def risk(found: Iterable[Mark]) -> int:
    """The sum of the marks' weights."""
    return sum(SORTS[one.code].weight for one in found)
