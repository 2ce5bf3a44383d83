"""The service–profit map as a room sees it: larger letters, and names beside the points that can be told apart."""

from __future__ import annotations

from collections.abc import Mapping
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


def map_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The map of a report's data, whose height follows its frame."""
    names = {row["code"]: row["name"] for row in data["branches"] if row["name"] is not None}
    language = current_language()
    found = quadrant(data, set(names), language)
    told = [trace for trace in found["data"] if trace["marker"]["symbol"].startswith("triangle")]
    if sum(len(trace["x"]) for trace in told) <= MOST_NAMES:
        for trace in told:
            trace.update(
                mode="markers+text",
                text=[line(names.get(code, "")) for code in trace["customdata"]],
                textposition="top center",
                textfont={"size": LETTERS - 3},
            )
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
