"""What cases and promises came to, in sentences, in the active language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reports import wording
from reports.model_wording import between
from translations import format_number, ngettext
from translations import gettext as _

Row = Mapping[str, Any]


def some_of(one: Row | None) -> str:
    """A share as it is spoken: its value where the base is enough, else how many of how many."""
    if one is None:
        return ""
    if one["value"] is None:
        return _("%(n)s of %(all)s", n=wording.value(one["n"]), all=wording.value(one["of"]))
    return wording.percent(one["value"])


def base(one: Row) -> str:
    """What a share rests on."""
    return _("%(n)s of %(all)s", n=wording.value(one["n"]), all=wording.value(one["of"]))


def hours(value: float) -> str:
    """A time in working hours."""
    return _("%(hours)s working hours", hours=format_number(value, 1))


def case_finding(found: Row) -> str:
    """The headline: how many customers were won back."""
    saved = found["saved"]
    if saved is None:
        return _("No case was closed in these months whose customer could be asked")
    if saved["of"] < found["least"]:
        return _("Too few cases were closed to speak of a share: customers confirmed %(base)s", base=base(saved))
    return _(
        "%(share)s of the customers whose case was closed confirm that it was solved (likely range %(range)s)",
        share=wording.percent(saved["value"]),
        range=between(saved),
    )


def case_base(found: Row) -> str:
    """What the headline rests on, and who is not in it."""
    saved, apart = found["saved"], sum(found["apart"].values())
    said = (
        [_("Customers confirmed %(base)s; where nobody answered, nobody was won back.", base=base(saved))]
        if saved
        else []
    )
    if apart:
        said.append(
            ngettext(
                "%(num)s more case was closed without asking: no contact, consent taken back or details deleted.",
                "%(num)s more cases were closed without asking: no contact, consent taken back or details deleted.",
                apart,
            )
        )
    return " ".join(said)


def speed(found: Row) -> str:
    """What the speed of the first contact goes with; empty where too few are known."""
    one = found["speed"]
    if one is None:
        return ""
    told = {
        "hours": format_number(found["soon"], 0),
        "fast": wording.percent(one["first"]["value"]),
        "slow": wording.percent(one["second"]["value"]),
        "points": wording.value(one["value"]),
        "range": between(one),
    }
    if one["low"] > 0:
        return _(
            "Contacted within %(hours)s working hours, %(fast)s confirm; later, %(slow)s. The difference is %(points)s "
            "points (likely range %(range)s). It goes with the speed; that is no proof of a cause.",
            **told,
        )
    return _(
        "Contacted within %(hours)s working hours, %(fast)s confirm; later, %(slow)s. No clear difference is shown "
        "(%(points)s points, likely range %(range)s).",
        **told,
    )


def loyalty(found: Row) -> str:
    """Whether customers who were not won back leave more often."""
    one = found["loyalty"]
    if one is None:
        return (
            _("Too few cases are known to say whether customers who were not won back leave more often.")
            if found["departures"]
            else _("Nobody told yet who left: import the file of departures to see it here.")
        )
    told = {
        "lost": wording.percent(one["first"]["value"]),
        "saved": wording.percent(one["second"]["value"]),
        "points": wording.value(one["value"]),
        "range": between(one),
    }
    if one["low"] > 0:
        return _(
            "Within three months %(lost)s of those who did not confirm left, and %(saved)s of those who did: "
            "%(points)s points apart (likely range %(range)s). It goes with it; that is no proof of a cause.",
            **told,
        )
    return _(
        "Within three months %(lost)s of those who did not confirm left, and %(saved)s of those who did. No clear "
        "difference is shown (%(points)s points, likely range %(range)s).",
        **told,
    )


#: Measure of a branch or the organisation -> what it is called.
MEASURES: Final[Mapping[str, Any]] = {
    "opened": lambda: _("Cases opened"),
    "standing": lambda: _("Open at the end of the month"),
    "overdue": lambda: _("Overdue at the end of the month"),
    "closed": lambda: _("Cases closed"),
    "saved": lambda: _("Confirmed by customers"),
    "contact": lambda: _("Time to first contact"),
    "solve": lambda: _("Time to solve"),
    "at_once": lambda: _("Solved at first contact"),
    "reopened": lambda: _("Cases reopened"),
    "repeats": lambda: _("Problems that came again"),
}


def measure(code: str) -> str:
    """What a measure of cases is called."""
    return str(MEASURES[code]())


def spread(one: Row) -> str:
    """The middle half of some times, as far as it is over; else how many wait still."""
    if one["median"] is None:
        return _(
            "%(n)s of %(all)s waited longer than is known", n=wording.value(one["waiting"]), all=wording.value(one["n"])
        )
    low = format_number(one["low"], 1)
    if one["high"] is None:
        return _("a quarter within %(hours)s, more than a quarter not yet", hours=low)
    return _("middle half %(range)s", range=wording.span(low, format_number(one["high"], 1)))


# ---- promises --------------------------------------------------------------------------------------------------------


def promise_finding(found: Row) -> str:
    """The headline: how many promises were kept."""
    kept = found["kept"]
    if kept is None:
        return _("No promise was due in these months")
    if kept["of"] < found["least"]:
        return _("Too few promises were due to speak of a share: kept %(base)s", base=base(kept))
    return ngettext(
        "%(share)s of the promises due in the last month were kept (likely range %(range)s)",
        "%(share)s of the promises due in the last %(num)s months were kept (likely range %(range)s)",
        found["window"],
        share=wording.percent(kept["value"]),
        range=between(kept),
    )


def promise_told(found: Row) -> str:
    """What customers say of promises themselves; empty where nobody does."""
    told = found["told"]
    if told is None:
        return ""
    return _(
        "Of customers who say in surveys that something was promised to them, %(share)s say that it was kept "
        "(%(base)s).",
        share=some_of(told),
        base=base(told),
    )
