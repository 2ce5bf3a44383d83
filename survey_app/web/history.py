"""Historic responses: a file is brought, tried, imported and taken back as a whole. Matching has screens of its own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any, Final

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from survey_app import files
from survey_app.commands.history import keeping, runs
from survey_app.commands.history.checking import opened
from survey_app.errors import NotFound, UserError
from survey_app.permissions import Permission
from survey_app.queries import history as queries
from survey_app.queries import questionnaires
from survey_app.queries.history import DONE, RUNNING, UNDOING, UNDONE, WAITING
from survey_app.readers import Unreadable
from survey_app.transaction import transaction
from survey_app.web import history_preview as previews
from survey_app.web.history_steps import Step, named
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.security import limiter, requires, takes
from survey_app.web.support import actor, current_user, read_session
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("history", __name__, url_prefix="/questionnaires/<code>/history")

#: What is said of an import, and the sort of badge.
STATES: Final[Mapping[str, tuple[Any, str]]] = {
    WAITING: (_l("Being prepared"), ""),
    RUNNING: (_l("Being imported"), "warn"),
    DONE: (_l("Imported"), "good"),
    UNDOING: (_l("Being taken back"), "warn"),
    UNDONE: (_l("Taken back"), ""),
}
#: Files that one person may bring: reading one is work.
_OFTEN: Final = "60 per hour"
#: Beside the file there are only a few small fields.
_MOST_SENT: Final = keeping.MOST_BYTES + 100_000


@blueprint.get("")
@requires(Permission.IMPORT_RESPONSES)
def start(code: str) -> ResponseReturnValue:
    """Bring a file; what was brought before."""
    return _start_page(code)


def _start_page(code: str, error: str = "", status: int = 200) -> ResponseReturnValue:
    session = read_session()
    questionnaire = questionnaires.by_code(session, code)
    rows, total = queries.runs(session, questionnaire.id, limit=PAGE, offset=(asked() - 1) * PAGE)
    page = render_template(
        "pages/history/start.html",
        questionnaire=questionnaire,
        published=questionnaires.newest_published(session, questionnaire.id) is not None,
        rows=rows,
        pages=paging(total),
        states=STATES,
        named=named,
        error=error,
        most=keeping.MOST_BYTES // 1_000_000,
        discarded=request.args.get("done") == "discarded",
    )
    return make_response(page, status)


@blueprint.post("")
@requires(Permission.IMPORT_RESPONSES)
@takes(_MOST_SENT, form="history.start")
@limiter.limit(_OFTEN)
def upload(code: str) -> ResponseReturnValue:
    """Look through a file and propose what its columns are. A file that cannot be used leaves nothing behind."""
    questionnaire = questionnaires.by_code(read_session(), code)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _start_page(code, _("Choose a file."), 422)
    try:
        opened(read_session(), questionnaire)
        with closing(sent):
            source, file_id = keeping.keep(sent.read())
    except Unreadable as error:
        return _start_page(code, error.message, 422)
    try:
        with transaction(actor(), "history.upload", questionnaire=code, rows=source.rows) as session:
            run = runs.begin(
                session,
                questionnaires.by_code(session, code),
                source,
                filename=sent.filename,
                file_id=file_id,
                user_id=current_user().id,
            )
            number = run.id
    except BaseException:
        files.store().delete(file_id)
        raise
    return redirect(url_for("matching.columns", code=code, number=number), 303)


# ---- trying, importing, taking back ----------------------------------------------------------------------------------


@blueprint.get("/<int:number>")
@requires(Permission.IMPORT_RESPONSES)
def show(code: str, number: int) -> ResponseReturnValue:
    """How far an import is, and what can be done with it now."""
    step = Step(code, number)
    session = read_session()
    trial = queries.trial(step.run)
    if step.waiting and not trial:
        return step.on("matching.columns")
    there = step.there
    return render_template(
        "pages/history/show.html",
        step=step,
        there=there,
        trial=trial,
        tried=trial.get("state") == DONE,
        states=STATES,
        progress=_progress(step),
        measures=previews.measure_rows(
            there.definition, trial["measures"], queries.measures(session, there.questionnaire_id)
        )
        if "measures" in trial
        else [],
        dependants=queries.dependants(session, number) if step.run.state == DONE else None,
        refused_kept="refused" in queries.trial_files(step.run),
    )


def _progress(step: Step) -> dict[str, Any] | None:
    """What a worker is doing for a run: words, share (0–100), and whether anybody still does it. None for nothing."""
    run, trial = step.run, queries.trial(step.run)
    at_work = {WAITING: trial.get("state") == RUNNING, RUNNING: True, UNDOING: True}.get(run.state, False)
    if not at_work:
        return None
    total = {WAITING: run.rows, RUNNING: trial.get("added", 0), UNDOING: run.added}[run.state]
    words = {
        WAITING: _("%(done)s of %(total)s rows tried", done=f"{run.done:,}", total=f"{total:,}"),
        RUNNING: _("%(done)s of %(total)s responses imported", done=f"{run.done:,}", total=f"{total:,}"),
        UNDOING: _("%(done)s of %(total)s responses taken back", done=f"{run.done:,}", total=f"{total:,}"),
    }[run.state]
    share = min(100, 100 * run.done // total) if total else 0
    return {"share": share, "words": words, "stopped": not queries.has_job(read_session(), run.id)}


@blueprint.get("/<int:number>/progress")
@requires(Permission.IMPORT_RESPONSES)
def progress(code: str, number: int) -> Response:
    """How far a worker is, for the page's script; ``over`` when there is nothing more to wait for."""
    found = _progress(Step(code, number))
    return jsonify({"over": found is None or found["stopped"], **(found or {})})


@blueprint.post("/<int:number>/trial")
@requires(Permission.IMPORT_RESPONSES)
def trial(code: str, number: int) -> ResponseReturnValue:
    """Try every row, without storing any."""
    step = Step(code, number)
    try:
        with transaction(actor(), "history.try", run=number) as session:
            runs.start_trial(session, number)
    except UserError as error:
        if not error.places:
            raise
        return step.on("matching.columns", check=1)
    return step.on("history.show")


@blueprint.post("/<int:number>/import")
@requires(Permission.IMPORT_RESPONSES)
def bring_in(code: str, number: int) -> ResponseReturnValue:
    """Import what the dry run made ready. Sent twice it is done once."""
    step = Step(code, number)
    if step.run.state not in {RUNNING, DONE}:
        with transaction(actor(), "history.import", run=number) as session:
            runs.start_import(session, number, request.form.get("key", ""))
    return step.on("history.show")


@blueprint.post("/<int:number>/resume")
@requires(Permission.IMPORT_RESPONSES)
def resume(code: str, number: int) -> ResponseReturnValue:
    """Go on where a worker stopped."""
    step = Step(code, number)
    with transaction(actor(), "history.resume", run=number) as session:
        (runs.start_trial if step.waiting else runs.resume)(session, number)
    return step.on("history.show")


@blueprint.route("/<int:number>/undo", methods=["GET", "POST"])
@requires(Permission.IMPORT_RESPONSES)
def undo(code: str, number: int) -> ResponseReturnValue:
    """Take a whole import back, after asking once more."""
    step = Step(code, number)
    errors: list[tuple[str, str]] = []
    if request.method == "POST" and step.run.state not in {UNDOING, UNDONE}:
        try:
            with transaction(actor(), "history.undo", run=number) as session:
                runs.undo(session, number, also_changed=request.form.get("also_changed") == "1")
        except UserError as error:
            if not error.places:
                raise
            errors = error.places
    if step.run.state in {UNDOING, UNDONE} or (request.method == "POST" and not errors):
        return step.on("history.show")
    session = read_session()
    page = render_template(
        "pages/history/undo.html",
        step=step,
        dependants=queries.dependants(session, number),
        count=queries.remaining(session, number),
        possible=step.run.state in {RUNNING, DONE},
        errors=errors,
    )
    return make_response(page, 422 if errors else 200)


@blueprint.post("/<int:number>/discard")
@requires(Permission.IMPORT_RESPONSES)
def discard(code: str, number: int) -> ResponseReturnValue:
    """Forget a file that was not imported."""
    step = Step(code, number)
    with transaction(actor(), "history.discard", run=step.run.id) as session:
        runs.discard(session, number)
    return redirect(url_for("history.start", code=code, done="discarded"), 303)


@blueprint.get("/<int:number>/refused.csv")
@requires(Permission.IMPORT_RESPONSES)
def refused(code: str, number: int) -> Response:
    """The refused rows with their reasons, to be mended and brought again."""
    step = Step(code, number)
    kept = queries.trial_files(step.run).get("refused")
    if kept is None:
        raise NotFound(_("The refused rows are no longer kept."))
    stem = step.run.filename.rpartition(".")[0] or step.run.filename
    return send_file(
        files.store().open(kept),
        mimetype="text/csv",
        as_attachment=True,
        download_name=f"{stem}.refused.csv",
    )
