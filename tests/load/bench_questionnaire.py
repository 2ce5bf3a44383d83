"""How long the server takes for one page of a long questionnaire: its forms, its rules and its HTML, database included.

The questionnaire mixes the types of a real one; every tenth question hangs on another. It is measured with half of it
answered, as one page of 300 questions, cut into pages, and as a page of 30 items with comments. Seconds are those of
the processor: everything happens in this process, whatever else the machine does meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from flask import Flask
from sqlalchemy import select

from survey_app import clock, db
from survey_app.app import create_app
from survey_app.audit import Actor
from survey_app.commands import questionnaires, responses
from survey_app.config import Settings
from survey_app.models import Branch, Invitation
from survey_app.queries import tickets
from survey_app.transaction import transaction
from tests.load.figures import Row
from tests.load.ground import Installation

TIMES: Final = 40
#: Questions of the long questionnaire, and items of the page of items. The server is meant to take less than 60 and
#: less than 10 milliseconds for them.
LONG, ITEMS = 300, 30


def he(words: str) -> dict[str, str]:
    """A text in Hebrew only."""
    return {"he": words}


def _choices() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = [{"value": f"v{place}", "text": he(f"תשובה {place}")} for place in range(1, 6)]
    return [*listed, {"value": "other", "other": True, "text": he("תשובה אחרת")}]


#: A type for each last digit of a question's number, and what it takes.
KINDS: Final[list[dict[str, Any]]] = [
    *({"type": "scale", "scale": "sat5"} for _ in range(4)),
    {"type": "single", "choices": _choices()},
    {"type": "multiple", "choices": _choices()},
    {"type": "scale", "scale": "nps11"},
    {"type": "text", "max_chars": 500},
    {"type": "int"},
    {"type": "date"},
]
SCALES: Final = {
    "sat5": {
        "points": [{"value": value, "text": he(f"דרגה {value}")} for value in range(1, 6)],
        "extra": [{"value": "dk", "text": he("קשה לומר")}],
    },
    "nps11": {"min": 0, "max": 10, "anchors": [{"value": 0, "text": he("לא")}, {"value": 10, "text": he("כן")}]},
    "ynna": {
        "points": [{"value": "yes", "text": he("כן"), "score": 100}, {"value": "no", "text": he("לא"), "score": 0}],
        "extra": [{"value": "na", "text": he("לא רלוונטי")}],
    },
}


def _question(number: int) -> dict[str, Any]:
    place = number % len(KINDS)
    text = he(f"שאלה {number}: עד כמה היה *ברור* מה קורה בסניף {{branch}}?")
    hangs = {"shown_if": {"any": [{"le": [f"q{number - place}", 3]}, {"empty": f"q{number - place}"}]}}
    return {"code": f"q{number}", "text": text, **KINDS[place], **(hangs if place == len(KINDS) - 1 else {})}


def _item(number: int) -> dict[str, Any]:
    return {"code": f"i{number}", "type": "item", "scale": "ynna", "points": 1, "text": he(f"פריט {number} בסניף")}


def document(code: str, sections: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A document that may be published."""
    return {
        "format": 1,
        "code": code,
        "kind": "customer_survey",
        "title": he("שאלון ארוך"),
        "languages": {"he": "source"},
        "privacy": {part: he(f"הודעה על {part}") for part in ("purposes", "recipients", "duty", "officer")},
        "scales": SCALES,
        "sections": sections,
        **more,
    }


def documents() -> Iterator[tuple[str, int, dict[str, Any]]]:
    """(what is measured, questions, document)."""
    questions = [_question(number) for number in range(LONG)]
    title = {"title": he("הכול")}
    yield "all on one page", LONG, document("bench_long", [{"code": "all", **title, "questions": questions}])
    yield "one page of many", LONG, document("bench_paged", [{"code": "all", "questions": questions}])
    items = [_item(number) for number in range(ITEMS)]
    section = {"code": "items", **title, "scored": True, "points": ITEMS, "questions": items}
    yield "all on one page", ITEMS, document("bench_items", [section], total_points=ITEMS)


def measure(installation: Installation, *, times: int = TIMES) -> Iterator[Row]:
    """Serve pages in this process; what comes back must hold the questions."""
    database = db.Database(f"sqlite:///{installation.database}")
    settings = Settings.load(data_dir=installation.folder, database_url=f"sqlite:///{installation.database}")
    with db.bound(database):
        app = create_app(settings)
        for what, questions, drawn in documents():
            kind = "items" if questions == ITEMS else "questions"
            yield _row(f"page of {questions} {kind}", what, app, _address(drawn), times)
    database.close()


def _address(drawn: dict[str, Any]) -> str:
    """Publish a questionnaire and invite somebody who has answered its first half; gives the page's address."""
    with transaction(Actor.system("bench"), "bench.publish") as session:
        version, _verdict = questionnaires.bring_in(session, drawn, publish=True)
        code = version.questionnaire.code
        campaign = questionnaires.standing_campaign(session, code)
        branch = session.scalars(select(Branch).where(Branch.ranked, Branch.closed.is_(None)).limit(1)).one()
        session.add(
            Invitation(
                campaign_id=campaign.id,
                branch_id=branch.id,
                token=code,
                response_id=tickets.new_response_id(),
                visited_on=clock.today(),
                created_at=clock.now(),
                expires_at=clock.now() + timedelta(days=1),
            )
        )
    with transaction(Actor.respondent(), "response.save") as session:
        ticket = tickets.by_token(session, code)
        scales = [one for one in ticket.definition.questions if one.scale is not None]
        answers = {one.code: one.options[1].value for one in scales[: len(scales) // 2]}
        responses.save_page(session, ticket, answers, "he")
    return f"/s/{code}/all-15" if code == "bench_paged" else f"/s/{code}"


def _row(what: str, conditions: str, app: Flask, address: str, times: int) -> Row:
    client = app.test_client()
    seconds = []
    for count in range(times + 1):
        begun = time.thread_time()
        answer = client.get(address)
        taken = time.thread_time() - begun
        if answer.status_code != 200 or "<fieldset" not in answer.text:
            raise RuntimeError(f"{answer.status_code} from {address}")
        if count:  # the first of all compiles templates and fills caches
            seconds.append(taken)
    return Row(what, conditions, seconds, sum(seconds))
