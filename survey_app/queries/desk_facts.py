"""What the automatic checks of reports ask about, read for many reports in a bounded number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.score import score
from survey_app import clock
from survey_app.field.eligibility import Point, weekday
from survey_app.field.limits import limit
from survey_app.field.rules import Rules
from survey_app.field.told import Picture, Taps, Told, Visit
from survey_app.models import (
    Answer,
    Assignment,
    Branch,
    Evidence,
    FieldCopy,
    FieldRecord,
    QualityReview,
    ReportVersion,
    Response,
)
from survey_app.models.fieldwork import APPROVED, REJECTED
from survey_app.outreach.signs import seconds_needed
from survey_app.queries import organisation, programmes, questionnaires
from survey_app.queries.answers import PERSONAL_TYPES
from survey_app.queries.evidence import OF_THE_REPORT
from survey_app.queries.tickets import in_hindsight

#: Visits of the same shopper, and of others to the same branch, that a report is compared with: the nearest in time.
OWN, THERE = 30, 10
#: Types of questions that state when the shopper came and left.
_TIMES: Final = ("time", "datetime")


@dataclass
class _World:
    """Rows of some reports and of the visits near them, by response id."""

    visits: dict[str, Assignment] = field(default_factory=dict)
    answers: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    words: Mapping[str, dict[str, str]] = field(default_factory=dict)
    records: dict[str, FieldRecord] = field(default_factory=dict)
    files: Mapping[str, list[Evidence]] = field(default_factory=dict)


def rules_of(visit: Assignment | None) -> Rules:
    """The rules that a visit was made under; what usually holds for a visit of no programme."""
    return programmes.rules(visit.programme) if visit is not None and visit.programme is not None else Rules()


def told(session: Session, reports: Sequence[Response]) -> dict[str, Told]:
    """Everything that the checks ask about some reports, by response id. Keep to some 200 at a time.

    Their version, questionnaire and branch should be loaded with them.
    """
    ids = [one.id for one in reports]
    if not ids:
        return {}
    world = _read(session, ids)
    copies = _counts(session, select(FieldCopy.response_id, func.count()).where(
        FieldCopy.response_id.in_(ids), FieldCopy.settled_at.is_(None)
    ).group_by(FieldCopy.response_id))  # fmt: skip
    shoppers = {one.shopper_id for one in world.visits.values() if one.shopper_id is not None}
    decided = _counts(session, select(Assignment.shopper_id, func.count()).where(
        Assignment.shopper_id.in_(shoppers), Assignment.state.in_((APPROVED, REJECTED))
    ).group_by(Assignment.shopper_id))  # fmt: skip
    near = _near(session, reports, world)
    na_limit = organisation.policy(session).shop_na_limit
    before = _sent_back(session, ids)
    return {
        one.id: replace(
            _told(one, world, near.get(one.id, ()), decided, copies.get(one.id, 0), na_limit),
            **before.get(one.id, {}),
        )
        for one in reports
    }


def _sent_back(session: Session, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What each report said when it was last sent back, and what it was asked about."""
    asked: dict[str, QualityReview] = {}
    reviews = select(QualityReview).where(QualityReview.response_id.in_(ids), QualityReview.outcome == "returned")
    for review in session.scalars(reviews.order_by(QualityReview.id)):
        asked[review.response_id] = review
    found: dict[str, dict[str, Any]] = {}
    if asked:
        kept = select(ReportVersion).where(ReportVersion.response_id.in_(asked)).order_by(ReportVersion.number)
        for version in session.scalars(kept):
            review = asked[version.response_id]
            if version.at <= review.at:
                found[version.response_id] = {"returned": version.answers, "asked": list(review.questions)}
    return found


def _counts(session: Session, statement: Select[Any, int]) -> dict[Any, int]:
    return dict(session.execute(statement).all())


def _read(session: Session, ids: Sequence[str]) -> _World:
    visits = session.scalars(
        select(Assignment)
        .where(Assignment.response_id.in_(ids))
        .options(joinedload(Assignment.scenario), joinedload(Assignment.programme))
    )
    answers: dict[str, dict[str, Any]] = defaultdict(dict)
    words: dict[str, dict[str, str]] = defaultdict(dict)
    for response_id, question, value, own in session.execute(
        select(Answer.response_id, Answer.question, Answer.value, Answer.words).where(Answer.response_id.in_(ids))
    ):
        answers[response_id][question] = own if own is not None else value
        if own is not None:
            words[response_id][question] = own
    records = session.scalars(select(FieldRecord).where(FieldRecord.response_id.in_(ids)).order_by(FieldRecord.round))
    return _World(
        visits={one.response_id: one for one in visits},
        answers=answers,
        words=words,
        records={one.response_id: one for one in records},
        files=_files(session, ids),
    )


def _files(session: Session, ids: Iterable[str]) -> Mapping[str, list[Evidence]]:
    found: dict[str, list[Evidence]] = defaultdict(list)
    own = (Evidence.response_id.in_(list(ids)), OF_THE_REPORT)
    for one in session.scalars(select(Evidence).where(*own).order_by(Evidence.id)):
        found[one.response_id].append(one)
    return found


# ---- visits near them ------------------------------------------------------------------------------------------------


def _near(session: Session, reports: Sequence[Response], world: _World) -> Mapping[str, Sequence[Visit]]:
    """The visits that each report is compared with."""
    rows, holders = _neighbours(session, reports, world), _holders(session, world)
    chosen: dict[str, list[Any]] = {}
    for one in reports:
        visit, day = world.visits.get(one.id), one.visited_on
        if day is None:
            continue
        shopper = visit.shopper_id if visit is not None else None
        closest = sorted((row for row in rows if row.id != one.id), key=lambda row: abs((row.visited_on - day).days))
        own = [row for row in closest if shopper is not None and row.shopper_id == shopper][:OWN]
        there = [row for row in closest if row.branch_id == one.branch_id and row.shopper_id != shopper][:THERE]
        same = {held for file in world.files.get(one.id, ()) for held in holders.get(file.content, ())}
        chosen[one.id] = [*own, *there, *(row for row in closest if row.id in same)]
    needed = {row.id: row for listed in chosen.values() for row in listed}
    made = {visit.response_id: visit for visit in _as_visits(session, needed, reports)}
    return {response_id: [made[row.id] for row in listed] for response_id, listed in chosen.items()}


def _neighbours(session: Session, reports: Sequence[Response], world: _World) -> list[Row[Any]]:
    days = [one.visited_on for one in reports if one.visited_on is not None]
    if not days:
        return []
    apart = timedelta(days=limit("history_days"))
    shoppers = {one.shopper_id for one in world.visits.values() if one.shopper_id is not None}
    mine = _contents(world)
    copied = select(Evidence.response_id).where(Evidence.content.in_(mine)) if mine else None
    whose = [Assignment.shopper_id.in_(shoppers), Response.branch_id.in_({one.branch_id for one in reports})]
    if copied is not None:
        whose.append(Response.id.in_(copied))
    return list(
        session.execute(
            select(
                Response.id, Response.visited_on, Response.branch_id, Assignment.shopper_id, Assignment.entered_at,
                Assignment.left_at, Branch.name, Branch.latitude, Branch.longitude,
            )
            .join(Assignment, Assignment.response_id == Response.id)
            .join(Branch, Branch.id == Response.branch_id)
            .where(and_(Response.visited_on.between(min(days) - apart, max(days) + apart), or_(*whose)))
        )
    )  # fmt: skip


def _contents(world: _World) -> set[str]:
    return {one.content for listed in world.files.values() for one in listed if one.content}


def _holders(session: Session, world: _World) -> Mapping[str, set[str]]:
    """Which responses hold each of the reports' files, wherever they are."""
    found: dict[str, set[str]] = defaultdict(set)
    if mine := _contents(world):
        held = select(Evidence.content, Evidence.response_id).where(Evidence.content.in_(mine))
        for content, response_id in session.execute(held):
            found[content].add(response_id)
    return found


def _as_visits(session: Session, needed: Mapping[str, Row[Any]], reports: Sequence[Response]) -> Iterator[Visit]:
    """Rows with what was written and photographed there."""
    codes = {one for report in reports for one in times_asked(questionnaires.definition(report.version))}
    words: dict[str, dict[str, str]] = defaultdict(dict)
    stated: dict[str, dict[str, Any]] = defaultdict(dict)
    ids = list(needed)
    for response_id, question, value, own in session.execute(
        select(Answer.response_id, Answer.question, Answer.value, Answer.words).where(
            Answer.response_id.in_(ids), or_(Answer.words.is_not(None), Answer.question.in_(codes))
        )
    ):
        if own is not None:
            words[response_id][question] = own
        else:
            stated[response_id][question] = value
    files = _files(session, ids)
    for response_id, row in needed.items():
        came, left = moments(row.visited_on, [stated[response_id].get(code) for code in sorted(codes)])
        yield Visit(
            response_id=response_id,
            branch_id=row.branch_id,
            branch=row.name,
            shopper_id=row.shopper_id,
            place=_point(row.latitude, row.longitude),
            day=row.visited_on,
            entered=_local(row.entered_at) or came,
            left=_local(row.left_at) or left,
            texts=words[response_id],
            pictures=_pictures(files.get(response_id, ())),
        )


# ---- one report ------------------------------------------------------------------------------------------------------


def times_asked(definition: Definition) -> list[str]:
    """The questions that state when the shopper came and when left: the first two that ask for a time."""
    return [one.code for one in definition.questions if one.type in _TIMES][:2]


def moments(day: date | None, stated: Sequence[Any]) -> tuple[datetime | None, datetime | None]:
    """When the shopper came and left, as a report states it: times of its day, or whole moments."""
    found: list[datetime | None] = []
    for one in [*stated, None, None][:2]:
        text = str(one) if one else ""
        whole = text if "T" in text else f"{day.isoformat()}T{text}" if text and day else ""
        found.append(datetime.fromisoformat(whole).replace(tzinfo=clock.TIME_ZONE) if whole else None)
    return found[0], found[1]


def _local(moment: datetime | None) -> datetime | None:
    return clock.local(moment) if moment is not None else None


def _point(latitude: float | None, longitude: float | None) -> Point | None:
    return (latitude, longitude) if latitude is not None and longitude is not None else None


def _pictures(rows: Iterable[Evidence]) -> tuple[Picture, ...]:
    return tuple(Picture(one.content or one.sha256, one.likeness) for one in rows)


def taps_of(record: FieldRecord | None, files: Iterable[Evidence]) -> Taps | None:
    """What a phone told, with how many of its files are still on the way."""
    if record is None:
        return None
    here = {digest for one in files for digest in (one.content, one.sha256, one.sent_sha256) if digest}
    return Taps(
        entered=_local(record.entered_at),
        greeted=_local(record.greeted_at),
        served=_local(record.served_at),
        left=_local(record.left_at),
        began=_local(record.began_at),
        finished=_local(record.finished_at),
        offset_s=record.clock_offset_s,
        timings={code: float(seconds) for code, seconds in record.timings.items()},
        position=record.position,
        missing_files=sum(one.get("sha256") not in here for one in record.manifest),
    )


def closed_on(branch: Branch, day: date | None) -> bool:
    """Whether a branch serves nobody on a day: its own closed days, the Sabbath, holidays but not their eves."""
    if day is None:
        return False
    rests = clock.is_holiday_or_eve(day - timedelta(days=1)) and clock.is_holiday_or_eve(day)
    return weekday(day) in {*branch.closed_days, "sat"} or rests or not branch.open_on(day)


def _told(
    report: Response,
    world: _World,
    others: Sequence[Visit],
    decided: Mapping[Any, int],
    copies: int,
    na_limit: float,
) -> Told:
    visit, definition = world.visits.get(report.id), questionnaires.definition(report.version)
    answers, files = world.answers.get(report.id, {}), world.files.get(report.id, [])
    taps = taps_of(world.records.get(report.id), files)
    came, left = moments(report.visited_on, [answers.get(code) for code in times_asked(definition)])
    rules, branch = rules_of(visit), report.branch
    timed = [one for one in definition.questions if taps and one.code in taps.timings]
    texts = {
        code: words
        for code, words in world.words.get(report.id, {}).items()
        if code not in definition.by_code or definition.by_code[code].type in PERSONAL_TYPES
    }
    return Told(
        definition=definition,
        answers=answers,
        card=score(definition, answers, in_hindsight(report, visit.scenario.facts if visit else None)),
        visit=Visit(
            response_id=report.id,
            branch_id=report.branch_id,
            branch=branch.name,
            shopper_id=visit.shopper_id if visit else None,
            place=_point(branch.latitude, branch.longitude),
            day=report.visited_on,
            entered=(taps.entered if taps else None) or came,
            left=(taps.left if taps else None) or left,
            texts=texts,
            pictures=_pictures(files),
        ),
        taps=taps,
        stated_in=came,
        stated_out=left,
        window=(visit.window_from, visit.window_until) if visit else None,
        hours=(visit.hour_from, visit.hour_until) if visit else ("", ""),
        closed=closed_on(branch, report.visited_on),
        needed_s=seconds_needed(timed, answers, report.language),
        position_asked=rules.position,
        near_m=rules.near_m,
        na_limit=na_limit,
        others=others,
        decided=decided.get(visit.shopper_id, 0) if visit else int(limit("first_reports")),
        copies=copies,
    )
