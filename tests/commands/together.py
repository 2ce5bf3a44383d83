"""Several at once: threads of this process, each with the test's clock and database, released together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Barrier
from typing import TypeVar

Result = TypeVar("Result")


def together(acts: Sequence[Callable[[], Result]]) -> list[Result | Exception]:
    """Begin all acts at the same moment; gives what each returned or raised, in order."""
    gate = Barrier(len(acts))

    def one(act: Callable[[], Result]) -> Result | Exception:
        gate.wait(timeout=30)
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        futures = [pool.submit(copy_context().run, one, act) for act in acts]
        return [future.result() for future in futures]
