"""The same month at other weights of service and profit: how far the order hangs on the weight that was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.units import MonthInput

WEIGHTS = tuple(step / 20 for step in range(21))
"""Every five hundredths from profit alone to service alone."""


def sweep(given: MonthInput, weights: Sequence[float] = WEIGHTS, draws: int | None = None) -> list[dict[str, Any]]:
    """Per weight of service ``{"service_weight", "official", "branches": {code: place}}``, strict JSON.

    ``place``: ``median``, ``low``, ``high``, ``of``, ``wide`` and ``tier`` as in the month's report, of every ranked
    branch. ``draws``: fewer than the policy's are quicker; None: the policy's own, and at the official weight the
    numbers are those of the report. ValueError for a weight outside [0, 1].
    """
    raise NotImplementedError
