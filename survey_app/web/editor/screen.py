"""The screen of the editor: the outline, the form of the part that is open, a preview, and what is still wrong.

Every act is a form sent to the screen's own address. A script swaps the screen for the answer; without scripts the
answer is the page. A fault brings the page back with everything that was typed.
"""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from forms.questionnaire.definition import DefinitionError
from forms.questionnaire.editing import unapproved
from survey_app.commands import drafts as commands
from survey_app.commands.draft_steps import as_user_error
from survey_app.errors import UserError
from survey_app.permissions import Permission
from survey_app.queries import drafts, questionnaires
from survey_app.transaction import transaction
from survey_app.web.editor import parts
from survey_app.web.editor.acts import ACTS, Act, Wish
from survey_app.web.editor.frame import GONE, Desk, Spot, address, blueprint, desk, framing, spot
from survey_app.web.editor.showing import page
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, stop_reading

#: Buttons that change what the form shows and save nothing.
UNSAVED = frozenset({"row", "rule", "paste", "refresh"})


@blueprint.get("/<code>/edit")
@requires(Permission.EDIT_QUESTIONNAIRE)
def edit(code: str) -> ResponseReturnValue:
    """The screen; or the offer to begin a draft, where there is none."""
    found = desk(code)
    if found is None:
        questionnaire = questionnaires.by_code(read_session(), code)
        return render_template("pages/editor/begin.html", questionnaire=questionnaire)
    where = spot(found.definition, request.args.get("at", ""))
    form = _form(found, where)
    loose = parts.loose_ends(form, found.definition, where) if form is not None else []
    return framing(make_response(page(found, where, form, loose=loose)))


@blueprint.post("/<code>/edit/begin")
@requires(Permission.EDIT_QUESTIONNAIRE)
def begin(code: str) -> ResponseReturnValue:
    """Begin a draft of the next version."""
    with transaction(actor(), "questionnaire.edit", code=code, edit="begin") as session:
        commands.open_draft(session, questionnaires.by_code(session, code), user_id=current_user().id)
    return redirect(address(code), 303)


@blueprint.post("/<code>/edit")
@requires(Permission.EDIT_QUESTIONNAIRE)
def change(code: str) -> ResponseReturnValue:
    """Do what a button asks for."""
    found = desk(code)
    if found is None:
        return redirect(address(code), 303)
    where = spot(found.definition, request.args.get("at", ""))
    do, _colon, argument = request.form.get("do", "save").partition(":")
    if do in {"undo", "redo"}:
        return _restore(found, where, do)
    if do in UNSAVED:
        form = _form(found, where, request.form)
        if form is not None:
            focus = parts.rearrange(form, request.form["do"], found.definition)
            return framing(make_response(page(found, where, form, unsaved=True, focus=focus)))
    if do in ACTS:
        taken = drafts.published_codes(read_session(), found.version.questionnaire_id)
        return _act(found, where, ACTS[do](Wish(argument, where, request.form, taken)))
    return _save(found, where)


def _sent(found: Desk, data: Any = None) -> parts.Sent:
    published = drafts.published_codes(read_session(), found.version.questionnaire_id)
    return parts.Sent(data, published, request.args.get("question", ""))


def _form(found: Desk, where: Spot, data: Any = None) -> Any:
    try:
        return parts.form_of(found.definition, where, _sent(found, data))
    except DefinitionError:
        return None


def _revision() -> int:
    return request.form.get("revision", -1, type=int)


def _save(found: Desk, where: Spot) -> ResponseReturnValue:
    form = _form(found, where, request.form)
    if form is None:
        return framing(make_response(page(found, GONE, None), 409))
    if not form.validate():
        return framing(make_response(page(found, where, form), 422))
    act = Act("save", where.at, form.apply, where.at, "save")

    def applied(questionnaire: Any) -> Any:
        fresh = parts.form_of(questionnaire, where, _sent(found, request.form))
        changed = fresh.apply(questionnaire)
        act.shown = _named(where, fresh)
        return unapproved(questionnaire, changed)

    act.change = applied
    return _act(found, where, act, form)


def _named(where: Spot, form: Any) -> str:
    """Where a part is found once it is saved: its code may be new; a question's own copy of a scale has another."""
    if not where.code and where.kind != "indexes":
        return where.at
    if getattr(form, "only_here", False):
        return Spot("questions", form.question).at
    if where.kind == "questions":
        return Spot(where.kind, form["code"].data.strip()).at
    return Spot(where.kind, form.new_code).at


def _act(found: Desk, where: Spot, act: Act, form: Any = None) -> ResponseReturnValue:
    try:
        _try(act, found)
        details = {"code": found.code, "version": found.version.number, "place": act.place, "edit": act.name}
        with transaction(actor(), "questionnaire.edit", **details) as session:
            user = current_user().id
            commands.edit(session, found.version.id, _revision(), act.name, act.place, act.change, user_id=user)
    except commands.Stale as stale:
        return _refused(found, where, stale, act)
    except UserError as problem:
        if form is None:
            form = _form(found, where)
        if form is None:
            raise
        parts.tell(form, found.definition, problem)
        return framing(make_response(page(found, where, form, problem=problem), problem.status))
    shown = {"focus": act.focus} if act.focus else {}
    return redirect(address(found.code, act.shown, **_kept(), **shown), 303)


def _try(act: Act, found: Desk) -> None:
    """Make the change on paper: only then is known where a new part stands."""
    try:
        act.change(found.definition)
    except DefinitionError as error:
        raise as_user_error(error) from error


def _kept() -> dict[str, str]:
    """What stays in the address from act to act: the language of the preview, the question a scale is edited for."""
    return {name: value for name in ("preview", "question") if (value := request.args.get(name))}


def _refused(found: Desk, where: Spot, stale: commands.Stale, act: Act) -> ResponseReturnValue:
    """Somebody was quicker: what they changed, and everything typed here, ready to be saved on top."""
    stop_reading()
    now = desk(found.code)
    if now is None:
        raise stale
    still = spot(now.definition, where.at)
    form = _form(now, still, request.form if act.name == "save" else None)
    if act.name == "save" and form is not None:
        form.validate()
    return framing(make_response(page(now, still, form, stale=stale), stale.status))


def _restore(found: Desk, where: Spot, do: str) -> ResponseReturnValue:
    restore = commands.undo if do == "undo" else commands.redo
    try:
        with transaction(
            actor(), "questionnaire.edit", code=found.code, version=found.version.number, edit=do
        ) as session:
            version = restore(session, found.version.id, _revision(), user_id=current_user().id)
            definition = questionnaires.definition(version)
            place = drafts.history(session, version.id).steps[-1].place
    except commands.Stale as stale:
        return _refused(found, where, stale, Act(do, "", lambda questionnaire: questionnaire))
    back = spot(definition, place)
    if back == GONE:
        back = spot(definition, where.at)
    shown = "" if back == GONE else back.at
    return redirect(address(found.code, shown, focus=do if do == "undo" else "status", **_kept()), 303)
