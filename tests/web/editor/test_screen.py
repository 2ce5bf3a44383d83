"""The editor's screen without scripts: acts and undoing, faults that keep what was typed, two people, refusals."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from survey_app import db
from survey_app.models import Entry
from tests.support.factories import setting
from tests.web.editor.conftest import now
from tests.web.editor.test_rebuilding import Forms
from tests.web.people import Person, plain

At = Callable[[str], Person]
VISIT = "/questionnaires/visit/edit"


def codes(code: str = "visit") -> list[str]:
    return [question.code for section in now(code).sections for question in section.questions]


def test_questions_are_moved_copied_taken_out_and_brought_back(person: At) -> None:
    author = Forms(person("first"), "visit")
    author.open("questions.pv2")
    author.fields = {}
    author.do("move:up")
    assert codes()[:2] == ["pv2", "pv1"]
    page = plain(author.person.get(VISIT + author.query).text)
    assert "הזזה" in page or "Moved" in page
    author.fields = {}
    author.do("move:down")
    author.fields = {}
    author.do("duplicate")
    assert codes()[:4] == ["pv1", "pv2", "pv2_2", "pv5"]
    author.fields = {}
    author.do("delete")
    assert codes()[:3] == ["pv1", "pv2", "pv5"]
    page = plain(author.person.get(VISIT).text)
    assert "pv2_2" in page
    assert "questions.pv2_2" not in page
    for expected in (["pv1", "pv2", "pv2_2"], ["pv1", "pv2", "pv5"], ["pv2", "pv1", "pv5"]):
        author.fields = {}
        author.do("undo")
        assert codes()[:3] == expected
    author.fields = {}
    author.do("redo")
    assert codes()[:3] == ["pv1", "pv2", "pv5"]


def test_a_rule_that_looks_at_what_is_gone_stays_and_is_told_as_a_problem(person: At) -> None:
    author = Forms(person("first"), "visit")
    author.open("questions.pv8")
    author.fields = {}
    author.do("delete")
    consent = now("visit").follow_up
    assert consent is not None
    assert "pv8" in str(consent.consent.shown_if)
    page = author.person.get("/questionnaires/visit/edit").text
    assert re.search(r'at=questions\.pv_callback[^"]*#part">[^<]*pv8', page)


def test_a_fault_brings_everything_back_as_it_was_typed(person: At) -> None:
    author = person("first")
    page = author.get(f"{VISIT}?at=questions.pv2").text
    fields = Forms(author, "visit")
    fields.open("questions.pv2")
    sent = {**fields.fields, "code": "pv 2", "text_he": "נוסח <b>חדש</b>", "max_chars": "7", "shown_if-0-name": "pv1"}
    sent |= {"shown_if-mode": "text", "shown_if": "pv1 <= ", "do": "save"}
    answer = author.client.post(f"{VISIT}?at=questions.pv2", data=sent)
    assert answer.status_code == 422
    assert "נוסח &lt;b&gt;חדש&lt;/b&gt;" in answer.text
    assert 'value="pv 2"' in answer.text
    assert "pv1 &lt;=" in answer.text
    assert 'href="#code"' in answer.text
    assert 'href="#shown_if"' in answer.text
    assert page != answer.text
    assert codes()[1] == "pv2"


def test_an_unknown_value_in_a_list_is_kept_in_its_row(person: At) -> None:
    fields = Forms(person("first"), "visit")
    fields.open("questions.pv2")
    sent = {**fields.fields, "choices-1-value": "שתיים", "choices-1-text_he": "מילים", "do": "save"}
    answer = fields.person.client.post(f"{VISIT}?at=questions.pv2", data=sent)
    assert answer.status_code == 422
    assert 'value="שתיים"' in answer.text
    assert 'value="מילים"' in answer.text


def test_two_people_save_and_the_second_is_told_and_loses_nothing(person: At) -> None:
    first, second = Forms(person("first"), "visit"), Forms(person("second"), "visit")
    first.open("questions.pv1")
    second.open("questions.pv5")
    first.fill({"text_he": "הנוסח של הראשונה"})
    second.fill({"text_he": "הנוסח של השנייה"})
    first.do("save")
    answer = second.person.client.post(f"{VISIT}?at=questions.pv5", data={**second.fields, "do": "save"})
    assert answer.status_code == 409
    words = plain(answer.text)
    assert "pv1" in words
    assert "הנוסח של הראשונה" in words
    assert "הנוסח של השנייה" in answer.text
    assert now("visit").by_code["pv5"].text["he"] != "הנוסח של השנייה"
    second.read(answer.text)
    second.do("save")
    assert now("visit").by_code["pv5"].text["he"] == "הנוסח של השנייה"
    assert now("visit").by_code["pv1"].text["he"] == "הנוסח של הראשונה"


def test_the_same_button_pressed_twice_adds_once(person: At) -> None:
    author = Forms(person("first"), "visit")
    sent = {**author.page.forms["status"], "do": "add:comment"}
    for _time in range(2):
        assert author.person.client.post(VISIT, data=sent).status_code == 303
    assert codes().count("comment") == 1
    assert "comment_2" not in codes()


def test_a_form_that_was_sent_after_the_login_ended_is_kept(person: At) -> None:
    author = Forms(person("first"), "visit")
    author.open("questions.pv1")
    author.fill({"text_he": "מילים שנכתבו לאט"})
    author.person.client.delete_cookie("session")
    answer = author.person.client.post(
        f"{VISIT}?at=questions.pv1", data={**author.fields, "do": "save"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 401
    assert 'name="resume"' in answer.text


@pytest.mark.parametrize("who", ["reader", "shopper"])
def test_only_who_may_edit_edits(who: str, person: At) -> None:
    somebody = person(who)
    assert somebody.get(VISIT).status_code == 403
    assert somebody.send(VISIT, "/", do="section", revision="0").status_code == 403
    assert somebody.get("/questionnaires/visit/preview").status_code == (200 if who == "reader" else 403)


def test_a_published_questionnaire_offers_a_draft_and_keeps_its_codes(person: At) -> None:
    with setting() as make:
        make.questionnaire("post_digital")
    author = person("first")
    address = "/questionnaires/post_digital/edit"
    assert 'name="do"' not in author.text(address)
    assert author.send("/questionnaires/post_digital/edit/begin", address).status_code == 303
    question = now("post_digital").questions[0].code
    fields = Forms(author, "post_digital")
    fields.open(f"questions.{question}")
    answer = author.client.post(
        f"{address}?at=questions.{question}", data={**fields.fields, "code": "another", "do": "save"}
    )
    assert answer.status_code == 422
    assert now("post_digital").questions[0].code == question


def test_a_shared_scale_is_changed_for_one_question_alone(person: At) -> None:
    author = Forms(person("first"), "visit")
    author.query = "?at=scales.degree5&question=pv5"
    author.read(author.person.get(VISIT + author.query).text)
    author.fill({"points-0-text_he": "לא ולא", "who": "here"})
    author.do("save")
    scales = {code: now("visit").by_code[code].scale for code in ("pv5", "pv6")}
    assert {code: scale.points[0].text["he"] for code, scale in scales.items() if scale} == {
        "pv5": "לא ולא",
        "pv6": "בכלל לא",
    }


def test_the_first_use_leads_on_and_standing_words_are_filled_in(person: At) -> None:
    author = Forms(person("first"), "fresh")
    assert "at=gone" not in author.person.get("/questionnaires/fresh/edit").text
    author.do("add:satisfaction")
    assert codes("fresh") == ["satisfaction"]
    author.open("privacy")
    author.do("privacy")
    privacy = now("fresh").privacy
    assert privacy is not None
    assert set(privacy.officer) == {"he", "en", "ar", "ru"}


def test_an_approved_language_is_a_draft_again_once_its_words_change(person: At) -> None:
    author = Forms(person("first"), "visit")
    before = dict(now("visit").languages)
    author.open("questions.pv1")
    author.fill({"text_en": "How was it?"})
    author.do("save")
    assert before["en"] == "approved"
    assert now("visit").languages["en"] == "draft"


def test_acts_are_in_the_audit_trail_without_words(person: At) -> None:
    author = Forms(person("first"), "visit")
    author.open("questions.pv1")
    author.fill({"text_he": "מילים סודיות"})
    author.do("save")
    with db.reading() as session:
        entry = session.scalars(
            select(Entry).where(Entry.act == "questionnaire.edit").order_by(Entry.id.desc())
        ).first()
        assert entry is not None
        assert entry.details == {"code": "visit", "version": 1, "place": "questions.pv1", "edit": "save"}
        assert "סודיות" not in str(entry.changes)


def test_every_part_opens_and_unknown_ones_say_so(person: At) -> None:
    author = person("first")
    for at in ("", "settings", "opening", "privacy", "ending", "rules", "scales", "indexes", "sections.main", "pv1",
               "scales.sat5", "questions.pv_praise", "callback_phone", "privacy.duty.he", "total_points"):  # fmt: skip
        assert 'id="part-title"' in author.text(f"{VISIT}?at={at}"), at
    assert author.get(f"{VISIT}?at=questions.nothing").status_code == 200
    assert author.get("/questionnaires/nothing/edit").status_code == 404


def test_a_trial_builds_the_score_and_says_what_is_skipped(person: At) -> None:
    author = person("reader")
    address = "/questionnaires/shop/trial"
    page = author.get(f"{address}?page=A").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    sent = {"csrf_token": token[1], "at-page": "A", "state": "{}", "language": "he", "go": "next"}
    sent |= {"A1": "yes", "A2": "no", "A3": "yes", "A4": "na", "A5": "yes"}
    answer = author.client.post(address, data=sent)
    assert answer.status_code == 200
    words = plain(answer.text)
    assert "A2" in words
    assert "62.5" in words, "5 of the 8 points that could be earned"
    state = re.search(r'name="state" value="([^"]*)"', answer.text)
    assert state
    assert "A5" in state[1]
    visit = author.get("/questionnaires/visit/trial").text
    assert "pv_callback" in visit
    page_code = re.search(r'name="at-page" value="([^"]+)"', visit)
    assert page_code
    going = {**sent, "at-page": page_code[1], "pv1": "5"}
    measured = plain(author.client.post("/questionnaires/visit/trial", data=going).text)
    assert "csat:" not in measured
    assert "question.pv1" not in measured
    assert re.search(r"\(\W*pv1\W*\): 100", measured), measured
    damaged = author.client.post(address, data={**sent, "state": '{"A1": ["x"], "zzz": {}}'})
    assert damaged.status_code == 200


def test_the_preview_may_be_framed_by_our_own_page_alone(person: At) -> None:
    author = person("first")
    framed = author.get("/questionnaires/visit/preview?frame=1&language=ar")
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in framed.headers["Content-Security-Policy"]
    assert '<html lang="ar" dir="rtl">' in framed.text
    editor = author.get(VISIT)
    assert editor.headers["X-Frame-Options"] == "DENY"
    assert "frame-src 'self'" in editor.headers["Content-Security-Policy"]


def test_two_modes_of_privacy_are_offered_and_what_the_document_says_is_kept(person: At) -> None:
    author = Forms(person("first"), "visit")
    author.open("settings")
    assert author.fields["anonymity"] == "confidential"
    author.do("save")
    assert now("visit").anonymity == "confidential_until_optin"
    author.fill({"linked_to_case": True})
    author.do("save")
    assert now("visit").anonymity == "linked_to_case"
    author.fill({"anonymity": "anonymous"})
    author.do("save")
    assert now("visit").anonymity == "anonymous"
    unsaid = Forms(person("first"), "fresh")
    unsaid.open("settings")
    assert unsaid.fields["anonymity"] == "confidential"
    unsaid.fill({"title_he": "שם אחר"})
    unsaid.do("save")
    assert now("fresh").anonymity is None


@pytest.mark.parametrize(
    ("name", "value", "told"), [("nobody", "1", "nobody"), ("pv10", "1", "pv10"), ("pv1", "77", "77")]
)
def test_a_rule_that_cannot_hold_is_saved_and_told_beside_its_field(
    name: str, value: str, told: str, person: At
) -> None:
    author = Forms(person("first"), "visit")
    author.open("questions.pv2")
    author.fill({"shown_if-0-name": name, "shown_if-0-value": value})
    author.do("save")
    assert now("visit").by_code["pv2"].shown_if is not None
    page = author.person.get(author.address + author.query).text
    rule = page.partition('name="shown_if-mode"')[0].rpartition("<fieldset")[2]
    assert re.search(rf'class="error".*{told}', rule)
    assert 'href="#shown_if-0-name"' in page
    assert "questions.pv2.shown_if" not in page


def test_a_choice_offered_by_a_broken_rule_is_told_in_its_row(person: At) -> None:
    author = Forms(person("first"), "visit")
    author.open("questions.pv2")
    author.fill({"choices-1-shown_if": "nobody = 1"})
    author.do("save")
    row = author.person.get(author.address + author.query).text.split('class="entry"')[2]
    assert re.search('class="error".*nobody', row)


def test_a_rule_that_cannot_be_read_says_which_one_it_is(person: At) -> None:
    author = Forms(person("first"), "visit")
    author.open("questions.pv2")
    sent = {**author.fields, "shown_if-mode": "text", "shown_if": "pv1 <= ", "do": "save"}
    words = author.person.client.post(f"{VISIT}?at=questions.pv2&lang=en", data=sent)
    assert words.status_code == 422
    label = re.search(r'<fieldset class="field rule wrong">\s*<legend>([^<]+)', words.text)
    assert label
    assert words.text.count(f"{label[1]}: ") >= 2


@pytest.mark.parametrize("typed", ["1", "1 – something", "{words}", "{english}"])
@pytest.mark.parametrize("mode", ["rows", "text"])
def test_an_answer_in_a_rule_is_written_by_its_code_or_in_its_words(typed: str, mode: str, person: At) -> None:
    option = now("visit").by_code["pv1"].options[0]
    typed = typed.format(words=option.text["he"], english=option.text["en"].upper())
    author = Forms(person("first"), "visit")
    author.open("questions.pv2")
    if mode == "text":
        author.do("rule:shown_if")
        author.fill({"shown_if": f'not (pv1 = "{typed}")'})
    else:
        author.fill({"shown_if-0-name": "pv1", "shown_if-0-value": typed})
    author.do("save")
    rule = {"eq": ["pv1", option.value]}
    assert now("visit").by_code["pv2"].shown_if == (rule if mode == "rows" else {"not": rule})
