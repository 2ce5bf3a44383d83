"""What the demo bank knows to be true, beside what was observed: for tests that ask whether a method finds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from survey_app.demo import surveys, truth
from survey_app.demo.bank import Bank
from survey_app.demo.planning import plan
from survey_app.demo.surveys import Surveys
from survey_app.demo.truth import Effects, Truth

#: As the still clock of the tests: the last full month is 2026-10.
TODAY = date(2026, 11, 17)


@dataclass(frozen=True)
class Simulated:
    """A bank, what is true in it, and the surveys drawn from that; no database."""

    bank: Bank
    truth: Truth
    surveys: Surveys

    def shares(self, months: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Observed and true CSAT (0–1) over the last full months of the branches open in all of them."""
        last = range(len(self.bank.months) - months, len(self.bank.months))
        answered = np.isin(self.surveys.month, list(last)) & (self.surveys.answers["pv1"] > 0)
        satisfied = self.surveys.answers["pv1"] >= 4
        open_branches = [b.index for b in self.bank.branches if b.closed is None and "opened" not in b.roles]
        observed = [satisfied[answered & (self.surveys.branch == b)].mean() for b in open_branches]
        true = np.mean([self.truth.shares(self.bank, self.bank.months[m]) for m in last], axis=0)
        return np.array(observed), true[open_branches]


def simulate(branches: int, months: int, seed: int, effects: Effects | None = None) -> Simulated:
    """Draw a bank and its surveys."""
    bank = plan(branches, months, seed, TODAY)
    true = truth.draw(bank, effects)
    return Simulated(bank, true, surveys.draw(bank, true))
