"""A questionnaire from a file: first a report of what comes in and what cannot, then, when that is wanted, a draft.

Nothing is stored before the second step. The document travels in the report's own form, packed and signed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer

from forms.catalogue import ArrivalForm
from forms.questionnaire.check import completeness, problems
from forms.questionnaire.definition import Problem, dump, load
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.versions.changes import changes, changes_by_place
from survey_app.commands import starting
from survey_app.commands.imports import arrivals
from survey_app.errors import NotFound, UserError
from survey_app.kinds import KINDS
from survey_app.models import Questionnaire
from survey_app.permissions import Permission
from survey_app.queries import questionnaires as queries
from survey_app.transaction import transaction
from survey_app.web.questionnaires.frame import PRIVACY, blueprint, draft_of, kinds, minutes, mode, newest
from survey_app.web.questionnaires.showing import reading
from survey_app.web.questionnaires.starting import start_page
from survey_app.web.security import requires, takes
from survey_app.web.support import actor, current_user, read_session
from translations import gettext as _
from translations import localised

#: For how long a report can be agreed to, in seconds.
LASTS: Final = 8 * 3600
#: What is sent beside the file, in bytes: the other fields and the borders between them.
BESIDE: Final = 100_000


@dataclass(frozen=True)
class Kept:
    """What a report is about: what the file says, and the draft that it was compared with."""

    definition: Definition
    notes: tuple[Problem, ...]
    filename: str
    says_kind: bool
    #: Revision of the draft of the questionnaire with this code; None where there is no draft.
    revision: int | None


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="questionnaire-file")


def _pack(kept: Kept) -> str:
    packed = (dump(kept.definition), kept.notes, kept.filename, kept.says_kind, kept.revision)
    return str(_serializer().dumps(packed))


def _unpack(token: str) -> Kept | None:
    """What a report was about; None for an old one and for anything that is none of ours."""
    try:
        document, notes, filename, says_kind, revision = _serializer().loads(token, max_age=LASTS)
    except BadData:
        return None
    return Kept(load(document), tuple(Problem(*note) for note in notes), filename, says_kind, revision)


def _existing(code: str) -> Questionnaire | None:
    try:
        return queries.by_code(read_session(), code)
    except NotFound:
        return None


@blueprint.post("/new/file")
@requires(Permission.EDIT_QUESTIONNAIRE)
@takes(arrivals.LARGEST + BESIDE, form="questionnaires.new#from-file")
def read_file() -> ResponseReturnValue:
    """Read a file and report on it."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return start_page(422, file_fault=_("Choose a file first."))
    try:
        arrived = arrivals.read(sent.read(), sent.filename)
    except UserError as error:
        return start_page(error.status, file_fault=error.message, file_places=error.places, filename=sent.filename)
    existing = _existing(arrived.definition.code)
    draft = draft_of(existing) if existing is not None else None
    kept = Kept(arrived.definition, arrived.notes, sent.filename, arrived.says_kind, draft.revision if draft else None)
    return _report(kept)


def _form(kept: Kept, existing: Questionnaire | None, data: Any = None) -> ArrivalForm:
    kind = kept.definition.kind if kept.says_kind else ""
    return ArrivalForm(
        data,
        kinds=kinds().items(),
        replaces=_("A new draft of “%(title)s”", title=localised(existing.title)) if existing is not None else "",
        kind=existing.kind if existing is not None and not kept.says_kind else kind if kind in KINDS else "",
        code=starting.free_code(read_session(), kept.definition.code),
    )


def _report(kept: Kept, form: ArrivalForm | None = None, status: int = 200, refused: Any = ()) -> ResponseReturnValue:
    """What will come in and what cannot, and the question what becomes of it."""
    existing = _existing(kept.definition.code)
    base = newest(existing) if existing is not None else None
    definition = kept.definition if kept.definition.kind in KINDS else replace(kept.definition, kind=next(iter(KINDS)))
    differences = []
    if existing is not None and base is not None:
        wanted = replace(kept.definition, code=existing.code, kind=existing.kind)
        differences = changes(queries.definition(base), wanted)
    page = render_template(
        "pages/questionnaires/arrival.html",
        kept=kept,
        token=_pack(kept),
        form=form or _form(kept, existing),
        definition=definition,
        existing=existing,
        base=base,
        differences=changes_by_place(differences),
        done=completeness(definition),
        stops=len(problems(definition)),
        minutes=minutes(definition),
        privacy=PRIVACY[mode(definition)],
        refused=refused,
        **reading(definition),
    )
    return page, status


@blueprint.post("/new/import")
@requires(Permission.EDIT_QUESTIONNAIRE)
@takes(arrivals.LARGEST + BESIDE, form="questionnaires.new#from-file")
def take_in() -> ResponseReturnValue:
    """Make a draft of what a report was about."""
    kept = _unpack(request.form.get("kept", ""))
    if kept is None:
        return start_page(422, file_fault=_("The report of the file is too old. Choose the file once more."))
    wish, kind = request.form.get("code", ""), request.form.get("kind", "")
    if _is_here(kept.definition, wish, kind):  # a second click
        return redirect(url_for("questionnaires.show", code=wish, done="imported"), 303)
    form = _form(kept, _existing(kept.definition.code), request.form)
    form.settle()
    if not form.validate():
        return _report(kept, form, 422)
    user_id = current_user().id
    try:
        with transaction(actor(), "questionnaire.import", code=kept.definition.code) as session:
            if form.replaces:
                there = queries.by_code(session, kept.definition.code)
                made = starting.stand_in(session, there, kept.definition, revision=kept.revision, user_id=user_id)
            else:
                made = starting.take_in(
                    session, kept.definition, code=str(form.code.data), kind=str(form.kind.data), user_id=user_id
                )
            code = made.questionnaire.code
    except UserError as error:
        return _report(kept, form, error.status, refused=error.places or [("", error.message)])
    return redirect(url_for("questionnaires.show", code=code, done="imported"), 303)


def _is_here(definition: Definition, code: str, kind: str) -> bool:
    """Whether this very document is the draft under a code: a second click made nothing new and is no fault."""
    existing = _existing(code)
    draft = draft_of(existing) if existing is not None else None
    return draft is not None and draft.digest == replace(definition, code=code, kind=kind).digest
