"""The measurements measure: a customer without a browser reads forms right, and figures are what they say."""

from __future__ import annotations

import random

import pytest

from tests.load.customer import Form, FormReader
from tests.load.figures import HEAD, Row, quantile, table

PAGE = """
<form action="/search"><input name="q"></form>
<form method="post" action="/s/1/2">
  <input type="hidden" name="layout" value="row">
  <input type="radio" name="pv1" value="1"><input type="radio" name="pv1" value="2">
  <input type="checkbox" name="call" value="y">
  <textarea name="why"></textarea><textarea name="what"></textarea>
  <button name="go" value="next">x</button><button name="go" value="back">y</button>
</form>
<form method="post" action="/other"><input type="hidden" name="no" value="1"></form>
"""


def read() -> Form:
    """The form of the page."""
    reader = FormReader()
    reader.feed(PAGE)
    assert reader.form is not None
    return reader.form


def test_a_customer_reads_the_form_that_is_sent() -> None:
    form = read()
    assert form.action == "/s/1/2"
    assert form.choices == {"pv1": ["1", "2"]}
    assert form.lines == ["why", "what"]
    assert form.buttons == [("go", "next"), ("go", "back")]


def test_a_customer_answers_every_choice() -> None:
    seen = {read().filled(random.Random(seed))["pv1"] for seed in range(20)}
    assert seen == {"1", "2"}
    filled = read().filled(random.Random(1))
    assert filled.keys() == {"layout", "pv1", "what", "go"}
    assert filled["layout"] == "row"
    assert filled["go"] == "next"


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([1.0], 0.95, 1.0),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([float(n) for n in range(1, 101)], 0.95, 95.0),
        ([4, 2], 1.0, 4),
    ],
)
def test_a_quantile_is_reached_by_its_share(values: list[float], share: float, expected: float) -> None:
    assert quantile(values, share) == expected


def test_a_table_lines_up() -> None:
    row = Row("page", "1 customer", [0.010, 0.030], together=0.08)
    assert row.cells() == ("page", "1 customer", "2", "25.0", "10.0", "30.0", "30.0")
    lines = table([HEAD, row.cells()]).splitlines()
    assert len(lines) == 2
    assert len({line.rindex(end) for line, end in zip(lines, ("max ms", "30.0"), strict=True)}) >= 1
    assert lines[0].endswith("max ms")
    assert lines[1].endswith("30.0")
