"""What counts as an empty database, into which the demo bank is loaded at the first start."""

from __future__ import annotations

import pytest

from survey_app.cli import serve
from tests.support.factories import setting


@pytest.mark.usefixtures("database")
def test_a_database_with_a_user_of_somebody_s_own_gets_no_demo_bank() -> None:
    assert serve._is_empty()
    with setting() as make:
        make.user(email="first@example.com", role="administrator")
    assert not serve._is_empty()
