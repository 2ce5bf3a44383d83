"""The service–profit map as a room sees it: larger letters, and names beside the points that can be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from reports.charts import line
from reports.figures import quadrant
from translations import current_language

#: Letters of a projected chart, in pixels, and of the names beside its points.
LETTERS: Final = 20
#: Beyond so many named points the names would lie upon each other: the points alone are drawn.
MOST_NAMES: Final = 12


def _roomy(data: Mapping[str, Any]) -> list[float]:
    """The profit axis with room above and below the points, where the quadrants' names stand."""
    drawn = [row["profit"] for row in data["branches"] if row["service"]["index"] is not None]
    ends = [row[end] if row[end] is not None else row["index"] for row in drawn for end in ("low", "high")]
    known = [end for end in ends if end is not None] or [90.0, 110.0]
    margin = max(max(known) - min(known), 10.0) * 0.14
    return [min(known) - margin, max(known) + margin]


#: The map is drawn in about this many pixels, by which names are kept off each other, and where a name may stand.
_WIDE, _HIGH, _LETTER = 1150.0, 540.0, 9.0
_SIDES: Final[Mapping[str, tuple[float, float]]] = {
    "top center": (0.0, 1.0),
    "bottom center": (0.0, -1.0),
    "middle right": (1.0, 0.0),
    "middle left": (-1.0, 0.0),
    "top left": (-1.0, 1.0),
    "top right": (1.0, 1.0),
    "bottom left": (-1.0, -1.0),
    "bottom right": (1.0, -1.0),
}


def sides(points: Sequence[tuple[float, float, str]], pixels: tuple[float, float]) -> list[str]:
    """Where each name stands by its point (x, y, name), so that no two lie upon each other where that can be had.

    ``pixels``: how many of them a unit of each axis is. The first that is free is taken, else above the point.
    """
    taken: list[tuple[float, float, float]] = []
    found = []
    for x, y, name in points:
        half = len(name) * _LETTER / 2
        places = {
            side: (x * pixels[0] + right * (half + 14), y * pixels[1] + up * 22, half)
            for side, (right, up) in _SIDES.items()
        }
        side = next(
            (side for side, one in places.items() if not any(_meet(one, other) for other in taken)), "top center"
        )
        taken.append(places[side])
        found.append(side)
    return found


def _meet(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    return abs(one[0] - other[0]) < one[2] + other[2] and abs(one[1] - other[1]) < LETTERS


def _name(told: Sequence[dict[str, Any]], names: Mapping[str, str], pixels: tuple[float, float]) -> None:
    """Write names beside the points of some traces; they know of each other's places."""
    points = [
        (x, y, names.get(code, ""))
        for trace in told
        for x, y, code in zip(trace["x"], trace["y"], trace["customdata"], strict=True)
    ]
    places = iter(sides(points, pixels))
    for trace in told:
        trace.update(
            mode="markers+text",
            text=[line(names.get(code, "")) for code in trace["customdata"]],
            textposition=[next(places) for _code in trace["customdata"]],
            textfont={"size": LETTERS - 3},
        )


def _spread(data: Mapping[str, Any]) -> float:
    """How many units the service axis is wide."""
    drawn = [row["service"] for row in data["branches"] if row["service"]["index"] is not None]
    ends = [row[end] if row[end] is not None else row["index"] for row in drawn for end in ("low", "high")]
    return max(max(ends) - min(ends), 10.0) if ends else 10.0


def map_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The map of a report's data, whose height follows its frame."""
    names = {row["code"]: row["name"] for row in data["branches"] if row["name"] is not None}
    language = current_language()
    found = quadrant(data, set(names), language)
    told = [trace for trace in found["data"] if trace["marker"]["symbol"].startswith("triangle")]
    if sum(len(trace["x"]) for trace in told) <= MOST_NAMES:
        _name(told, names, (_WIDE / _spread(data), _HIGH / (_roomy(data)[1] - _roomy(data)[0])))
    for trace in found["data"]:
        trace["marker"]["size"] = 16
    frame = found["layout"]
    frame.pop("height", None)
    frame["autosize"] = True
    frame["font"]["size"] = LETTERS
    frame["legend"]["font"] = {"size": LETTERS - 3}
    frame["yaxis"]["range"] = _roomy(data)
    for corner in frame.get("annotations", []):
        corner["font"]["size"] = LETTERS - 3
    margin = frame["margin"]
    frame["margin"] = {**margin, "b": 76, "l": margin["l"] + 20, "r": margin["r"] + 20}
    return found
