"""What models of single responses found, in sentences and names, in the active language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from reports import wording
from reports.recovery import HANDLED, NO_PROBLEM, NOT_HANDLED, NOT_REPORTED
from translations import LANGUAGES, isolate, localised
from translations import gettext as _

Row = Mapping[str, Any]
#: The chance, in percent, from which a topic is said to come first.
SURE: Final = 80


def question(data: Row, row: Row, branch: str = "") -> str:
    """A question or item in the reader's words; its code where the words are not at hand.

    ``data["words"]`` holds them, joined when the report is read; ``branch`` stands where a text names the branch.
    """
    texts = (data.get("words") or {}).get(f"{row['questionnaire']}:{row['code']}")
    if not texts:
        return str(row["code"])
    named = {"{branch}": branch or _("the branch"), "{org}": data["organisation"]["name"]}
    found = localised(dict(texts))
    for place, name in named.items():
        found = found.replace(place, name)
    return found


# ---- drivers ---------------------------------------------------------------------------------------------------------


_NO_DRIVERS: Final[Mapping[str, Callable[[Row], str]]] = {
    "no_topics": lambda found: _(
        "What goes with satisfaction cannot be told: that needs a question on satisfaction and two topics on scales of "
        "numbers that at least half of the customers answer"
    ),
    "few_responses": lambda found: _(
        "Too few responses to tell what goes with satisfaction: %(n)s answered all topics, %(needed)s are needed",
        n=wording.value(found["n"]),
        needed=wording.value(found["needed"]),
    ),
    "all_alike": lambda found: _(
        "Everybody in a branch answered alike: there are no differences that anything goes with"
    ),
}


def driver_finding(data: Row, found: Row) -> str:
    """What the drivers say at a glance: which topic comes first, where that is probable."""
    if not found["fitted"]:
        return _NO_DRIVERS[found["why"]](found)
    first = max(found["topics"], key=lambda row: float(row["p_top"]))
    if first["p_top"] < SURE:
        return _("No topic clearly goes with satisfaction more than the others")
    return _("Goes with satisfaction more than the other topics: %(topic)s", topic=isolate(question(data, first)))


def driver_reading() -> str:
    """What a driver is and what it is not."""
    return _("Related to satisfaction more than other topics; that is no proof of a cause")


def driver_base(found: Row) -> str:
    """What the drivers rest on."""
    return _(
        "From %(n)s responses, compared inside each branch; the topics together go with %(r2)s of the differences in "
        "satisfaction between customers.",
        n=wording.value(found["n"]),
        r2=wording.percent(found["r2"]),
    )


# ---- recovery --------------------------------------------------------------------------------------------------------

_GROUPS: Final[Mapping[str, Callable[[], str]]] = {
    NO_PROBLEM: lambda: _("No problem"),
    HANDLED: lambda: _("A problem that was dealt with"),
    NOT_HANDLED: lambda: _("A problem that was reported and not dealt with"),
    NOT_REPORTED: lambda: _("A problem that was not reported"),
}
_UNSHOWN: Final[Mapping[str, Callable[[], str]]] = {
    "no_responses": lambda: _("There are no responses in this period"),
    "few_responses": lambda: _("Hidden: too few responses"),
    "complementary": lambda: _("Hidden: it would give away another group with few responses"),
}


def between(standing: Row) -> str:
    """The likely range of a number; with a negative end in words, where a dash would be read as another sign."""
    if standing["low"] >= 0:
        return wording.span(f"{standing['low']:.0f}", f"{standing['high']:.0f}")
    return _("%(low)s to %(high)s", low=wording.value(standing["low"]), high=wording.value(standing["high"]))


def group(code: str) -> str:
    """What became of a customer's problem, by the customer's own answer."""
    return _GROUPS[code]()


def group_why(code: str | None) -> str:
    """Why a group shows no numbers; empty where it does."""
    return _UNSHOWN[code]() if code else ""


def recovery_finding(found: Row) -> str:
    """The headline: what dealing with a problem is worth."""
    apart = found["handling"]["top_box"]
    if apart is None:
        return _("Too few problems were told of to say what dealing with them is worth")
    told = {
        "points": wording.value(abs(apart["value"])),
        "range": between(apart),
    }
    if apart["low"] > 0:
        return _(
            "A problem that is dealt with is worth %(points)s points of satisfaction against one that is not "
            "(likely range %(range)s)",
            **told,
        )
    return _(
        "Whether a problem was dealt with makes no difference that could be told (%(points)s points, likely range "
        "%(range)s)",
        **told,
    )


def paradox(found: Row) -> str:
    """Whether customers whose problem was dealt with are better off than those who had none."""
    if found["paradox"]:
        return _("Customers whose problem was dealt with are more satisfied than those who had none.")
    return _("It is not shown that customers whose problem was dealt with are more satisfied than those who had none.")


def repeats(found: Row) -> str:
    """How many problems came again to the same customer."""
    if not found["known"]:
        return _("Of no problem is it known whether the same customer had one before.")
    return _(
        "Repeated within 90 days: %(repeats)s of the %(known)s problems whose customer is known.",
        repeats=wording.value(found["repeats"]),
        known=wording.value(found["known"]),
    )


# ---- mix -------------------------------------------------------------------------------------------------------------

_KINDS: Final[Mapping[str, Callable[[], str]]] = {
    "mode": lambda: _("How it was answered"),
    "channel": lambda: _("How customers came to the survey"),
    "language": lambda: _("Language of the answers"),
    "rate": lambda: _("Answered invitations"),
}
_LEVELS: Final[Mapping[str, Mapping[str, Callable[[], str]]]] = {
    "mode": {
        "web": lambda: _("On a screen of one's own"),
        "phone": lambda: _("By telephone"),
        "kiosk": lambda: _("On the branch's tablet"),
    },
    "channel": {
        "personal": lambda: _("Personal invitation"),
        "open": lambda: _("Open link"),
        "link": lambda: _("Link"),
        "sms": lambda: _("Text message"),
        "whatsapp": lambda: _("WhatsApp"),
        "email": lambda: _("E-mail"),
        "phone": lambda: _("Telephone"),
        "kiosk": lambda: _("Tablet"),
    },
    "rate": {"answered": lambda: _("Answered")},
}


def mix_kind(code: str) -> str:
    """What a mix is made of."""
    return _KINDS[code]()


def mix_level(kind: str, level: str) -> str:
    """One part of a mix; a code that nobody named stands as it is."""
    if kind == "language":
        return LANGUAGES.get(level, level)
    names = _LEVELS.get(kind, {})
    return names[level]() if level in names else level or _("Not known")


def mix_warning(row: Row) -> str:
    """One warning: which part of the answers changed, from what to what."""
    told = {"before": wording.percent(row["before"]), "now": wording.percent(row["now"])}
    if row["kind"] == "rate":
        return _("Of the invitations %(now)s were answered, %(before)s in the months before", **told)
    return _(
        "%(kind)s, %(level)s: %(now)s of the answers, %(before)s in the months before",
        kind=mix_kind(row["kind"]),
        level=isolate(mix_level(row["kind"], row["level"])),
        **told,
    )


def mix_reading() -> str:
    """Why a changed mix is told beside the scores."""
    return _(
        "People answer differently on the telephone than on a screen, and different people answer in each way. Where "
        "the mix changed, a part of a change in scores may come from that and not from the service."
    )


# ---- disagreement ----------------------------------------------------------------------------------------------------


def disagreement(row: Row) -> str:
    """In which of the two a branch is probably above the others."""
    chance = {"p": wording.percent(row["probability"])}
    if row["better"] == "surveys":
        return _("Probably above the others in surveys and below them in visits (%(p)s)", **chance)
    return _("Probably below the others in surveys and above them in visits (%(p)s)", **chance)


def not_made(signed: bool) -> str:
    """That a part of the page has no numbers, because the month's models were not made."""
    if signed:
        return _("This was not computed when the month was signed.")
    return _("Not computed yet; that is done within the hour.")
