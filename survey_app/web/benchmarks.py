"""Published series that stand beside our numbers: described by hand, their values typed or brought as a file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final, cast

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.benchmarks import SeriesForm, ValueForm
from forms.programmes import refuse, spoken
from survey_app.commands import benchmarks as commands
from survey_app.commands.benchmarks import About, Published
from survey_app.commands.imports import HANDLERS
from survey_app.commands.imports.engine import run_import
from survey_app.commands.imports.handler import Options
from survey_app.commands.imports.parsers import PARSERS
from survey_app.commands.imports.report import Summary
from survey_app.errors import UserError
from survey_app.meeting.benchmarks import MEASURES, UNITS
from survey_app.models import Benchmark
from survey_app.permissions import Permission
from survey_app.queries import benchmarks as queries
from survey_app.readers import Unreadable
from survey_app.transaction import transaction
from survey_app.web.security import limiter, requires, takes
from survey_app.web.support import actor, current_user, read_session
from translations import LANGUAGES
from translations import gettext as _

blueprint = Blueprint("benchmarks", __name__, url_prefix="/benchmarks")

#: A month a row since 1990 is far smaller.
MOST_BYTES: Final = 1_000_000
MOST_SENT: Final = MOST_BYTES + 200_000
MANAGE: Final = Permission.MANAGE_BENCHMARKS
_TEXTS: Final = ("publisher", "wording", "difference", "measure", "unit", "source", "licence")


@blueprint.get("")
@requires(MANAGE)
def index() -> str:
    """Every series with its newest value."""
    return render_template(
        "pages/benchmarks/index.html",
        series=queries.every(read_session()),
        measures=MEASURES,
        units=UNITS,
        done=request.args.get("done", ""),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(MANAGE)
def new() -> ResponseReturnValue:
    """Describe a new series."""
    form = _form(request.form if request.method == "POST" else None, active=True)
    if request.method == "POST" and form.validate():
        try:
            with transaction(actor(), "benchmark.add") as session:
                made = commands.add(session, _about(form))
            return redirect(url_for("benchmarks.show", number=made.id, done="added"), 303)
        except UserError as error:
            refuse(form, error.places, error.message)
    page = render_template("pages/benchmarks/edit.html", form=form, series=None)
    return make_response(page, 422 if form.error_summary else 200)


@blueprint.route("/<int:number>/edit", methods=["GET", "POST"])
@requires(MANAGE)
def edit(number: int) -> ResponseReturnValue:
    """Describe a series anew."""
    series = queries.find(read_session(), number)
    stands = {name: getattr(series, name) for name in (*_TEXTS, "active")}
    stands |= {f"name_{language}": series.name.get(language, "") for language in LANGUAGES}
    form = _form(request.form if request.method == "POST" else None, **stands)
    if request.method == "POST" and form.validate():
        try:
            with transaction(actor(), "benchmark.change", benchmark=number) as session:
                commands.change(session, number, _about(form))
            return redirect(url_for("benchmarks.show", number=number, done="changed"), 303)
        except UserError as error:
            refuse(form, error.places, error.message)
    page = render_template("pages/benchmarks/edit.html", form=form, series=series)
    return make_response(page, 422 if form.error_summary else 200)


def _form(sent: Any, **values: Any) -> SeriesForm:
    units = [(code, unit.name) for code, unit in UNITS.items()]
    return SeriesForm(sent, measures=MEASURES.items(), units=units, **values)


def _about(form: SeriesForm) -> About:
    texts = {name: (form[name].data or "").strip() for name in _TEXTS}
    return About(name=spoken(form, "name"), active=bool(form.active.data), **texts)


@blueprint.get("/<int:number>")
@requires(MANAGE)
def show(number: int) -> ResponseReturnValue:
    """One series: what was asked, how it differs, its values."""
    return _page(queries.find(read_session(), number), ValueForm())


def _page(series: Benchmark, form: ValueForm, fault: str = "", summary: Summary | None = None) -> ResponseReturnValue:
    page = render_template(
        "pages/benchmarks/show.html",
        series=series,
        form=form,
        fault=fault,
        summary_of_file=summary,
        most=MOST_BYTES // 1_000_000,
        measures=MEASURES,
        unit=UNITS[series.unit],
        done=request.args.get("done", ""),
        count=request.args.get("count", 0, type=int),
    )
    bad = form.error_summary or fault or (summary is not None and summary.refused)
    return make_response(page, 422 if bad else 200)


@blueprint.post("/<int:number>/values")
@requires(MANAGE)
def put(number: int) -> ResponseReturnValue:
    """Keep a value; a month that has one gets the new one."""
    series = queries.find(read_session(), number)
    form = ValueForm(request.form)
    if form.validate():
        try:
            value, n = cast("float", form.value.data), cast("int | None", form.n.data)
            published = Published(PARSERS["month"](form.month.data or ""), value, n, (form.note.data or "").strip())
        except ValueError as error:
            form.month.errors = [str(error)]
            return _page(series, form)
        try:
            with transaction(actor(), "benchmark.put", benchmark=number, month=published.month) as session:
                said = commands.put(session, number, published, current_user().id)
            return redirect(url_for("benchmarks.show", number=number, done=said, _anchor="values"), 303)
        except UserError as error:
            refuse(form, error.places, error.message)
    return _page(series, form)


@blueprint.post("/<int:number>/values/<month>/remove")
@requires(MANAGE)
def remove(number: int, month: str) -> ResponseReturnValue:
    """Take a value out that was kept by mistake."""
    with transaction(actor(), "benchmark.remove", benchmark=number, month=month) as session:
        commands.remove(session, number, month)
    return redirect(url_for("benchmarks.show", number=number, done="removed", _anchor="values"), 303)


@blueprint.post("/<int:number>/file")
@requires(MANAGE)
@takes(MOST_SENT, form="benchmarks.show")
@limiter.limit("60 per hour")
def upload(number: int) -> ResponseReturnValue:
    """Take a file of values in: good rows are kept, the others are told with their reasons."""
    series = queries.find(read_session(), number)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _page(series, ValueForm(), _("Choose a file."))
    content = sent.read(MOST_BYTES + 1)
    sent.close()
    if len(content) > MOST_BYTES:
        return _page(series, ValueForm(), _("The file is larger than %(most)s MB.", most=MOST_BYTES // 1_000_000))
    try:
        summary = _taken(number, content, Path(sent.filename).name)
    except Unreadable as error:
        return _page(series, ValueForm(), error.message)
    if summary.refused:
        read_session().expire_all()
        return _page(queries.find(read_session(), number), ValueForm(), summary=summary)
    written = summary.counts["added"] + summary.counts["changed"]
    return redirect(url_for("benchmarks.show", number=number, done="file", count=written, _anchor="values"), 303)


def _taken(number: int, content: bytes, name: str) -> Summary:
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / (name.replace("\0", "") or "file")
        kept.write_bytes(content)
        return run_import(
            HANDLERS["benchmarks"], kept, actor=actor(), refused_to=Path(folder) / "refused.csv",
            options=Options(series=number, user_id=current_user().id),
        )  # fmt: skip
