"""Every route says who may use it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from survey_app.demo.summary import FIRST
from survey_app.permissions import PERMISSIONS, Permission, Role
from survey_app.web.security import Access, public, requires

#: Views that need no login. A public page is a decision: it is written down here as well.
PUBLIC_BLUEPRINTS = {
    "static",
    "health",
    "respond",
    "stopping",
    "thanks",
    "account",
    "about",
    "deliveries",
    "codes",
    "kiosk",
    "field_door",
    "api",
    "api_cases",
    "customer_case",
}


def faults(app: Flask) -> Iterator[str]:
    """Routes without a mark, and public ones outside the families that are."""
    for rule in app.url_map.iter_rules():
        access = getattr(app.view_functions[rule.endpoint], "access", None)
        family = rule.endpoint.partition(".")[0]
        if not isinstance(access, Access):
            yield f"{rule.rule} ({rule.endpoint}) does not say who may use it"
        elif access.public and family not in PUBLIC_BLUEPRINTS:
            yield f"{rule.rule} ({rule.endpoint}) is public"


def test_every_route_says_who_may_use_it(app: Flask) -> None:
    assert len(list(app.url_map.iter_rules())) > 3
    assert not list(faults(app))


def test_every_permission_is_granted_to_somebody() -> None:
    assert frozenset().union(*PERMISSIONS.values()) == set(Permission)


def test_the_page_that_each_role_is_sent_to_first_is_there_and_open_to_it(app: Flask) -> None:
    addresses = app.url_map.bind("localhost")
    assert FIRST.keys() == set(Role)
    for role, path in FIRST.items():
        endpoint, _values = addresses.match(path.format(month="2026-10"), method="GET")
        access = getattr(app.view_functions[endpoint], "access")  # noqa: B009 - views are plain functions
        assert access.permissions & PERMISSIONS[role], (role, path)


@pytest.mark.parametrize(
    ("endpoint", "mark", "count"),
    [
        ("respond.page", None, 1),
        ("reviews.page", public, 1),
        ("reviews.page", requires(Permission.SEE_REVIEW), 0),
        ("respond.page", public, 0),
    ],
)
def test_a_route_that_says_nothing_is_seen(endpoint: str, mark: object, count: int) -> None:
    app = Flask("sample", static_folder=None)

    def view() -> str:
        return ""

    app.add_url_rule("/x", endpoint, mark(view) if mark else view)  # type: ignore[operator]
    assert len(list(faults(app))) == count


def test_a_permission_must_be_named() -> None:
    with pytest.raises(ValueError, match="permission"):
        requires()
