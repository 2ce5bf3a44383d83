"""The months of the demo bank as they were reviewed: previews, statements, marks, meetings, decisions, signatures.

Everything goes through the commands that people use, with the clock at the day on which they would have used them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import decisions, marks, meeting, previews, reviews, statements, stories
from survey_app.commands.decisions import Wanted
from survey_app.demo import files
from survey_app.demo.bank import Bank, PlannedBranch
from survey_app.demo.storing import ACTOR, Stored
from survey_app.models import Branch, CommentMark, Decision, User
from survey_app.permissions import Role
from survey_app.queries import departments, organisation
from survey_app.queries import marks as mark_queries
from survey_app.queries import meeting as meeting_queries
from survey_app.queries import previews as preview_queries
from survey_app.queries.branches import comments_hidden
from survey_app.queries.marks import Remark
from survey_app.transaction import transaction

#: Branches that answer their preview, those that mark comments, in the last month more; marks that one of them makes.
_ANSWERING, _MARKING, _MARKING_LAST, _MARKS = 3, 3, 8, 2
#: The question that asks what to improve: also contented customers speak there of what is not the branch's.
_IMPROVE: Final = "pv9"
#: Comments that a branch looks through.
_READ: Final = 60
_DECISIONS: Final = 3
#: The decision of every meeting that its owner settles too late, and by how much.
_LATE: Final = 1
_LATE_BY: Final = timedelta(days=40)
_STORIES: Final = 2
#: Working hours of the meeting, and when branches write.
_MEETS, _WRITES = timedelta(hours=9), timedelta(hours=13)


@dataclass
class Meetings:
    """What is needed to hold the meetings of a bank, one month after the other."""

    bank: Bank
    stored: Stored
    show: PlannedBranch
    #: The moment at which the bank is loaded.
    now: datetime
    rng: np.random.Generator = field(init=False)
    managers: dict[int, User] = field(init=False)
    #: How many decisions were made: they take turns.
    _made: int = 0

    def __post_init__(self) -> None:
        self.rng = self.bank.rng("meetings")
        with db.reading() as session:
            found = session.scalars(select(User).where(User.role == Role.BRANCH_MANAGER.value).order_by(User.id))
            self.managers = {user.branch_id: user for user in found if user.branch_id is not None}

    # ---- a month that was reviewed -----------------------------------------------------------------------------------

    def hold(self, month: str) -> bool:
        """Preview, meeting and signature of a month; False where its days are not over."""
        day = self._day(month)
        if clock.start_of(day) + _MEETS + timedelta(hours=1) > self.now:
            return False
        with db.reading() as session:
            opens = preview_queries.window(session, month).opens_on
        boss = self.stored.users[Role.MANAGEMENT]
        with (
            clock.moved_to(clock.start_of(opens) + _WRITES),
            transaction(ACTOR, "demo.preview", month=month) as session,
        ):
            self._prepare(session, month, answered=True)
        with clock.moved_to(clock.start_of(day) + _MEETS), transaction(ACTOR, "demo.meeting", month=month) as session:
            self._meet(session, boss, month, day)
        signing = clock.start_of(day) + _MEETS + timedelta(hours=1)
        with clock.moved_to(signing), transaction(Actor.user(boss), "review.sign", month=month) as session:
            reviews.sign(session, boss, month)
        return True

    def _day(self, month: str) -> date:
        """The day of the meeting; where a month of holidays puts it beyond today, the day on which the month closes."""
        with db.reading() as session:
            policy = organisation.policy(session)
            day = meeting_queries.day_of(session, month, policy)
        if clock.start_of(day) + _MEETS + timedelta(hours=1) <= self.now:
            return day
        closes = clock.closes_on(month, policy.closes_on_working_day)
        if clock.start_of(closes) + _MEETS + timedelta(hours=1) <= self.now:
            with transaction(ACTOR, "demo.meeting_day", month=month) as session:
                meeting.set_day(session, month, closes)
        return closes

    def _meet(self, session: Session, boss: User, month: str, day: date) -> None:
        self._answer_marks(session, everything=True)
        self._settle(session, boss, day)
        meeting.begin(session, boss, month)
        for stop, said in files.document("meetings")["minutes"].items():
            meeting.write(session, boss, month, stop, said[int(self.rng.integers(len(said)))], 0)
        self._decide(session, boss, month, day)

    # ---- before the meeting ------------------------------------------------------------------------------------------

    def prepare_last(self, month: str) -> None:
        """The last full month, which nobody reviewed yet: its meeting is some days ahead, where it has closed."""
        with db.reading() as session:
            window = preview_queries.window(session, month)
        today = clock.local(self.now).date()
        if today < window.opens_on:
            return
        with transaction(ACTOR, "demo.preview", month=month) as session:
            if window.meets_on <= today:
                meeting.set_day(session, month, _working_day_after(today, 2))
            self._prepare(session, month, answered=False)
            self._answer_marks(session, everything=False)
            self._settle(session, self.stored.users[Role.MANAGEMENT], today, judged=False)

    def _prepare(self, session: Session, month: str, *, answered: bool) -> None:
        """Previews are given, branches answer and mark comments, stories are chosen."""
        previews.mark_told(session, month)
        there = self._open_in(session, month)
        writing = self.rng.permutation(len(there))[:_ANSWERING].tolist()
        words = files.document("meetings")["statements"]
        for place, at in enumerate(writing):
            # The manager who is shown round writes the answer of the last month.
            if answered or there[at].id != self.stored.branches[self.show.index].id:
                text = words[(self._made + place) % len(words)]
                statements.write(session, self.managers[there[at].id], month, text, 0)
        several = _MARKING if answered else _MARKING_LAST
        marking = [there[at] for at in self.rng.permutation(len(there))[:several].tolist()]
        own = next((one for one in there if one.id == self.stored.branches[self.show.index].id), None)
        told: list[Remark] = []
        for branch in dict.fromkeys([*([own] if own is not None else []), *marking]):
            told += self._mark(session, month, branch)
        self._bring(session, month, told)

    def _open_in(self, session: Session, month: str) -> list[Branch]:
        ids = preview_queries.managers(session, month, 0, 10_000)
        return [one for one in self.stored.branches if one.id in self.managers and self.managers[one.id].id in ids]

    def _mark(self, session: Session, month: str, branch: Branch) -> list[Remark]:
        """A branch marks the comments that speak of what it does not decide; gives those that it read."""
        policy = organisation.policy(session)
        ids = mark_queries.branch_ids(session, branch.id, month)
        if comments_hidden(session, ids, month, policy):
            return []
        found, _total = mark_queries.remarks(session, ids, month, policy, limit=_READ)
        offered, made = departments.routes(session), 0
        for one in found:
            reason = _reason(one.words)
            fitting = one.mark is None and (one.question == _IMPROVE or not one.satisfied)
            if reason in offered and fitting and made < _MARKS:
                notes = files.document("meetings")["marks"][reason]["notes"]
                manager, note = self.managers[branch.id], notes[made % len(notes)]
                marks.mark(session, manager, month, one.response_id, one.question, reason, note)
                made += 1
        return found

    def _answer_marks(self, session: Session, *, everything: bool) -> None:
        """Departments answer; before the last meeting some still wait."""
        boss = self.stored.users[Role.MANAGEMENT]
        waiting = session.scalars(
            select(CommentMark).where(CommentMark.answered_at.is_(None)).order_by(CommentMark.response_id)
        ).all()
        for place, one in enumerate(waiting):
            head = one.department.head or boss
            if everything or (place % 2 and head.id != self.stored.users[Role.DEPARTMENT_HEAD].id):
                answers = files.document("meetings")["marks"][one.reason]["answers"]
                marks.answer(session, head, one.response_id, one.question, answers[place % len(answers)])

    def _bring(self, session: Session, month: str, told: Iterable[Remark]) -> None:
        """The longest comments are brought to the meeting: of somebody who was not content, and of somebody who was."""
        analyst = self.stored.users[Role.ANALYST]
        notes = files.document("meetings")["story_notes"]
        rest = [one for one in told if one.language == "he"]
        for place, content in enumerate((False, True)[:_STORIES]):
            fitting = [one for one in rest if one.satisfied is content]
            if fitting:
                best = max(fitting, key=lambda one: (len(one.words), one.response_id))
                stories.bring(session, analyst, month, best.response_id, best.question, notes[place])

    # ---- decisions ---------------------------------------------------------------------------------------------------

    def _decide(self, session: Session, boss: User, month: str, day: date) -> None:
        templates = files.document("meetings")["decisions"]
        there = self._open_in(session, month)
        for _n in range(_DECISIONS):
            told = templates[self._made % len(templates)]
            self._made += 1
            owner, branch = self._owner(told["owner"], there)
            wanted = Wanted(
                id=str(UUID(bytes=self.rng.bytes(16), version=4)),
                month=month,
                stop=told["stop"],
                text=told["text"],
                owner_id=owner.id,
                due_on=_working_day_after(day + timedelta(days=told["days"] - 1), 1),
                branch_id=branch.id if branch is not None else None,
            )
            decisions.decide(session, boss, wanted)

    def _owner(self, kind: str, there: list[Branch]) -> tuple[User, Branch | None]:
        """Who does it, and the branch that it is about: for a branch's manager, now and then the one shown round."""
        users = {
            "management": self.stored.users[Role.MANAGEMENT],
            "region": self.stored.users[Role.REGION_MANAGER],
            "department": self.stored.users[Role.DEPARTMENT_HEAD],
        }
        if kind != "branch":
            return users[kind], None
        own = self.stored.branches[self.show.index]
        branch = own if self._made % 2 and own in there else there[int(self.rng.integers(len(there)))]
        return self.managers[branch.id], branch

    def _settle(self, session: Session, boss: User, day: date, *, judged: bool = True) -> None:
        """Owners say what they did, one in three long after its day; the meeting says whether it worked."""
        texts = {one["text"]: one for one in files.document("meetings")["decisions"]}
        known = session.scalars(select(Decision).order_by(Decision.created_at, Decision.id)).all()
        for place, one in enumerate(known):
            told: Mapping[str, Any] = texts[one.text]
            settled_on = one.due_on + (_LATE_BY if place % _DECISIONS == _LATE else -timedelta(days=2))
            if one.state == "open" and settled_on < day:
                with clock.moved_to(clock.start_of(settled_on) + _WRITES):
                    owner = session.get_one(User, one.owner_id)
                    decisions.settle(session, owner, one.id, told["state"], told["outcome"], one.revision)
            if judged and one.state == "done" and not one.worked:
                decisions.judge(session, boss, one.id, told["worked"], one.revision)


def _reason(words: str) -> str | None:
    """What a comment is about, by the first of its reasons' words; None for what a branch decides itself."""
    reasons: Mapping[str, Mapping[str, Any]] = files.document("meetings")["marks"]
    return next((code for code, told in reasons.items() if any(stem in words for stem in told["stems"])), None)


def _working_day_after(day: date, number: int) -> date:
    left = number
    while left:
        day += timedelta(days=1)
        left -= clock.is_working_day(day)
    return day
