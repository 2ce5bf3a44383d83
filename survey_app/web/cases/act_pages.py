"""The page of each act on a case: its form, with the case beside it; what was typed is never lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms import case_templates
from survey_app import clock
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Case
from survey_app.queries import cases, organisation
from survey_app.queries.cases import Seen
from survey_app.transaction import transaction
from survey_app.web.cases import page, words
from survey_app.web.cases.acts import ACTS, Act, limit
from survey_app.web.cases.frame import WORKS, blueprint, person, seen
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, stop_reading
from translations import format_date, known, speaking
from translations import gettext as _

#: Within so long the same form that comes again is the same act, and no second one.
_TWICE: Final = timedelta(minutes=5)
#: Acts with ready words beside them, and the channel that they are for.
_WITH_WORDS: Final = {"contact": ("phone",), "write": ("sms", "email")}


@blueprint.get("/<int:case_id>/<act>")
@requires(WORKS)
def begin(case_id: int, act: str) -> ResponseReturnValue:
    """The form of an act. One that the case does not allow now leads to the case, which says what it allows."""
    one, found = seen(case_id), _act(act)
    if not found.offered(one, current_user()):
        return _no_longer(one)
    values = {**found.begins(one), "revision": one.case.revision}
    return _page(one, found, found.form(choices=found.choices(one), **{**values, **_chosen(one, found)}))


@blueprint.post("/<int:case_id>/<act>")
@requires(WORKS)
def do(case_id: int, act: str) -> ResponseReturnValue:
    """Do it. The same form sent twice is done once; one that showed an older case comes back with all its words."""
    user, one, found = current_user(), seen(case_id), _act(act)
    form = found.form(request.form, choices=found.choices(one) if found.offered(one, user) else _sent(found))
    there = redirect(url_for("cases.show", case_id=case_id, done=act), 303)
    if _twice(one, found, form):
        return there
    if not found.offered(one, user):
        return _no_longer(one, typed=_typed(form))
    if not form.validate():
        return _page(one, found, form, 422)
    try:
        with transaction(actor(), f"case.{act}", case=case_id) as session:
            found.run(session, one, user, form)
    except NotFound:
        raise
    except UserError as problem:
        stop_reading()
        return _again(seen(case_id), found, form, problem)
    return redirect(_after(case_id, act), 303) if act == "subject" else there


def _after(case_id: int, act: str) -> str:
    """The case, or the list where it left the reader's sight with what was done."""
    stop_reading()
    try:
        seen(case_id)
    except NotFound:
        return url_for("cases.index")
    return url_for("cases.show", case_id=case_id, done=act)


def _act(code: str) -> Act:
    if code not in ACTS:
        raise NotFound(_("There is nothing at this address."))
    return ACTS[code]


def _sent(found: Act) -> Mapping[str, Any]:
    """Choices of a form whose act is not offered any more: those that were sent, so that nothing typed is lost."""
    return {name: [(value, value)] for name, value in request.form.items() if name in _choosing(found)}


def _choosing(found: Act) -> frozenset[str]:
    return frozenset({"channel", "outcome", "root_cause", "subject", "to", "agent"}) & set(found.form()._fields)


def _typed(form: Any) -> list[tuple[str, str]]:
    """What somebody wrote in a form that cannot be sent any more: (label, words)."""
    return [
        (str(field.label.text), str(field.data).strip())
        for field in form
        if field.type in ("TextAreaField", "StringField") and (field.data or "").strip()
    ]


def _no_longer(one: Seen, typed: list[tuple[str, str]] | None = None) -> ResponseReturnValue:
    problem = _("This cannot be done to the case now. Below it stands as it is.")
    return make_response(page.render(one, problem, typed or []), 409)


def _twice(one: Seen, found: Act, form: Any) -> bool:
    """Whether the same reader's same act is the newest in the log: a form that was sent twice."""
    if form.revision.data == one.case.revision or not found.event:
        return False
    newest = [event for event in cases.events(read_session(), one.case.id)[:4] if event.kind == found.event]
    if not newest:
        return False
    event = newest[0]
    said = next((form[name].data or "" for name in ("words", "text", "solution", "lesson", "note") if name in form), "")
    same = event.words in ("", said.strip())
    return event.by_id == current_user().id and same and clock.now() - event.at < _TWICE


def _again(one: Seen, found: Act, form: Any, problem: UserError) -> ResponseReturnValue:
    """The form with what was typed, beside the case as it is now."""
    placed = False
    for name, message in problem.places:
        if name in form._fields:
            form[name].errors = [*form[name].errors, message or problem.message]
            placed = True
    if not placed:
        form.form_errors.append(problem.message)
    stale = isinstance(problem, Conflict)
    form.revision.raw_data, form.revision.data = None, one.case.revision
    if not found.offered(one, current_user()):
        return _no_longer(one, typed=_typed(form))
    return _page(one, found, form, problem.status, stale=stale)


def _page(one: Seen, found: Act, form: Any, status: int = 200, *, stale: bool = False) -> ResponseReturnValue:
    session, case = read_session(), one.case
    markup = render_template(
        "pages/cases/act.html",
        seen=one,
        one=case,
        act=found,
        form=form,
        words=words.of(case),
        heard=page.heard(one),
        stale=words.lines(cases.events(session, case.id)[:3], one) if stale else [],
        limit=limit(session, current_user()),
        templates=templates(one, _WITH_WORDS[found.code]) if found.code in _WITH_WORDS else [],
        kinds=case_templates.KINDS,
        first=case_templates.FIRST.get(case.state, "thanks"),
        channels=case_templates.CHANNELS,
    )
    return make_response(markup, status)


def _chosen(one: Seen, found: Act) -> Mapping[str, Any]:
    """The ready words that the address asks for, in the message's form."""
    kind, channel = request.args.get("words", ""), request.args.get("channel", "")
    if found.code != "write" or kind not in case_templates.KINDS or channel not in _WITH_WORDS["write"]:
        return {}
    text = case_templates.filled(kind, channel, one.case.language, _values(one.case)).text
    return {"text": text, "channel": channel}


def templates(one: Seen, channels: tuple[str, ...]) -> list[case_templates.Template]:
    """The ready words for some channels in the customer's language; the customer's name only where it may be read."""
    every = case_templates.offered(one.case.language, _values(one.case))
    return [template for template in every if template.channel in channels]


def _values(one: Case) -> dict[str, str]:
    language = known(one.language) or "he"
    day = one.next_on or clock.local(one.escalates_at or one.due_at).date()
    with speaking(language):
        until = format_date(max(day, clock.today()))
        org = organisation.organisation_name(read_session(), language)
    return {
        "name": one.name,
        "number": str(one.id),
        "branch": one.branch.name,
        "me": person(current_user()),
        "org": org,
        "until": until,
        "solution": one.solution,
    }
