"""What will be said of a branch at the meeting, before it: shown to its manager, answered, comments marked."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.previews import STATEMENT, MarkForm, StatementForm
from forms.programmes import refuse
from reports import opening, trends, wording
from reports.why import why
from survey_app import clock
from survey_app.commands import marks as mark_commands
from survey_app.commands import statements as commands
from survey_app.commands.statements import Changed, Standing
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.meeting.marks import REASONS
from survey_app.models import Branch
from survey_app.permissions import Permission
from survey_app.queries import decisions, departments, organisation, reviews
from survey_app.queries import marks as mark_queries
from survey_app.queries import previews as queries
from survey_app.queries.branches import comments_hidden
from survey_app.queries.marks import Remark
from survey_app.transaction import transaction
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.reviews import reader_review
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, stop_reading
from translations import gettext as _

blueprint = Blueprint("previews", __name__, url_prefix="/reviews/<month>/preview")

Row = dict[str, Any]


def _own() -> Branch:
    branch = current_user().branch
    if branch is None:
        raise NotFound(_("This user has no branch."))
    return branch


def _movement(row: Row, name: str) -> tuple[float | None, float | None]:
    """A measure's single month and the month before it."""
    values = row["trend"][name]
    return (values[-1] if values else None, values[-2] if len(values) > 1 else None)


@blueprint.get("")
@requires(Permission.ANSWER_PREVIEW)
def show(month: str) -> ResponseReturnValue:
    """The preview of the reader's own branch."""
    found = queries.statement(read_session(), month, _own().id)
    form = StatementForm(None, words=found.words if found is not None else "")
    return _page(month, form, found.revision if found is not None else 0)


def _page(
    month: str, form: StatementForm, revision: int, status: int = 200, stands: Standing | None = None
) -> ResponseReturnValue:
    review, data = reader_review(month)
    session, branch = read_session(), _own()
    code = organisation.shortest_code(session, branch)
    row = next((one for one in data["branches"] if one["code"] == code), None)
    policy = organisation.policy(session)
    ids = mark_queries.branch_ids(session, branch.id, review.month)
    hidden = comments_hidden(session, ids, review.month, policy)
    remarks, total = _remarks(ids, review.month) if not hidden else ([], 0)
    page = render_template(
        "pages/previews/show.html",
        review=review,
        data=data,
        settings=data["settings"],
        branch=branch,
        row=row,
        why=why(data, code) if row is not None and not row["hidden"] else None,
        alone=[(name, *_movement(row, name)) for name in trends.SERIES] if row is not None else [],
        wording=wording,
        header=opening.header,
        window=queries.window(session, review.month),
        form=form,
        revision=revision,
        stands=stands,
        statement=queries.statement(session, review.month, branch.id),
        most=STATEMENT,
        remarks=remarks,
        pages=paging(total),
        hidden=hidden,
        marks=mark_queries.of_branch(session, ids, review.month),
        reasons=REASONS,
        routed=bool(departments.routes(session)),
        decided=decisions.of_branches(session, current_user(), ids, limit=5),
        today=clock.today(),
        done=request.args.get("done", ""),
    )
    return make_response(page, status)


def _remarks(ids: list[int], month: str) -> tuple[list[Remark], int]:
    session = read_session()
    policy = organisation.policy(session)
    found, total = mark_queries.remarks(session, ids, month, policy, limit=PAGE, offset=(asked() - 1) * PAGE)
    pages = paging(total)
    if pages.number != asked():
        found, total = mark_queries.remarks(session, ids, month, policy, limit=PAGE, offset=pages.offset)
    return found, total


@blueprint.post("/statement")
@requires(Permission.ANSWER_PREVIEW)
def state(month: str) -> ResponseReturnValue:
    """Keep what the branch answers; words that somebody else changed meanwhile are shown beside one's own."""
    form = StatementForm(request.form)
    revision = request.form.get("revision", 0, type=int)
    if not form.validate():
        return _page(month, form, revision, 422)
    try:
        with transaction(actor(), "statement.write", month=month, branch=_own().ref) as session:
            commands.write(session, current_user(), month, form.words.data or "", revision)
    except Changed as error:
        stop_reading()
        form.form_errors.append(error.message)
        return _page(month, form, error.stands.revision, 409, error.stands)
    except Conflict as error:
        stop_reading()
        form.form_errors.append(error.message)
        return _page(month, form, revision, 409)
    except UserError as error:
        refuse(form, error.places, error.message)
        return _page(month, form, revision, error.status)
    return redirect(url_for("previews.show", month=month, done="written", _anchor="answer"), 303)


@blueprint.route("/comments/<response_id>/<question>", methods=["GET", "POST"])
@requires(Permission.ANSWER_PREVIEW)
def mark(month: str, response_id: str, question: str) -> ResponseReturnValue:
    """Mark one comment as not in the branch's hands, or look at what became of the mark."""
    remark = _remark(month, response_id, question)
    form = _mark_form(remark, request.form if request.method == "POST" else None)
    if request.method == "POST" and form.validate():
        try:
            with transaction(
                actor(), "mark.set", month=month, response=response_id, reason=form.reason.data
            ) as session:
                mark_commands.mark(
                    session, current_user(), month, response_id, question, form.reason.data, form.note.data or ""
                )
            return redirect(url_for("previews.show", month=month, done="marked", _anchor="comments"), 303)
        except Conflict as error:
            stop_reading()
            form.form_errors.append(error.message)
            return _mark_page(month, _remark(month, response_id, question), form, 409)
        except UserError as error:
            refuse(form, error.places, error.message)
    return _mark_page(month, remark, form, 422 if form.error_summary else 200)


def _remark(month: str, response_id: str, question: str) -> Remark:
    session, month = read_session(), reviews.parse_month(month)
    policy = organisation.policy(session)
    ids = mark_queries.branch_ids(session, _own().id, month)
    found: list[Remark] = []
    if not comments_hidden(session, ids, month, policy):
        found, _total = mark_queries.remarks(session, ids, month, policy, limit=1, only=(response_id, question))
    if not found:
        raise NotFound(_("There is no such comment of this branch in this month."))
    return found[0]


def _mark_form(remark: Remark, sent: Any) -> MarkForm:
    offered = departments.routes(read_session())
    stands = {"reason": remark.mark.reason, "note": remark.mark.note} if remark.mark is not None else {}
    return MarkForm(sent, reasons=[(code, name) for code, name in REASONS.items() if code in offered], **stands)


def _mark_page(month: str, remark: Remark, form: MarkForm, status: int = 200) -> ResponseReturnValue:
    session = read_session()
    page = render_template(
        "pages/previews/mark.html",
        month=month,
        branch=_own(),
        remark=remark,
        form=form,
        window=queries.window(session, month),
        routes=departments.routes(session),
        reasons=REASONS,
    )
    return make_response(page, status)


@blueprint.post("/comments/<response_id>/<question>/remove")
@requires(Permission.ANSWER_PREVIEW)
def unmark(month: str, response_id: str, question: str) -> ResponseReturnValue:
    """Take a mark back that nobody answered yet."""
    _remark(month, response_id, question)
    try:
        with transaction(actor(), "mark.remove", month=month, response=response_id) as session:
            mark_commands.unmark(session, current_user(), month, response_id, question)
    except Conflict as error:
        stop_reading()
        remark = _remark(month, response_id, question)
        form = _mark_form(remark, None)
        form.form_errors.append(error.message)
        return _mark_page(month, remark, form, 409)
    return redirect(url_for("previews.show", month=month, done="unmarked", _anchor="comments"), 303)
