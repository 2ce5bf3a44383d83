"""Responses as a file: which ones, in which form; sent as they are read."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from forms.exports import WORDS, ExportForm
from forms.questionnaire.exchange.answers.formats import FORMS
from survey_app.commands import exports as commands
from survey_app.errors import UserError
from survey_app.kinds import kind_of
from survey_app.models import response as states
from survey_app.permissions import Permission, may
from survey_app.queries import exports as queries
from survey_app.queries import organisation, questionnaires
from survey_app.queries.exports import Source, Wish
from survey_app.queries.told import last_month
from survey_app.web.responses import STATES
from survey_app.web.security import limiter, requires
from survey_app.web.support import actor, current_user, read_session, scope
from translations import current_language, format_month

blueprint = Blueprint("exports", __name__)

#: Files that one person may ask for: each is work for the database.
_OFTEN: Final = "60 per hour"
#: What can become of a response that nobody reviews.
_UNREVIEWED: Final = (states.COUNTED, states.EXCLUDED, states.VOIDED)


@blueprint.get("/responses/export")
@requires(Permission.EXPORT_RESPONSES)
def index() -> str:
    """Of which questionnaire."""
    session = read_session()
    return render_template(
        "pages/exports/index.html",
        rows=questionnaires.catalogue(session),
        counts=queries.counts(session),
    )


@blueprint.get("/questionnaires/<code>/responses/export")
@requires(Permission.EXPORT_RESPONSES)
def choose(code: str) -> str:
    """Which responses, and how they are to be written."""
    found = queries.source(read_session(), code)
    asked = {name: request.args.get(name, "") for name in ("since", "until", "region", "branches")}
    form = _form(found, None, **asked) if found is not None else None
    return _page(code, found, form)


@blueprint.post("/questionnaires/<code>/responses/export")
@requires(Permission.EXPORT_RESPONSES)
@limiter.limit(_OFTEN)
def download(code: str) -> ResponseReturnValue:
    """The file, piece by piece. A browser that hangs up leaves nothing behind."""
    found = queries.source(read_session(), code)
    if found is None:
        return make_response(_page(code, None, None), 422)
    form = _form(found, request.form)
    wish = _wish(found, form) if form.validate() else None
    if wish is None:
        return make_response(_page(code, found, form), 422)
    try:
        outgoing = commands.begin(code, form.form.data, wish, actor=actor(), scope=scope())
    except UserError as error:
        if error.status != UserError.status:
            raise
        return make_response(_page(code, found, form, error.message), 422)
    response = Response(outgoing.pieces, mimetype=outgoing.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=outgoing.name)
    response.call_on_close(outgoing.close)
    return response


def _form(found: Source, sent: Any, **asked: str) -> ExportForm:
    session = read_session()
    until = last_month(session) if found.anonymous else ""
    months = [one for one in queries.months(session, found) if not until or one <= until]
    possible = STATES if kind_of(found.questionnaire.kind).reviewed else _UNREVIEWED
    offered = {} if found.anonymous else {code: STATES[code][0] for code in possible}
    return ExportForm(
        sent,
        months=[(one, format_month(one)) for one in months],
        regions=[(str(one.id), one.name) for one in organisation.regions(session)],
        offered=offered,
        languages=found.newest.languages,
        texts=may(current_user(), Permission.SEE_COMMENTS),
        **{
            "language": current_language() if current_language() in found.newest.languages else "he",
            "states": [states.COUNTED],
            **{name: value for name, value in asked.items() if value},
        },
    )


def _wish(found: Source, form: ExportForm) -> Wish | None:
    """What was chosen; None where a branch is not known, which is then said beside its field."""
    session, branches = read_session(), set()
    for text in (form.branches.data or "").replace(",", " ").split():
        try:
            branches.add(organisation.branch_by_code(session, text).id)
        except UserError as error:
            form.branches.errors = [*form.branches.errors, error.message]
            return None
    return Wish(
        since=form.since.data,
        until=form.until.data,
        branches=frozenset(branches),
        regions=frozenset({int(form.region.data)} if form.region.data else ()),
        states=frozenset((form.states.data or ()) if "states" in form else (states.COUNTED,)),
        language=form.language.data,
        worded=form.columns.data == WORDS,
        texts="texts" in form and form.texts.data,
    )


def _page(code: str, found: Source | None, form: ExportForm | None, problem: str = "") -> str:
    session = read_session()
    export = commands.prepare(session, code, Wish(language=current_language()), scope()) if found is not None else None
    others = found is not None and not found.anonymous and found.questionnaire.id in queries.counts(session)
    faults = (form.error_summary if form is not None else []) + ([("", problem)] if problem else [])
    return render_template(
        "pages/exports/choose.html",
        questionnaire=found.questionnaire if found is not None else questionnaires.by_code(session, code),
        found=found,
        form=form,
        forms=FORMS,
        faults=faults,
        export=export,
        open=export is not None and (export.count > 0 or others),
    )
