"""Matching the columns and values of a file of historic responses with a questionnaire, and a look at what that gives.

Every step is a page of its own that works without scripts and keeps what was decided, in whichever direction one goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import Final

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from forms.questionnaire.errors import Problem
from forms.questionnaire.exchange.history import mapping as mappings
from forms.questionnaire.exchange.history import propose
from forms.questionnaire.exchange.history.dates import FORMATS, parse
from forms.questionnaire.exchange.history.mapping import Mapping as Matching
from forms.questionnaire.exchange.history.matching import in_order
from forms.questionnaire.exchange.history.source import Source
from survey_app.commands.history import keeping, runs
from survey_app.commands.history.checking import Checker, Open, Places
from survey_app.commands.imports.columns import Refused
from survey_app.permissions import Permission
from survey_app.queries import history as queries
from survey_app.transaction import transaction
from survey_app.web import history_preview as previews
from survey_app.web import history_views as views
from survey_app.web.history_steps import Step, named
from survey_app.web.security import requires, takes
from survey_app.web.support import actor, read_session, stop_reading
from translations import LANGUAGES
from translations import gettext as _

blueprint = Blueprint("matching", __name__, url_prefix="/questionnaires/<code>/history")

#: Every column and value of a wide file is a field.
_MOST_DECIDED: Final = 8_000_000


# ---- what the columns are --------------------------------------------------------------------------------------------


@blueprint.get("/<int:number>/columns")
@requires(Permission.IMPORT_RESPONSES)
def columns(code: str, number: int) -> ResponseReturnValue:
    """What each column of the file is, as proposed or decided before."""
    step = Step(code, number)
    if not step.waiting:
        return step.on("history.show")
    matching = step.matching
    found = mappings.problems(matching, step.source, step.there.definition) if request.args.get("check") else []
    return _columns_page(step, matching, found)


def _columns_page(step: Step, matching: Matching, problems: list[Problem], status: int = 200) -> Response:
    source, there = step.source, step.there
    errors: dict[str, str] = {}
    for problem in problems:
        errors.setdefault(problem.place, problem.message)
    groups = views.groups(there.definition)
    size = sum(len(group.options) for group in groups) * len(source.columns)
    before = runs.decided_before(queries.earlier(read_session(), step.questionnaire.id), source)
    places = Places(read_session())
    page = render_template(
        "pages/history/columns.html",
        step=step,
        there=there,
        source=source,
        matching=matching,
        rows=views.column_rows(source, matching, errors),
        groups=groups,
        as_list=size <= views.MOST_OPTIONS,
        formats=FORMATS,
        branches=places.choices,
        languages=LANGUAGES,
        problems=[(_place(problem.place, source), problem.message) for problem in problems],
        errors=errors,
        before=before,
        named=named,
        fixed_roles=mappings.FIXED,
    )
    return make_response(page, status)


def _place(place: str, source: Source) -> str:
    """The id of the field that a problem is about."""
    if place in source.by_name:
        return f"as-{source.by_name[place]}"
    return f"fixed-{place}" if place in mappings.FIXED else ""


@blueprint.post("/<int:number>/columns")
@requires(Permission.IMPORT_RESPONSES)
@takes(_MOST_DECIDED, form="matching.columns")
def decide_columns(code: str, number: int) -> ResponseReturnValue:
    """Keep what was said of the columns; go on when nothing is left to decide."""
    step = Step(code, number)
    matching = _said_of_columns(step.source, step.matching)
    _save(step, matching)
    step = Step(code, number)
    found = mappings.problems(matching, step.source, step.there.definition) + _fixed_problems(matching)
    if found:
        return _columns_page(step, matching, found, 422)
    return step.on("matching.values")


def _said_of_columns(source: Source, before: Matching) -> Matching:
    form = request.form
    parts = {}
    for at, column in enumerate(source.columns):
        part = before.part(column.name).aimed(form.get(f"as-{at}", before.part(column.name).target).strip())
        form_of = form.get(f"format-{at}", "")
        part = replace(part, format=form_of) if form_of in FORMATS else part
        parts[column.name] = propose.with_format(part, column)
    fixed = {name: value for name in mappings.FIXED if (value := form.get(f"fixed-{name}", "").strip()[:100])}
    no_answer = frozenset(one for text in form.get("no_answer", "").splitlines() if (one := text.strip()))
    return Matching(
        parts,
        fixed,
        no_answer,
        form["required"] if form.get("required") in mappings.REQUIRED else before.required,
        form["not_asked"] if form.get("not_asked") in mappings.NOT_ASKED else before.not_asked,
    )


def _fixed_problems(matching: Matching) -> list[Problem]:
    """What is wrong with the values that are to hold for all rows."""
    found = []
    if matching.fixed.get("branch"):
        try:
            Places(read_session()).branch(matching.fixed["branch"])
        except (Refused, ValueError):
            found.append(Problem("branch", _("No branch has this code or name.")))
    if matching.fixed.get("date"):
        try:
            parse(matching.fixed["date"], "day_first")
        except ValueError as error:
            found.append(Problem("date", str(error)))
    return found


def _save(step: Step, matching: Matching) -> None:
    with transaction(actor(), "history.match", run=step.run.id) as session:
        runs.save(session, step.run.id, matching)
    stop_reading()


@blueprint.post("/<int:number>/reuse")
@requires(Permission.IMPORT_RESPONSES)
def reuse(code: str, number: int) -> ResponseReturnValue:
    """Decide as was decided about an earlier file of the same shape."""
    step = Step(code, number)
    with transaction(actor(), "history.reuse", run=number) as session:
        runs.reuse(session, number, request.form.get("from", 0, type=int))
    return step.on("matching.columns", done="reused")


# ---- what the values mean --------------------------------------------------------------------------------------------


@blueprint.get("/<int:number>/values")
@requires(Permission.IMPORT_RESPONSES)
def values(code: str, number: int) -> ResponseReturnValue:
    """What the values of each column mean."""
    step = Step(code, number)
    return _values_page(step, {}) if step.waiting else step.on("history.show")


def _values_page(step: Step, errors: Mapping[str, str], status: int = 200) -> Response:
    places = Places(read_session())
    found = list(views.value_pages(step.source, step.matching, step.there.definition, places))
    page = render_template(
        "pages/history/values.html",
        step=step,
        pages=found,
        branches=places.choices,
        errors=errors,
        undecided=sum(len(one.open) for one in found),
    )
    return make_response(page, status)


@blueprint.post("/<int:number>/values")
@requires(Permission.IMPORT_RESPONSES)
@takes(_MOST_DECIDED, form="matching.values")
def decide_values(code: str, number: int) -> ResponseReturnValue:
    """Keep what was decided about values; go on when every value that is listed was decided."""
    step = Step(code, number)
    source, there = step.source, step.there
    places = Places(read_session())
    matching = step.matching
    errors: dict[str, str] = {}
    ordering = request.form.get("in_order", -1, type=int)
    for one in views.value_pages(source, matching, there.definition, places):
        decisions = {}
        for row in (*one.open, *one.settled):
            name = f"v-{one.at}-{row.at}"
            if request.form.get(f"c-{one.at}-{row.at}") != row.cell:
                continue  # the page was made before something changed: what it says is about another value
            said = views.REFUSE if request.form.get(f"{name}-r") else request.form.get(name, "").strip()
            decisions[row.cell] = _decision(one.typed, said, places, errors, name)
        others = request.form.get(f"others-{one.at}", one.part.others)
        others = others if others in views.OTHERS else one.part.others
        if ordering == one.at:
            decisions |= _ordered(there, one, errors)
        part = views.decided(one.part, {cell: said for cell, said in decisions.items() if said}, others)
        matching = matching.with_part(one.column.name, part)
    _save(step, matching)
    step = Step(code, number)
    if request.form.get("go") == "back":
        return step.on("matching.columns")
    if ordering >= 0 and not errors:
        return step.on("matching.values")
    for one in views.value_pages(step.source, step.matching, there.definition, places):
        if one.part.others:
            continue  # it was said what becomes of everything that is not decided one by one
        for row in one.open:
            errors.setdefault(f"v-{one.at}-{row.at}", _("Decide what this value means."))
        if one.beyond:
            errors.setdefault(f"others-{one.at}", _("Decide what becomes of the other values."))
    return _values_page(step, errors, 422) if errors else step.on("matching.preview")


def _decision(typed: str, said: str, places: Places, errors: dict[str, str], name: str) -> str:
    """What the form says of one value; of a branch or an agent it is a code or a name, or one of the words."""
    if not typed or said in {views.BY_ITSELF, views.NO_ANSWER, views.REFUSE}:
        return said
    try:
        if typed == "branch":
            return views.IS + places.branch(said).ref
        places.agent(said)
    except (Refused, ValueError) as error:
        errors[name] = "; ".join(one.message for one in error.problems) if isinstance(error, Refused) else str(error)
        return views.BY_ITSELF
    return views.IS + said


def _ordered(there: Open, one: views.Values, errors: dict[str, str]) -> dict[str, str]:
    """Match the values of a column with the choices by their order, as was asked."""
    question = there.definition.by_code[one.part.code]
    found = in_order(question, [row.cell for row in (*one.open, *one.settled)])
    found = found or in_order(question, [row.cell for row in one.open])
    if found is None:
        errors[f"order-{one.at}"] = _("There are not as many values as choices, so their order says nothing.")
        return {}
    return {cell: views.IS + value for cell, value in found.items()}


# ---- what will be stored ---------------------------------------------------------------------------------------------


@blueprint.get("/<int:number>/preview")
@requires(Permission.IMPORT_RESPONSES)
def preview(code: str, number: int) -> ResponseReturnValue:
    """The first rows as they will be stored, and what they come to."""
    step = Step(code, number)
    if not step.waiting:
        return step.on("history.show")
    source, there, matching = step.source, step.there, step.matching
    if mappings.problems(matching, source, there.definition):
        return step.on("matching.columns")
    session = read_session()
    checker = Checker(there, Places(session), matching, source)
    with closing(keeping.rows(step.run.file_id or "")) as rows:
        found = previews.preview(checker, rows)
    return render_template(
        "pages/history/preview.html",
        step=step,
        there=there,
        found=found,
        when=previews.when,
        measures=previews.measure_rows(
            there.definition, found.outcome.measures, queries.measures(session, step.questionnaire.id)
        ),
        reasons=found.outcome.to_json()["reasons"],
    )


@blueprint.get("/<int:number>/mapping.yaml")
@requires(Permission.IMPORT_RESPONSES)
def mapping_file(code: str, number: int) -> Response:
    """What was decided, as a file for the command line."""
    step = Step(code, number)
    response = make_response(mappings.write_yaml(step.matching))
    response.mimetype = "application/yaml"
    response.headers["Content-Disposition"] = f'attachment; filename="{step.questionnaire.code}-mapping.yaml"'
    return response
