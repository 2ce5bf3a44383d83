"""Incidents: one fault that hits many. Described, words written, sent by name of a manager, closed with a lesson.

An incident is held before its cases and people, and these in the order of their numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from forms.letters import MOST_PARTS
from forms.messages import parts
from survey_app import clock
from survey_app.commands import incident_people as people
from survey_app.commands.cases import log
from survey_app.commands.upserts import added
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.loop.states import MERGED
from survey_app.loop.subjects import SUBJECTS
from survey_app.models import Branch, Case, Incident, User
from survey_app.permissions import Permission, may
from translations import DEFAULT, LANGUAGES
from translations import gettext as _

PROPOSED, OPEN, CLOSED, DISMISSED = "proposed", "open", "closed", "dismissed"
LONGEST_TITLE: Final = 120
LONGEST_WORDS: Final = 600
LONGEST_LESSON: Final = 1_000
#: Cases that one form may join at once.
MOST_CASES: Final = 500
_BRACE: Final = re.compile(r"[{}]")
_ADDRESS: Final = re.compile(r"https?://|www\.", re.IGNORECASE)


@dataclass(frozen=True)
class About:
    """What an incident is: what happened, where and when, what is said to everybody affected, who apologises."""

    title: str
    subject: str
    began_at: datetime
    branch_id: int | None = None
    ended_at: datetime | None = None
    words: Mapping[str, str] = field(default_factory=dict, repr=False)
    remedy: str = field(default="", repr=False)
    apology_by_id: int | None = None

    def problems(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it); empty when it can be kept."""
        found = []
        if not self.title.strip():
            found.append(("title", _("Say in a few words what happened.")))
        if self.subject not in SUBJECTS:
            found.append(("subject", _("Choose one of the list.")))
        if self.began_at > clock.now():
            found.append(("began_on", _("Choose a day that is not to come.")))
        if self.ended_at is not None and self.ended_at < self.began_at:
            found.append(("ended_on", _("The last day is before the first.")))
        found += [(f"words_{language}", message) for language, message in faults(self.words)]
        sizes = {"title": LONGEST_TITLE, "remedy": LONGEST_WORDS}
        return found + [
            (name, _("Write at most %(max)s characters.", max=most))
            for name, most in sizes.items()
            if len(getattr(self, name)) > most
        ]


def faults(words: Mapping[str, str]) -> list[tuple[str, str]]:
    """(language, what is wrong with its words): what would make a message unsendable; empty words are no fault yet."""
    found = []
    for language in LANGUAGES:
        text = words.get(language, "").strip()
        if not text:
            continue
        if len(text) > LONGEST_WORDS or parts(text).count > MOST_PARTS:
            found.append((language, _("Shorten the words: a text message holds %(max)s parts.", max=MOST_PARTS)))
        elif _BRACE.search(text):
            found.append((language, _("Braces are not filled in here: write the words as they are to be read.")))
        elif _ADDRESS.search(text):
            found.append((language, _("No address of a page in these words: people learn not to follow such links.")))
    return found


def new_key() -> str:
    """A key for a form that is about to be shown."""
    return str(uuid4())


def open_by_hand(session: Session, user: User, key: str, about: About) -> Incident:
    """A new incident; the one that stands where the form was sent before. UserError with the fields."""
    try:
        minted = f"hand:{UUID(key)}"
    except ValueError as error:
        raise UserError(_("The page was open for too long. Please send it again.")) from error
    standing = session.scalar(select(Incident).where(Incident.key == minted))
    if standing is not None:
        return standing
    _check(session, about)
    made = Incident(
        key=minted, state=OPEN, created_at=clock.now(), created_by_id=user.id, revision=1, **_columns(about)
    )
    if not added(session, made):
        return session.scalars(select(Incident).where(Incident.key == minted)).one()
    return made


def change(session: Session, incident_id: int, about: About, revision: int) -> Incident:
    """Describe an incident anew. Once messages leave, its words, remedy and manager stay as they are.

    Conflict where it changed since ``revision`` was shown, or is over; UserError with the fields.
    """
    found = held(session, incident_id, revision)
    _need(found, PROPOSED, OPEN)
    _check(session, about)
    columns = _columns(about)
    if found.sent_at is not None:
        if any(columns[name] != getattr(found, name) for name in ("words", "remedy", "apology_by_id")):
            raise Conflict(_("Messages are on their way: their words and who signs them stay as they are."))
        columns = {name: columns[name] for name in ("title", "subject", "branch_id", "began_at", "ended_at")}
    for name, value in columns.items():
        setattr(found, name, value)
    return _counted(session, found)


def accept(session: Session, incident_id: int, user: User) -> Incident:
    """A proposal is an incident: its cases are joined and their customers are among the people. Twice is once."""
    found = held(session, incident_id)
    if found.state == OPEN:
        return found
    _need(found, PROPOSED)
    found.state, found.created_by_id = OPEN, user.id
    for case in session.scalars(
        select(Case).where(Case.incident_id == found.id).order_by(Case.id).with_for_update()
    ).all():
        log.note(session, case, "incident", user.id, incident=found.id)
        people.add_case(session, found, case)
    return _counted(session, found)


def dismiss(session: Session, incident_id: int, user: User) -> Incident:
    """A proposal is none: its cases go on as they are and are not proposed again."""
    found = held(session, incident_id)
    if found.state == DISMISSED:
        return found
    _need(found, PROPOSED)
    found.state, found.closed_at, found.created_by_id = DISMISSED, clock.now(), user.id
    session.execute(update(Case).where(Case.incident_id == found.id).values(incident_id=None))
    return _counted(session, found)


def join(session: Session, incident_id: int, case_ids: Sequence[int], user: User) -> int:
    """Join cases to an open incident; how many are new in it.

    UserError for cases that are not there, merged, or of another incident.
    """
    found = held(session, incident_id)
    _need(found, OPEN)
    wanted = sorted(set(case_ids))
    if not wanted or len(wanted) > MOST_CASES:
        raise UserError(_("Give between one and %(most)s case numbers.", most=MOST_CASES), [("cases", "")])
    cases = session.scalars(select(Case).where(Case.id.in_(wanted)).order_by(Case.id).with_for_update()).all()
    lacking = sorted(set(wanted) - {case.id for case in cases})
    wrong = [case.id for case in cases if case.state == MERGED or case.incident_id not in (None, found.id)]
    if lacking or wrong:
        numbers = ", ".join(map(str, lacking + wrong))
        message = _("These cases cannot be joined (not there, merged, or of another incident): %(list)s", list=numbers)
        raise UserError(message, [("cases", message)])
    fresh = [case for case in cases if case.incident_id is None]
    for case in fresh:
        case.incident_id = found.id
        log.note(session, case, "incident", user.id, incident=found.id)
        people.add_case(session, found, case)
    _counted(session, found)
    return len(fresh)


def send(session: Session, incident_id: int, revision: int) -> Incident:
    """Let the messages leave: to everybody who waits now or is added later. Sent again, nothing changes.

    UserError where the words in Hebrew or the manager who apologises are missing.
    """
    found = held(session, incident_id, None)
    if found.sent_at is not None:
        return found
    if found.revision != revision:
        raise Conflict(_stale())
    _need(found, OPEN)
    if not str(found.words.get(DEFAULT, "")).strip():
        raise UserError(_("Write what is said to everybody affected, in Hebrew at least."), [("words_he", "")])
    if found.apology_by_id is None:
        raise UserError(_("Choose who apologises by name."), [("apology_by", "")])
    found.sent_at = clock.now()
    return _counted(session, found)


def close(session: Session, incident_id: int, lesson: str, revision: int | None = None) -> Incident:
    """The incident is over, with what is done so that it does not happen again. Whoever waits is not written to any
    more. Closed again, nothing changes. UserError without a lesson.
    """
    found = held(session, incident_id, None)
    if found.state == CLOSED:
        return found
    if revision is not None and found.revision != revision:
        raise Conflict(_stale())
    _need(found, OPEN)
    text = lesson.strip()
    if not text:
        raise UserError(_("Write what is done so that it does not happen again."), [("lesson", "")])
    if len(text) > LONGEST_LESSON:
        raise UserError(_("Write at most %(max)s characters.", max=LONGEST_LESSON), [("lesson", "")])
    now = clock.now()
    found.state, found.closed_at, found.lesson = CLOSED, now, text
    found.ended_at = found.ended_at or now
    return _counted(session, found)


def held(session: Session, incident_id: int, revision: int | None = None) -> Incident:
    """An incident, held until the transaction ends. NotFound; Conflict where it changed since ``revision``."""
    # Its key stays free: whoever works on one of its cases need not wait, and is not waited for in a circle.
    row = select(Incident).where(Incident.id == incident_id).with_for_update(key_share=True)
    found = session.scalar(row.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(_("There is no such incident."))
    if revision is not None and found.revision != revision:
        raise Conflict(_stale())
    return found


def needed_open(session: Session, incident_id: int) -> Incident:
    """An open incident, held. Conflict for one in another state."""
    found = held(session, incident_id)
    _need(found, OPEN)
    return found


def _stale() -> str:
    return _("Somebody else changed this incident meanwhile. What you wrote is still here: please check it.")


def _need(found: Incident, *states: str) -> None:
    if found.state not in states:
        raise Conflict(_("This incident is in another state by now: this cannot be done to it."))


def _counted(session: Session, found: Incident) -> Incident:
    found.revision += 1
    session.flush()
    return found


def _columns(about: About) -> dict[str, Any]:
    return {
        "title": about.title.strip(),
        "subject": about.subject,
        "branch_id": about.branch_id,
        "began_at": about.began_at,
        "ended_at": about.ended_at,
        "words": {language: text.strip() for language, text in about.words.items() if text.strip()},
        "remedy": about.remedy.strip(),
        "apology_by_id": about.apology_by_id,
    }


def _check(session: Session, about: About) -> None:
    problems = about.problems()
    if about.branch_id is not None and session.get(Branch, about.branch_id) is None:
        problems.append(("branch", _("No branch has this code or name.")))
    if about.apology_by_id is not None:
        by = session.get(User, about.apology_by_id)
        if by is None or not may(by, Permission.LEAD_CASES):
            problems.append(("apology_by", _("Choose one of the list.")))
    if problems:
        raise UserError(problems[0][1], problems)
