"""Every question type as the server draws and takes it, without scripts.

In a real browser: :mod:`tests.web.test_all_types_browser`.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from forms.questionnaire.types import TYPES
from survey_app import db
from survey_app.commands import organisation, questionnaires
from survey_app.models import Answer, Branch, Draft, Response
from tests.conventions import tree
from tests.support.documents import ALL_TYPES, document
from tests.support.factories import setting
from tests.web.people import SINCE, VISITED, Person, branch, plain

pytestmark = pytest.mark.usefixtures("frozen_clock")

EVERYTHING: dict[str, dict[str, Any]] = {
    "choosing": {
        "sat": "5", "reason": "loan", "counter": "other", "counter_other": "דלפק 7", "liked": ["rates", "other"],
        "liked_other": "הקפה", "wishes": ["wait:2", "advice:1", "hours:", "access:3"],
    },
    "judging": {"s_clear": "5", "s_kind": "4", "s_full": "dk", "recommend": "9", "ease": "3", "why": "התור"},
    "counting": {
        "waiting": "4", "before": "2", "fee": "12,50", "dear": "שזה יקר", "wait_minutes": "7", "call_length": "4:30",
        "day": "15.11.2026", "hour": "9:05", "promised": "18.11.2026 14:30",
    },
    "checking": {"greeted": "yes", "named": "no", "named_comment": "רק תפקיד", "queue": "9"},
    "details": {
        "agree": "yes", "ticket": "A12", "mail": "Dana@Example.COM", "telephone": "050-2345678", "enough": "no",
    },
    "last": {"words": "הכול נאמר"},
}  # fmt: skip
STORED = {
    "sat": 5, "reason": "loan", "counter": "other", "counter_other": "דלפק 7", "liked": ["rates", "other"],
    "liked_other": "הקפה", "wishes": ["advice", "wait", "access"], "s_clear": 5, "s_kind": 4, "s_full": "dk",
    "recommend": 9, "ease": 3, "why": "התור", "waiting": 4, "before": 2, "fee": 12.5, "dear": "שזה יקר",
    "wait_minutes": 7, "call_length": 270, "day": "2026-11-15", "hour": "09:05", "promised": "2026-11-18T14:30",
    "greeted": "yes", "named": "no", "named_comment": "רק תפקיד", "queue": 9, "agree": "yes", "ticket": "A12",
    "mail": "Dana@example.com", "telephone": "+972502345678", "enough": "no", "words": "הכול נאמר",
}  # fmt: skip


@pytest.fixture
def customer(app: Flask) -> Person:
    """Somebody invited by /s/all, with a Hebrew browser."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        organisation.change(make.session, details={"privacy_officer.name": "נועה לוי"})
        questionnaires.bring_in(make.session, document(ALL_TYPES), publish=True)
        invited = make.invitation(
            campaign=make.campaign(ALL_TYPES, opens=SINCE), branch=branch(make), visited_on=VISITED
        )
        invited.token = "all"
        make.user(email="analyst@example.com", role="analyst")
    return Person(app, **{"Accept-Language": "he-IL"})


def stored() -> dict[str, Any]:
    with db.reading() as session:
        found = session.execute(select(Answer.question, Answer.value, Answer.words))
        return {question: value if words is None else words for question, value, words in found}


def draft() -> dict[str, Any]:
    with db.reading() as session:
        return session.scalars(select(Draft)).one().answers


def fill(customer: Person, **more: dict[str, Any]) -> str:
    """Send every page; gives the address the last one leads to."""
    onward = "/s/all"
    for page, fields in EVERYTHING.items():
        assert onward in {"/s/all", f"/s/all/{page}"}
        onward = customer.on(onward, **(fields | more.get(page, {})))
    return onward


def test_every_type_has_its_templates() -> None:
    """Statements are asked one by one, and a note has no answer to show."""
    drawn = {name for name in TYPES if name != "statements"}
    files = set(tree.files(".html", under=("survey_app/templates",)))
    assert {f"survey_app/templates/questions/{name}.html" for name in drawn} <= files
    answered = {name for name in drawn if TYPES[name].asks}
    assert {f"survey_app/templates/answers/{name}.html" for name in answered} <= files


def test_every_type_is_filled_in_and_kept_without_scripts(customer: Person) -> None:
    assert fill(customer).startswith("/thanks/")
    assert stored() == STORED


def test_every_answer_stands_on_its_page_when_somebody_comes_back(customer: Person) -> None:
    here = "/s/all"
    for page, fields in EVERYTHING.items():
        here = f"/s/all/{page}"
        customer.on(here, go="back", **fields)
    texts = {page: customer.text(f"/s/all/{page}") for page in EVERYTHING}
    assert 'value="other" selected' in texts["choosing"]
    assert '<option value="advice:1" selected>1</option>' in texts["choosing"]
    assert '<option value="hours:">' in texts["choosing"]
    assert 'value="דלפק 7"' in texts["choosing"]
    assert 'value="12.5"' in texts["counting"]
    assert 'value="4:30"' in texts["counting"]
    assert 'value="18.11.2026 14:30"' in texts["counting"]
    assert re.search(r'name="agree" id="agree-0" value="yes" checked', texts["details"])
    assert draft() == STORED


def test_progress_counts_questions_and_no_words_that_only_tell(customer: Person) -> None:
    words = customer.words("/s/all")
    assert "שאלות 1 עד 5 מתוך 25" in words, "the note is no question; the statements are one each"


def test_an_earlier_answer_stands_in_the_text_escaped_and_in_its_own_direction(customer: Person) -> None:
    customer.on("/s/all", reason="loan")
    assert "אחרי ביקור בנושא <bdi>הלוואה</bdi>?" in customer.text("/s/all/judging")
    assert "visit about <bdi>A loan</bdi>?" in customer.text("/s/all/judging?lang=en")
    customer.on("/s/all", reason="other", reason_other="<b>*gold* {org}</b>")
    assert "בנושא <bdi>&lt;b&gt;*gold* {org}&lt;/b&gt;</bdi>?" in customer.text("/s/all/judging")
    customer.on("/s/all")
    assert "בנושא <bdi>…</bdi>?" in customer.text("/s/all/judging")


def test_emphasis_is_marked_and_every_other_markup_is_text(customer: Person) -> None:
    text = customer.text("/s/all")
    assert "מופיע <em>כל</em> סוג של שאלה, <strong>פעם אחת לפחות</strong>." in text
    assert "סניף <bdi>סניף &lt;Azrieli&gt; 101</bdi>" in text


def test_choices_that_an_earlier_page_rules_out_are_not_drawn_and_not_taken(customer: Person) -> None:
    text = customer.text("/s/all")
    assert 'data-rule="{&#34;eq&#34;: [&#34;reason&#34;, &#34;loan&#34;]}"' in text
    answer = customer.send("/s/all", reason="cash", liked=["rates", "speed"], counter="loans")
    assert answer.status_code == 303
    assert draft() == {"reason": "cash", "liked": ["speed"]}


def test_words_beside_other_choose_it_where_nothing_else_was_chosen(customer: Person) -> None:
    customer.on("/s/all", reason_other="זהב", liked="speed", liked_other="לא נבחר")
    assert draft() == {"reason": "other", "reason_other": "זהב", "liked": ["speed"]}


def test_what_is_refused_stays_as_it_was_chosen(customer: Person) -> None:
    answer = customer.send(
        "/s/all", sat="4", liked=["speed", "none"], wishes=["wait:1", "advice:1", "hours:", "access:"]
    )
    assert answer.status_code == 422
    words = plain(answer.text)
    assert "לבחור" in words
    assert re.search(r'value="speed" checked', answer.text)
    assert re.search(r'value="none" checked', answer.text)
    assert answer.text.count(':1" selected') == 2
    summary = re.findall(r'<a href="#(liked-\d|wishes-\d)">', answer.text)
    assert all(f'id="{place}"' in answer.text for place in summary)
    assert len(summary) == 2
    assert draft() == {"sat": 4}


@pytest.mark.parametrize(
    ("page", "fields", "code"),
    [
        ("counting", {"waiting": "3", "before": "4"}, "before"),
        ("counting", {"day": "18.11.2026"}, "day"),
        ("counting", {"fee": "1.234"}, "fee"),
        ("counting", {"call_length": "270"}, "call_length"),
        ("details", {"agree": "yes", "ticket": "12"}, "ticket"),
        ("details", {"agree": "yes", "mail": "dana@"}, "mail"),
        ("judging", {"ease": "1"}, "why"),
        ("choosing", {"wishes": ["wait:1", "advice:", "hours:", "access:"]}, "wishes-"),
    ],
)
def test_a_fault_is_said_at_its_question(customer: Person, page: str, fields: dict[str, Any], code: str) -> None:
    answer = customer.send(f"/s/all/{page}", **fields)
    assert answer.status_code == 422
    places = re.findall(r'<li><a href="#([^"]+)">', answer.text)
    assert len(places) == 1
    assert places[0].startswith(code)
    assert f'id="{places[0]}"' in answer.text


def test_a_statement_is_described_by_the_words_above_all_of_them(customer: Person) -> None:
    text = customer.text("/s/all/judging")
    assert '<div class="told" id="people"' in text
    for code in ("s_clear", "s_kind", "s_full"):
        assert re.search(rf'<fieldset class="question stated" id="{code}" aria-describedby="people"', text)
    assert "<table" not in text


def test_an_answer_can_end_the_survey(customer: Person) -> None:
    customer.on("/s/all", sat="5")
    assert customer.on("/s/all/details", enough="yes").startswith("/thanks/")
    assert stored() == {"sat": 5, "enough": "yes"}


def test_the_privacy_notice_stands_folded_on_the_first_page_only(customer: Person) -> None:
    text = customer.text("/s/all")
    folded = re.search(r'<details class="notice">(.*?)</details>', text, re.DOTALL)
    assert folded is not None
    assert " open" not in folded[0][:30]
    assert text.index("<details") < text.index("<form id=")
    words = plain(folded[1])
    assert "חסוי:" in words, "the promise of the mode can be read without opening anything"
    assert "לשיפור השירות בסניפי \u2068בנק לבדיקה\u2069" in words
    assert "\u2068נועה לוי\u2069" in words, "each value keeps its own direction"
    assert folded[1].count("<h2>") == 4
    assert "<details" not in customer.text("/s/all/judging")
    refused = customer.send("/s/all", liked=["speed", "none"])
    assert refused.status_code == 422
    assert '<details class="notice">' in refused.text, "it stays there while something is mended"


def test_the_notice_stays_as_it_was_first_shown(customer: Person) -> None:
    customer.on("/s/all", sat="5")
    with setting() as make:
        organisation.change(make.session, details={"privacy_officer.name": "רון כהן"})
    assert "נועה לוי" in customer.words("/s/all")
    assert "רון כהן" in customer.words("/b/101"), "who begins now is told of the new officer"


def test_staff_see_the_answers_the_version_and_the_notice(app: Flask, customer: Person) -> None:
    fill(customer)
    with db.reading() as session:
        response_id = session.scalars(select(Response.id)).one()
    analyst = Person(app).log_in("analyst@example.com")
    text = analyst.text(f"/responses/{response_id}")
    words = plain(text)
    assert '<ol class="ranks"><li><bdi>ייעוץ ברור</bdi></li><li><bdi>המתנה קצרה</bdi></li>' in text
    assert '<q dir="auto">דלפק 7</q>' in text
    assert "ביקור בנושא <bdi>הלוואה</bdi>?" in text
    assert "עד כמה זה נכון לגבי מי שנתן את השירות?" in words
    assert words.count("עד כמה זה נכון") == 1, "the words above several statements stand once"
    assert "לשיפור השירות בסניפי" in words


@pytest.mark.parametrize("role", ["branch_manager", "quality_reviewer", "management"])
def test_a_scored_survey_of_customers_is_no_report_to_read(app: Flask, customer: Person, role: str) -> None:
    """Those who read shoppers' reports may not read what a customer wrote, though its items are scored as well."""
    response_id = fill(customer).split("/")[2]
    with db.reading() as session:
        answered = session.get(Response, response_id)
        assert answered is not None
        at = answered.branch_id
    with setting() as make:
        place = make.session.get(Branch, at)
        assert place is not None
        make.user(email="reader@example.com", role=role, branch=place if role == "branch_manager" else None)
    assert Person(app).log_in("reader@example.com").get(f"/quality/{response_id}").status_code == 404
