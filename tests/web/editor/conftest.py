"""Authors at their desks: two analysts, somebody who may only read, and drafts to edit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page

from forms.questionnaire import library
from forms.questionnaire.definition import Questionnaire, dump
from survey_app import db
from survey_app.commands import drafts
from survey_app.queries import questionnaires
from survey_app.queries.drafts import draft
from tests.support import pages
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.web.people import Person

#: Code of the drafts, and the questionnaire of the library that each begins as; None for an empty one.
DRAFTS = {"visit": "post_visit_branch", "shop": "branch_mystery_visit", "fresh": None, "checklist": None}
KINDS = {"shop": "mystery_shop", "checklist": "mystery_shop"}
PEOPLE = {"first": "analyst", "second": "analyst", "reader": "management", "shopper": "shopper"}


def document(code: str, model: str | None) -> dict[str, Any]:
    """A draft's document."""
    if model is not None:
        return {**dump(library.load(model)), "code": code}
    languages = {"he": "source", "en": "draft", "ar": "draft", "ru": "draft"}
    kind = KINDS.get(code, "customer_survey")
    return {"format": 1, "code": code, "kind": kind, "title": {"he": "חדש"}, "languages": languages, "sections": []}


@pytest.fixture(autouse=True)
def desk(database: db.Database, frozen_clock: FrozenClock) -> None:
    """The authors and their drafts."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        for name, role in PEOPLE.items():
            make.user(email=f"{name}@bank.test", role=role)
        for code, model in DRAFTS.items():
            drafts.begin(make.session, document(code, model), actor_id=None)


@pytest.fixture
def person(app: Flask) -> Callable[[str], Person]:
    """``person("first")``: somebody at a browser without scripts, logged in."""
    return lambda name: Person(app).log_in(f"{name}@bank.test")


def log_in(page: Page, name: str) -> Page:
    """Let one of the authors in."""
    return pages.log_in(page, f"{name}@bank.test")


def now(code: str) -> Questionnaire:
    """A draft as it stands."""
    with db.reading() as session:
        return questionnaires.definition(draft(session, code))
