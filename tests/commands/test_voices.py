"""The voice of the customer: one stream of every source, as far as a reader sees, and what is done about a piece."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import promises, responses, retention, stories, voices
from survey_app.commands.cases.opening import Opening, open_case
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Branch, Promise, User, VoiceMessage, VoiceTag
from survey_app.queries import stories_chosen
from survey_app.queries import voices as queries
from survey_app.queries.identifying import hide
from survey_app.queries.voices import Page, Wanted
from survey_app.transaction import transaction
from tests.commands.acting import SURVEY
from tests.commands.meetings import MONTH, OCTOBER, acted, read
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")

WORDS = "רונית שירתה אותי אחרי המתנה ארוכה בתור"


@dataclass(frozen=True)
class World:
    """A bank of two branches in two regions; the second has too few answers for its words to be read."""

    boss: User
    manager: User
    other: User
    analyst: User
    branches: list[Branch]
    said: str
    few: str
    call: str
    secret_call: str

    @classmethod
    def made(cls) -> World:
        with setting() as make:
            north, south = make.region(name="צפון"), make.region(name="דרום")
            version = make.questionnaire(SURVEY)
            listening, visit = make.questionnaire("call_listening_form"), make.questionnaire("executive_field_visit")
            here, there = make.branch(code="201", region=north), make.branch(code="202", region=south)
            make.agent(code="1", branch=here, since=date(2026, 1, 1)).name = "רונית כהן"

            def answered(branch: Branch, version: Any, day: date, *answers: dict[str, Any]) -> list[str]:
                return make.responses(
                    version=version, branch=branch, visited_on=day, state="counted", answers=list(answers),
                    context={"link": "personal"},
                )  # fmt: skip

            many = answered(here, version, OCTOBER, {"pv1": 1, "pv9": WORDS}, *({"pv1": 5} for _ in range(11)))
            few = answered(there, version, OCTOBER, {"pv1": 2, "pv9": "התור היה קצר"})
            heard = answered(
                here, listening, date(2026, 10, 7), {"A1": "yes", "N1": "הסבר על עמלה", "N3": True}, {"N1": "טון רגוע"}
            )
            answered(there, visit, date(2026, 10, 8), {"fv3": "לקוחה סיפרה על תור"})
            for number, (branch, consent) in enumerate(((here, True), (here, False), (None, True), (there, True)), 1):
                make.session.add(
                    VoiceMessage(
                        id=number, key=f"M{number}", channel="email", branch_id=branch.id if branch else None,
                        written_on=date(2026, 10, number), language="he", consent=consent,
                        words=f"העמלה גבוהה, טלפון 052-123456{number}",
                    )
                )  # fmt: skip
            open_case(make.session, Opening("a", "manual", here.id, "service", words="לא חזרו אליי כמו שהובטח"))
            open_case(make.session, Opening("b", "manual", here.id, "discrimination", words="הפלו אותי"))
            return cls(
                boss=make.user(email="boss@example.com", role="management"),
                manager=make.user(email="manager@example.com", role="branch_manager", branch=here),
                other=make.user(email="other@example.com", role="branch_manager", branch=there),
                analyst=make.user(email="analyst@example.com", role="analyst"),
                branches=[here, there],
                said=many[0],
                few=few[0],
                call=heard[0],
                secret_call=heard[1],
            )


def stream(user: User, after: str = "", limit: int = 25, **wanted: Any) -> Page:
    return read(lambda session: queries.stream(session, user, Wanted(**wanted), after, limit=limit))


def sources(page: Page) -> list[str]:
    return sorted(one.source for one in page.rows)


@pytest.mark.usefixtures("any_database")
def test_every_source_stands_in_one_stream_as_far_as_a_reader_sees() -> None:
    world = World.made()
    page = stream(world.boss)
    assert sources(page) == ["call", "call", "case", *["message"] * 4, "survey", "visit"]
    assert [one.day for one in page.rows] == sorted((one.day for one in page.rows), reverse=True)
    assert world.few not in {one.ref for one in page.rows}, "too few answered there"
    assert "הפלו אותי" not in {one.words for one in page.rows}, "what accuses somebody is in no stream"
    assert sources(stream(world.manager)) == ["call", "call", "case", "message", "message", "survey"]
    assert sources(stream(world.other)) == ["message", "visit"]
    assert "case" not in sources(stream(world.analyst)), "cases are for who works them"


CUTS: tuple[tuple[dict[str, Any], list[str]], ...] = (
    ({"source": "message"}, ["message"] * 4),
    ({"theme": "fees"}, ["call", *["message"] * 4]),
    ({"search": "עמלה"}, ["call", *["message"] * 4]),
    ({"search": "תור"}, ["survey", "visit"]),
    ({"search": "חזר"}, ["case"]),
    ({"branch": "201", "source": "message"}, ["message", "message"]),
    ({"branch": "אין כזה"}, []),
    ({"language": "ar"}, []),
    ({"since": date(2026, 10, 8), "until": date(2026, 10, 31)}, ["visit"]),
    ({"tag": "עמלות"}, []),
)


@pytest.mark.usefixtures("any_database")
def test_no_place_and_no_page_tells_the_day_of_a_customer_s_answer() -> None:
    world, after, found = World.made(), "", []
    for _page in range(20):
        page = stream(world.boss, after, limit=1)
        after = page.after
        found += [(row.day, after.split("~")[0]) for row in page.rows if row.source == "survey"]
        if not after:
            break
    assert found == [(date(2026, 10, 1), "2026-10-01")], "the month's first day, whichever day it was"
    assert OCTOBER.day > 1
    assert "survey" not in sources(stream(world.boss, since=OCTOBER, until=OCTOBER))


@pytest.mark.usefixtures("any_database")
def test_the_stream_is_cut() -> None:
    world = World.made()
    for wanted, found in CUTS:
        assert sources(stream(world.boss, **wanted)) == found, wanted
    assert stream(world.boss, search="ה").unsearchable


@pytest.mark.usefixtures("any_database")
def test_pages_follow_each_other_without_a_gap_or_a_piece_twice() -> None:
    world, after, seen = World.made(), "", []
    whole = [(one.source, one.key) for one in stream(world.boss).rows]
    for _page in range(20):
        page = stream(world.boss, after, limit=2)
        seen += [(one.source, one.key) for one in page.rows]
        after = page.after
        if not after:
            break
    assert seen == whole
    for no_place in ("2026-10-05~0~x", "x", "2026-10-05~2~x~", "2026-13-05~0~x~"):
        assert len(stream(world.boss, no_place).rows) == len(whole), "what is no place is the beginning"


def test_a_search_that_looked_at_enough_says_where_it_goes_on(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World.made()
    monkeypatch.setattr(queries, "MOST_LOOKED", 3)
    first = stream(world.boss, theme="waiting")
    assert first.looked
    assert first.after
    found, page = list(first.rows), first
    while page.after:
        page = stream(world.boss, page.after, theme="waiting")
        found += page.rows
    assert sorted(one.source for one in found) == ["survey", "visit"]


@pytest.mark.usefixtures("database")
def test_names_and_numbers_are_hidden_outside_the_branch() -> None:
    world = World.made()
    by_source = {one.source: one.words for one in stream(world.boss).rows if one.ref in (world.said, "1")}
    assert by_source["survey"] == WORDS.replace("רונית", "[שם]")
    assert by_source["message"] == "העמלה גבוהה, טלפון […]"
    inside = {one.source: one.words for one in stream(world.manager).rows if one.ref in (world.said, "1")}
    assert inside["survey"] == WORDS


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("התקשרו ל־052-1234567 עד 14/10/2026", "התקשרו ל־[…] עד 14/10/2026"),
        ("noa.levi+1@example.co.il כתבה", "[…] כתבה"),
        ("חויבתי 1,250 שקל ב־3 חודשים", "חויבתי 1,250 שקל ב־3 חודשים"),
        ("ת״ז 012345678", "ת״ז […]"),
        ("(+972) 52 123 4567 בבקשה", "[…] בבקשה"),
        ("2026-10-14", "2026-10-14"),
    ],
)
def test_what_tells_whose_words_they_are_is_hidden(text: str, hidden: str) -> None:
    assert hide(text).replace("([…]", "[…]") == hidden


@pytest.mark.usefixtures("any_database")
def test_a_tag_is_put_on_once_by_who_sees_the_piece_and_goes_with_the_words() -> None:
    world = World.made()
    for typed in ("#עמלות  גבוהות", " עמלות גבוהות "):
        acted(world.manager, voices.tag, world.manager, "survey", world.said, "pv9", typed)
    (one,) = stream(world.boss, tag="עמלות גבוהות").rows
    assert (one.ref, one.tags) == (world.said, ("עמלות גבוהות",))
    assert read(queries.tags, world.manager) == {"עמלות גבוהות": 1}
    assert read(queries.tags, world.other) == {}, "a tag of another branch's words says what they are about"
    for user, ref, typed, refused in (
        (world.other, world.said, "x", NotFound),
        (world.boss, world.few, "x", NotFound),
        (world.boss, world.said, " # ", UserError),
        (world.boss, world.said, "א" * 41, UserError),
    ):
        with pytest.raises(refused):
            acted(user, voices.tag, user, "survey", ref, "pv9", typed)
    for number in range(9):
        acted(world.boss, voices.tag, world.boss, "survey", world.said, "pv9", f"תג {number}")
    with pytest.raises(Conflict):
        acted(world.boss, voices.tag, world.boss, "survey", world.said, "pv9", "עוד")
    for _twice in range(2):
        acted(world.boss, voices.untag, world.boss, "survey", world.said, "pv9", "תג 1")
    assert read(lambda session: session.scalar(select(func.count()).select_from(VoiceTag))) == 9
    acted(world.boss, responses.erase, world.said)
    assert read(lambda session: session.scalar(select(func.count()).select_from(VoiceTag))) == 0


@pytest.mark.usefixtures("any_database")
def test_a_meeting_hears_other_sources_with_consent_alone() -> None:
    world = World.made()

    def bring(source: str, ref: str, question: str = "", **more: Any) -> None:
        acted(
            world.boss,
            lambda session: stories.bring(session, world.boss, MONTH, ref, question, "למה", source=source, **more),
        )

    case = next(one.ref for one in stream(world.boss, source="case").rows)
    bring("message", "1")
    bring("message", "1")
    bring("call", world.call, "N1")
    for source, ref, question in (("message", "2", ""), ("call", world.secret_call, "N1")):
        with pytest.raises(UserError):
            bring(source, ref, question)
    with pytest.raises(NotFound):
        bring("case", case, agreed=True)  # opened in November: the meeting about October is too early for it
    with pytest.raises(NotFound):
        bring("message", "99")
    told = [one.told for one in read(stories_chosen.chosen, world.boss, MONTH)]
    assert [one.source for one in told if one] == ["message", "call"]
    assert told[0] is not None
    assert told[0].words == "העמלה גבוהה, טלפון […]"
    assert [one.source for one in (row.told for row in read(stories_chosen.chosen, world.manager, MONTH)) if one]
    assert read(stories_chosen.chosen, world.other, MONTH) == []
    acted(world.boss, voices.erase_message, world.boss, 1)
    gone = read(stories_chosen.chosen, world.boss, MONTH)[0]
    assert (gone.told, gone.note, gone.why) == (None, "", "deleted")


@pytest.mark.usefixtures("database")
def test_a_case_is_heard_once_its_customer_was_asked() -> None:
    world = World.made()
    case = next(one.ref for one in stream(world.boss, source="case").rows)
    with pytest.raises(UserError):
        acted(world.boss, lambda session: stories.bring(session, world.boss, "2026-11", case, "", source="case"))
    acted(
        world.boss,
        lambda session: stories.bring(session, world.boss, "2026-11", case, "", source="case", agreed=True),
    )
    (one,) = read(stories_chosen.chosen, world.boss, "2026-11")
    assert one.told is not None
    assert (one.told.source, one.question) == ("case", "case")


@pytest.mark.usefixtures("database")
def test_themes_are_counted_over_all_sources() -> None:
    counts, total, more = read(lambda session: queries.theme_counts(session, World.made().boss, Wanted()))
    assert (total, more) == (9, False)
    assert counts["fees"] == 5
    assert counts["waiting"] == 2


@pytest.mark.usefixtures("any_database")
def test_messages_and_words_of_promises_are_kept_for_as_long_as_other_words(frozen_clock: FrozenClock) -> None:
    world = World.made()
    acted(world.boss, voices.tag, world.boss, "message", "1", "", "עמלות")
    promised = str(uuid4())
    with transaction(Actor.system("test"), "promise.record") as session:
        promises.record(
            session, id=promised, words="נחזיר לרותי 054-1234567", branch_id=world.branches[0].id,
            made_on=clock.today(), due_on=clock.today(), by_id=world.boss.id,
        )  # fmt: skip
    assert (retention.count()["voice_messages"], retention.count()["promises"]) == (0, 0)
    frozen_clock.move_to(clock.now() + timedelta(days=2))
    promises.tick()
    frozen_clock.move_to(clock.now() + timedelta(days=1_100))
    cleared = retention.clear()
    assert (cleared["voice_messages"], cleared["promises"]) == (4, 1)
    with db.reading() as session:
        assert session.get_one(Promise, promised).words == ""
        assert list(session.scalars(select(VoiceMessage))) == []
        assert list(session.scalars(select(VoiceTag).where(VoiceTag.source == "message"))) == []
    assert retention.clear()["promises"] == 0
