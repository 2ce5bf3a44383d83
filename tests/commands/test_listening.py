"""Listening: forms that staff fill in are begun, kept, sent once; visits count in no number; promises become clocks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import listening, responses
from survey_app.commands.imports.engine import run_import
from survey_app.commands.imports.messages import MessageHandler
from survey_app.commands.listening import Beginning
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Branch, BranchFact, Draft, Listening, Promise, Response, User, VoiceMessage
from survey_app.queries import listening as queries
from tests.commands.meetings import acted, read
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")

SEEN = {"first": "lowest", "direction": "rtl", "layout": "unknown"}


@dataclass(frozen=True)
class Ground:
    """One branch with its manager, and management."""

    boss: User
    manager: User
    branch: Branch
    far: Branch

    @classmethod
    def made(cls) -> Ground:
        with setting() as make:
            region = make.region(name="צפון")
            make.questionnaire("call_listening_form")
            make.questionnaire("executive_field_visit")
            branch, far = make.branch(code="201", region=region), make.branch(code="202", region=None)
            return cls(
                boss=make.user(email="boss@example.com", role="management"),
                manager=make.user(email="manager@example.com", role="branch_manager", branch=branch),
                branch=branch,
                far=far,
            )

    def about(self, way: str = "visit", **more: Any) -> Beginning:
        code = "call_listening_form" if way == "call" else "executive_field_visit"
        return replace(Beginning(listening.new_id(), way, code, self.branch.id, clock.today()), **more)


def write(user: User, made: Listening, answers: dict[str, Any]) -> None:
    def kept(session: Any) -> None:
        ticket = queries.ticket(session, queries.of(session, user, made.response_id), "he")
        responses.save_page(session, ticket, answers, "he")

    acted(user, kept)


def count(table: Any) -> int:
    return read(lambda session: session.scalar(select(func.count()).select_from(table)) or 0)


@pytest.mark.usefixtures("any_database")
def test_a_visit_is_begun_once_sent_once_counted_never_and_its_promise_gets_a_clock() -> None:
    ground = Ground.made()
    about = ground.about()
    for _twice in range(2):
        made = acted(ground.manager, listening.begin, ground.manager, about)
    assert count(Listening) == count(Draft) == 1
    with pytest.raises(NotFound):
        read(queries.of, ground.boss, made.response_id)
    due = clock.today() + timedelta(days=7)
    write(ground.manager, made, {"fv3": "לקוחה סיפרה", "fv5": "yes", "fv6": "לתקן את המזגן", "fv7": due.isoformat()})
    for _twice in range(2):
        acted(ground.manager, listening.send, ground.manager, made.response_id, "he", SEEN)
    assert (count(Response), count(Draft), count(BranchFact), count(Promise)) == (1, 0, 0, 1)
    promise = read(lambda session: session.scalars(select(Promise)).one())
    assert (promise.words, promise.due_on, promise.branch_id) == ("לתקן את המזגן", due, ground.branch.id)
    said = read(queries.followed, made.response_id)
    assert (said.fault, said.promise, said.promise_due) == (True, "לתקן את המזגן", due)
    with pytest.raises(Conflict):
        acted(ground.manager, listening.throw_away, ground.manager, made.response_id)


@pytest.mark.usefixtures("database")
def test_a_call_counts_for_its_branch_and_enters_no_survey() -> None:
    ground = Ground.made()
    made = acted(ground.manager, listening.begin, ground.manager, ground.about("call"))
    with pytest.raises(UserError) as missing:
        acted(ground.manager, listening.send, ground.manager, made.response_id, "he", SEEN)
    assert missing.value.places
    items = ("A1", "A2", "B1", "B2", "B3", "B4", "C1", "C2", "C3", "D1", "D2", "D3")
    write(ground.manager, made, {"topic": "fault", "B2_comment": "לפי נוהל 4", **dict.fromkeys(items, "yes")})
    acted(ground.manager, listening.send, ground.manager, made.response_id, "he", SEEN)
    assert count(BranchFact) > 0


@pytest.mark.usefixtures("database")
def test_what_does_not_fit_is_refused_with_its_field() -> None:
    ground = Ground.made()
    wrong = {
        "way": ground.about(way="song"),
        "questionnaire": replace(ground.about(), questionnaire="call_listening_form"),
        "branch": ground.about(branch_id=ground.far.id),
        "heard_on": ground.about(heard_on=clock.today() + timedelta(days=1)),
        "agent": ground.about(agent_id=99),
        "": replace(ground.about(), id="no id"),
    }
    for name, about in wrong.items():
        with pytest.raises(UserError) as refused:
            acted(ground.manager, listening.begin, ground.manager, about)
        assert [place for place, _message in refused.value.places] == ([name] if name else [])
    assert count(Listening) == 0


@pytest.mark.usefixtures("database")
def test_a_form_that_waits_is_never_swept_and_may_be_thrown_away() -> None:
    ground = Ground.made()
    made = acted(ground.boss, listening.begin, ground.boss, ground.about())
    with clock.moved_to(clock.now() + timedelta(days=60)):
        acted(ground.boss, responses.sweep_drafts)
    assert count(Draft) == 1
    for _twice in range(2):
        acted(ground.boss, listening.throw_away, ground.boss, made.response_id)
    assert count(Draft) == count(Listening) == 0


HEAD = "key,written_on,words,channel,branch,consent,customer_name\n"


def bring(path: Path, text: str) -> Any:
    path.write_text(text, encoding="utf-8")
    return run_import(MessageHandler, path, actor=Actor.system("test"), refused_to=path.with_suffix(".refused"))


@pytest.mark.usefixtures("any_database")
def test_messages_come_once_without_what_tells_whose_they_are(tmp_path: Path) -> None:
    Ground.made()
    text = HEAD + 'M1,14/10/2026,"אני נעה לוי, 052-1234567",דוא״ל,201,כן,נעה לוי\nM2,15/10/2026,התור ארוך,chat,,,\n'
    assert bring(tmp_path / "m.csv", text).counts["added"] == 2
    assert bring(tmp_path / "m.csv", text).counts["unchanged"] == 2
    rows = read(lambda session: session.scalars(select(VoiceMessage).order_by(VoiceMessage.key)).all())
    assert [(one.words, one.channel, one.consent) for one in rows] == [
        ("אני [שם], […]", "email", True),
        ("התור ארוך", "chat", False),
    ]
    lines = (
        '{"key": "M2", "written_on": "2026-10-15", "words": "התור קצר", "consent": true}\n{"key": "M3"}\nno object\n'
    )
    told = bring(tmp_path / "m.jsonl", lines)
    assert (told.counts["changed"], [refusal.row for refusal in told.refused]) == (1, [2, 3])
    assert count(VoiceMessage) == 2


@pytest.mark.usefixtures("database")
def test_a_row_that_is_no_message_says_why_and_costs_no_other(tmp_path: Path) -> None:
    Ground.made()
    future = (clock.today() + timedelta(days=2)).strftime("%d/%m/%Y")
    told = bring(
        tmp_path / "m.csv",
        HEAD + f"M1,{future},a,chat,,,\nM2,14/10/2026,b,pigeon,,,\nM3,14/10/2026,c,chat,999,,\nM4,14/10/2026,d,,,,\n",
    )
    assert told.counts["added"] == 1
    assert [refusal.row for refusal in told.refused] == [2, 3, 4]
    assert date(2026, 10, 14) == read(lambda session: session.scalars(select(VoiceMessage)).one()).written_on
