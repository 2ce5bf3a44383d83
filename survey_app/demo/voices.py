"""Stores what the demo bank's customers said elsewhere: messages, calls listened to, visits and test calls, tags."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports import months as calendar
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import listening, promises, responses, stories
from survey_app.commands import voices as commands
from survey_app.commands.recording import Finished, record
from survey_app.demo import files
from survey_app.demo.bank import Bank
from survey_app.demo.filled import ids
from survey_app.demo.storing import ACTOR, Stored, batches
from survey_app.models import NO_AGENT, Branch, Listening, User, VoiceMessage
from survey_app.models.response import COUNTED
from survey_app.permissions import Role
from survey_app.queries import listening as queries
from survey_app.transaction import transaction

#: Messages, calls and visits of a month of the bank, for each ten of its branches.
_MESSAGES, _CALLS, _VISITS = 6, 4, 3
_CALL, _VISIT = "call_listening_form", "executive_field_visit"
_TOPICS: Final = ("fault", "account_query", "termination", "information", "request")
_ITEMS: Final = ("A1", "A2", "B1", "B2", "B3", "B4", "C1", "C2", "C3", "D1", "D2", "D3")
#: Share of customers who let a meeting hear their message; of calls that are put forward; of visits with a promise.
_CONSENT, _FORWARD, _PROMISE = 0.4, 0.5, 0.2
#: A form as it is recorded, and who filled it in; what was promised: response, words, day, due day, where, by whom.
Written = tuple[Finished, Listening]
Promised = tuple[str, str, date, date, Branch, User]
#: Pieces that somebody tagged.
_TAGGED: Final = 20


def store(bank: Bank, stored: Stored, show: int) -> int:
    """Store it; gives how many forms staff filled in. ``show``: the shown branch's place in the plan."""
    said, random = files.document("voices"), Random(f"{bank.seed} voices")
    days = _days(bank)
    share = max(1, len(bank.branches) // 10)
    own = stored.branches[show]
    _messages(random, said["messages"], stored, days, _MESSAGES * share * len(bank.months), own)
    heard = ids(bank, "listening", (_CALLS + _VISITS) * share * len(bank.months))
    calls = heard[: _CALLS * share * len(bank.months)]
    written = _calls(random, said["calls"], stored, days, calls, own)
    visited, promised = _visits(random, said["visits"], stored, days, heard[len(calls) :], own)
    for batch in batches([*written, *visited]):
        with transaction(ACTOR, "demo.listening") as session:
            session.add_all([row for _finished, row in batch])
            record(session, [finished for finished, _row in batch])
    with transaction(ACTOR, "demo.promises") as session:
        _promises(session, promised)
    with transaction(ACTOR, "demo.tags") as session:
        _tags(session, said["tags"], stored)
    _begin_one(stored, own)
    return len(written) + len(visited)


def _days(bank: Bank) -> list[date]:
    first, last = calendar.first_day(bank.months[0]), clock.today() - timedelta(days=1)
    every = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in every if clock.is_working_day(day)]


def _open(branch: Branch, days: list[date]) -> list[date]:
    """The days on which somebody was there to be heard or visited; all of them where there was none."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return [day for day in days if branch.open_on(day) and names[day.weekday()] not in branch.closed_days] or days


def _messages(random: Random, said: Any, stored: Stored, days: list[date], count: int, own: Branch) -> None:
    # Most are Hebrew, as most of the bank's customers are.
    pool = [
        (language, one) for language, rows in said.items() for one in rows for _ in range(3 if language == "he" else 1)
    ]
    rows = []
    for number in range(count):
        language, one = random.choice(pool)
        # Every eighth is the shown branch's, every ninth of no branch at all.
        branch = own if number % 8 == 0 else None if number % 9 == 0 else random.choice(stored.branches)
        rows.append(
            VoiceMessage(
                key=f"demo-{number:05}",
                channel=one["channel"],
                branch_id=branch.id if branch is not None else None,
                agent_id=NO_AGENT,
                written_on=random.choice(days),
                language=language,
                words=one["words"],
                consent=random.random() < _CONSENT,
            )
        )
    for batch in batches(rows):
        with transaction(ACTOR, "demo.messages") as session:
            session.add_all(batch)


def _calls(
    random: Random, said: Any, stored: Stored, days: list[date], minted: list[str], own: Branch
) -> list[Written]:
    manager, service = stored.users[Role.BRANCH_MANAGER], stored.users[Role.SERVICE_MANAGER]
    found: list[Written] = []
    for number, response_id in enumerate(minted):
        branch = own if number % 4 == 0 else random.choice(stored.branches)
        answers: dict[str, Any] = {code: "yes" if random.random() < 0.82 else "no" for code in _ITEMS}
        answers |= {"topic": random.choice(_TOPICS), "N1": random.choice(said["praise"])}
        answers |= {"N2": random.choice(said["practise"]), "N3": random.random() < _FORWARD or None}
        day = random.choice(_open(branch, days))
        answers["call_date"] = day.isoformat()
        by = manager if branch is own else service
        row = _row(stored, _CALL, "call", response_id, branch, day, by)
        found.append((_finished(stored, _CALL, response_id, branch, day, answers), row))
    return found


def _visits(
    random: Random, said: Any, stored: Stored, days: list[date], minted: list[str], own: Branch
) -> tuple[list[Written], list[Promised]]:
    boss, region = stored.users[Role.MANAGEMENT], stored.users[Role.REGION_MANAGER]
    found: list[Written] = []
    promised: list[Promised] = []
    for number, response_id in enumerate(minted):
        near = [one for one in stored.branches if one.region_id == region.region_id]
        by = boss if number % 2 else region
        branch = own if number % 6 == 0 else random.choice(stored.branches if by is boss else near)
        day = random.choice(_open(branch, days))
        answers: dict[str, Any] = {
            "visit_date": day.isoformat(), "fv1": ["customers", "service_team"], "fv2": random.choice(said["works"]),
            "fv3": random.choice(said["customers"]), "fv4": random.choice(said["hard"]), "fv5": "no",
        }  # fmt: skip
        if random.random() < _PROMISE:
            due = day + timedelta(days=random.choice((14, 21, 30)))
            answers |= {"fv6": random.choice(said["promised"]), "fv7": due.isoformat()}
            promised.append((response_id, answers["fv6"], day, due, branch, by))
        if random.random() < 0.3:
            answers["fv8"] = random.choice(said["decisions"])
        way = "test_call" if number % 5 == 4 else "visit"
        row = _row(stored, _VISIT, way, response_id, branch, day, by)
        found.append((_finished(stored, _VISIT, response_id, branch, day, answers), row))
    return found, promised


def _promises(session: Session, promised: list[Promised]) -> None:
    # Only what is still to be kept: older promises would all be broken at once.
    for response_id, words, day, due, branch, by in promised:
        if due > clock.today():
            promises.record(
                session, id=_uuid(response_id), words=words, due_on=due, branch_id=branch.id, made_on=day,
                by_id=by.id, response_id=response_id,
            )  # fmt: skip


def _uuid(text: str) -> str:
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _finished(
    stored: Stored, code: str, response_id: str, branch: Branch, day: date, answers: dict[str, Any]
) -> Finished:
    return Finished(
        response_id=response_id,
        campaign_id=stored.campaigns[code],
        version=stored.versions[code],
        branch_id=branch.id,
        region_id=branch.region_id or 0,
        agent_id=NO_AGENT,
        month=calendar.of(day),
        visited_on=day,
        submitted_at=clock.start_of(day) + timedelta(hours=14),
        state=COUNTED,
        language="he",
        channel="listening",
        answers={name: value for name, value in answers.items() if value is not None},
        context={"link": "personal"},
    )


def _row(stored: Stored, code: str, way: str, response_id: str, branch: Branch, day: date, by: User) -> Listening:
    moment = clock.start_of(day) + timedelta(hours=13)
    return Listening(
        response_id=response_id,
        way=way,
        campaign_id=stored.campaigns[code],
        branch_id=branch.id,
        agent_id=NO_AGENT,
        heard_on=day,
        by_id=by.id,
        started_at=moment,
        sent_at=moment + timedelta(hours=1),
    )


def _tags(session: Session, tags: dict[str, list[str]], stored: Stored) -> None:
    """The newest messages, each under the first tag of which it holds a word."""
    by = stored.users[Role.SERVICE_MANAGER]
    newest = select(VoiceMessage).order_by(VoiceMessage.written_on.desc(), VoiceMessage.id).limit(_TAGGED)
    for message in session.scalars(newest).all():
        if fitting := [tag for tag, parts in tags.items() if any(part in message.words for part in parts)]:
            commands.tag(session, by, "message", str(message.id), "", fitting[0])


def _begin_one(stored: Stored, own: Branch) -> None:
    """A visit that management began to write down and has not sent yet."""
    boss, said = stored.users[Role.MANAGEMENT], files.document("voices")["visits"]
    with transaction(Actor.user(boss), "listening.begin") as session:
        about = listening.Beginning(listening.new_id(), "visit", _VISIT, own.id, clock.today())
        made = listening.begin(session, boss, about)
        ticket = queries.ticket(session, queries.of(session, boss, made.response_id), "he")
        responses.save_page(session, ticket, {"fv1": ["customers"], "fv2": said["works"][0]}, "he")


def bring_one(stored: Stored, month: str) -> None:
    """Management brings a message to the meeting about a month that is not signed, besides customers' answers."""
    boss, first = stored.users[Role.MANAGEMENT], calendar.first_day(month)
    with transaction(Actor.user(boss), "story.brought", month=month) as session:
        wanted = select(VoiceMessage.id).where(
            VoiceMessage.consent, VoiceMessage.branch_id.is_not(None), VoiceMessage.language == "he"
        )
        number = session.scalar(
            wanted.where(VoiceMessage.written_on >= first, VoiceMessage.written_on <= calendar.last_day(month))
            .order_by(VoiceMessage.id)
            .limit(1)
        )
        if number is not None:
            note = files.document("voices")["story_note"]
            stories.bring(session, boss, month, str(number), "", note, source="message")
