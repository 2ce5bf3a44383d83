"""A month's files on pages: asked for, watched, fetched; and the plan by which roles are sent them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from survey_app import db, jobs
from survey_app.commands import reviews
from survey_app.models import Pack, User
from survey_app.queries import packs as queries
from tests.support.clocks import FrozenClock
from tests.support.factories import setting
from tests.web.staff.conftest import Person

LogIn = Callable[[str], Person]
PATH, PLAN = "/reviews/2026-10/pack", "/packs/plan"
FILES = re.compile(rf'href="({PATH}/[^"]+/(?:pdf|xlsx|csv|json))"')


def test_only_who_may_have_files_opens_the_pages(as_: LogIn) -> None:
    expected = {
        "management": (200, 200), "analyst": (200, 403), "region": (200, 403), "branch": (200, 403),
        "agent": (403, 403),
        "administrator": (403, 200), "privacy": (403, 403), "shopper": (403, 403),
    }  # fmt: skip
    found = {}
    for name in expected:
        person = as_(name)
        found[name] = (person.get(PATH).status_code, person.get(PLAN).status_code)
    assert found == expected
    assert f'href="{PATH}"' in as_("branch").text("/reviews/2026-10")
    assert f'href="{PATH}"' not in as_("agent").text("/reviews/2026-10")
    assert f'href="{PLAN}"' in as_("administrator").text("/")


def test_files_are_asked_for_watched_and_fetched(as_: LogIn) -> None:
    person = as_("management")
    page = person.text(PATH)
    assert not FILES.findall(page)
    sent = person.post(PATH, PATH, formats=["csv", "json"], language="en")
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{PATH}#made")
    page = person.text(PATH)
    assert '<meta http-equiv="refresh"' in page, "progress shows without scripts too"
    progress = re.search(rf'data-progress="({PATH}/[^"]+/progress)"', page)
    assert progress is not None
    assert person.get(progress[1]).get_json()["over"] is False
    jobs.run_ready()
    assert person.get(progress[1]).get_json() | {"words": ""} == {"over": True, "share": 100, "words": ""}
    page = person.text(PATH)
    assert '<meta http-equiv="refresh"' not in page
    csv, json = FILES.findall(page)
    for address, kind, name in ((csv, "application/zip", "review-2026-10.zip"), (json, "application/json", None)):
        answer = person.get(address)
        assert (answer.status_code, answer.mimetype) == (200, kind)
        assert answer.headers["Cache-Control"] == "no-store"
        assert name is None or answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert person.get(json).data == person.get("/reviews/2026-10/report.json").data
    for name in ("analyst", "branch"):
        assert as_(name).get(csv).status_code == 404, "another's files are nobody else's"
        assert as_(name).get(progress[1]).status_code == 404
    assert person.get(csv.replace("2026-10", "2026-09")).status_code == 404
    assert person.get(csv.removesuffix("csv") + "pdf").status_code == 404


@pytest.mark.parametrize("fields", [{"language": "he"}, {"formats": ["exe"], "language": "he"},
                                    {"formats": ["pdf"], "language": "fr"}, {"formats": ["pdf"]}])  # fmt: skip
def test_a_wish_that_cannot_be_is_explained_and_nothing_is_made(as_: LogIn, fields: dict[str, object]) -> None:
    answer = as_("management").post(PATH, PATH, **fields)
    assert answer.status_code == 422
    assert 'id="errors"' in answer.text
    with db.reading() as session:
        assert session.query(Pack).count() == 0


def test_files_that_are_old_say_so_and_a_failure_says_what_to_do(as_: LogIn, frozen_clock: FrozenClock) -> None:
    person = as_("management")
    person.post(PATH, PATH, formats=["json"], language="he")
    jobs.run_ready()
    warned = "note warn"
    assert warned not in person.text(PATH)
    frozen_clock.move_to(frozen_clock.moment + timedelta(minutes=1))
    with setting() as make:
        reviews.sign(make.session, make.session.query(User).filter_by(role="management").one(), "2026-10")
    page = person.text(PATH)
    assert warned not in page, "the numbers are the same"
    assert '<p class="note">' in page, "the files call the month open"
    with setting() as make:
        pack = make.session.query(Pack).one()
        pack.digest = "other"
    assert warned in person.text(PATH)
    with setting() as make:
        make.session.get_one(Pack, pack.id).state = "failed"
    assert "note bad" in person.text(PATH)


def test_a_month_without_data_offers_no_files_and_one_to_come_is_none(as_: LogIn) -> None:
    person = as_("management")
    assert '<form method="post" action="/reviews/2020-01/pack"' not in person.text("/reviews/2020-01/pack")
    assert person.get("/reviews/2030-01/pack").status_code == 404
    assert person.get("/reviews/x/pack").status_code == 404


def test_a_role_s_plan_is_written_and_kept_where_it_is_wrong(as_: LogIn) -> None:
    person = as_("administrator")
    page = f"{PLAN}/branch_manager"
    sent = person.post(page, page, working_day="10", formats=["pdf", "xlsx"], attached="y", active="y")
    assert sent.headers["Location"] == f"{PLAN}?done=saved"
    with db.reading() as session:
        plan = queries.plans(session)["branch_manager"]
    assert (plan.working_day, plan.formats, plan.attached, plan.active) == (10, ["pdf", "xlsx"], True, True)
    assert "PDF, XLSX" in person.text(PLAN)
    for wrong in ({"working_day": "21"}, {"working_day": "x"}, {"working_day": ""}, {"formats": []}):
        answer = person.post(page, page, **{"working_day": "10", "formats": ["pdf"], "active": "y"} | wrong)
        assert answer.status_code == 422, wrong
        assert 'id="errors"' in answer.text
    assert person.get(f"{PLAN}/agent").status_code == 404
    assert person.get(f"{PLAN}/nobody").status_code == 404
    person.post(page, page, working_day="3", formats=["csv"])
    with db.reading() as session:
        plan = queries.plans(session)["branch_manager"]
        assert (plan.working_day, plan.active, plan.attached) == (3, False, False)
