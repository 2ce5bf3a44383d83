"""How fast visits come in: ten thousand rows as a file, and calls of the interface of one row and of a hundred.

``python -m tests.load.bench_feed`` measures it alone.
"""

from __future__ import annotations

import http.client
import json
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.load.figures import HEAD, Row, about, table
from tests.load.ground import Installation

ROWS: Final = 10_000
CLIENTS: Final = 8
#: Calls of one row and of many; below the measure that one key has in a minute.
CALLS: Final = ((1, 800), (100, 80))


def measure(installation: Installation, *, rows: int = ROWS) -> Iterator[Row]:
    """A file by the command, again the same file, then calls by several clients at once; every row is looked for."""
    open_ones = "SELECT code FROM branch WHERE ranked AND closed IS NULL LIMIT 20"
    branches = [str(code) for code in installation.column(open_ones)]
    day = time.strftime("%Y-%m-%d", time.localtime(time.time() - 3 * 86_400))
    before = _stored(installation)
    path = installation.folder / "visits.csv"
    path.write_text(_file(rows, branches, day), "utf-8")
    for what in ("visits by file", "the same file again"):
        taken, _said = installation.command("feed", str(path))
        yield Row(what, f"{rows:,} rows, {rows / taken:,.0f} rows a second", [taken], taken)
    if _stored(installation) != before + rows:
        raise RuntimeError(f"{_stored(installation) - before} visits of {rows}")
    with installation.served() as port:
        for number, (size, calls) in enumerate(CALLS):
            _taken, key = installation.command("token", "create", f"bench {number}")
            seconds, whole = _call(port, key.decode().strip(), size, calls, branches, day)
            rate = f"{calls / whole:,.0f} calls and {calls * size / whole:,.0f} rows a second"
            yield Row(f"calls of {size}", f"{CLIENTS} clients, {calls:,} calls, {rate}", seconds, whole)
    if _stored(installation) != before + rows + sum(size * calls for size, calls in CALLS):
        raise RuntimeError("not every visit of a call was stored")


def _stored(installation: Installation) -> int:
    return len(installation.column("SELECT 1 FROM interaction"))


def _visit(number: str, at: int, branches: Sequence[str], day: str) -> dict[str, str]:
    return {
        "key": f"bench-{number}",
        "customer": f"B-{at % 4_000}",
        "name": "לקוח לדוגמה",
        "phone": f"054{2_000_000 + at % 4_000}",
        "language": "he",
        "branch": branches[at % len(branches)],
        "reason": "deposit",
        "at": f"{day} {8 + at % 9:02d}:{at % 60:02d}",
    }


def _file(rows: int, branches: Sequence[str], day: str) -> str:
    made = [_visit(f"file-{at}", at, branches, day) for at in range(rows)]
    return "\n".join([",".join(made[0]), *(",".join(one.values()) for one in made)]) + "\n"


def _call(port: int, key: str, size: int, calls: int, branches: Sequence[str], day: str) -> tuple[list[float], float]:
    """Seconds of each call, and of all of them by clients at once. RuntimeError for one that was not taken."""
    bodies = [
        json.dumps([_visit(f"call-{size}-{call}-{at}", call * size + at, branches, day) for at in range(size)])
        for call in range(calls)
    ]
    waiting = iter(bodies)
    lock = threading.Lock()
    seconds: list[float] = []
    faults: list[str] = []

    def client() -> None:
        line = http.client.HTTPConnection("127.0.0.1", port)
        while True:
            with lock:
                body = next(waiting, None)
            if body is None:
                line.close()
                return
            begun = time.perf_counter()
            line.request(
                "POST",
                "/api/v1/interactions",
                body,
                {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
            )
            answer = line.getresponse()
            said = answer.read()
            seconds.append(time.perf_counter() - begun)
            if answer.status != http.client.CREATED:
                faults.append(f"{answer.status} {said[:300]!r}")

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(faults[0])
    return seconds, time.perf_counter() - begun


def main() -> None:
    """Make a small bank, measure, print."""
    print(about(), flush=True)
    with tempfile.TemporaryDirectory(prefix="survey-app-bench-") as temporary:
        installation = Installation(Path(temporary))
        installation.command("demo", "--branches", "20", "--months", "2")
        print(table([HEAD, *(row.cells() for row in measure(installation))]))


if __name__ == "__main__":
    main()
