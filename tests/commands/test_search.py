"""Branches are found however a keyboard writes the marks in their names."""

from __future__ import annotations

import pytest

from survey_app.db import Database, reading
from survey_app.permissions import Scope
from survey_app.queries import organisation
from tests.support.factories import setting


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ('פ"ת', ["7"]),
        ("פ״ת", ["7"]),
        ("תל אביב-יפו", ["8"]),
        ("אביב־יפו", ["8"]),
        ("8", ["8"]),
        ("%", []),
        ("חדרה", []),
    ],
)
def test_marks_do_not_hide_a_branch(database: Database, typed: str, found: list[str]) -> None:
    with setting() as make:
        make.branch(code="7", region=None, name="פ״ת מרכז")
        make.branch(code="8", region=None, name="ראשי", city="תל אביב־יפו")
    with reading() as session:
        assert [branch.code for branch in organisation.branches(session, Scope(), typed)] == (found or [])
        assert organisation.count_branches(session, Scope(), typed) == len(found)
