"""A case in words: what to do now and by when, and what happened."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from forms.cases import SHEKEL
from survey_app import clock
from survey_app.loop.causes import CAUSES
from survey_app.loop.events import CHANNELS, EVENTS
from survey_app.loop.levels import LEVELS, above
from survey_app.loop.states import AGREED, CLOSED, CLOSINGS, CONFIRMED, CONTACTED, DONE, MERGED, NEW, OUTCOMES, STATES
from survey_app.loop.subjects import SUBJECTS
from survey_app.models import Case, CaseEvent, User
from survey_app.queries.cases import Seen, visible
from survey_app.web.cases.frame import blueprint, person, reachable
from survey_app.web.support import current_user, read_session
from survey_app.web.templating import money_text
from translations import format_date, isolate
from translations import gettext as _
from translations import lazy_gettext as _l

#: Hours before a moment within which it is soon.
_SOON: Final = timedelta(hours=4)


@dataclass(frozen=True)
class Until:
    """By when: in words, and how pressing it is (``bad``, ``warn`` or nothing)."""

    words: str
    kind: str = ""


@dataclass(frozen=True)
class Now:
    """What a case needs now: in words, and by when."""

    words: str
    until: Until | None = None


def when(moment: datetime) -> str:
    """A moment as people say it: today at 14:30, tomorrow at 09:00, else its date and time."""
    there = clock.local(moment)
    days, at = (there.date() - clock.today()).days, isolate(f"{there:%H:%M}")
    if days == 0:
        return _("today at %(time)s", time=at)
    if days == 1:
        return _("tomorrow at %(time)s", time=at)
    return _("%(date)s at %(time)s", date=isolate(format_date(there.date())), time=at)


def day(on: date) -> str:
    """A day as people say it."""
    days = (on - clock.today()).days
    near = {0: _("today"), 1: _("tomorrow")}
    return near.get(days) or _("on %(date)s", date=isolate(format_date(on)))


def until(moment: datetime | None) -> Until | None:
    """By when something has to be done; None where no clock runs."""
    if moment is None:
        return None
    left = moment - clock.now()
    if left <= timedelta():
        return Until(_("was due %(when)s", when=when(moment)), "bad")
    return Until(_("until %(when)s", when=when(moment)), "warn" if left <= _SOON else "")


def _agreed(one: Case) -> str:
    if one.next_step:
        return _("Carry out what was agreed: %(step)s", step=isolate(one.next_step))
    return _("Carry out what was agreed, and finish with the lesson")


#: State -> what it needs of whoever handles it.
_NEEDS: Final[Mapping[str, Callable[[Case], str]]] = {
    NEW: lambda one: _("Contact the customer") if reachable(one) else _("Look into it: the customer cannot be reached"),
    CONTACTED: lambda one: (
        _("Agree on a solution: %(step)s", step=isolate(one.next_step)) if one.next_step else _("Agree on a solution")
    ),
    AGREED: _agreed,
    DONE: lambda one: _("The work is done; the customer is asked whether it is solved"),
    CONFIRMED: lambda one: _("The customer confirmed that it is solved"),
    CLOSED: lambda one: str(CLOSINGS.get(one.closed_how, STATES[CLOSED][0])),
    MERGED: lambda one: _("It goes on in case %(number)s", number=one.merged_into_id),
}


def now(one: Case) -> Now:
    """What a case needs now and by when: the nearest of its next step's day, its rung's clock and its end."""
    words = _NEEDS[one.state](one)
    if not one.open:
        silent = one.silent_at if one.state == DONE else None
        return Now(words, Until(_("silence closes it %(when)s", when=when(silent))) if silent else None)
    if one.next_on is not None and one.state != NEW:
        late = one.next_on < clock.today()
        kind = "bad" if late else "warn" if one.next_on == clock.today() else ""
        return Now(words, Until(day(one.next_on), kind))
    return Now(words, until(one.escalates_at or one.due_at))


@dataclass(frozen=True)
class Clock:
    """One clock of a case, for a bar: what it is, by when, and how much of its time is over (0–100)."""

    label: Any
    until: str
    kind: str
    share: int


def clocks(one: Case) -> list[Clock]:
    """The clocks of an open case: its rung's, the one to solve it, and the 45 days of the law."""
    if not one.open:
        return []
    opened, present = one.opened_at, clock.now()
    complaint = clock.end_of(one.complaint_due_on)
    higher = above(one.level)
    found: list[tuple[Any, datetime | None, str]] = [
        (
            _("Then it rises to: %(level)s", level=LEVELS[higher[0]].name) if higher else "",
            one.escalates_at,
            when(one.escalates_at) if one.escalates_at else "",
        ),
        (_("To be solved"), one.due_at, when(one.due_at)),
        (_("Complaint clock"), complaint, _("until %(date)s", date=isolate(format_date(one.complaint_due_on)))),
    ]
    return [
        Clock(label, words, _pressing(end - present), _share(opened, present, end))
        for label, end, words in found
        if end is not None and label
    ]


def _pressing(left: timedelta) -> str:
    if left <= timedelta():
        return "bad"
    return "warn" if left <= _SOON else ""


def _share(start: datetime, present: datetime, end: datetime) -> int:
    whole = (end - start).total_seconds()
    return 100 if whole <= 0 else max(0, min(100, round(100 * (present - start).total_seconds() / whole)))


# ---- what happened ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One thing that happened, in words. ``words`` are those written with it, as far as the reader may read them."""

    at: datetime
    label: Any
    by: str
    more: str
    words: str
    kind: str


def lines(events: Collection[CaseEvent], seen: Seen) -> list[Line]:
    """The log of a case in words. Who does not handle the case reads what happened, not what was written."""
    people, known = _people(events), _known(events)
    return [
        Line(
            one.at,
            EVENTS.get(one.kind, one.kind),
            person(one.by) if one.by else "",
            _more(one, people) if _numbers(one) <= known else "",
            one.words if seen.handles else "",
            one.kind,
        )
        for one in events
    ]


def _people(events: Collection[CaseEvent]) -> dict[int, str]:
    ids = {one.details[name] for one in events for name in ("to", "owner", "before") if _whole(one.details.get(name))}
    if not ids:
        return {}
    return {user.id: person(user) for user in read_session().scalars(select(User).where(User.id.in_(ids)))}


def _numbers(one: CaseEvent) -> set[int]:
    """Numbers of other cases that an event speaks of."""
    return {one.details[name] for name in ("earlier", "into", "taken") if _whole(one.details.get(name))}


def _known(events: Collection[CaseEvent]) -> set[int]:
    """Those of them that the reader may see: that there is another is told to nobody from whom it is kept."""
    ids = set().union(*map(_numbers, events))
    if not ids:
        return ids
    return set(read_session().scalars(select(Case.id).where(Case.id.in_(ids), visible(current_user()))))


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _more(one: CaseEvent, people: Mapping[int, str]) -> str:
    say = _MORE.get(one.kind)
    return str(say(one, people)) if say is not None else ""


def _to(one: CaseEvent, people: Mapping[int, str]) -> str:
    name = people.get(one.details.get("to") or one.details.get("owner") or 0, "")
    return _("to %(name)s", name=isolate(name)) if name else ""


def _risen(one: CaseEvent, people: Mapping[int, str]) -> str:
    level = LEVELS.get(one.details.get("level", ""))
    to = _to(one, people)
    if not to:
        return _("there is nobody above who could take it")
    return f"{level.name}, {to}" if level else to


def _contact(one: CaseEvent, people: Mapping[int, str]) -> str:
    how = CHANNELS.get(one.channel, one.channel)
    return (
        _("%(channel)s, spoke with the customer", channel=how)
        if one.reached
        else _("%(channel)s, no answer", channel=how)
    )


def _amount(one: CaseEvent, people: Mapping[int, str]) -> str:
    return money_text((one.details.get("amount") or 0) / SHEKEL)


def _number(name: str) -> Callable[[CaseEvent, Mapping[int, str]], str]:
    def say(one: CaseEvent, people: Mapping[int, str]) -> str:
        number = one.details.get(name)
        return _("case %(number)s", number=number) if number else ""

    return say


def _merged(one: CaseEvent, people: Mapping[int, str]) -> str:
    if one.details.get("into"):
        return _("into case %(number)s", number=one.details["into"])
    return _("case %(number)s was taken in", number=one.details.get("taken"))


def _table(table: Mapping[str, Any], name: str) -> Callable[[CaseEvent, Mapping[int, str]], Any]:
    return lambda one, people: table.get(one.details.get(name, ""), "")


_SUBJECT_NAMES: Final = {code: one.name for code, one in SUBJECTS.items()}
_NOT_ME: Final = {
    "claimed": _l("said by the employee"),
    "confirmed": _l("it was somebody else"),
    "refused": _l("not accepted"),
}
#: Kind of event -> what is said beside its name.
_MORE: Final[Mapping[str, Callable[[CaseEvent, Mapping[int, str]], Any]]] = {
    "opened": _to,
    "assigned": _to,
    "delegated": _to,
    "adopted": _to,
    "escalated": _risen,
    "contacted": _contact,
    "done": _table(OUTCOMES, "outcome"),
    "closed": _table(CLOSINGS, "how"),
    "compensated": _amount,
    "repeat": _number("earlier"),
    "merged": _merged,
    "subject": _table(_SUBJECT_NAMES, "after"),
    "not_me": _table(_NOT_ME, "state"),
}


@blueprint.app_template_global("case_words")
def of(one: Case) -> dict[str, Any]:
    """What a list or a card says of a case."""
    return {
        "subject": SUBJECTS[one.subject].name,
        "sensitive": SUBJECTS[one.subject].sensitive,
        "state": STATES[one.state],
        "level": LEVELS[one.level].name,
        "cause": CAUSES.get(one.root_cause, ""),
        "outcome": OUTCOMES.get(one.outcome, ""),
        "closing": CLOSINGS.get(one.closed_how, ""),
        "now": now(one),
        "owner": person(one.owner),
        "overdue": one.open and (one.overdue_since is not None or one.due_at < clock.now()),
    }
