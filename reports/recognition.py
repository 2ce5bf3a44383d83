"""When a whole team is proposed for recognition: the rule of excellent employees, held to a branch's surveys."""

from __future__ import annotations

import math

from scipy.special import ndtr


def team_chance(shrunken: float, reliability: float, share: float, n: int, target: float) -> float:
    """The probability (0–1) that a branch's true satisfaction is at least the target.

    All but ``n`` are percent: the shrunken satisfaction, its reliability ``τ²/(τ²+v)``, the organisation's share and
    the target. With ``v = P(1−P)/n`` the posterior's variance is ``v·τ²/(τ²+v)``, the variance times the reliability.
    ValueError for no responses and for what is no percent.
    """
    if n < 1 or not all(0 <= one <= 100 for one in (shrunken, reliability, share, target)):
        raise ValueError("percent from 0 to 100 and at least one response are needed")
    part = share / 100
    sd = 100 * math.sqrt(part * (1 - part) / n * reliability / 100)
    if not sd:
        return float(shrunken >= target)
    return float(ndtr((shrunken - target) / sd))
