"""A score receipt: how a branch's figure came about, step by step from what was counted to what is shown.

Pure: made of a month's data alone (``docs/report.md``), in the active language, so a signed month's receipt is of the
numbers that were signed. What lies under the counts (exclusions, appeals, versions) is the application's to add.
"""

from __future__ import annotations

from dataclasses import dataclass

from reports.wording import Row

FIGURES = ("csat", "nps", "ease", "shops", "profit", "service", "composite", "rank")
"""The figures of a branch that have a receipt."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a receipt: what it is, its value as text, and a remark (empty where there is none).

    ``code``: ``count``, ``raw``, ``interval``, ``adjusted``, ``shrunken``, ``reference``, ``index``, ``part``,
    ``weight``, ``sum``, ``draws``, ``place`` or ``tier``.
    """

    code: str
    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A figure's receipt: ``shown`` is what the page shows (empty where nothing may be, and ``why`` says so)."""

    figure: str
    title: str
    shown: str
    why: str
    steps: tuple[Step, ...]
    #: Windows, minimums and rules that were in force, as sentences.
    rules: tuple[str, ...]


def receipt(data: Row, code: str, figure: str) -> Receipt:
    """The receipt of a branch's ``figure``; KeyError for an unknown branch or figure."""
    if figure not in FIGURES:
        raise KeyError(figure)
    next(row for row in data["branches"] if row["code"] == code)
    return Receipt(figure, figure, "", "", (), ())
