"""Nobody is worked out of what employees said: attacks by subtraction on everything that leaves, on both databases.

The attacks are blind: one person's answer is changed, everything that anybody can read is read again, and what differs
is noted. People whose changes show in just the same numbers cannot be told apart by any sum or difference of them; so
every such class must be large enough, whatever level, month, question, page or file the numbers come from.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import employee_surveys, sealing
from survey_app.commands.exports import begin
from survey_app.errors import UserError
from survey_app.models import Answer, Campaign, Department, DepartmentSurvey, Invitation, Response
from survey_app.permissions import Scope
from survey_app.queries import analysis, analysis_cross, analysis_questions, employee_voice, told
from survey_app.queries.employee_voice import ALL, BRANCH, REGION, Voice
from survey_app.queries.exports import Wish
from survey_app.transaction import transaction
from tests.commands.acting import PULSE, SINCE, by_token, send
from tests.support.clocks import FrozenClock
from tests.support.factories import Make, setting

LEAST = 8
ABOUT = "internal_service"
#: Branch -> people who answered in July, August and September; 204 is alone in the south, 205 has no region.
PEOPLE = {"201": (9, 12, 8), "202": (5, 9, 3), "203": (4, 2, 9), "204": (3, 9, 5), "205": (8, 0, 2)}
MONTHS = ("2026-07", "2026-08", "2026-09")
CSAT = {"link": "personal", "scenario": {"has_appointment": True, "has_account": True}}


def answered(number: int) -> dict[str, Any]:
    """One person's answers; every third skips the second question, which makes groups of it smaller."""
    own: dict[str, Any] = {"ep1": 1 + number % 3, "ep2": 2, "ep9": number % 9, "ep10": f"words {number}"}
    if number % 3 == 0:
        del own["ep2"]
    return own


def fill(make: Make, people: dict[str, tuple[int, ...]] = PEOPLE) -> None:
    """A bank whose employees answered in a quarter that has ended."""
    make.organisation(name="בנק", synthetic=True, policy={})
    north, south = make.region(name="צפון"), make.region(name="דרום")
    regions = {"204": south, "205": None}
    version = make.questionnaire(PULSE)
    make.campaign(PULSE, opens=SINCE)
    for at, (code, counts) in enumerate(people.items()):
        kind = {"size": ("גדול", "קטן")[at % 2], "area": ("עיר", "פריפריה")[at // 2 % 2], "type": "סניף"}
        branch = make.branch(code=code, region=regions.get(code, north), **kind)
        for month, count in zip(MONTHS, counts, strict=True):
            make.responses(
                version=version, branch=branch, visited_on=date.fromisoformat(f"{month}-05"), state="counted",
                answers=[answered(number) for number in range(count)], context=CSAT,
            )  # fmt: skip


def everything(session: Session, code: str, attacked: str) -> dict[Any, Any]:
    """Every number about an anonymous survey that any page shows to anybody, by where it stands.

    Of tables those of the attacked question: no other question's table reads its answers.
    """
    found: dict[Any, Any] = {}
    voice = employee_voice.voice(session, code)
    assert voice is not None
    for month in voice.months:
        for unit in voice.people:
            found["people", month, unit] = voice.people[unit][month]
            found["mean", month, unit] = voice.mean(unit, month)
            for question in voice.questions:
                found["page", month, unit, question.code] = voice.rating(question, unit, month)
    for quarter in analysis.quarters(session):
        for asked in analysis_questions.questions(session):
            if asked.code != f"{code}:{attacked}":
                continue
            for by in analysis_questions.possible(session, asked):
                table = analysis_cross.tabulated(session, asked, by, quarter)
                for group in (*table.groups, table.whole):
                    found["table", quarter[0], asked.code, by, group.key] = (group.n, group.shares, group.mean)
    return found


def exported(code: str) -> Counter[tuple[str, ...]]:
    """The rows that leave as a file, in no order."""
    with closing(begin(code, "csv", Wish(texts=True), actor=Actor("user", "user:7", None), scope=Scope())) as outgoing:
        content = b"".join(outgoing.pieces)
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return Counter(tuple(row.values()) for row in rows)


def changed(before: dict[Any, Any], after: dict[Any, Any]) -> frozenset[Any]:
    return frozenset(where for where in before.keys() | after.keys() if before.get(where) != after.get(where))


def classes(code: str, question: str, other: Any) -> Counter[Any]:
    """What a person's change shows in -> how many people's shows in just that; nothing for who is left out.

    One person of each branch, month and campaign is tried: the others of these stand in the same numbers.
    """
    with db.reading() as session:
        alike: dict[Any, list[str]] = {}
        rows = session.execute(
            select(Response.month, Response.branch_id, Response.campaign_id, Response.id)
            .join(Answer, Answer.response_id == Response.id)
            .where(Answer.question == question)
        )
        for *key, response_id in rows:
            alike.setdefault(tuple(key), []).append(response_id)
        before = everything(session, code, question)
    found: Counter[Any] = Counter()
    for ids in alike.values():
        chosen = Answer.response_id == ids[0], Answer.question == question
        with transaction(Actor.system("test"), "test.attack") as session:
            was = session.scalar(select(Answer.value).where(*chosen))
            session.execute(update(Answer).where(*chosen).values(value=other))
            session.flush()
            found[changed(before, everything(session, code, question))] += len(ids)
            session.execute(update(Answer).where(*chosen).values(value=was))
    return found


def test_no_answer_shows_in_numbers_of_fewer_than_eight(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    with setting() as make:
        fill(make)
    found = classes(PULSE, "ep1", 5)
    nobody = found.pop(frozenset(), 0)
    assert found, "something is told"
    assert min(found.values()) >= LEAST, sorted(found.values())
    assert nobody, "whoever fits into no group is in no number at all"


def test_a_question_that_many_skip_is_told_of_larger_groups(database: db.Database, frozen_clock: FrozenClock) -> None:
    """Of eight people six answered the second question: they are put together with others, not taken out of sums."""
    with setting() as make:
        fill(make)
    with db.reading() as session:
        voice = employee_voice.voice(session, PULSE)
        assert voice is not None
        shown = {
            (question.code, unit, month): rating.n
            for question in voice.questions
            for unit in voice.people
            for month in voice.months
            if (rating := voice.rating(question, unit, month)) is not None
        }
    assert min(shown.values()) >= LEAST
    by_question = {code: n for (code, unit, month), n in shown.items() if (unit, month) == (ALL, "2026-09")}
    assert by_question["ep2"] <= by_question["ep1"]
    largest = max(n for (code, unit, _month), n in shown.items() if code == "ep2" and unit[0] == BRANCH)
    assert largest >= LEAST


def subtractions(voice: Voice, code: str) -> Iterable[tuple[Any, int]]:
    """Every total less any of the parts that are shown under it."""
    for month in voice.months:
        sizes = {unit: of[month].total() for unit, of in voice.counts[code].items() if month in of}
        whole = sizes.get(ALL, 0)
        for kind in (REGION, BRANCH):
            rest = whole - sum(n for unit, n in sizes.items() if unit[0] == kind)
            yield (month, kind), rest


def test_totals_less_their_parts_leave_nobody_or_enough(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    with setting() as make:
        fill(make)
    with db.reading() as session:
        voice = employee_voice.voice(session, PULSE)
        assert voice is not None
        rests = {(code, place): rest for code in voice.counts for place, rest in subtractions(voice, code)}
    assert {rest for rest in rests.values() if rest}
    assert all(rest == 0 or rest >= LEAST for rest in rests.values()), rests


def test_the_file_and_the_pages_tell_of_the_same_people(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    with setting() as make:
        fill(make)
    rows = exported(PULSE)
    with db.reading() as session:
        voice = employee_voice.voice(session, PULSE)
        assert voice is not None
        assert rows.total() == voice.people[ALL].total()
        for asked in analysis_questions.questions(session):
            if asked.code == f"{PULSE}:ep1":
                table = analysis_cross.tabulated(session, asked, "region", list(MONTHS))
                assert table.whole.n == rows.total(), "a quarter less its months leaves nobody"


def test_a_month_is_told_once_it_has_closed_and_never_grows(
    any_database: db.Database, frozen_clock: FrozenClock
) -> None:
    closing = clock.closes_on("2026-11")
    with setting() as make:
        fill(make, {"201": (9, 9, 9)})
        branch = make.branch(code="300", region=None)
        campaign = make.campaign(PULSE, opens=SINCE)
        campaign.invitation_days = 90
        tokens = [
            make.invitation(campaign=campaign, branch=branch, visited_on=date(2026, 11, 10)).token for _ in range(12)
        ]
    for token in tokens[:9]:
        send(by_token(token), {"ep1": 2})
    frozen_clock.move_to(clock.start_of(closing) + timedelta(hours=1))
    assert _months() == list(MONTHS), "its last night has not passed"
    sealing.publish()
    frozen_clock.move_to(clock.start_of(closing + timedelta(days=1)))
    assert _months() == [*MONTHS, "2026-11"]
    before = _people("2026-11")
    for token in tokens[9:]:
        send(by_token(token), {"ep1": 5})
    frozen_clock.move_to(clock.start_of(clock.closes_on("2026-12")) + timedelta(hours=1))
    sealing.publish()
    frozen_clock.move_to(clock.start_of(clock.closes_on("2026-12") + timedelta(days=1)))
    assert _people("2026-11") == before == 9, "three that came later are of a later month, where they are too few"
    with db.reading() as session:
        assert Counter(session.scalars(select(Response.month).where(Response.branch_id == branch.id))) == {
            "2026-11": 9, "2026-12": 3,
        }  # fmt: skip
        used = session.scalars(select(Invitation.response_id).where(Invitation.state == "used")).all()
        assert not set(used) & set(session.scalars(select(Response.id)))


def test_a_month_with_answers_that_nobody_published_waits(database: db.Database, frozen_clock: FrozenClock) -> None:
    """The night was missed: shown before and after it, the month would tell the difference."""
    with setting() as make:
        fill(make, {"201": (9, 9, 9)})
        branch = make.branch(code="300", region=None)
        campaign = make.campaign(PULSE, opens=SINCE)
        token = make.invitation(campaign=campaign, branch=branch, visited_on=date(2026, 11, 10)).token
    send(by_token(token), {"ep1": 2})
    frozen_clock.move_to(clock.start_of(clock.closes_on("2026-11") + timedelta(days=3)))
    with setting() as make:
        more = make.session.scalars(select(Response).where(Response.month == "2026-09")).all()
        for one in more:
            one.month = "2026-11"
    assert _months() == ["2026-07", "2026-08"]
    sealing.publish()
    assert _months() == ["2026-07", "2026-08", "2026-11"]


def _months() -> list[str]:
    with db.reading() as session:
        voice = employee_voice.voice(session, PULSE)
        assert voice is not None
        return voice.months


def _people(month: str) -> int:
    with db.reading() as session:
        voice = employee_voice.voice(session, PULSE)
        assert voice is not None
        return voice.people[ALL][month]


def test_words_need_a_larger_group_and_name_nobody(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    with setting() as make:
        fill(make, {"201": (20, 8, 8), "202": (8, 8, 8)})
        branch = make.branch(code="400", region=None)
        make.agent(code="1", branch=branch, since=SINCE).name = "דנה לוי"
        one = make.session.scalars(select(Answer).where(Answer.words == "words 3")).all()
        for row in one:
            row.words = "דנה עוזרת לכולם"
    with db.reading() as session:
        voice = employee_voice.voice(session, PULSE)
        assert voice is not None
        names = employee_voice.names(session)
        july = employee_voice.words(session, voice, "2026-07", ALL, names=names)
        august = employee_voice.words(session, voice, "2026-08", ALL, names=names)
    assert july is not None
    assert len(july) == 20, "the words of the branch of eight stay away"
    assert {said.words for said in july if "עוזרת" in said.words} == {"[שם] עוזרת לכולם"}
    assert august is None, "two groups of eight are not one of twenty"


# ---- departments -----------------------------------------------------------------------------------------------------


def about(make: Make, people: dict[str, tuple[int, ...]]) -> None:
    """Departments, each asked about in other branches, and what was said of each in three months."""
    make.organisation(name="בנק", synthetic=True, policy={})
    version = make.questionnaire(ABOUT)
    make.campaign(ABOUT, opens=SINCE)
    region = make.region(name="צפון")
    for at, (code, counts) in enumerate(people.items()):
        department = Department(code=code, name={"he": code})
        branches = [make.branch(code=f"{at}{place}", region=region) for place in range(3)]
        make.session.add(department)
        make.session.flush()
        campaign = Campaign(
            code=f"{ABOUT}-{code}", questionnaire_id=version.questionnaire_id, opens=SINCE, privacy="anonymous"
        )
        make.session.add(campaign)
        make.session.flush()
        make.session.add(DepartmentSurvey(campaign_id=campaign.id, department_id=department.id))
        for month, count in zip(MONTHS, counts, strict=True):
            for number in range(count):
                ids = make.responses(
                    version=version, branch=branches[number % 3], visited_on=date.fromisoformat(f"{month}-05"),
                    state="counted", answers=[{"is1": 1 + number % 3, "is6": f"of {code}"}], context=CSAT,
                )  # fmt: skip
                make.session.get_one(Response, ids[0]).campaign_id = campaign.id


def test_departments_are_told_by_department_and_never_by_branch(
    any_database: db.Database, frozen_clock: FrozenClock
) -> None:
    with setting() as make:
        about(make, {"pay": (12, 9, 8), "app": (8, 5, 20), "rules": (4, 4, 9)})
    found = classes(ABOUT, "is1", 5)
    nobody = found.pop(frozenset(), 0)
    assert min(found.values()) >= LEAST
    assert nobody == 4, "of July's four nothing is told; in August two small departments stand together"
    with db.reading() as session:
        voice = employee_voice.voice(session, ABOUT)
        assert voice is not None
        shown = {month: len(voice.units(BRANCH, month)) for month in voice.months}
        assert not [unit for unit in voice.people if unit[0] == REGION]
    assert shown == {"2026-07": 2, "2026-08": 1, "2026-09": 3}
    columns = {(row[0], row[1], row[2], row[3]) for row in exported(ABOUT)}
    assert {row[2:] for row in columns} == {("", "")}, "the file names no branch"


def test_a_department_is_asked_about_once_and_links_are_handed_out_once(
    any_database: db.Database, frozen_clock: FrozenClock
) -> None:
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        make.questionnaire(ABOUT)
        branch = make.branch(code="1", region=None)
        for number in range(3):
            make.agent(code=f"{number}", branch=branch, since=SINCE)
        make.agent(code="gone", branch=branch, since=SINCE, until=date(2026, 2, 1))
        make.session.add(Department(code="pay", name={"he": "תשלומים"}))
        make.session.flush()
        first = employee_surveys.ask_about(make.session, "pay")
        assert employee_surveys.ask_about(make.session, "pay").id == first.id
        code = first.code
    actor = Actor.system("test")
    given = employee_surveys.hand_out(actor, code)
    assert [one.agent for one in given] == ["0", "1", "2"]
    assert [one.token for one in employee_surveys.hand_out(actor, code)] == [one.token for one in given]
    send(by_token(given[0].token), {"is1": 4})
    assert [one.agent for one in employee_surveys.hand_out(actor, code)] == ["1", "2"]
    with setting() as make:
        make.session.get_one(Campaign, first.id).state = "ended"
    with pytest.raises(UserError):
        employee_surveys.hand_out(actor, code)


def test_the_least_of_the_organisation_counts_where_it_asks_for_more(
    database: db.Database, frozen_clock: FrozenClock
) -> None:
    with setting() as make:
        fill(make, {"201": (9, 12, 8)})
        organisation = employee_voice.organisation.organisation(make.session)
        organisation.policy = {"least_pulse": 10}
    with db.reading() as session:
        voice = employee_voice.voice(session, PULSE)
        assert voice is not None
        assert (voice.months, voice.told.least) == (["2026-08"], 10)
        assert told.last_month(session) == "2026-10"
