"""Single responses, for the analyst and the privacy officer: read, taken out of the count, erased."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.questionnaire.types import display
from forms.review import EraseForm, ExcludeForm
from survey_app.commands import responses as commands
from survey_app.errors import UserError
from survey_app.models import response as states
from survey_app.permissions import Permission
from survey_app.queries import organisation, questionnaires
from survey_app.queries import responses as queries
from survey_app.queries.responses import ResponseDetail
from survey_app.transaction import transaction
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.security import requires
from survey_app.web.support import actor, read_session
from translations import current_language, localised
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
#: Under these a response can be searched; anything else in the address is ignored.
_FILTERS: Final = ("month", "questionnaire", "state")


@dataclass(frozen=True)
class Answered:
    """One question of a response with its answer in words; ``own`` marks a person's own words."""

    code: str
    text: str
    answer: str
    own: bool
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


def _page(detail: ResponseDetail, exclude: ExcludeForm | None = None, erase: EraseForm | None = None) -> str:
    return render_template(
        "pages/response.html",
        detail=detail,
        answered=_answered(detail),
        exclude=exclude or ExcludeForm(),
        erase=erase or EraseForm(),
        states=STATES,
        done=request.args.get("done", ""),
    )


def _answered(detail: ResponseDetail) -> list[Answered]:
    language = current_language()
    found = []
    for question in questionnaires.answerable(detail.definition):
        comment = str(detail.answers.get(question.comment_code) or "")
        value: Any = detail.answers.get(question.code)
        if value is None and not comment:
            continue
        shown = "" if value is None else display(question, value, language)
        own = question.type == "text"
        found.append(Answered(question.code, localised(question.text), shown, own, comment))
    return found


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
