"""Appeals against reports of mystery visits: filed item by item, decided by somebody who had no part in the report.

Whoever writes here holds the response first and the appeal after it, so that a correction, another appeal and a
decision come one after the other. What a decision changes goes the way of every correction: answers, scores, facts and,
of a signed month, its restatement follow in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.questionnaire.definition import Question
from forms.questionnaire.score import Scorecard, score
from forms.questionnaire.types import TYPES
from survey_app import clock
from survey_app.commands import letters, report_versions, visit_events
from survey_app.commands.appeals_gone import discard_files
from survey_app.commands.discarding import delete_after, timeless_after
from survey_app.commands.evidence import MOST_TOGETHER, Arrived
from survey_app.commands.excluding import locked
from survey_app.commands.quality import context_of, unchanged
from survey_app.commands.recording import answers_of, count_in, count_out, replace_answers
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.models import Appeal, AppealItem, Assignment, Correction, Evidence, Response, User
from survey_app.models import fieldwork as visits
from survey_app.models import response as states
from survey_app.models.appeal import DECIDED, OPEN, OVERTURNED, PARTLY, SHOPPER, UPHELD, WITHDRAWN
from survey_app.permissions import Role
from survey_app.queries import appeals as queries
from survey_app.queries import desk, organisation, questionnaires
from survey_app.queries.appeals import WHOLE, Case
from translations import format_number, isolate
from translations import gettext as _

#: Characters of a reason, and of what a decision says.
LONGEST: Final = 2_000
#: Files beside one item.
MOST_FILES: Final = 5
#: What a file of an appeal is read as: a picture is written anew, or it is a PDF.
FILE: Final = Question(code="appeal", type="file", text={}, max=MOST_FILES)


def file(session: Session, user: User, response_id: str, reasons: Mapping[str, str], words: str = "") -> Appeal:
    """Appeal against items of a report: code of the item, or WHOLE, -> the reason.

    Conflict for what may not be appealed against (any more), UserError where a reason is missing or too long.
    """
    response = locked(session, response_id)
    report, window = queries.filing(session, user, response_id)
    given = {code: reason.strip() for code, reason in reasons.items()}
    _check_words({**given, "words": words})
    if not given:
        raise UserError(_("Choose at least one item and say why its score is doubted."), [("reasons", "")])
    for code, reason in given.items():
        if code in window.used:
            raise Conflict(_("An appeal against this was filed already."))
        if code not in window.open:
            raise Conflict(_("The days for an appeal are over, or this cannot be appealed against."))
        if not reason:
            raise UserError(_("Say why the score is doubted."), [(code, "")])
    if WHOLE in given and len(given) > 1:
        raise UserError(_("An appeal is about the report as a whole, or about items of it."), [(WHOLE, "")])
    appeal = Appeal(
        response_id=response_id,
        side=window.side,
        filed_by_id=user.id,
        filed_at=clock.now(),
        words=words.strip(),
        before=None if report.card.voided or response.state != states.COUNTED else report.card.total,
        items=[
            AppealItem(question=code, reason=given[code], before=_stands(report.answers, response, code))
            for code in given
        ],
    )
    session.add(appeal)
    _note(session, report.assignment, "appealed", user)
    session.flush()
    return appeal


def _stands(answers: Mapping[str, Any], response: Response, code: str) -> Any:
    return response.state if code == WHOLE else answers.get(code)


def _check_words(words: Mapping[str, str]) -> None:
    for place, text in words.items():
        if len(text) > LONGEST:
            raise UserError(_("Write at most %(max)s characters.", max=LONGEST), [(place, "")])


def _note(session: Session, visit: Assignment | None, kind: str, user: User) -> None:
    if visit is not None:
        visit_events.note(session, visit, kind, by=user, shopper=visit.shopper_id)


def _held(session: Session, user: User, appeal_id: int) -> Case:
    """An appeal that its reader may see, held after its response."""
    response_id = session.scalar(select(Appeal.response_id).where(Appeal.id == appeal_id))
    if response_id is None:
        raise NotFound(_("There is no such appeal."))
    locked(session, response_id)
    session.scalar(select(Appeal.id).where(Appeal.id == appeal_id).with_for_update())
    return queries.case(session, user, appeal_id)


def _own(session: Session, user: User, appeal_id: int) -> Case:
    """An open appeal of somebody's own side."""
    found = _held(session, user, appeal_id)
    if queries.side_of(user, found.response.branch, found.visit) != found.appeal.side:
        raise Forbidden(_("Only the side that filed an appeal can change it."))
    if found.appeal.state != OPEN:
        raise Conflict(_("This appeal was closed already."))
    return found


def attach(session: Session, user: User, appeal_id: int, code: str, arrived: Sequence[Arrived]) -> list[str]:
    """Give an item of an open appeal files; gives what is to be said of those that were not kept.

    The same file twice is kept once. Files that are not kept are destroyed with the commit.
    """
    found = _own(session, user, appeal_id)
    if code not in {one.question for one in found.appeal.items}:
        raise NotFound(_("There is no question %(code)s in this report.", code=code))
    there = queries.files_of(session, appeal_id)
    own = {one.sha256 for one in there.get(code, [])}
    together = sum(one.size for files in there.values() for one in files)
    said = []
    for one in arrived:
        refusal = None
        if one.digest not in own and len(own) >= MOST_FILES:
            refusal = _("There is no room for more than %(max)s here.", max=MOST_FILES)
        elif one.digest not in own and together + one.size > MOST_TOGETHER:
            refusal = _("All files together may have %(most)s MB.", most=MOST_TOGETHER // 1_000_000)
        if refusal is not None:
            said.append(_("%(file)s was not added. %(reason)s", file=isolate(one.filename), reason=refusal))
        if refusal is not None or one.digest in own:
            delete_after(session, one.file_id)
            continue
        session.add(
            Evidence(
                id=one.file_id,
                response_id=found.appeal.response_id,
                question=code,
                filename=one.filename,
                media_type=one.media_type,
                size=one.size,
                sha256=one.digest,
                appeal_id=appeal_id,
            )
        )
        timeless_after(session, one.file_id)
        own.add(one.digest)
        together += one.size
    session.flush()
    return said


def withdraw(session: Session, user: User, appeal_id: int) -> Appeal:
    """Take an open appeal back; its files go, and within its days another may be filed."""
    found = _own(session, user, appeal_id)
    found.appeal.state = WITHDRAWN
    discard_files(session, [appeal_id])
    session.flush()
    return found.appeal


# ---- deciding --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Decision:
    """What becomes of one item: the outcome, the new answer as a form sends it, and the words to both sides."""

    outcome: str
    answer: str
    typed: Sequence[str] = ()


def decide(
    session: Session,
    user: User,
    appeal_id: int,
    decisions: Mapping[str, Decision],
    answer: str = "",
    shown: str | None = None,
) -> Appeal:
    """Decide every item of an appeal at once: code of the item, or WHOLE, -> what becomes of it.

    ``upheld``: what stood stays; ``overturned`` and ``partly``: the answer is another from now on. Of a report as a
    whole, :data:`WHOLE_EFFECTS` says what they mean. Forbidden for who had a part in the report or belongs to its
    branch or region; Conflict where the report is another than was ``shown`` (:mod:`survey_app.queries.seen`).
    """
    found = _held(session, user, appeal_id)
    appeal, response = found.appeal, found.response
    if appeal.state != OPEN:
        raise Conflict(_("This appeal was closed already."))
    refusal = queries.hindrance(session, user, found)
    if refusal is not None:
        raise Forbidden(refusal)
    unchanged(session, response, shown)
    _check(appeal, decisions, answer)
    report_versions.keep(session, response, report_versions.SENT)
    if any(one.question == WHOLE for one in appeal.items):
        effect = WHOLE_EFFECTS[appeal.side].get(decisions[WHOLE].outcome)
        if effect is not None:
            effect(session, response, found.visit)
    else:
        _correct(session, user, response, decisions)
    answers = answers_of(session, response.id)
    for item in appeal.items:
        given = decisions[item.question]
        item.outcome, item.answer = given.outcome, given.answer.strip()
        item.after = _stands(answers, response, item.question)
    report_versions.keep(session, response, report_versions.APPEALED, user.id)
    appeal.state, appeal.decided_by_id, appeal.decided_at = DECIDED, user.id, clock.now()
    appeal.answer = answer.strip()
    appeal.after = _total(session, response)
    _note(session, found.visit, "appeal_decided", user)
    letters.queue(session, appeal.filed_by_id, "appeal_decided", f"appeal_decided:{appeal.id}", {})
    if any(item.outcome != UPHELD for item in appeal.items):
        for user_id in _other_side(session, appeal, response, found.visit):
            key = f"appeal_outcome:{appeal.id}:{user_id}"
            letters.queue(session, user_id, "appeal_outcome", key, {"report": response.id})
    session.flush()
    return appeal


def _other_side(session: Session, appeal: Appeal, response: Response, visit: Assignment | None) -> list[int]:
    """Who did not appeal and has the report as well: its shopper, or the managers of its branch where it counts."""
    if appeal.side != SHOPPER:
        return [visit.shopper_id] if visit is not None and visit.shopper_id is not None else []
    if response.state != states.COUNTED:
        return []
    managers = (User.role == Role.BRANCH_MANAGER, User.branch_id == response.branch_id, User.active)
    return list(session.scalars(select(User.id).where(*managers).order_by(User.id)))


def _total(session: Session, response: Response) -> int | None:
    card = _card(session, response)
    return card.total if response.state == states.COUNTED and not card.voided else None


def _card(session: Session, response: Response) -> Scorecard:
    definition = questionnaires.definition(response.version)
    return score(definition, answers_of(session, response.id), context_of(session, response))


def _check(appeal: Appeal, decisions: Mapping[str, Decision], answer: str) -> None:
    """Every item has an outcome and words that say why."""
    faults = []
    for item in appeal.items:
        given = decisions.get(item.question)
        if given is None or given.outcome not in {UPHELD, OVERTURNED, PARTLY}:
            faults.append((f"outcome_{item.question}", _("Choose what becomes of this item.")))
        elif not given.answer.strip():
            faults.append((f"answer_{item.question}", _("Say why, so that both sides can learn from it.")))
    if faults:
        raise UserError(faults[0][1], faults)
    _check_words({"answer": answer, **{f"answer_{code}": one.answer for code, one in decisions.items()}})


def _correct(session: Session, user: User, response: Response, decisions: Mapping[str, Decision]) -> None:
    """Give the items that were not upheld their new answers: one correction each, one new score for all."""
    definition = questionnaires.definition(response.version)
    answers = answers_of(session, response.id)
    changed: dict[str, tuple[Any, Any]] = {}
    for code, given in decisions.items():
        if given.outcome == UPHELD:
            continue
        question = definition.by_code[code]
        try:
            value = TYPES[question.type].parse(question, given.typed)
        except ValueError as error:
            raise UserError(str(error), [(f"value_{code}", str(error))]) from error
        before = answers.pop(code, None)
        if value is not None:
            answers[code] = value
        if value == before:
            message = _("Choose the answer that is right, or leave what stood.")
            raise UserError(message, [(f"value_{code}", message)])
        changed[code] = (before, value)
    if not changed:
        return
    card = replace_answers(session, response, answers, context_of(session, response))
    if card.voided:
        raise UserError(_("This answer would void the whole visit, which an appeal against an item cannot do."))
    now = clock.now()
    for code, (before, value) in changed.items():
        reason = decisions[code].answer.strip()
        session.add(
            Correction(
                response_id=response.id,
                question=code,
                before=before,
                after=value,
                reason=reason,
                user_id=user.id,
                at=now,
            )
        )


def _settled(visit: Assignment | None, state: str) -> None:
    if visit is not None:
        visit.state, visit.decided_at, visit.revision = state, clock.now(), visit.revision + 1


def _reinstate(session: Session, response: Response, visit: Assignment | None) -> None:
    """A rejected report counts after all: as approved now, so that the branch has its days from today."""
    if response.state != states.REJECTED:
        raise Conflict(_("This report is no longer rejected."))
    card = _card(session, response)
    limit = organisation.policy(session).shop_na_limit
    if card.na_share > limit:
        message = _(
            "%(share)s%% of the points were not judged. Above %(limit)s%% a report cannot count.",
            share=format_number(100 * card.na_share),
            limit=format_number(100 * limit),
        )
        raise UserError(message, [("outcome_", message)])
    if any(one.state == "waiting" for one in desk.late_items(session, response.id)):
        message = _("An answer of this report is still awaited. Until then it cannot count.")
        raise UserError(message, [("outcome_", message)])
    count_in(session, response)
    _settled(visit, visits.APPROVED)


def _paid_only(session: Session, response: Response, visit: Assignment | None) -> None:
    """The report counts nowhere, and its visit is paid for as one that was honestly voided."""
    count_out(session, response, states.VOIDED)
    _settled(visit, visits.VOIDED)


def _strike(session: Session, response: Response, visit: Assignment | None) -> None:
    """A report that counted is rejected: from today the shopper may appeal in turn."""
    if response.state != states.COUNTED:
        raise Conflict(_("This report does not count any more."))
    count_out(session, response, states.REJECTED)
    _settled(visit, visits.REJECTED)


Effect = Callable[[Session, Response, Assignment | None], None]
#: What it means for each side that an appeal against a report as a whole was accepted, wholly or in part.
WHOLE_EFFECTS: Final[Mapping[str, Mapping[str, Effect]]] = {
    SHOPPER: {OVERTURNED: _reinstate, PARTLY: _paid_only},
    "branch": {OVERTURNED: _strike, PARTLY: _paid_only},
}
