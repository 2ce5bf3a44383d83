"""Numbers that no database holds: every address, query and form with one is answered, and never by a fault of ours."""

from __future__ import annotations

import pytest
from flask import Flask

from survey_app.web.numbers import MOST, BoundedInteger, BoundedRequest
from survey_app.web.security import public

BROWSER = {"Accept": "text/html", "Accept-Language": "he-IL"}
HUGE = ["2147483648", "9" * 23, "9" * 5000, "0" * 200 + "1"]


@pytest.mark.parametrize("number", HUGE, ids=lambda text: f"{len(text)} digits")
def test_every_address_with_a_number_leads_nowhere(app: Flask, number: str) -> None:
    app.testing = False
    walked = 0
    for rule in app.url_map.iter_rules():
        names = [name for name, one in rule._converters.items() if isinstance(one, BoundedInteger)]
        if not names:
            continue
        values = {name: "1" if name in names else "abc" for name in rule.arguments}
        for name in names:
            address = rule.rule
            for other, value in values.items():
                for written in (f"<int:{other}>", f"<{other}>"):
                    address = address.replace(written, number if other == name else value)
            if "<" in address:
                continue
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                answer = app.test_client().open(address, method=method, headers=BROWSER)
                assert answer.status_code in {404, 405}, (method, rule.rule, answer.status_code)
                walked += 1
    assert walked > 40


def test_no_route_reads_numbers_otherwise(app: Flask) -> None:
    kinds = {type(one) for rule in app.url_map.iter_rules() for one in rule._converters.values()}
    assert BoundedInteger in kinds
    assert not [kind for kind in kinds if "int" in kind.__name__.lower() and kind is not BoundedInteger]


@pytest.mark.parametrize("number", ["9" * 23, "-" + "9" * 23, "9" * 5000], ids=lambda text: f"{len(text)} signs")
def test_every_query_and_form_with_a_number(app: Flask, number: str) -> None:
    with app.test_request_context(f"/?page={number}", method="POST", data={"revision": number}) as context:
        assert isinstance(context.request, BoundedRequest)
        assert context.request.args.get("page", 1, type=int) == 1
        assert context.request.args.getlist("page", type=int) == []
        assert context.request.form.get("revision", type=int) is None
        assert context.request.args["page"] == number
    with app.test_request_context(f"/?page={MOST}") as context:
        assert context.request.args.get("page", type=int) == MOST


def test_what_is_left_over_is_no_fault_of_ours(app: Flask) -> None:
    app.testing = False

    @app.route("/left-over")
    @public
    def left_over() -> str:
        raise OverflowError("Python int too large to convert to SQLite INTEGER")

    assert app.test_client().get("/left-over", headers=BROWSER).status_code == 404
