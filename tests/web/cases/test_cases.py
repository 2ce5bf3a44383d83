"""Cases on their pages: who sees what, work from the first call to the check, forms sent twice or too late."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask

from survey_app import db
from survey_app.commands.cases import own_words
from survey_app.models import Response
from survey_app.queries import cases
from survey_app.queries.loop import policy
from tests.commands.cases.world import World, at, case, did, events, just_after
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.web.people import Person, plain

REVISION = re.compile(r'name="revision"[^>]*value="(\d+)"|value="(\d+)"[^>]*name="revision"')
KEY = re.compile(r'name="key"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="key"')
NAME = "נחמה פלדמן"
WORDS = "הבטיחו שיחזרו אליי ולא חזרו. נציג A1 היה אדיב"


@pytest.fixture
def world(database: db.Database, frozen_clock: FrozenClock) -> World:
    """A bank on a Tuesday morning at nine."""
    frozen_clock.move_to(at("2026-11-17"))
    made = World.made()
    with setting() as make:
        region = make.region(name="דרום")
        made.user(make, "other", "branch_manager", branch=make.branch(code="202", region=region))
        made.user(make, "south", "region_manager", region=region)
        made.user(make, "boss", "management")
        made.user(make, "admin", "administrator")
    return made


def person(app: Flask, name: str) -> Person:
    return Person(app).log_in(f"{name}@example.com")


def on(who: Person, path: str, **fields: Any) -> str:
    """Fill in an act's form as it is shown; gives where it leads."""
    shown = who.text(path)
    found = REVISION.search(shown)
    return who.on(path, **({"revision": found[1] or found[2]} if found else {}), **fields)


def test_who_sees_a_case_and_what_of_it(app: Flask, world: World) -> None:
    number = world.opened(words=WORDS, name=NAME)
    here = f"/cases/{number}"
    dana = person(app, "dana").words(here)
    assert NAME in dana
    assert "972501234567" in dana
    assert WORDS in dana
    for outside in ("eran", "other", "south"):
        person(app, outside).text(here, 404)
    region = person(app, "region").words(here)
    assert "[שם] היה אדיב" in region, "names are hidden outside the branch"
    assert "972501234567" in region, "whoever leads there may call"
    assert "נציג A1 היה אדיב" in person(app, "branch").words(here)
    assert person(app, "admin").get("/cases").status_code == 403


def test_a_sensitive_case_is_invisible_to_whom_it_names(app: Flask, world: World) -> None:
    number = world.opened(subject="misconduct")
    dana = person(app, "dana")
    dana.text(f"/cases/{number}", 404)
    dana.text(f"/cases/{number}/account", 404)
    assert f"/cases/{number}" not in dana.text("/cases?cut=mine") + dana.text("/")
    assert "אין פנייה" in dana.words(f"/cases?q={number}") or "no case of this number" in dana.words(
        f"/cases?q={number}"
    )
    assert person(app, "branch").get(f"/cases/{number}").status_code == 200


def test_whom_the_customer_did_not_choose_reads_no_words(app: Flask, world: World) -> None:
    number = world.opened(wanted="management", words=WORDS, name=NAME)
    dana = person(app, "dana").words(f"/cases/{number}")
    assert WORDS not in dana
    assert NAME not in dana
    assert "972501234567" not in dana
    assert f"/cases/{number}/account" in person(app, "dana").text(f"/cases/{number}"), "but may give an account"


def test_the_work_from_the_first_call_to_the_check(app: Flask, world: World) -> None:
    number = world.opened()
    here, dana = f"/cases/{number}", person(app, "dana")
    assert f"{here}/contact" in dana.text(here).split("first-act")[1][:300], "one primary act"
    talk = {"channel": "phone", "reached": "yes", "words": "דיברנו", "next_step": "לבדוק", "next_on": "18.11.2026"}
    assert on(dana, f"{here}/contact", **talk) == f"{here}?done=contact"
    agreed = {"solution": "זיכוי", "next_step": "ביצוע", "next_on": "18.11.2026"}
    on(dana, f"{here}/agree", **agreed)
    on(dana, f"{here}/compensate", amount="80")
    refused = dana.send(f"{here}/compensate", revision=str(case(number).revision), amount="100.50")
    assert refused.status_code == 422
    assert "100" in plain(refused.text)
    on(dana, f"{here}/finish", outcome="justified", root_cause="process", lesson="לבדוק מראש", cost="12.30")
    found = case(number)
    assert (found.state, found.cost, found.compensation, found.lesson) == ("done", 1230, 8000, "לבדוק מראש")
    branch = person(app, "branch")
    assert f"{here}/check" in branch.text(here)
    assert f"{here}/check" not in dana.text(here)
    on(branch, f"{here}/check", verdict="good", note="")
    assert case(number).checked == "good"
    assert "לבדוק מראש" in branch.words(here)


def test_a_form_sent_twice_is_done_once_and_a_stale_one_keeps_its_words(app: Flask, world: World) -> None:
    number = world.opened()
    here, dana, branch = f"/cases/{number}", person(app, "dana"), person(app, "branch")
    old = str(case(number).revision)
    talk = {"revision": old, "channel": "phone", "reached": "yes", "words": "דיברנו"}
    assert dana.send(f"{here}/contact", **talk).status_code == 303
    assert dana.send(f"{here}/contact", **talk).status_code == 303, "the second click"
    assert events(number).count("contacted") == 1
    stale = branch.send(f"{here}/contact", **{**talk, "words": "גם אני דיברתי"})
    assert stale.status_code == 409
    assert "גם אני דיברתי" in stale.text
    assert f'value="{case(number).revision}"' in stale.text, "sent once more, it is written"
    world.done(number)
    late = branch.send(f"{here}/agree", revision=old, solution="הסכמנו על זיכוי", next_step="x", next_on="18.11.2026")
    assert late.status_code == 409
    assert "הסכמנו על זיכוי" in late.text, "nothing that was typed is lost"


def test_the_log_does_not_tell_of_a_case_that_is_kept_from_its_reader(app: Flask, world: World) -> None:
    for number in range(40):
        world.opened(f"before-{number}", phone="")
    kept = world.opened("kept", subject="misconduct")
    again = world.opened("again")
    assert case(again).repeat_of_id == kept
    assert str(kept) in person(app, "branch").words(f"/cases/{again}").split()
    assert str(kept) not in person(app, "dana").words(f"/cases/{again}").split()


def test_a_case_by_hand_is_opened_once(app: Flask, world: World) -> None:
    dana = person(app, "dana")
    shown = dana.text("/cases/new")
    found = KEY.search(shown)
    assert found
    typed = {
        "key": found[1] or found[2],
        "branch": "101",
        "subject": "fees",
        "words": "חויבתי פעמיים",
        "language": "he",
    }
    said = {**typed, "phone": "050-123 4567"}
    unasked = dana.send("/cases/new", **said)
    assert unasked.status_code == 422
    assert "חויבתי פעמיים" in unasked.text
    wrong = dana.send("/cases/new", **{**said, "phone": "12", "consent": "y", "agent": "מישהו"})
    assert wrong.status_code == 422
    where = dana.send("/cases/new", **said, consent="y", agent="A1")
    assert where.headers["Location"].endswith("?done=opened")
    assert dana.send("/cases/new", **said, consent="y", agent="A1").headers["Location"] == where.headers["Location"]
    number = int(where.headers["Location"].split("/")[2].split("?")[0])
    assert (case(number).phone, case(number).owner_id) == ("+972501234567", world.id("dana"))
    own = dana.send("/cases/new", **{**typed, "key": "k2", "subject": "misconduct", "agent": "A1"})
    assert own.headers["Location"] == "/cases?done=opened", "it names who opened it, who does not see it"
    prefilled = person(app, "branch").send("/cases/new", prefill="1", source="visit", subject="fees", words="מהשטח")
    assert "מהשטח" in prefilled.text
    assert 'name="source" value="visit"' in prefilled.text


def test_leads_give_take_merge_and_reopen(app: Flask, world: World) -> None:
    one, two = world.opened("a"), world.opened("b")
    branch, service = person(app, "branch"), person(app, "service")
    on(branch, f"/cases/{one}/assign", to=str(world.id("eran")))
    assert case(one).owner_id == world.id("eran")
    on(service, f"/cases/{one}/adopt")
    assert (case(one).owner_id, case(one).adopted_by_id) == (world.id("service"), world.id("service"))
    for nothing in ("999", "9" * 30, "x", ""):
        unknown = branch.send(f"/cases/{two}/merge", revision=str(case(two).revision), into=nothing)
        assert unknown.status_code == 422, nothing
    on(branch, f"/cases/{two}/merge", into=str(one))
    assert case(two).merged_into_id == one
    assert branch.get(f"/cases/{two}/contact").status_code == 409
    world.finished(one, "service")
    on(branch, f"/cases/{one}/reopen", words="הלקוח התקשר")
    assert (case(one).state, case(one).reopened) == ("new", 1)
    for nowhere in ("/cases/1/nothing", "/cases/999", f"/cases/{'9' * 30}", "/cases/999/contact"):
        assert branch.get(nowhere).status_code == 404, nowhere
    assert branch.get(f"/cases?q={'9' * 30}").status_code == 200
    assert branch.get("/cases?cut=nothing&page=-3&branch=nowhere").status_code == 200


def test_an_employee_says_it_was_not_me_and_somebody_else_decides(app: Flask, world: World) -> None:
    number = world.opened()
    here, dana, branch = f"/cases/{number}", person(app, "dana"), person(app, "branch")
    on(dana, f"{here}/account", words="כך היה")
    on(dana, f"{here}/not-me", words="הייתי בחופש")
    assert dana.get(f"{here}/decide-not-me").status_code == 409
    on(branch, f"{here}/decide-not-me", accept="yes", agent=str(world.eran.id))
    assert (case(number).not_me, case(number).agent_id) == ("confirmed", world.eran.id)
    did(own_words.give_account, number, world.users["eran"], "הגרסה של ערן")
    assert "הגרסה של ערן" in branch.words(here)


def test_lists_are_cut_counted_and_searched(app: Flask, world: World, frozen_clock: FrozenClock) -> None:
    first = world.opened("a")
    second = world.opened("b", agent_id=world.eran.id, phone="+972501234568")
    branch = person(app, "branch")
    assert f'href="/cases/{second}"' in branch.text("/cases"), "whoever has none begins with the team's"
    assert person(app, "dana").get(f"/cases?q=%23{first}").headers["Location"] == f"/cases/{first}"
    with db.reading() as session:
        dana, lead = world.users["dana"], world.users["branch"]
        assert cases.listed(session, dana).counts == {"mine": 1, "waiting": 0, "closed": 0}
        assert cases.listed(session, lead, cases.TEAM).total == 2
        assert cases.listed(session, world.users["other"], cases.TEAM).total == 0
        assert cases.due_today(session, dana) == 0
    just_after(frozen_clock, case(first).due_at)
    with db.reading() as session:
        assert cases.listed(session, lead, cases.OVERDUE).total == 2
        assert cases.due_today(session, dana) == 1
    assert "cut=overdue" in branch.text("/"), "the first page says so"
    assert "is yours" in person(app, "dana").words("/") or "באחריותך" in person(app, "dana").words("/")


def test_standing_in_shows_the_cases_and_ends(app: Flask, world: World, frozen_clock: FrozenClock) -> None:
    number = world.opened()
    dana = person(app, "dana")
    stands = {"user": str(world.id("dana")), "to": str(world.id("eran")), "since": "17.11.2026", "until": "16.11.2026"}
    assert dana.send("/cases/delegations", **stands).status_code == 422
    assert dana.on("/cases/delegations", **{**stands, "until": "18.11.2026"}).endswith("done=made")
    assert dana.on("/cases/delegations", **{**stands, "until": "18.11.2026"}).endswith("done=made"), "sent twice"
    assert person(app, "eran").get(f"/cases/{number}").status_code == 200
    assert person(app, "dana").send("/cases/delegations/1/end", page="/cases/delegations").status_code == 303
    assert person(app, "eran").get(f"/cases/{number}").status_code == 404


def test_the_rules_are_kept_and_one_who_came_late_is_told(app: Flask, world: World) -> None:
    admin = person(app, "admin")
    shown = admin.text("/cases/rules")
    fields = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', shown))
    fields.pop("csrf_token", None)
    changed = fields | {"level_agent": "6", "limit_agent": "150"}
    assert admin.send("/cases/rules", **changed).status_code == 303
    with db.reading() as session:
        rules = policy(session)
    assert (rules.level_hours["agent"], rules.compensation["agent"]) == (6, 15_000)
    late = admin.client.post("/cases/rules", data={**fields, "level_agent": "5", "csrf_token": token(admin)})
    assert late.status_code == 409
    assert admin.send("/cases/rules", **{**changed, "until_hour": "08:00"}).status_code in (409, 422)
    assert person(app, "branch").get("/cases/rules").status_code == 403


def token(who: Person) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', who.text("/cases/rules"))
    assert found
    return found[1]


def test_a_score_is_taken_out_by_two_people(app: Flask, world: World) -> None:
    with setting() as make:
        version = make.questionnaire("post_visit_branch")
        answer = make.responses(
            version=version, branch=world.branch, visited_on=date(2026, 11, 15), state="counted",
            answers=[{"pv1": 1, "pv_open": "נציג A1 גרוע"}], context={}, agent=world.dana,
        )[0]  # fmt: skip
    number = world.opened(response_id=answer)
    world.reached(number)
    world.done(number, outcome="abusive")
    branch, ombudsman = person(app, "branch"), person(app, "ombudsman")
    on(branch, f"/cases/{number}/remove-score", words="קללות ואיומים")
    here = f"/cases/removals/{number}"
    assert f'href="{here}"' in ombudsman.text("/cases/removals")
    assert "קללות ואיומים" in ombudsman.words(here)
    assert ombudsman.send(here, approve="yes").status_code == 422
    assert ombudsman.on(here, approve="yes", note="אין ספק").endswith("done=decided")
    assert ombudsman.on(here, approve="yes", note="אין ספק").endswith("done=decided"), "sent twice"
    with db.reading() as session:
        assert session.get_one(Response, answer).state == "excluded"
    assert branch.get("/cases/removals").status_code == 403


def test_the_customer_s_details_are_deleted_and_said_to_be(app: Flask, world: World) -> None:
    number = world.opened(name=NAME)
    branch = person(app, "branch")
    assert branch.send(f"/cases/{number}/erase", revision=str(case(number).revision)).status_code == 422
    on(branch, f"/cases/{number}/erase", sure="y")
    assert (case(number).phone, case(number).words, case(number).closed_how) == ("", "", "erased")
    assert NAME not in branch.words(f"/cases/{number}")
