"""The staff-notice register of a programme: branch by branch, many at once, and by file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.programmes import NoticeForm, refuse
from survey_app import clock
from survey_app.commands import staff_notices as commands
from survey_app.commands.imports import HANDLERS
from survey_app.commands.imports.engine import run_import
from survey_app.commands.imports.handler import Options
from survey_app.commands.imports.report import Summary
from survey_app.commands.programmes import held
from survey_app.commands.staff_notices import Told
from survey_app.errors import NotFound, UserError
from survey_app.field.notices import WAYS
from survey_app.models import Branch
from survey_app.permissions import Permission
from survey_app.queries import organisation
from survey_app.queries import programmes as queries
from survey_app.readers import Unreadable
from survey_app.transaction import transaction
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.security import limiter, requires, takes
from survey_app.web.support import actor, current_user, read_session
from translations import gettext as _

blueprint = Blueprint("staff_notices", __name__, url_prefix="/programmes/<code>/notices")

#: A register of every branch of a country is far smaller.
MOST_BYTES: Final = 2_000_000
MOST_SENT: Final = MOST_BYTES + 200_000
#: Branches whose notices are written in one transaction.
BATCH: Final = 500


@blueprint.get("")
@requires(Permission.MANAGE_PROGRAMMES)
def index(code: str) -> ResponseReturnValue:
    """Branches with their notices, and the form to record new ones."""
    return _page(code, _form(None))


def _form(sent: Any, **values: Any) -> NoticeForm:
    return NoticeForm(sent, ways=list(WAYS.items()), **{"told_on": clock.today(), **values})


def _page(code: str, form: NoticeForm, *, summary: Summary | None = None, fault: str = "") -> ResponseReturnValue:
    session = read_session()
    programme = queries.find(session, code)
    lacking = request.args.get("lacking") == "1"
    search = request.args.get("search", "").strip()
    day = clock.today()
    found = queries.register(
        session, programme.id, day, search=search, lacking=lacking, limit=PAGE, offset=(asked() - 1) * PAGE
    )
    pages = paging(found.total)
    if pages.number != asked():
        found = queries.register(
            session, programme.id, day, search=search, lacking=lacking, limit=PAGE, offset=pages.offset
        )
    page = render_template(
        "pages/programmes/notices.html",
        programme=programme,
        register=found,
        pages=pages,
        form=form,
        ways=WAYS,
        codes=organisation.codes(session),
        search=search,
        lacking=lacking,
        today=day,
        ticked={one for one in request.form.getlist("branches") if one.isdecimal()},
        everybody="everybody" in request.form,
        summary_of_file=summary,
        fault=fault,
        most=MOST_BYTES // 1_000_000,
        done=request.args.get("done", ""),
        count=request.args.get("count", 0, type=int),
    )
    bad = form.error_summary or fault or (summary is not None and summary.refused)
    return make_response(page, 422 if bad else 200)


@blueprint.post("")
@requires(Permission.MANAGE_PROGRAMMES)
@takes(MOST_SENT, form="staff_notices.index")
def record(code: str) -> ResponseReturnValue:
    """Record one notice for every branch that was ticked, or for all that have none."""
    form = _form(request.form)
    if not form.validate():
        return _page(code, form)
    session = read_session()
    programme = queries.find(session, code)
    if "everybody" in request.form:
        there = queries.register(session, programme.id, clock.today(), lacking=True, limit=1_000_000)
        ids = [branch.id for branch, _notice in there.rows]
    else:
        ids = sorted({int(one) for one in request.form.getlist("branches") if one.isdecimal() and len(one) < 10})
    if not ids:
        form.form_errors.append(_("Choose at least one branch."))
        return _page(code, form)
    told = _told(form)
    written = 0
    try:
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            with transaction(actor(), "notice.record", programme=code, branches=len(batch)) as writing:
                verdicts = commands.record(writing, held(writing, code), batch, told, by=current_user().id)
            written += sum(said != "unchanged" for said in verdicts.values())
    except UserError as error:
        refuse(form, error.places, error.message)
        return _page(code, form)
    return redirect(url_for("staff_notices.index", code=code, done="recorded", count=written), 303)


def _told(form: NoticeForm) -> Told:
    day = form.told_on.data
    if day is None:
        raise TypeError("a validated form holds days")
    return Told(day, form.way.data, bool(form.names_recorded.data), (form.note.data or "").strip())


@blueprint.route("/<branch>", methods=["GET", "POST"])
@requires(Permission.MANAGE_PROGRAMMES)
def edit(code: str, branch: str) -> ResponseReturnValue:
    """One branch's notice: corrected, or recorded alone."""
    session = read_session()
    programme, place = queries.find(session, code), _branch(branch)
    notice = queries.notice_of(session, programme.id, place.id)
    stands = (
        {name: getattr(notice, name) for name in ("told_on", "way", "names_recorded", "note")}
        if notice is not None
        else {}
    )
    form = _form(request.form if request.method == "POST" else None, **stands)
    if request.method == "POST" and form.validate():
        try:
            with transaction(actor(), "notice.record", programme=code, branch=place.ref) as writing:
                commands.record(writing, held(writing, code), [place.id], _told(form), by=current_user().id)
            return redirect(url_for("staff_notices.index", code=code, done="recorded", count=1), 303)
        except UserError as error:
            refuse(form, error.places, error.message)
    return _notice(code, branch, form)


def _branch(text: str) -> Branch:
    found = organisation.branch_by_code(read_session(), text)
    if not found.ranked:
        raise NotFound(_("There is no branch %(code)s.", code=text))
    return found


def _notice(code: str, branch: str, form: NoticeForm, problem: UserError | None = None) -> ResponseReturnValue:
    session = read_session()
    programme, place = queries.find(session, code), _branch(branch)
    page = render_template(
        "pages/programmes/notice.html",
        programme=programme,
        branch=place,
        address=branch,
        notice=queries.notice_of(session, programme.id, place.id),
        first=queries.first_visits(session, programme.id).get(place.id),
        form=form,
        problem=problem,
    )
    return make_response(page, problem.status if problem else 422 if form.error_summary else 200)


@blueprint.post("/<branch>/remove")
@requires(Permission.MANAGE_PROGRAMMES)
def remove(code: str, branch: str) -> ResponseReturnValue:
    """Take a notice out that was recorded by mistake."""
    place = _branch(branch)
    try:
        with transaction(actor(), "notice.remove", programme=code, branch=place.ref) as writing:
            commands.remove(writing, held(writing, code), place.id)
    except UserError as error:
        return _notice(code, branch, _form(None), error)
    return redirect(url_for("staff_notices.index", code=code, done="removed"), 303)


@blueprint.post("/file")
@requires(Permission.MANAGE_PROGRAMMES)
@takes(MOST_SENT, form="staff_notices.index")
@limiter.limit("60 per hour")
def upload(code: str) -> ResponseReturnValue:
    """Take a file of notices in: good rows are recorded, the others are told with their reasons."""
    queries.find(read_session(), code)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _page(code, _form(None), fault=_("Choose a file."))
    content = sent.read(MOST_BYTES + 1)
    sent.close()
    if len(content) > MOST_BYTES:
        return _page(code, _form(None), fault=_("The file is larger than %(most)s MB.", most=MOST_BYTES // 1_000_000))
    try:
        summary = _taken(code, content, Path(sent.filename).name)
    except Unreadable as error:
        return _page(code, _form(None), fault=error.message)
    if summary.refused:
        return _page(code, _form(None), summary=summary)
    written = summary.counts["added"] + summary.counts["changed"]
    return redirect(url_for("staff_notices.index", code=code, done="recorded", count=written), 303)


def _taken(code: str, content: bytes, name: str) -> Summary:
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / (name.replace("\0", "") or "file")
        kept.write_bytes(content)
        return run_import(
            HANDLERS["notices"], kept, actor=actor(), refused_to=Path(folder) / "refused.csv",
            options=Options(programme=code, user_id=current_user().id),
        )  # fmt: skip
