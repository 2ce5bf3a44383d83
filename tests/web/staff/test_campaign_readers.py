"""Who may read campaigns, who may plan them, and who sees none."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    "path", ["/campaigns/new", *(f"/campaigns/post_visit_branch/{page}" for page in ("plan/what", "plan/check", "end"))]
)
@pytest.mark.parametrize("name", ["management", "privacy", "administrator"])
def test_who_may_read_may_not_plan(as_: Any, name: str, path: str) -> None:
    person = as_(name)
    page = person.text("/campaigns/post_visit_branch")
    assert "/plan/" not in page
    assert "/end" not in page
    assert person.get(path).status_code == 403


@pytest.mark.parametrize("name", ["region", "branch", "agent", "shopper", "reviewer", "coordinator"])
def test_who_may_not_see_campaigns_does_not(as_: Any, name: str) -> None:
    person = as_(name)
    assert person.get("/campaigns").status_code == 403
    assert 'href="/campaigns"' not in person.text("/")
