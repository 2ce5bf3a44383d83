"""The analyst's page: a question by a break, rank sets, the frontier, and the link of service and profit.

None of it belongs into the meeting: each table says for whom it is and how sure it is.
"""

from __future__ import annotations

from typing import Any, Final, cast

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from forms.analysis import CrosstabForm
from reports import analysis as method
from reports import months as calendar
from reports.documents import csv
from reports.table import Table
from survey_app import clock
from survey_app.commands import analysis_models as kinds
from survey_app.commands import analysis_views as views
from survey_app.commands import models as commands
from survey_app.errors import NotFound, UserError
from survey_app.models import ModelResult
from survey_app.permissions import Permission
from survey_app.queries import analysis as queries
from survey_app.queries import analysis_cross, analysis_questions, models, reviews
from survey_app.queries.analysis_cross import Crosstab
from survey_app.transaction import transaction
from survey_app.web import analysis_words as words
from survey_app.web.paging import PAGE, paging
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session
from translations import gettext as _
from translations import localised

blueprint = Blueprint("analysis", __name__, url_prefix="/analysis")

_P = Permission.SEE_ANALYSIS
#: What asks for a table.
_ASKED: Final = ("question", "by", "quarter")
#: Pages that a computation leads back to, by the name that their forms send.
_PAGES: Final = {"rank_sets": "analysis.rank_sets", "efficiency": "analysis.efficiency", "link": "analysis.link"}


# ---- a question by a break -------------------------------------------------------------------------------------------


@blueprint.get("")
@requires(_P)
def index() -> str:
    """A question by a break, of a quarter that has ended."""
    return _page()


def _page(fault: str = "") -> str:
    form, found = _asked()
    return render_template(
        "pages/analysis/crosstab.html",
        form=form,
        found=found,
        words=words,
        views=queries.views(read_session(), current_user()),
        latest=next(iter(queries.quarters(read_session())), [""])[-1],
        longest=views.LONGEST,
        faults=form.error_summary + ([("view-name", fault)] if fault else []),
        fault=fault,
        name=request.form.get("name", ""),
        saved=request.args.get("done") == "saved",
    )


@blueprint.post("")
@requires(_P)
def save() -> ResponseReturnValue:
    """Keep the table that the address asks for under a name; what was wrong is said on the same page."""
    try:
        with transaction(actor(), "analysis.save") as session:
            views.save(
                session,
                current_user(),
                request.form.get("name", ""),
                request.args.get("question", ""),
                request.args.get("by", ""),
            )
    except UserError as error:
        if error.status != UserError.status:
            raise
        return make_response(_page(error.message), 422)
    asked = {name: request.args[name] for name in _ASKED if name in request.args}
    return redirect(url_for("analysis.index", done="saved", **cast("dict[str, Any]", asked)), 303)


@blueprint.post("/views/<int:number>/removal")
@requires(_P)
def delete(number: int) -> ResponseReturnValue:
    """Forget a saved view."""
    with transaction(actor(), "analysis.forget", view=number) as session:
        views.delete(session, current_user(), number)
    return redirect(url_for("analysis.index"), 303)


@blueprint.get("/crosstab.csv")
@requires(_P)
def crosstab_file() -> Response:
    """The same for a spreadsheet."""
    _form, found = _asked()
    if found is None:
        raise NotFound(_("There is no table of this name."))
    name = f"{found.asked.question.code}-{found.by}-{found.months[-1]}"
    return _download(words.crosstab(found), name)


def _asked() -> tuple[CrosstabForm, Crosstab | None]:
    """What the address asks for, and its table; without one the form begins with what there is."""
    session = read_session()
    listed = analysis_questions.questions(session)
    quarters = {months[-1]: months for months in queries.quarters(session)}
    sent = MultiDict([(name, request.args[name]) for name in _ASKED if name in request.args])
    chosen = next((one for one in listed if one.code == sent.get("question")), None)
    titles: dict[str, list[tuple[str, str]]] = {}
    for one in listed:
        titles.setdefault(localised(one.questionnaire.title), []).append((one.code, words.words(one.question)))
    form = CrosstabForm(
        sent or None,
        questions=titles,
        breaks=[(code, str(name)) for code, name in words.BREAKS.items()],
        quarters=[(last, words.period(months)) for last, months in quarters.items()],
    )
    if not sent or not form.validate() or chosen is None:
        return form, None
    if form.by.data not in analysis_questions.possible(session, chosen):
        form.by.errors = [*form.by.errors, _NOT_ASKED.get(form.by.data, _not_asked)()]
        return form, None
    return form, analysis_cross.tabulated(session, chosen, form.by.data, quarters[form.quarter.data])


def _not_asked() -> str:
    return _("These responses cannot be told by this. Choose another break.")


def _no_purpose() -> str:
    return _("This questionnaire does not ask for the reason of the visit, or it is the question itself.")


def _no_tenure() -> str:
    return _("How long somebody has been a customer may be used once the privacy officer has approved it.")


#: Why a break cannot be used, where there is more to say than that.
_NOT_ASKED: Final = {analysis_questions.PURPOSE: _no_purpose, analysis_questions.TENURE: _no_tenure}


# ---- models of a month -----------------------------------------------------------------------------------------------


@blueprint.get("/rank-sets")
@requires(_P)
def rank_sets() -> str:
    """Which places each branch may truly hold, all branches at once."""
    month, found, measure = _month(), _result(kinds.RANK_SETS), _measure()
    rows = _named(found.result["measures"][measure]) if found is not None else []
    pages = paging(len(rows))
    return render_template(
        "pages/analysis/rank_sets.html",
        found=found,
        measure=measure,
        sets=found.result["measures"][measure] if found is not None else None,
        measures=words.MEASURES,
        rows=rows[pages.offset : pages.offset + PAGE],
        pages=pages,
        **_frame(month),
    )


@blueprint.get("/rank-sets.csv")
@requires(_P)
def rank_sets_file() -> Response:
    """The same for a spreadsheet."""
    found, measure = _made(kinds.RANK_SETS), _measure()
    return _download(words.rank_sets(_named(found["measures"][measure]), measure), f"rank-sets-{measure}-{_month()}")


def _measure() -> str:
    asked = request.args.get("measure", "")
    return asked if asked in method.MEASURES else method.MEASURES[0]


@blueprint.get("/efficiency")
@requires(_P)
def efficiency() -> str:
    """What branches make of what they use, beside the best of those like them, over a quarter."""
    month, found = _month(), _result(kinds.EFFICIENCY)
    rows = _named(found.result) if found is not None else []
    pages = paging(len(rows))
    return render_template(
        "pages/analysis/efficiency.html",
        found=found,
        names=queries.names(read_session()),
        parts=words.PARTS,
        used=[str(words.PARTS[code]) for code in found.result["inputs"]] if found is not None else [],
        period=words.period,
        rows=rows[pages.offset : pages.offset + PAGE],
        pages=pages,
        **_frame(month),
    )


@blueprint.get("/efficiency.csv")
@requires(_P)
def efficiency_file() -> Response:
    """The same for a spreadsheet."""
    found = _made(kinds.EFFICIENCY)
    table = words.efficiency(found, _named(found), queries.names(read_session()))
    return _download(table, f"efficiency-{found['months'][-1]}")


@blueprint.get("/link")
@requires(_P)
def link() -> str:
    """Whether profit follows service, and service profit."""
    return render_template("pages/analysis/link.html", found=_result(kinds.LINK), **_frame(_month()))


@blueprint.get("/link.csv")
@requires(_P)
def link_file() -> Response:
    """The same for a spreadsheet."""
    return _download(words.link(_made(kinds.LINK)), f"link-{_month()}")


@blueprint.post("/<month>/computation")
@requires(_P)
def compute(month: str) -> ResponseReturnValue:
    """Have the month's models made now, rather than within the hour."""
    month = reviews.parse_month(month)
    with transaction(actor(), "models.ask", month=month) as session:
        commands.queue(session, month)
    back = _PAGES.get(request.form.get("kind", ""), "analysis.rank_sets")
    return redirect(url_for(back, month=month, done="asked"), 303)


def _month() -> str:
    """The month that the address asks for, else the last full one."""
    asked = request.args.get("month", "")
    return reviews.parse_month(asked) if asked else clock.last_full_month()


def _result(kind: str) -> ModelResult | None:
    return models.result(read_session(), _month(), kind)


def _made(kind: str) -> dict[str, Any]:
    """What a model made of the month; NotFound where it was not made, for a file."""
    found = _result(kind)
    if found is None:
        raise NotFound(_("There is no table of this name."))
    return found.result


def _named(found: dict[str, Any]) -> list[dict[str, Any]]:
    return queries.named(found, queries.names(read_session()))


def _frame(month: str) -> dict[str, Any]:
    following = calendar.shift(month, 1)
    return {
        "month": month,
        "previous": calendar.shift(month, -1),
        "following": following if following <= clock.current_month() else None,
        "asked_for": request.args.get("done") == "asked",
    }


def _download(table: Table, name: str) -> Response:
    response = Response(csv.write(table), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.csv")
    response.headers["Cache-Control"] = "no-store"
    return response
