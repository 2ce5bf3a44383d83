"""The chart library as it is kept here works under the platform's own content policy, in Hebrew, and calls nobody."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse

import pytest
from playwright.sync_api import Page

from survey_app.web.assets import FOLDER
from survey_app.web.security import CONTENT_POLICY
from tests.support.pages import DESKTOP
from tests.support.server import serving

PAGE = """<!doctype html><html lang="he" dir="rtl"><meta charset="utf-8"><title>תרשים</title>
{styles}
<script src="/plotly-locales.js"></script><script src="/vendor/plotly-basic.min.js"></script>
<div id="chart"></div>"""
STYLES = '<link id="plotly.js-style-global" class="no-inline-styles" rel="stylesheet" href="/vendor/plotly.css">'
DRAW = """async (language) => {
    const chart = document.getElementById('chart');
    await Plotly.newPlot(chart, [{x: ['2026-01-15', '2026-09-15'], y: [1, 2], mode: 'markers'}],
        {width: 600, height: 400, title: {text: 'כותרת'}, xaxis: {tickformat: '%B', nticks: 4}},
        {locale: language, displayModeBar: true, displaylogo: false, showSendToCloud: false});
    return {
        bar: getComputedStyle(chart.querySelector('.modebar')).position,
        ticks: [...chart.querySelectorAll('.xtick text')].map((tick) => tick.textContent),
        hints: [...chart.querySelectorAll('.modebar-btn')].map((button) => button.getAttribute('data-title')),
    };
}"""


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """The static folder, and a page with a chart under the platform's policy."""
    path = environ["PATH_INFO"].lstrip("/")
    headers = [("Content-Security-Policy", CONTENT_POLICY)]
    if path in {"", "bare"}:
        start_response("200 OK", [*headers, ("Content-Type", "text/html; charset=utf-8")])
        return [PAGE.format(styles="" if path else STYLES).encode()]
    file = FOLDER / path
    start_response(
        "200 OK" if file.is_file() else "404 Not Found",
        [*headers, ("Content-Type", mimetypes.guess_type(path)[0] or "application/octet-stream")],
    )
    return [file.read_bytes() if file.is_file() else b""]


@pytest.fixture(scope="module")
def live_server() -> Iterator[str]:
    """Our files in place of the product."""
    with serving(application) as address:
        yield address


@pytest.fixture
def page(new_context: Callable[..., Any]) -> Page:
    """A desktop page; it fails its test on any fault, the policy's included."""
    opened: Page = new_context(**DESKTOP).new_page()
    return opened


@pytest.mark.parametrize(("language", "january"), [("he", "ינואר"), ("ar", "يناير"), ("ru", "январь")])
def test_a_chart_is_drawn_whole_and_in_the_language(page: Page, language: str, january: str) -> None:
    page.goto("/")
    drawn = page.evaluate(DRAW, language)
    assert drawn["bar"] == "absolute"  # the rules of plotly.css reach the chart
    assert january in drawn["ticks"]
    assert "Zoom" not in drawn["hints"]
    assert not [hint for hint in drawn["hints"] if hint and hint.isascii()], "a hint has no translation"


def test_without_its_style_sheet_a_chart_would_be_bare(live_server: str, browser: Any) -> None:
    page = browser.new_page()
    page.goto(f"{live_server}/bare")
    assert page.evaluate(DRAW, "he")["bar"] == "static"
    page.close()


def test_the_style_sheet_holds_every_rule_of_this_version(page: Page) -> None:
    page.goto("/")
    kept = page.evaluate(
        "() => [...document.getElementById('plotly.js-style-global').sheet.cssRules].map((rule) => rule.selectorText)"
    )
    source = (FOLDER / "vendor/plotly-basic.min.js").read_text(encoding="utf-8")
    named = [selector for selector in kept if selector and selector.startswith(".js-plotly-plot .plotly ")]
    assert len(named) > 30
    for selector in named:
        own = selector.removeprefix(".js-plotly-plot .plotly ").split(",")[0]
        assert own.split(" ")[0].split(":")[0].split("[")[0] in source
