"""One CP-SAT run: the same model, seed and effort give the same answer, and somebody can watch and stop it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

#: Told the objective of the best answer so far and seconds spent; says whether to go on.
Watching = Callable[[float, float], bool]


@dataclass(frozen=True)
class Effort:
    """How much work one model may be: in the solver's own units, the same on every machine, and by the clock."""

    units: float
    seconds: float
    seed: int


@dataclass(frozen=True)
class Answer:
    """Which of the asked variables are true, and how it ended."""

    found: bool
    #: Nothing better exists.
    best: bool
    #: The clock ended it before its units were used up: a faster machine may find more.
    hurried: bool
    seconds: float
    solver: Any


class _Watch(cp_model.CpSolverSolutionCallback):
    """Tells of every better answer, and stops when asked to."""

    def __init__(self, watching: Watching) -> None:
        super().__init__()
        self._watching = watching
        self._began = time.perf_counter()

    def on_solution_callback(self) -> None:
        """A better answer was found."""
        if not self._watching(self.objective_value, time.perf_counter() - self._began):
            self.stop_search()


def solve(model: cp_model.CpModel, effort: Effort, watching: Watching) -> Answer:
    """Solve one model with one worker: with several the answer would depend on which of them was first."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    # These models are nearly flows: the full linear relaxation all but solves them.
    solver.parameters.linearization_level = 2
    solver.parameters.random_seed = effort.seed
    solver.parameters.max_deterministic_time = effort.units
    solver.parameters.max_time_in_seconds = max(effort.seconds, 0.1)
    began = time.perf_counter()
    status = solver.solve(model, _Watch(watching))
    seconds = time.perf_counter() - began
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    best = status == cp_model.OPTIMAL
    return Answer(found, best, not best and seconds >= effort.seconds, seconds, solver)
