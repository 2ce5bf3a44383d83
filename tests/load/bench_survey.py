"""How fast a customer is served: one survey page, and a whole survey from the open link to the thanks.

A survey that was thanked for must stand in the database with its answers; otherwise the measurement fails.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from tests.load.customer import Customer
from tests.load.figures import Row
from tests.load.ground import Installation

#: (customers at once, times altogether)
PAGES = ((1, 300), (4, 600))
FLOWS = ((1, 40), (4, 120))


def branches_of(installation: Installation) -> list[str]:
    """Codes of branches whose open link can be answered."""
    return installation.column("SELECT code FROM branch WHERE ranked AND closed IS NULL ORDER BY code")


def measure(
    installation: Installation,
    *,
    pages: tuple[tuple[int, int], ...] = PAGES,
    flows: tuple[tuple[int, int], ...] = FLOWS,
) -> Iterator[Row]:
    """Serve an installation and measure it."""
    codes = branches_of(installation)
    with installation.served() as port:
        with closing(Customer(port, 0)) as first:
            first.answer(f"/b/{codes[0]}")  # the first of all compiles templates and fills caches
        for customers, times in pages:
            yield _row("survey page, GET /b/<branch>", port, customers, times, lambda who, n: _page(who, codes, n))
        for customers, times in flows:
            thanked: list[str] = []
            requests: list[int] = []

            def flow(who: Customer, n: int, thanked: list[str] = thanked, requests: list[int] = requests) -> None:
                before = who.requests
                thanked.append(who.answer(f"/b/{codes[n % len(codes)]}").rpartition("/")[2])
                requests.append(who.requests - before)

            row = _row("whole survey, open link to thanks", port, customers, times, flow)
            _verify(installation, thanked, times)
            mean = sum(requests) / len(requests)
            yield Row(row.what, f"{row.conditions}, {mean:.1f} requests each", row.seconds, row.together)


def _page(who: Customer, codes: list[str], n: int) -> None:
    seen = who.get(f"/b/{codes[n % len(codes)]}")
    if seen.status != 200 or "<fieldset" not in seen.body:
        raise RuntimeError(f"{seen.status} from {seen.path}")


def _verify(installation: Installation, thanked: list[str], times: int) -> None:
    ids = set(thanked)
    stored = set(installation.column("SELECT id FROM response WHERE state = 'counted'"))
    answered = set(installation.column("SELECT DISTINCT response_id FROM answer"))
    if len(ids) != times or not ids <= stored & answered:
        raise RuntimeError(f"{times} surveys were answered, {len(ids & stored & answered)} of them are stored")


def _row(what: str, port: int, customers: int, times: int, act: Callable[[Customer, int], None]) -> Row:
    """Let some customers do something so many times altogether."""
    share = times // customers

    def one(number: int) -> list[float]:
        taken = []
        with closing(Customer(port, number)) as who:
            for step in range(share):
                begun = time.perf_counter()
                act(who, number * share + step)
                taken.append(time.perf_counter() - begun)
        return taken

    begun = time.perf_counter()
    with ThreadPoolExecutor(customers) as people:
        seconds = [taken for person in people.map(one, range(customers)) for taken in person]
    together = time.perf_counter() - begun
    at_once = "1 customer" if customers == 1 else f"{customers} customers at once"
    return Row(what, at_once, seconds, together)
