"""What the pages of one branch share: its row of the reader's report, its trend with notes, its peers without names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from reports import months as calendar
from reports import opening, trends, wording
from reports.policy import Policy
from reports.trends import Note
from survey_app.errors import NotFound
from survey_app.models import Branch, TrendNote
from survey_app.queries import branches, organisation, recognition
from survey_app.queries.reviews import Review
from survey_app.web.reviews import reader_review
from survey_app.web.support import read_session, scope
from translations import current_language
from translations import gettext as _

Row = dict[str, Any]
#: Dots of peers at most on their strip; more than these say no more.
MOST_PEERS = 200


@dataclass(frozen=True)
class Seen:
    """A branch in a month's review, as this reader may see it."""

    review: Review
    data: Row
    row: Row
    branch: Branch
    #: The branch and those that it had taken over by then.
    ids: list[int]
    policy: Policy


def seen(month: str, code: str) -> Seen:
    """The branch of an address; NotFound where it is none, not this reader's, or not part of the month."""
    review, data = reader_review(month)
    session = read_session()
    branch = branches.reader_branch(session, code, scope())
    own = organisation.shortest_code(session, branch)
    row = next((row for row in data["branches"] if row["code"] == own), None)
    if row is None:
        raise NotFound(_("The branch %(code)s is not part of the review of %(month)s.", code=code, month=review.month))
    ids = branches.ids_of(session, branch, review.month)
    return Seen(review, data, row, branch, ids, organisation.policy(session))


def common(review: Review, data: Row) -> dict[str, Any]:
    """What every template of these pages is given."""
    return {
        "review": review,
        "data": data,
        "settings": data["settings"],
        "wording": wording,
        "header": opening.header,
        "window": opening.window,
        "recognised": recognition.marks(read_session(), scope(), review.month),
    }


def trend_rows(data: Row, row: Row, measures: tuple[str, ...]) -> list[tuple[str, list[float | None]]]:
    """(month, values) for the months in which the unit has any value, newest first."""
    months: list[str] = data["settings"]["trend_months"]
    found = [(month, [row["trend"][name][place] for name in measures]) for place, month in enumerate(months)]
    return [(month, values) for month, values in reversed(found) if any(value is not None for value in values)]


@dataclass(frozen=True)
class Noted:
    """A note with the mark that it has on the charts and in the list."""

    mark: str
    note: TrendNote


def numbered(notes: Sequence[TrendNote]) -> list[Noted]:
    """Notes with their numbers, the oldest month's first."""
    return [Noted(str(place), note) for place, note in enumerate(sorted(notes, key=lambda one: (one.month, one.id)), 1)]


def figures(
    data: Row,
    row: Row,
    measures: tuple[str, ...],
    notes: Sequence[Noted] = (),
    units: Literal["branches", "agents"] = "branches",
) -> list[tuple[str, Row]]:
    """A chart for each measure with two months or more, from the first month in which any has a value."""
    begun = trend_rows(data, row, measures)
    if not begun:
        return []
    margin = timedelta(days=12)
    first, last = calendar.first_day(begun[-1][0]), calendar.first_day(data["month"])
    said = [
        Note(one.note.month, one.note.words, one.note.rebases, one.note.measure, one.mark)
        for one in notes
        if one.note.month >= begun[-1][0]
    ]
    drawn = []
    for name in measures:
        if sum(value is not None for value in row["trend"][name]) > 1:
            figure = trends.trend(data, row["code"], name, None, current_language(), notes=said, units=units)
            figure["layout"]["xaxis"]["range"] = [(first - margin).isoformat(), (last + margin).isoformat()]
            drawn.append((name, figure))
    return drawn


@dataclass(frozen=True)
class Peers:
    """The peer group of a branch: where the others stand, to the nearest point, in an order that tells nothing."""

    group: str
    #: Service index of the branch, and of the others in its group.
    own: int | None
    others: list[int]
    low: int
    high: int

    def at(self, index: int) -> float:
        """Where an index lies on the strip, 0 to 100."""
        return 100 * (index - self.low) / (self.high - self.low)


def peers(review: Review, row: Row, named: Collection[str]) -> Peers | None:
    """The other ranked branches of the same group, none of them named; None without a group.

    ``named``: codes of the branches that the reader sees by name. Where those leave one of the group alone, its point
    would be its name, and it is left out.
    """
    block = row.get("peer")
    if not block:
        return None
    others = {
        one["code"]: round(one["service"]["index"])
        for one in review.data["branches"]
        if one["code"] != row["code"]
        and (one.get("peer") or {}).get("group") == block["group"]
        and not one["hidden"]
        and one["service"]["index"] is not None
    }
    alone = [code for code in others if code not in named]
    if len(alone) == 1:
        del others[alone[0]]
    points = sorted(others.values())[:MOST_PEERS]
    own = round(row["service"]["index"]) if row["service"]["index"] is not None else None
    there = [*points, *([own] if own is not None else [])]
    if len(points) < 2:
        return None
    return Peers(block["group"], own, points, min([*there, 80]), max([*there, 120]))
