"""Recognition on its pages: decided, answered, printed, hung on the wall; one's own page and the branch's day."""

from __future__ import annotations

import pypdfium2
import pytest
from flask import Flask

from survey_app.commands import recognition
from survey_app.loop.policy import Loop
from survey_app.models import Answer, Organisation, Training
from survey_app.queries import recognising
from tests.commands.crew import THANKS, Crew
from tests.commands.meetings import MONTH, acted, read
from tests.support.factories import setting
from tests.support.pages import DESKTOP, SMALLEST, OpenContext, assert_reads_well, log_in
from tests.web.people import Person, plain

pytestmark = pytest.mark.usefixtures("frozen_clock")
MINE = "שלך <כל> הכבוד"


@pytest.fixture
def crew(database: object) -> Crew:
    """A bank whose October waits for decisions."""
    made = Crew.made()
    acted(made.boss, recognition.propose, read(recognising.due, MONTH))
    return made


def people(app: Flask, *names: str) -> list[Person]:
    return [Person(app).log_in(f"{name}@example.com") for name in names]


def test_a_certificate_names_nobody_else(app: Flask, crew: Crew) -> None:
    with setting() as make:
        praise = make.session.get_one(Answer, (crew.praised[0], "pv_praise"))
        praise.words = "תודה גם ליוסי מהצוות"
    manager = people(app, "manager")[0]
    row = crew.row()
    here = f"/recognition/{row.id}"
    manager.on(f"{here}/confirm", page=here, words="", quote=f"{crew.praised[0]}:pv_praise", revision="0")
    with pypdfium2.PdfDocument(manager.get(f"{here}/certificate-he.pdf").data) as found:
        text = found[0].get_textpage().get_text_range()
    # How a reader of files orders Hebrew letters differs.
    assert any(word in text for word in ("מהצוות", "מהצוות"[::-1])), "the customer's words are there"
    assert not any(name in text for name in ("יוסי", "יוסי"[::-1]))


def test_a_recognition_from_the_proposal_to_the_wall(app: Flask, crew: Crew) -> None:
    manager, dana, boss, neighbour = people(app, "manager", "dana", "boss", "next")
    row = crew.row()
    here = f"/recognition/{row.id}"
    assert "דנה כהן" in manager.words("/recognition")
    assert here in manager.text("/branch-today")
    assert THANKS in manager.words(here)
    assert "לתעודה" not in dana.words("/me")
    sent = {"words": MINE, "quote": f"{crew.praised[0]}:pv_praise", "revision": "0"}
    assert manager.on(f"{here}/confirm", page=here, **sent) == f"{here}?done=confirmed"
    late = manager.send(f"{here}/confirm", page=here, **{**sent, "words": "בזמן אחר"})
    assert late.status_code == 409, "an older page is refused"
    assert "בזמן אחר" in late.text, "and what was typed stays"
    assert manager.send(f"{here}/refuse", page=here, reason=" ", revision="1").status_code == 422

    assert "<כל>" not in dana.text("/recognition/own")
    assert MINE in plain(dana.text("/recognition/own")).replace("&lt;", "<").replace("&gt;", ">")
    certificate = dana.get(f"{here}/certificate-he.pdf")
    assert certificate.data.startswith(b"%PDF-")
    assert dana.get(f"{here}/certificate-xx.pdf").status_code == 404
    for stranger in (neighbour, *people(app, "yossi")):
        assert stranger.get(f"{here}/certificate-he.pdf").status_code == 404
    assert dana.get(here).status_code == 403
    page = f"/reviews/{MONTH}"
    assert "דנה כהן" not in boss.words("/wall")
    assert "הוקרה אחת בלי שם" in boss.words(page)
    assert dana.on(f"{here}/publicity", page="/recognition/own", answer="accept").endswith("done=accepted")
    assert "דנה כהן" in boss.words("/wall")
    assert "בלי שם" not in boss.words(page)
    for path in (f"{page}/meeting/cases?at=2", page):
        assert "דנה כהן" in boss.words(path)
    assert dana.on(f"{here}/publicity", page="/recognition/own", answer="decline").endswith("done=declined")
    assert "דנה כהן" not in boss.words("/wall")


def test_a_team_is_recognised_by_who_stands_above_it(app: Flask, crew: Crew) -> None:
    region, manager = people(app, "region", "manager")
    there = region.on("/recognition/team", page="/recognition", branch=str(crew.branch.id))
    assert region.on(f"{there}/confirm", page=there, words="", quote="", revision="0").endswith("done=confirmed")
    assert region.send("/recognition/team", page="/recognition", branch="999").status_code == 422
    assert manager.send("/recognition/team", page="/recognition", branch=str(crew.branch.id)).status_code == 403
    assert manager.send(f"{there}/refuse", page=there, reason="לא", revision="1").status_code == 403
    assert "סניף 201" in manager.words("/recognition/own")
    assert "confirm" not in manager.text(there)


def test_the_bonus_statement_is_for_its_readers_and_knows_no_rank(app: Flask, crew: Crew) -> None:
    boss, manager, neighbour, dana = people(app, "boss", "manager", "next", "dana")
    words = manager.words("/bonus")
    assert words.index("דנה כהן") < words.index("יוסי לוי"), "by name"
    assert "דירוג" in words, "which it says that there is none of"
    assert "חידון ידע" not in words
    assert "דנה כהן" not in neighbour.words("/bonus")
    assert dana.get("/bonus").status_code == 403
    assert boss.get(f"/bonus/{MONTH}.pdf").data.startswith(b"%PDF-")
    table = manager.get(f"/bonus/{MONTH}.csv").data.decode("utf-8-sig").splitlines()
    assert len(table) == 4
    assert boss.get("/bonus?month=1999-99").status_code == 404
    with setting() as make:
        own = make.session.get(Organisation, 1)
        rules = Loop(bonus_quiz=True).dump()
        if own is None:
            make.organisation(name="בנק", synthetic=False, policy={}).loop = rules
        else:
            own.loop = rules
        make.session.add(
            Training(
                agent_id=crew.dana.agent_id, kind="quiz", topic="שירות", done_on=recognising.calendar.last_day(MONTH),
                score=8600, at=crew.boss.created_at,
            )
        )  # fmt: skip
    assert "86%" in manager.words("/bonus")


def test_one_s_own_page_has_every_part_from_the_first_day_on(app: Flask, crew: Crew) -> None:
    dana, yossi, manager = people(app, "dana", "yossi", "manager")
    assert THANKS in dana.words("/me")
    for person in (dana, yossi):
        text = person.text("/me")
        for part in ("cases", "promises", "thanks", "score", "words", "lessons", "appeals", "trainings"):
            assert f'aria-labelledby="{part}"' in text
        assert person.get("/me/thanks").status_code == person.get("/me/words").status_code == 200
    assert THANKS not in yossi.words("/me") + yossi.words("/me/thanks")
    assert manager.get("/me").status_code == 403
    assert dana.get("/branch-today").status_code == 403
    assert manager.get("/branch-today?source=nothing").status_code == 200


def test_the_screens_read_well(crew: Crew, new_context: OpenContext) -> None:
    row = crew.row()
    for options, language in ((SMALLEST, "he"), (DESKTOP, "en")):
        for who, paths in (
            ("manager", ("/branch-today", "/recognition", f"/recognition/{row.id}", "/bonus", "/wall")),
            ("dana", ("/me", "/recognition/own")),
        ):
            page = log_in(new_context(**options).new_page(), f"{who}@example.com")
            for path in paths:
                page.goto(f"{path}?lang={language}")
                assert_reads_well(page)
