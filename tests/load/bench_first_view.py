"""What a customer waits for: weight, requests and first paint of the first page, on a slow line and a slow telephone.

A browser that has never been there opens the 10-question survey of a branch visit over 400 ms of round trip and 400
kbit/s each way, its processor slowed four times, from the product's own server with the compression it serves with.
The first paint is what the browser itself reports; the middle of five runs is printed, and all five.

    python -m tests.load.bench_first_view
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.load.bench_survey import branches_of
from tests.load.figures import about
from tests.load.ground import Installation
from tests.support.browser import launch
from tests.support.pages import PHONE

#: Milliseconds for a round trip, kilobits a second each way, and how much slower the processor is.
ROUND_TRIP, KILOBITS, SLOWER = 400, 400, 4
RUNS = 5
#: What it may cost: bytes over the wire, requests, seconds to the first paint.
BYTES, REQUESTS, SECONDS = 25_000, 4, 2.0
_PAINTED = """() => new Promise((done) => {
    const read = () => performance.getEntriesByName('first-contentful-paint')[0];
    if (read()) done(read().startTime);
    new PerformanceObserver(() => read() && done(read().startTime)).observe({type: 'paint', buffered: true});
})"""


@dataclass(frozen=True)
class View:
    """One first view."""

    bytes: int
    requests: int
    #: Seconds from asking for the page to its first paint with content.
    painted: float
    foreign: tuple[str, ...]


def view(browser: Browser, address: str, *, slow: bool = True) -> View:
    """Open a page as somebody who was never there."""
    context = browser.new_context(**PHONE, locale="he-IL")
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": False})
    if slow:
        rate = KILOBITS * 1000 / 8
        session.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": ROUND_TRIP, "downloadThroughput": rate, "uploadThroughput": rate},
        )
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    urls: dict[str, str] = {}
    sizes: dict[str, int] = {}
    session.on("Network.requestWillBeSent", lambda event: urls.update({event["requestId"]: event["request"]["url"]}))
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: int(event["encodedDataLength"])}),
    )
    page.goto(address, wait_until="load", timeout=60_000)
    painted = float(page.evaluate(_PAINTED))
    page.wait_for_load_state("networkidle")
    context.close()
    asked = {key: url for key, url in urls.items() if not url.startswith("data:")}
    origin = "/".join(address.split("/")[:3])
    return View(
        bytes=sum(sizes.get(key, 0) for key in asked),
        requests=len(asked),
        painted=painted / 1000,
        foreign=tuple(url for url in asked.values() if not url.startswith(origin)),
    )


def main(runs: int = RUNS, address: str = "") -> int:
    """Measure and print; 1 where it costs more than it may."""
    print(about())
    with sync_playwright() as playwright:
        browser = launch(playwright)
        try:
            if address:
                views = _views(browser, address, runs)
            else:
                with tempfile.TemporaryDirectory(prefix="survey-app-bench-") as folder:
                    installation = Installation(Path(folder))
                    installation.command("demo", "--branches", "4", "--months", "1")
                    with installation.served() as port:
                        code = branches_of(installation)[0]
                        views = _views(browser, f"http://127.0.0.1:{port}/b/{code}?lang=he", runs)
        finally:
            browser.close()
    middle = statistics.median(one.painted for one in views)
    heaviest, most = max(one.bytes for one in views), max(one.requests for one in views)
    print(f"First view over {ROUND_TRIP} ms and {KILOBITS} kbit/s, processor {SLOWER} times slower, {runs} runs:")
    print(f"  {heaviest / 1000:.1f} kB over the wire, {most} requests, foreign: {sum(len(v.foreign) for v in views)}")
    print(f"  first paint {middle:.2f} s (all: {', '.join(f'{one.painted:.2f}' for one in views)})")
    return int(heaviest > BYTES or most > REQUESTS or middle > SECONDS)


def _views(browser: Browser, address: str, runs: int) -> list[View]:
    view(browser, address, slow=False)  # the first of all compiles templates and fills caches
    return [view(browser, address) for _run in range(runs)]


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="python -m tests.load.bench_first_view", description=__doc__)
    arguments.add_argument("--runs", type=int, default=RUNS)
    arguments.add_argument("--address", default="", help="of a page that is already served")
    chosen = arguments.parse_args()
    sys.exit(main(chosen.runs, chosen.address))
