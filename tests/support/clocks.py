"""A clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime

import pytest

from survey_app import clock

#: Tuesday noon, past the working day on which October 2026 closed: the last full month is 2026-10.
MOMENT = datetime(2026, 11, 17, 12, 0, tzinfo=clock.TIME_ZONE)


class FrozenClock:
    """The moment that the test has set; a served application sees it as well, see :mod:`tests.support.server`."""

    def __init__(self) -> None:
        self._held = ExitStack()
        self.moment = MOMENT

    def move_to(self, moment: datetime) -> None:
        """Hold the clock at another moment (aware)."""
        self.release()
        self._held.enter_context(clock.moved_to(moment))
        self.moment = moment

    def release(self) -> None:
        """Let time pass again."""
        self._held.close()


@pytest.fixture
def frozen_clock() -> Iterator[FrozenClock]:
    """Time stands at :data:`MOMENT` until the test moves it."""
    frozen = FrozenClock()
    frozen.move_to(MOMENT)
    yield frozen
    frozen.release()
