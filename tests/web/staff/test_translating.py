"""Texts side by side: written many at once, refused where somebody else wrote meanwhile, with nothing lost."""

from __future__ import annotations

import io
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from forms.questionnaire import library, translating
from forms.questionnaire.definition import dump, load
from survey_app import db
from survey_app.models import Entry, User
from tests.forms.samples import asked, document, question
from tests.support.factories import PASSWORD, setting
from tests.web.staff.conftest import TOKEN, Person
from tests.web.staff.test_questionnaires import HOME, bring, hidden, sample, stored

LogIn = Callable[[str], Person]
VISIT = f"{HOME}/post_visit_branch"


def texts(code: str) -> dict[str, dict[str, str]]:
    """Every text of the newest version, by place."""
    return {place: dict(text) for place, text in load(stored(code)[-1].definition).texts()}


def save(person: Person, path: str, typed: dict[str, str], page: str = "", **more: str) -> Any:
    """Type into some fields of a page, as a browser sends it: every field, with what stood in it."""
    page = page or person.text(path)
    fields = {name: hidden(page, name) for name in ("draft", "revision")}
    for place, words in typed.items():
        fields |= {f"t:{place}": words, f"w:{place}": unescape(hidden(page, f"w:{place}"))}
    return person.post(path, path, **fields, **more)


def test_every_text_stands_beside_its_hebrew(as_: LogIn) -> None:
    page = as_("analyst").text(f"{VISIT}/translate?to=en&show=all")
    shipped = library.load("post_visit_branch")
    assert unescape(page).count("<textarea") == 40
    assert "page=2" in page
    pages = unescape(page + as_("analyst").text(f"{VISIT}/translate?to=en&page=2"))
    for place, text in shipped.texts():
        assert f'name="t:{place}"' in pages
        assert text["he"].splitlines()[0][:30] in pages


def test_only_what_was_changed_is_written_and_what_is_published_stays(as_: LogIn) -> None:
    person = as_("analyst")
    path = f"{VISIT}/translate?to=en"
    before = texts("post_visit_branch")
    sent = save(person, path, {"title": "How was it?", "questions.pv1.text": before["questions.pv1.text"]["en"]})
    assert sent.status_code == 303
    assert "done=1" in sent.location
    published, draft = stored("post_visit_branch")
    assert (published.state, draft.state) == ("published", "draft")
    now = texts("post_visit_branch")
    assert now["title"]["en"] == "How was it?"
    assert {place: text for place, text in now.items() if place != "title"} == {
        place: text for place, text in before.items() if place != "title"
    }
    assert draft.definition["languages"]["en"] == "draft", "what was approved has to be approved again"
    assert "done=0" in save(person, path, {"title": "How was it?"}).location
    assert len(stored("post_visit_branch")) == 2


def test_a_new_language_begins_as_a_draft(as_: LogIn) -> None:
    bring(sample(), publish=False)
    person = as_("analyst")
    page = person.text(f"{HOME}/filed/translate?to=ru")
    assert "לא התחיל" in page
    assert save(person, f"{HOME}/filed/translate?to=ru", {"title": "Опрос\r\nпосетителей "}).status_code == 303
    assert stored("filed")[0].definition["title"]["ru"] == "Опрос\nпосетителей"
    assert stored("filed")[0].definition["languages"] == {**sample()["languages"], "ru": "draft"}
    assert person.get(f"{HOME}/filed/translate?to=xx").status_code == 404


def test_somebody_elses_work_is_never_written_over_unseen(as_: LogIn) -> None:
    bring(sample(languages={"he": "source", "en": "draft"}), publish=False)
    mine, theirs = as_("analyst"), as_("administrator")
    path = f"{HOME}/filed/translate?to=en"
    page = mine.text(path)
    save(theirs, path, {"title": "Their title", "questions.q2.text": "Their question"})
    refused = save(mine, path, {"title": "My title", "questions.q1.text": "My question", "questions.q2.text": ""}, page)
    assert refused.status_code == 409
    shown = unescape(refused.text)
    assert "My title</textarea>" in shown
    assert "My question</textarea>" in shown
    assert "Their title" in shown
    assert "administrator" in shown, "who it was"
    assert "Their question</textarea>" in shown, "a field that was not touched holds what stands now"
    assert texts("filed")["title"]["en"] == "Their title", "nothing was written"
    again = save(mine, path, {"title": "My title", "questions.q1.text": "My question"}, refused.text)
    assert again.status_code == 303
    now = {place: text.get("en") for place, text in texts("filed").items()}
    assert [now[place] for place in ("title", "questions.q1.text", "questions.q2.text")] == [
        "My title",
        "My question",
        "Their question",
    ]


def test_what_was_typed_for_a_text_that_is_gone_is_shown(as_: LogIn) -> None:
    bring(sample(), publish=False)
    person = as_("analyst")
    path = f"{HOME}/filed/translate?to=en"
    page = person.text(path)
    with setting() as make:
        from survey_app.commands import drafts
        from survey_app.queries.drafts import draft

        version = draft(make.session, "filed")
        user = make.session.scalars(select(User).where(User.role == "administrator")).one()
        shorter = load(document(asked(question("q1", "scale", scale="sat5"))) | {"code": "filed"})
        drafts.edit(make.session, version.id, 0, "delete", "questions.q2", lambda _before: shorter, user_id=user.id)
    refused = save(person, path, {"questions.q2.text": "Written in vain"}, page)
    assert refused.status_code == 409
    assert "Written in vain" in refused.text


def test_a_draft_that_was_published_meanwhile_goes_on_in_the_next_one(as_: LogIn) -> None:
    bring(sample(), publish=False)
    person = as_("analyst")
    path = f"{HOME}/filed/translate?to=en"
    page = person.text(path)
    seen = person.text(f"{HOME}/filed/publish")
    person.post(f"{HOME}/filed/publish", f"{HOME}/filed/publish", version="1", revision=hidden(seen, "revision"))
    refused = save(person, path, {"title": "Title"}, page)
    assert refused.status_code == 409
    assert "Title</textarea>" in refused.text
    assert save(person, path, {"title": "Title"}, refused.text).status_code == 303
    assert [one.state for one in stored("filed")] == ["published", "draft"]


def test_the_same_page_sent_twice_is_saved_once(as_: LogIn) -> None:
    bring(sample(), publish=False)
    person = as_("analyst")
    path = f"{HOME}/filed/translate?to=en"
    page = person.text(path)
    for _click in range(2):
        assert save(person, path, {"title": "Title"}, page).status_code == 303
    assert stored("filed")[0].revision == 1


def test_what_is_missing_in_doubt_or_behind_can_be_shown_alone(as_: LogIn) -> None:
    person = as_("analyst")
    path = f"{VISIT}/translate?to=en"
    save(person, path, {"questions.pv1.text": "No value here", "title": ""})
    missing = person.text(f"{path}&show=missing")
    assert 'name="t:title"' in missing
    assert 'name="t:questions.pv1.text"' not in missing
    doubtful = person.text(f"{path}&show=doubtful")
    assert 'name="t:questions.pv1.text"' in doubtful
    assert "{branch}" in doubtful
    save(person, f"{VISIT}/translate?to=he", {"questions.pv2.text": "שאלה אחרת לגמרי?"})
    outdated = person.text(f"{path}&show=outdated")
    assert outdated.count("<textarea") == 1
    assert 'name="t:questions.pv2.text"' in outdated
    assert "אין טקסט מתאים" in person.text(f"{VISIT}/translate?to=ru&show=missing")


def test_an_address_leads_to_a_text_on_its_page(as_: LogIn) -> None:
    person = as_("analyst")
    place = list(texts("post_visit_branch"))[-1]
    last = translating.parts(library.load("post_visit_branch"))[-1].texts[-1][0]
    assert f'id="t-{last}"' in person.text(f"{VISIT}/translate?to=en&at={last}")
    assert f'id="t-{place}"' in person.text(f"{VISIT}/translate?to=en&at={place}")
    part = person.text(f"{VISIT}/translate?to=en&part=~scales")
    assert part.count("<textarea") == len(translating.parts(library.load("post_visit_branch"))[-1].texts)


def test_too_long_a_text_is_refused_and_kept(as_: LogIn) -> None:
    bring(sample(), publish=False)
    person = as_("analyst")
    path = f"{HOME}/filed/translate?to=en"
    refused = save(person, path, {"title": "x" * 5001, "questions.q1.text": "Kept"})
    assert refused.status_code == 422
    assert 'href="#t-title"' in refused.text
    assert "Kept</textarea>" in refused.text
    assert stored("filed")[0].revision == 0


def test_words_are_words_and_never_markup(as_: LogIn) -> None:
    bring(sample(), publish=False)
    person = as_("analyst")
    path = f"{HOME}/filed/translate?to=en"
    save(person, path, {"title": "</textarea><script>alert(1)</script>"})
    assert "<script>alert" not in person.text(path)
    assert "<script>alert" not in person.text(f"{HOME}/filed?text=en")


# ---- states ----------------------------------------------------------------------------------------------------------


def act(person: Person, verb: str, language: str, code: str = "filed") -> Any:
    """Press one of the buttons in the table of languages."""
    version = stored(code)[-1]
    revision = str(version.revision if version.state == "draft" else 0)
    return person.post("/account", f"{HOME}/{code}/languages/{language}/{verb}", revision=revision)


def test_a_language_is_approved_when_nothing_is_missing(as_: LogIn) -> None:
    given = sample(languages={"he": "source", "en": "draft"})
    bring(given, publish=False)
    person = as_("analyst")
    refused = act(person, "approve", "en")
    assert refused.status_code == 422
    for place, text in load(given).texts():
        assert (f"#t-{place}" in unescape(refused.text)) == ("en" not in text), "each missing text, with its way"
    path = f"{HOME}/filed/translate?to=en"
    save(person, path, {place: f"Text of {place}" for place, text in load(given).texts() if "en" not in text})
    done = act(person, "approve", "en")
    assert done.location == f"{HOME}/filed?done=approved"
    assert stored("filed")[0].definition["languages"]["en"] == "approved"
    assert act(person, "withdraw", "en").status_code == 303
    assert stored("filed")[0].definition["languages"]["en"] == "draft"
    assert act(person, "remove", "en").status_code == 303
    assert stored("filed")[0].definition["languages"] == {"he": "source"}
    assert all("en" not in text for text in texts("filed").values())
    assert act(person, "approve", "ar").status_code == 404
    assert act(person, "remove", "he").status_code == 422
    with db.reading() as session:
        acts = list(session.scalars(select(Entry.act).where(Entry.act.endswith("_language")).order_by(Entry.id)))
    assert acts == [
        "questionnaire.approve_language",
        "questionnaire.withdraw_language",
        "questionnaire.remove_language",
    ]


def test_approving_what_is_published_begins_a_draft(as_: LogIn) -> None:
    person = as_("analyst")
    assert act(person, "approve", "ar", "post_visit_branch").status_code == 303
    published, draft = stored("post_visit_branch")
    assert published.definition["languages"]["ar"] == "draft"
    assert draft.definition["languages"]["ar"] == "approved"


# ---- tables ----------------------------------------------------------------------------------------------------------


def upload(person: Person, content: bytes, name: str, code: str = "filed", to: str = "en") -> Any:
    """Send a table back."""
    token = TOKEN.search(person.text(f"{HOME}/{code}/translate?to={to}"))
    assert token is not None
    return person.client.post(
        f"{HOME}/{code}/texts?to={to}", data={"csrf_token": token[1], "table": (io.BytesIO(content), name)}
    )


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_table_goes_out_and_comes_back_filled_in(as_: LogIn, form: str) -> None:
    given = sample(title={"he": "=סכום"})
    bring(given, publish=False)
    person = as_("analyst")
    sent = person.get(f"{HOME}/filed/texts.{form}?to=en")
    assert f"filed-en.{form}" in sent.headers["Content-Disposition"]
    content = sent.data
    if form == "csv":
        lines = content.decode("utf-8-sig").splitlines()
        assert lines[0] == "place,what,he,en"
        assert "'=סכום" in lines[1], "no cell acts as a formula"
        content = ("\n".join([lines[0], *(f"{line}'=Text {n}" for n, line in enumerate(lines[1:]))])).encode()
        proposed = upload(person, content, f"back.{form}")
        assert proposed.status_code == 200
        assert "=Text 0</textarea>" in proposed.text
        assert stored("filed")[0].revision == 0, "nothing is stored before it is agreed to"
        places = [place for place, _text in load(given).texts()]
        saved = save(person, f"{HOME}/filed/translate?to=en", {places[0]: "=Text 0"}, proposed.text)
        assert saved.status_code == 303
        assert texts("filed")[places[0]]["en"] == "=Text 0"
    else:
        assert upload(person, content, f"back.{form}").status_code == 422, "as it went out it says nothing new"


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02", b"PK\x03\x04 broken", b"place,he\nquestions.q1.text,x\n", b"a,b\n1,2\n"],
    ids=["empty", "bytes", "broken", "no column", "another table"],
)
def test_a_table_that_is_none_is_refused(as_: LogIn, content: bytes) -> None:
    bring(sample(), publish=False)
    refused = upload(as_("analyst"), content, "back.csv")
    assert refused.status_code == 422
    assert 'id="table-error"' in refused.text


def test_rows_of_places_that_are_not_there_are_told(as_: LogIn) -> None:
    bring(sample(), publish=False)
    table = b"place,what,he,en\nquestions.q1.text,,,One\nquestions.q9.text,,,Nine\n"
    page = upload(as_("analyst"), table, "back.csv").text
    assert "questions.q9.text" in page
    assert "One</textarea>" in page


def test_a_login_that_ended_keeps_what_was_typed(as_: LogIn, visitor: Person) -> None:
    bring(sample(), publish=False)
    person = as_("analyst")
    path = f"{HOME}/filed/translate?to=en"
    page = person.text(path)
    fields = {"draft": hidden(page, "draft"), "revision": hidden(page, "revision")}
    fields |= {"t:title": "Typed before", "w:title": ""}
    kept = visitor.client.post(path, data=fields, headers={"Sec-Fetch-Site": "same-origin"})
    assert kept.status_code == 401
    assert dump(load(stored("filed")[0].definition))["title"].keys() == {"he"}
    assert PASSWORD not in kept.text
    assert 'name="resume"' in kept.text
