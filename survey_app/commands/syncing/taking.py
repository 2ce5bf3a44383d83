"""A finished visit comes from a phone: it becomes the report once, or stands beside it as a copy. It is never dropped.

The visit's row is held first, so that of five tries at once the second finds what the first did. What cannot become the
report, because the visit is somebody else's by now or a report is here already, is kept whole with its files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import evidence, pay, responses, visit_events
from survey_app.commands.evidence import most_of
from survey_app.commands.holding import hold
from survey_app.commands.syncing import answering, filing
from survey_app.commands.syncing.reading import EXPENSE, Report
from survey_app.errors import Conflict, UserError
from survey_app.field import copies
from survey_app.field.expenses import RECEIPT, UNEXPLAINED, unexplained
from survey_app.models import Assignment, Evidence, FieldCopy, FieldRecord, QualityReview, ReportVersion, Response
from survey_app.models.fieldwork import CANCELLED, MISSED, WRITABLE
from survey_app.models.response import RETURNED
from survey_app.queries import expenses, syncing, tickets
from survey_app.queries.evidence import FILE_TYPES, of_response
from survey_app.queries.tickets import Ticket
from translations import direction, speaking
from translations import gettext as _

KEPT, COPY, MISSING, FAULTY = "kept", "copy", "missing", "faulty"
#: States of a visit under which its report is a copy, whoever brings it.
_AGAINST: Final = {CANCELLED: copies.CANCELLED, MISSED: copies.MISSED}
#: Copies of one visit: a phone makes two or three in a year of accidents.
_MOST_COPIES: Final = 20


class TooMany(UserError):
    """More copies than accidents make; the phone keeps its own and asks again later."""

    status = 429


@dataclass(frozen=True)
class Outcome:
    """What became of a report, for the phone: it forgets the files that are named, and nothing else."""

    state: str
    #: Hashes of the files that are kept with it.
    files: Sequence[str] = ()
    #: Hashes that are to be sent (again) first.
    missing: Sequence[str] = ()
    #: (code of the question, what is to be mended).
    problems: Sequence[tuple[str, str]] = ()
    message: str = ""
    number: int = 0


@dataclass
class _Came:
    """One report on its way in."""

    session: Session
    user_id: int
    visit: Assignment
    report: Report
    #: Rows of the files that it names.
    files: list[Evidence] = field(default_factory=list)

    @property
    def response_id(self) -> str:
        return self.visit.response_id

    def kept(self, state: str, message: str = "") -> Outcome:
        return Outcome(state, [one.sha256 for one in self.report.manifest], message=message, number=self.visit.id)


def take(session: Session, user_id: int, response_id: str, report: Report) -> Outcome:
    """Take what a phone sent; the same report again, at once or a week later, answers the same and changes nothing.

    NotFound: there is no such visit. TooMany: see there.
    """
    came = _Came(session, user_id, filing.visit(session, response_id, held=True), report)
    known = _known(came)
    if known is not None:
        return known
    missing = _gather(came)
    if missing:
        return Outcome(MISSING, missing=missing, number=came.visit.id)
    reason = _against(came)
    if reason:
        return _aside(came, reason)
    return _taken(came, [("", UNEXPLAINED)] if _unexplained(came) else [])


def take_late(session: Session, user_id: int, visit: Assignment, report: Report) -> Outcome:
    """Take a report that stood aside, now that its visit is held and its writer's again; files may have gone since."""
    came = _Came(session, user_id, visit, report)
    _gather(came)
    return _taken(came)


def _unexplained(came: _Came) -> bool:
    """Whether a claim goes above the visit's cap without a word why. What was decided already asks for none."""
    told = came.report.expenses
    decided = expenses.decided(came.session, came.visit.id)
    claims = [(one["amount"], one["note"]) for one in told if one["id"] not in decided]
    ids = [one["id"] for one in told if one["id"] not in decided]
    return unexplained(came.visit.expense_cap, claims, expenses.spent(came.session, came.visit.id, ids))


def _gather(came: _Came) -> list[str]:
    """Find the files that a report names; gives the hashes of those that are not here."""
    rows = syncing.files(came.session, came.response_id, came.user_id)
    there = {(one.sent_sha256, one.question): one for one in rows}
    receipts = {(one.sent_sha256, one.expense_id): one for one in there.values() if one.expense_id}
    named = came.report.manifest
    came.files = [there[one.sha256, one.question] for one in named if (one.sha256, one.question) in there]
    return [
        one.sha256
        for one in named
        if (one.sha256, one.question) not in there and (one.sha256, one.question.removeprefix(EXPENSE)) not in receipts
    ]


def _digest(came: _Came) -> str:
    """Names what an account sent of a visit: two accounts may send the same."""
    return f"{came.report.digest}-{came.response_id[:8]}-{came.user_id}"


def _known(came: _Came) -> Outcome | None:
    """What this very report became when it came before, from this phone or from another one of the same account."""
    digest = _digest(came)
    copy = select(FieldCopy.reason).where(FieldCopy.response_id == came.response_id, FieldCopy.digest == digest)
    reason = came.session.scalar(copy)
    if reason is not None:
        return came.kept(COPY, str(copies.TOLD[reason]))
    record = select(FieldRecord.id).where(FieldRecord.response_id == came.response_id, FieldRecord.digest == digest)
    return came.kept(KEPT) if came.session.scalar(record) is not None else None


def round_of(session: Session, response_id: str) -> int:
    """Which sending of a visit is awaited, from 1: one more for every time that it was sent back."""
    returned = select(func.count()).where(QualityReview.response_id == response_id, QualityReview.outcome == "returned")
    return 1 + (session.scalar(returned) or 0)


def standing(session: Session, visit: Assignment, user_id: int) -> str:
    """Why a report of a visit would be a copy now, or nothing: it would be taken."""
    if visit.state in _AGAINST:
        return _AGAINST[visit.state]
    if visit.shopper_id != user_id:
        return copies.GIVEN_AWAY
    if visit.state in WRITABLE:
        return ""
    written = session.get(Response, visit.response_id)
    return copies.SECOND if written is not None else copies.GIVEN_AWAY


def _against(came: _Came) -> str:
    found = standing(came.session, came.visit, came.user_id)
    if found:
        return found
    stands = came.session.get(Response, came.response_id)
    if stands is not None and stands.state != RETURNED:
        return copies.SECOND
    late = came.report.round is not None and came.report.round < round_of(came.session, came.response_id)
    return copies.SECOND if late else ""


# ---- the report ------------------------------------------------------------------------------------------------------


def _taken(came: _Came, asked: Sequence[tuple[str, Any]] = ()) -> Outcome:
    """Make it the visit's report, unless something is to be mended; ``asked``: what is, besides the answers."""
    ticket = answering.under(
        came.session, tickets.by_assignment(came.session, came.visit.id, came.user_id), came.report.version
    )
    if ticket is None:
        return _aside(came, copies.VERSION)
    with speaking(came.report.language):
        report = answering.with_true_day(ticket, came.report)
        read = answering.read(ticket, report, _ids(came, ticket))
        wanting = [(code, str(words)) for code, words in asked]
        problems = read.faults or answering.lacking(ticket, read.answers) or wanting
        if not problems:
            try:
                with came.session.begin_nested():
                    _written(came, ticket, read)
            except UserError as error:
                problems = error.places or [("", error.message)]
                problems = [(code, message or error.message) for code, message in problems]
            else:
                return came.kept(KEPT)
        # Nothing of it is lost meanwhile: it stands on the phone, and as far as it could be read as a draft here.
        save_draft(came.session, ticket, came.report.device, read.answers)
    return Outcome(FAULTY, problems=problems, number=came.visit.id)


def _ids(came: _Came, ticket: Ticket) -> dict[str, list[str]]:
    """The files of each question: those the phone names, then those that stood there before, as many as it takes."""
    saved = responses.draft(came.session, ticket)
    gone = {(one.sha256, one.question) for one in came.report.removed}
    rows = of_response(came.session, came.response_id)
    found: dict[str, list[str]] = {}
    for question in ticket.definition.questions:
        if question.type not in FILE_TYPES:
            continue
        own = [one.id for one in came.files if one.question == question.code]
        before = (saved.answers.get(question.code) if saved is not None else None) or []
        stayed = [
            one
            for one in before
            if one in rows and one not in own and (rows[one].sent_sha256, question.code) not in gone
        ]
        found[question.code] = [*own, *stayed][: max(most_of(question), len(own))]
    return found


def _written(came: _Came, ticket: Ticket, read: answering.Read) -> None:
    session, report, visit = came.session, came.report, came.visit
    held = hold(session, ticket)
    number = round_of(session, came.response_id)
    if held.draft is not None:
        _elsewhere(came, held.draft, read, is_back=held.response is not None)
        held.draft.version_id = ticket.version.id
        held.draft.answers = {}
    language = answering.spoken(ticket, report.language)
    responses.save_page(session, ticket, read.given, language, held=held)
    session.flush()
    presentation = {"first": "lowest", "direction": direction(language), "layout": "unknown"}
    responses.submit(session, ticket, language=language, channel="shop", presentation=presentation, held=held)
    session.add(_record(came, number))
    visit.entered_at, visit.left_at = report.at("entered"), report.at("left")
    _claim(came)
    _let_go_removed(came)
    session.flush()


def _elsewhere(came: _Came, draft: Any, read: answering.Read, *, is_back: bool) -> None:
    """Keep what another phone or the browser wrote into the draft and this report says otherwise.

    A report that was sent back left its answers as the draft: of those every version is kept already.
    """
    own = f"phone:{came.report.device}"
    other = {
        code: value
        for code, value in draft.answers.items()
        if value != read.given.get(code)
        and draft.marks.get(code, "" if not is_back else own) != own
        and not (isinstance(value, list) and code in {one.question for one in came.files})
    }
    if other:
        content = {"stored": dict(draft.answers), "differs": sorted(other), "user": came.visit.shopper_id}
        digest = f"{_digest(came)}-elsewhere"
        _copied(came, copies.ELSEWHERE, digest, content)


def _record(came: _Came, number: int) -> FieldRecord:
    report = came.report
    return FieldRecord(
        response_id=came.response_id,
        assignment_id=came.visit.id,
        round=number,
        device=report.device,
        digest=_digest(came),
        received_at=clock.now(),
        clock_offset_s=round(report.offset.total_seconds()),
        position=dict(report.position),
        timings=dict(report.timings),
        manifest=[asdict(one) for one in report.manifest],
        **{f"{name}_at": report.at(name) for name in ("entered", "greeted", "served", "left", "began", "finished")},
    )


def _claim(came: _Came) -> None:
    """The expenses of the visit with their receipts. One that stands for another visit stays there."""
    own = set()
    for told in came.report.expenses:
        with suppress(Conflict):
            pay.claim(came.session, came.visit, told["id"], told["sort"], told["amount"], told["note"])
            own.add(told["id"])
    for one in came.files:
        claimed = one.question.removeprefix(EXPENSE)
        if one.question.startswith(EXPENSE) and claimed in own:
            one.expense_id, one.question = claimed, RECEIPT


def _let_go_removed(came: _Came) -> None:
    """Files that the shopper took away again, unless a copy or an earlier sending of the report names them."""
    gone = {(one.sha256, one.question) for one in came.report.removed}
    if not gone:
        return
    contents = came.session.scalars(select(FieldCopy.content).where(FieldCopy.response_id == came.response_id))
    own = [content for content in contents if content.get("user") == came.user_id]
    named = {(one["sha256"], one["question"]) for content in own for one in content.get("manifest", [])}
    # Every sending is kept as it was judged: its record names the files of this one and of those before.
    told = came.session.scalars(select(FieldRecord.manifest).where(FieldRecord.response_id == came.response_id))
    named |= {(one["sha256"], one["question"]) for manifest in told for one in manifest}
    answers = came.session.scalars(select(ReportVersion.answers).where(ReportVersion.response_id == came.response_id))
    ids = {one for each in answers for value in each.values() if isinstance(value, list) for one in map(str, value)}
    rows = list(syncing.files(came.session, came.response_id, came.user_id))
    evidence.destroy(
        came.session, [one.id for one in rows if (one.sent_sha256, one.question) in gone - named and one.id not in ids]
    )


# ---- beside the report -----------------------------------------------------------------------------------------------


def _aside(came: _Came, reason: str) -> Outcome:
    many = select(func.count()).where(FieldCopy.response_id == came.response_id)
    if (came.session.scalar(many) or 0) >= _MOST_COPIES:
        raise TooMany(_("Too many reports of the same visit were sent. Please call coordination."))
    content = {**came.report.content, "user": came.user_id, "stored": _stored(came)}
    content |= {f"{name}_at": at.isoformat() for name in came.report.marks if (at := came.report.at(name)) is not None}
    _copied(came, reason, _digest(came), content)
    return came.kept(COPY, str(copies.TOLD[reason]))


def _stored(came: _Came) -> Mapping[str, Any]:
    """A copy's answers as they would be stored, as far as the questionnaire reads them."""
    ticket = answering.under(came.session, tickets.of_visit(came.session, came.visit), came.report.version)
    if ticket is None:
        return {}
    files: dict[str, list[str]] = {}
    for one in came.files:
        files.setdefault(one.question, []).append(one.id)
    with speaking(came.report.language):
        return answering.read(ticket, came.report, files).answers


def _copied(came: _Came, reason: str, digest: str, content: Mapping[str, Any]) -> None:
    came.session.add(
        FieldCopy(
            response_id=came.response_id,
            device=came.report.device,
            digest=digest,
            content=dict(content),
            reason=reason,
            received_at=clock.now(),
        )
    )
    visit_events.note(came.session, came.visit, "copied", shopper=came.user_id, note=reason)
    came.session.flush()


# ---- drafts ----------------------------------------------------------------------------------------------------------


def save_draft(session: Session, ticket: Ticket, device: str, answers: Mapping[str, Any]) -> bool:
    """Keep what a phone has so far, in case the phone is lost. False: the visit takes nothing any more.

    An answer that was written elsewhere stays; what this phone wrote itself, or nobody yet, is written.
    """
    own = f"phone:{device}"
    held = hold(session, ticket)
    if held.answered is not None:
        return False
    before = dict(held.draft.answers) if held.draft is not None else {}
    marks = dict(held.draft.marks) if held.draft is not None else {}
    files = {one.code for one in ticket.definition.questions if one.type in FILE_TYPES}
    mine = {
        code for code in {*before, *answers} if code not in files and (code not in before or marks.get(code) == own)
    }
    given = {code: answers.get(code) for code in mine if answers.get(code) != before.get(code)}
    if held.draft is None and not answers:
        return True
    saved = responses.save_page(session, ticket, given, answering.spoken(ticket, ticket.language), held=held)
    saved.marks = {**saved.marks, **dict.fromkeys((code for code, one in given.items() if one is not None), own)}
    session.flush()
    return True
