"""An installation without any questionnaire: the list explains what one is and leads to the library."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.factories import setting
from tests.web.staff.conftest import Person

pytestmark = pytest.mark.usefixtures("database", "frozen_clock")


def test_the_empty_list_leads_to_the_library(app: Flask) -> None:
    with setting() as make:
        make.organisation(name="בנק חדש", synthetic=False, policy={})
        for name, role in (("analyst", "analyst"), ("management", "management")):
            make.user(email=f"{name}@bank.test", role=role)
    author, reader = Person(app.test_client()), Person(app.test_client())
    author.log_in("analyst")
    reader.log_in("management")
    page = author.text("/questionnaires")
    assert "עדיין אין שאלונים" in page
    assert page.count('href="/questionnaires/new"') == 2
    assert 'href="/questionnaires/new"' not in reader.text("/questionnaires")
    taken = author.post("/questionnaires/new", "/questionnaires/new/library/post_visit_branch")
    assert taken.status_code == 303
    assert "גרסה 1 היא טיוטה" in author.text("/questionnaires")
