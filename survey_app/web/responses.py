"""Single responses, for the analyst and the privacy officer: read, taken out of the count, erased."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.questionnaire.definition import Question
from forms.questionnaire.types import display
from forms.review import EraseForm, ExcludeForm
from survey_app.commands import responses as commands
from survey_app.errors import NotFound, UserError
from survey_app.kinds import kind_of
from survey_app.models import response as states
from survey_app.permissions import Permission, may
from survey_app.queries import evidence, notices, organisation, questionnaires
from survey_app.queries import responses as queries
from survey_app.queries.afterwards import contact_codes
from survey_app.queries.responses import ResponseDetail
from survey_app.transaction import transaction
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, stop_reading
from survey_app.web.wording import words_told
from translations import current_language
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("responses", __name__, url_prefix="/responses")

#: State -> (what it is called, the sort of badge).
STATES: Final = {
    states.COUNTED: (_l("Counted"), "good"),
    states.PENDING: (_l("Under review"), "warn"),
    states.RETURNED: (_l("Sent back"), "warn"),
    states.EXCLUDED: (_l("Excluded"), "bad"),
    states.REJECTED: (_l("Rejected"), "bad"),
    states.VOIDED: (_l("Void"), ""),
}
#: What the parts of a privacy notice are called.
NOTICE_PARTS: Final = {
    "purposes": _l("What the answers are for"),
    "recipients": _l("Who receives them"),
    "duty": _l("Whether answering is a duty"),
    "officer": _l("Whom to ask, and rights"),
}
#: Types whose answers are contact.
CONTACT_TYPES: Final = frozenset({"phone", "email"})
#: Under these a response can be searched; anything else in the address is ignored.
_FILTERS: Final = ("month", "questionnaire", "state")


@dataclass(frozen=True)
class Answered:
    """One question of a response with its answer, as stored and in words."""

    question: Question
    #: The words above several statements, on the first of them; None elsewhere.
    lead: Question | None
    value: Any
    shown: str
    #: What was written beside a choice such as "Other".
    other: str
    comment: str


@blueprint.get("")
@requires(Permission.SEE_RESPONSES)
def index() -> str:
    """Responses by month, branch, questionnaire and state, fifty at a time."""
    session = read_session()
    wanted = {name: request.args.get(name, "").strip() for name in _FILTERS}
    code = request.args.get("branch", "").strip()
    fault, branch_id = "", None
    if code:
        try:
            branch_id = organisation.branch_by_code(session, code).id
        except UserError as error:
            fault, branch_id = error.message, 0
    rows, total = queries.search(session, **wanted, branch_id=branch_id, limit=PAGE, offset=(asked() - 1) * PAGE)
    return render_template(
        "pages/responses.html",
        rows=rows,
        pages=paging(total),
        wanted=wanted,
        branch=code,
        fault=fault,
        states=STATES,
        questionnaires=questionnaires.catalogue(session),
    )


@blueprint.get("/<response_id>")
@requires(Permission.SEE_RESPONSES)
def show(response_id: str) -> str:
    """One response: its answers, its scores and what can be done with it."""
    return _page(queries.response(read_session(), response_id))


@blueprint.post("/<response_id>/contact")
@requires(Permission.SEE_CONTACTS)
def contact(response_id: str) -> str:
    """Show how to reach who asked for a call back. That it was read is recorded, the contact is not."""
    detail = queries.response(read_session(), response_id)
    if not _to_call(detail):
        raise NotFound(_("No contact is kept with this response."))
    stop_reading()
    with transaction(actor(), "contact.read", response=response_id):
        pass
    return _page(queries.response(read_session(), response_id), contact=True)


def _page(
    detail: ResponseDetail,
    exclude: ExcludeForm | None = None,
    erase: EraseForm | None = None,
    *,
    contact: bool = False,
) -> str:
    return render_template(
        "pages/response.html",
        detail=detail,
        answered=_answered(detail, contact) if detail.read_alone else [],
        contact_kept=bool(_contact(detail, contact)) and detail.read_alone,
        contact_to_read=bool(_to_call(detail)) and not contact,
        notice=notices.of(read_session(), detail.response),
        parts=NOTICE_PARTS,
        files=evidence.of_response(read_session(), detail.response.id),
        words=words_told(detail.definition, detail.answers, detail.response.branch, current_language()),
        exclude=exclude or ExcludeForm(),
        erase=erase or EraseForm(),
        states=STATES,
        done=request.args.get("done", ""),
    )


def _answered(detail: ResponseDetail, contact: bool) -> list[Answered]:
    definition, answers, apart = detail.definition, detail.answers, _contact(detail, contact)
    told: set[str] = set()
    found = []
    for question in questionnaires.answerable(definition):
        value = answers.get(question.code)
        comment, other = (str(answers.get(code) or "") for code in (question.comment_code, question.other_code))
        if (value is None and not comment) or question.code in apart:
            continue
        lead = definition.leads.get(question.code, "")
        first = definition.by_code[lead] if lead and lead not in told else None
        told.add(lead)
        found.append(Answered(question, first, value, display(question, value, current_language()), other, comment))
    return found


def _to_call(detail: ResponseDetail) -> frozenset[str]:
    """Contact of a call back that was asked for, which the reader may have shown: by an act that is recorded."""
    if not detail.read_alone or not may(current_user(), Permission.SEE_CONTACTS):
        return frozenset()
    return _contact(detail, False) & contact_codes(detail.definition, detail.answers)


def _contact(detail: ResponseDetail, shown: bool) -> frozenset[str]:
    """Answers that tell how to reach somebody, and are not to be read beside what that person said.

    Those of a call back that was asked for are ``shown`` once that was recorded; a shopper's own are the report's.
    """
    if not kind_of(detail.response.kind).public:
        return frozenset()
    told = {question.code for question in detail.definition.questions if question.type in CONTACT_TYPES}
    if shown:
        told -= contact_codes(detail.definition, detail.answers)
    return frozenset(told & detail.answers.keys())


@blueprint.post("/<response_id>/exclude")
@requires(Permission.EXCLUDE_RESPONSE)
def exclude(response_id: str) -> ResponseReturnValue:
    """Keep a response out of every number, with the reason."""
    form = ExcludeForm(request.form)
    if not form.validate():
        return _refused(_page(queries.response(read_session(), response_id), exclude=form))
    with transaction(actor(), "response.exclude", response=response_id) as session:
        commands.exclude(session, response_id, form.reason.data or "")
    return redirect(url_for("responses.show", response_id=response_id, done="excluded"), 303)


@blueprint.post("/<response_id>/reinstate")
@requires(Permission.EXCLUDE_RESPONSE)
def reinstate(response_id: str) -> ResponseReturnValue:
    """Let an excluded response count again."""
    with transaction(actor(), "response.reinstate", response=response_id) as session:
        commands.reinstate(session, response_id)
    return redirect(url_for("responses.show", response_id=response_id, done="reinstated"), 303)


@blueprint.post("/<response_id>/erase")
@requires(Permission.ERASE_RESPONSE)
def erase(response_id: str) -> ResponseReturnValue:
    """Erase a response for good. The reason is asked for the file of the request and is not kept here."""
    form = EraseForm(request.form)
    if not form.validate():
        return _refused(_page(queries.response(read_session(), response_id), erase=form))
    with transaction(actor(), "response.erase", response=response_id) as session:
        commands.erase(session, response_id)
    return redirect(url_for("responses.index", done="erased"), 303)


def _refused(page: str) -> Response:
    return make_response(page, 422)
