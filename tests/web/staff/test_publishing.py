"""Publishing: what stops it is told, what changes is told, series are asked about, and it happens once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from survey_app.models import Version
from tests.forms.samples import asked, document, question
from tests.support.factories import setting
from tests.web.staff.conftest import Person
from tests.web.staff.test_questionnaires import HOME, acts, bring, hidden, sample, stored, write_hebrew

LogIn = Callable[[str], Person]
PAGE = f"{HOME}/filed/publish"


def publish(person: Person, **fields: Any) -> Any:
    """Press the button of the page as it stands."""
    page = person.text(PAGE)
    seen = {name: hidden(page, name) for name in ("version", "revision")}
    return person.post(PAGE, PAGE, **{**seen, **fields})


def scaled(points: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A document whose first question stands on a scale of one's own."""
    first = question("q1", "scale", scale="own", measure="csat", **more)
    given = {**document(asked(first, question("q2", "text"))), "code": "filed"}
    return {**given, "scales": {**given["scales"], "own": points}}


def points(*words: str) -> dict[str, Any]:
    """A scale from 1 on."""
    return {"points": [{"value": number, "text": {"he": text}} for number, text in enumerate(words, 1)]}


FIVE = points("גרוע", "לא טוב", "ככה", "טוב", "מצוין")


def test_a_draft_is_published_once(as_: LogIn) -> None:
    bring(sample(), publish=False)
    person = as_("analyst")
    page = person.text(PAGE)
    for part in ("purposes", "recipients", "duty", "officer"):
        assert f"הודעה: {part}" in page, "the notice is shown in full"
    fields = {name: hidden(page, name) for name in ("version", "revision")}
    done = person.post(PAGE, PAGE, **fields)
    assert done.location == f"{HOME}/filed?version=1&done=published"
    assert "הגרסה פורסמה" in person.text(done.location)
    twice = person.post("/account", PAGE, **fields)
    assert twice.status_code == 409
    assert "כבר פורסמה" in twice.text
    assert person.post("/account", PAGE, version="7", revision="0").status_code == 404
    assert [entry.details["code"] for entry in acts("questionnaire.publish")] == ["filed"]
    assert "אין טיוטה לפרסום" in person.text(PAGE)
    assert "analyst" in person.text(f"{HOME}/filed"), "who published it is told"


def test_what_stops_it_is_listed_with_the_way_to_mend_it(as_: LogIn) -> None:
    broken = sample()
    broken.pop("privacy")
    del broken["sections"][0]["questions"][1]["text"]["he"]
    bring(broken, publish=False)
    page = as_("analyst").text(PAGE)
    assert "questions.q2" in page.replace("%2E", ".")
    assert re.search(r'href="/questionnaires/filed/edit\?at=(questions\.)?q2"', page)
    assert re.search(r'href="/questionnaires/filed/edit\?at=privacy"', page)
    assert 'name="version"' not in page, "there is no button"
    reader = as_("management").text(PAGE)
    assert "/edit" not in reader
    refused = as_("analyst").post("/account", PAGE, version="1", revision="0")
    assert refused.status_code == 422
    assert stored("filed")[0].state == "draft"


def test_a_draft_that_changed_meanwhile_is_looked_at_once_more(as_: LogIn) -> None:
    bring(sample(), publish=False)
    person = as_("analyst")
    page = person.text(PAGE)
    fields = {name: hidden(page, name) for name in ("version", "revision")}
    write_hebrew(person, "filed", "title", "שם שהשתנה בינתיים")
    refused = person.post(PAGE, PAGE, **fields)
    assert refused.status_code == 409
    assert "הטיוטה השתנתה" in refused.text
    assert "שם שהשתנה בינתיים" in refused.text
    assert stored("filed")[0].state == "draft"
    assert person.post(PAGE, PAGE, version="1", revision=hidden(refused.text, "revision")).status_code == 303


def test_what_changes_is_told_against_the_version_in_force(as_: LogIn) -> None:
    bring(sample(), publish=True)
    changed = sample()
    changed["sections"][0]["questions"][1]["text"]["he"] = "שאלה בנוסח אחר"
    bring(changed, publish=False)
    person = as_("analyst")
    assert "שאלה בנוסח אחר" in person.text(PAGE)
    assert publish(person).status_code == 303


def test_a_series_that_must_be_renewed_stops_it_until_it_is(as_: LogIn) -> None:
    bring(scaled(FIVE), publish=True)
    turned = {"points": [{"value": 6 - one["value"], "text": one["text"]} for one in reversed(FIVE["points"])]}
    bring(scaled(turned), publish=False)
    person = as_("analyst")
    page = person.text(PAGE)
    assert "/publish/series" in page
    assert 'name="version"' not in page
    assert person.post("/account", PAGE, version="2", revision="0").status_code == 422
    renewed = person.post(PAGE, f"{PAGE}/series", revision=hidden(page, "revision"))
    assert renewed.location == f"{PAGE}?done=renewed"
    assert stored("filed")[-1].definition["sections"][0]["questions"][0]["series"] == "2"
    assert publish(person).status_code == 303


@pytest.mark.parametrize(("answer", "series"), [("same", None), ("new", "2")])
def test_a_doubtful_series_is_asked_about(as_: LogIn, answer: str, series: str | None) -> None:
    bring(scaled(FIVE), publish=True)
    reworded = points("גרוע", "לא טוב", "ככה ככה, באמצע", "טוב", "מצוין")
    bring(scaled(reworded), publish=False)
    person = as_("analyst")
    page = person.text(PAGE)
    asked_of = re.findall(r'name="(series:[^"]*)" value="same"', page)
    assert asked_of, "the author is asked"
    unanswered = publish(person)
    assert unanswered.status_code == 422
    assert 'id="series-1-error"' in unanswered.text
    assert stored("filed")[-1].state == "draft"
    assert publish(person, **dict.fromkeys(asked_of, answer)).status_code == 303
    version = stored("filed")[-1]
    assert version.state == "published"
    assert version.definition["sections"][0]["questions"][0].get("series") == series
    (entry,) = acts("questionnaire.publish")
    assert bool(entry.details["renewed"]) == (answer == "new")


def test_an_archived_questionnaire_is_not_published(as_: LogIn) -> None:
    bring(sample(), publish=True)
    bring(sample(title={"he": "שם חדש"}), publish=False)
    person = as_("analyst")
    person.post(f"{HOME}/filed/archive", f"{HOME}/filed/archive")
    assert 'name="version"' not in person.text(PAGE)
    assert person.post("/account", PAGE, version="2", revision="0").status_code == 409


def test_a_reader_sees_and_cannot(as_: LogIn) -> None:
    bring(sample(), publish=False)
    page = as_("management").text(PAGE)
    assert 'name="version"' not in page
    assert "התפקיד שלך" in page


def test_a_language_that_fell_behind_is_worth_a_look(as_: LogIn) -> None:
    with setting() as make:
        make.questionnaire("post_digital")
    person = as_("analyst")
    write_hebrew(person, "post_digital", "title", "כותרת אחרת")
    page = person.text(f"{HOME}/post_digital/publish")
    assert "התרגום שלו לא" in page
    with setting() as make:
        draft = make.session.get_one(Version, stored("post_digital")[-1].id)
        assert draft.number == 2
