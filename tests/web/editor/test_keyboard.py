"""The library's questionnaires are rebuilt from nothing by keyboard alone."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from playwright.sync_api import Page

from forms.questionnaire import library
from forms.questionnaire.definition import Questionnaire, dump
from tests.web.editor.conftest import log_in, now
from tests.web.editor.keyboard import Keyboard
from tests.web.editor.rebuilding import rebuild

pytestmark = pytest.mark.browser
#: The whole of both is rebuilt by forms in test_rebuilding; by keys a part of each, unless all of it is asked for.
WHOLE = os.environ.get("WHOLE_BY_KEYBOARD")


def part(wanted: Questionnaire, sections: set[str], questions: set[str]) -> Questionnaire:
    """Some of a questionnaire's questions, with the scales they need."""
    kept = tuple(
        replace(one, questions=tuple(q for q in one.questions if q.code in questions))
        for one in wanted.sections
        if one.code in sections
    )
    used = {q.scale.code for one in kept for q in one.questions if q.scale}
    return replace(wanted, sections=kept, scales={code: s for code, s in wanted.scales.items() if code in used})


CASES = {
    "fresh": ("post_visit_branch", {"main"}, {"pv1", "pv2", "pv8", "pv10", "pv11"}),
    "checklist": ("branch_mystery_visit", {"header", "B"}, {"visit_date", "B3", "B4", "B5"}),
}


@pytest.mark.parametrize("code", CASES)
def test_a_questionnaire_is_rebuilt_by_keyboard_alone(code: str, desktop: Page) -> None:
    model, sections, questions = CASES[code]
    wanted = library.load(model)
    if not WHOLE:
        wanted = part(wanted, sections, questions)
    page = log_in(desktop, "first")
    page.goto(f"/questionnaires/{code}/edit")
    rebuild(Keyboard(page, code), wanted)
    assert dump(now(code)) == {**dump(wanted), "code": code}
