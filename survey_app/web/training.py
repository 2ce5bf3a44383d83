"""Coaching: what employees learned, what a talk could begin with; and the quizzes that employees take."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from forms.questionnaire.build import Page, PageForm, open_form, render_text
from forms.questionnaire.definition import Question
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.score import Scorecard, score
from forms.training import KINDS, TrainingForm
from reports import lexicon
from survey_app import clock
from survey_app.commands import training as commands
from survey_app.commands.imports import HANDLERS
from survey_app.commands.imports.engine import run_import
from survey_app.commands.imports.handler import Options
from survey_app.commands.imports.report import Summary
from survey_app.commands.training import About
from survey_app.errors import NotFound, UserError
from survey_app.models import Agent, Branch, Questionnaire, Training, Version
from survey_app.permissions import Permission
from survey_app.queries import certificates, notices, organisation, questionnaires
from survey_app.queries import training as queries
from survey_app.queries.evidence import FILE_TYPES
from survey_app.queries.questionnaires import newest_published
from survey_app.readers import Unreadable
from survey_app.transaction import transaction
from survey_app.web.filling import spoken
from survey_app.web.meeting_words import place
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.security import limiter, requires, takes
from survey_app.web.support import actor, current_user, read_session, stop_reading
from translations import current_language, localised
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("training", __name__)

_COACH, _TAKE = Permission.COACH, Permission.TAKE_QUIZZES
MOST_BYTES: Final = 2_000_000
MOST_SENT: Final = MOST_BYTES + 100_000
#: Kind -> what it is called, quizzes too.
NAMES: Final[Mapping[str, Any]] = {**KINDS, "quiz": _l("Knowledge quiz")}
_PAGE_CODE: Final = "quiz"


# ---- coaching --------------------------------------------------------------------------------------------------------


@blueprint.get("/coaching")
@requires(_COACH)
def index() -> ResponseReturnValue:
    """Employees whom the reader coaches: what they learned, when somebody last talked with them."""
    return _list()


def _list(*, fault: str = "", summary: Summary | None = None) -> ResponseReturnValue:
    stop_reading()
    session, user = read_session(), current_user()
    search = request.args.get("search", "").strip()[:100]
    rows, total = queries.listing(session, user, search, limit=PAGE, offset=(asked() - 1) * PAGE)
    pages = paging(total)
    if pages.number != asked():
        rows, total = queries.listing(session, user, search, limit=PAGE, offset=pages.offset)
    page = render_template(
        "pages/training/index.html",
        rows=rows,
        pages=pages,
        search=search,
        titles=queries.titles(session),
        fault=fault,
        summary_of_file=summary,
        most=MOST_BYTES // 1_000_000,
        several=len({row.branch.id for row in rows}) > 1,
    )
    return make_response(page, 422 if fault or (summary and summary.refused) else 200)


@blueprint.post("/coaching/file")
@requires(_COACH)
@takes(MOST_SENT, form="training.index")
@limiter.limit("60 per hour")
def upload() -> ResponseReturnValue:
    """Take a file of courses and quizzes in: good rows at once, the others are told with their reasons."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _list(fault=_("Choose a file."))
    content = sent.read(MOST_BYTES + 1)
    sent.close()
    if len(content) > MOST_BYTES:
        return _list(fault=_("The file is larger than %(most)s MB.", most=MOST_BYTES // 1_000_000))
    try:
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / (Path(sent.filename).name.replace("\0", "") or "file")
            kept.write_bytes(content)
            summary = run_import(
                HANDLERS["trainings"], kept, actor=actor(), refused_to=Path(folder) / "refused.csv",
                options=Options(user_id=current_user().id),
            )  # fmt: skip
    except Unreadable as error:
        return _list(fault=error.message)
    return _list(summary=summary)


def _coached(code: str) -> tuple[Agent, Branch]:
    """An employee whom the reader coaches, and the branch; NotFound for anybody else."""
    session = read_session()
    agent = organisation.agent_by_code(session, code)
    placed = organisation.placement_on(session, agent.id, clock.today())
    if placed is None or not queries.coaches(session, current_user(), agent.id):
        raise NotFound(_("There is no agent %(code)s.", code=code))
    return agent, session.get_one(Branch, placed.branch_id)


@blueprint.get("/coaching/<code>")
@requires(_COACH)
def show(code: str) -> ResponseReturnValue:
    """One employee: what was learned, and what a talk could begin with."""
    topic = request.args.get("topic", "")[:120]
    return _sheet(code, TrainingForm(kind="coaching", topic=topic, done_on=clock.today()))


def _sheet(code: str, form: TrainingForm, status: int = 200) -> ResponseReturnValue:
    agent, branch = _coached(code)
    session, user = read_session(), current_user()
    page = render_template(
        "pages/training/agent.html",
        agent=agent,
        branch=branch,
        sheet=queries.sheet(session, agent.id, branch.id),
        learned=queries.of_agent(session, agent.id),
        titles=queries.titles(session),
        names=NAMES,
        themes=lexicon.THEMES,
        form=form,
        # What was agreed is between the employee and who leads the branch, or wrote it.
        reads=lambda one: one.by_id == user.id or user.branch_id == branch.id,
        done=request.args.get("done", ""),
    )
    return make_response(page, status)


@blueprint.post("/coaching/<code>")
@requires(_COACH)
def record(code: str) -> ResponseReturnValue:
    """Write a course or a talk down. The same twice is one."""
    form = TrainingForm(request.form)
    agent, _branch = _coached(code)
    if not form.validate():
        return _sheet(code, form, 422)
    about = About(form.kind.data, form.topic.data or "", cast("Any", form.done_on.data), form.note.data or "")
    try:
        with transaction(actor(), "training.record") as session:
            commands.record(session, current_user(), agent.id, about)
    except UserError as problem:
        place(form, problem)
        stop_reading()
        return _sheet(code, form, problem.status)
    return redirect(url_for("training.show", code=code, done="kept", _anchor="learned"), 303)


@blueprint.post("/coaching/<code>/<int:number>/removal")
@requires(_COACH)
def remove(code: str, number: int) -> ResponseReturnValue:
    """Take back what was written down by mistake."""
    agent, _branch = _coached(code)
    with transaction(actor(), "training.remove") as session:
        found = session.get(Training, number)
        if found is not None and found.agent_id == agent.id:
            commands.remove(session, current_user(), number)
    return redirect(url_for("training.show", code=code, done="removed", _anchor="learned"), 303)


# ---- quizzes ---------------------------------------------------------------------------------------------------------


@blueprint.get("/quizzes")
@requires(_TAKE)
def quizzes() -> str:
    """The employee's own page: quizzes to take, and everything that was learned."""
    session, user = read_session(), current_user()
    learned = queries.of_agent(session, user.agent_id or 0)
    newest = {one.topic: one for one in reversed(learned) if one.kind == "quiz"}
    return render_template(
        "pages/training/quizzes.html",
        offered=[(one, newest.get(one.code)) for one in queries.offered(session).values()],
        learned=learned,
        titles=queries.titles(session),
        names=NAMES,
        today=clock.today(),
    )


def _quiz(code: str) -> tuple[Questionnaire, Version]:
    session = read_session()
    found = next((one for one in queries.offered(session).values() if one.code == code), None)
    version = newest_published(session, found.id) if found is not None else None
    if found is None or version is None:
        raise NotFound(_("There is no such quiz."))
    return found, version


@blueprint.get("/quizzes/<code>")
@requires(_TAKE)
def quiz(code: str) -> ResponseReturnValue:
    """The quiz itself; on a day on which it was taken, its result."""
    found, version = _quiz(code)
    taken = _taken_today(found)
    if taken is not None:
        return _result(found, taken, None, version)
    return _ask(found, version, _open(version, None))


@blueprint.post("/quizzes/<code>")
@requires(_TAKE)
def answer(code: str) -> ResponseReturnValue:
    """Judge a try. A page that was sent twice is judged once; a quiz that changed meanwhile is asked anew."""
    found, version = _quiz(code)
    form = _open(version, request.form)
    form.validate()
    changed = request.form.get("version", type=int) != version.id
    left = _unanswered(version, form)
    if _taken_today(found) is None and (form.error_summary or left or changed):
        return _ask(found, version, form, changed=changed)
    with transaction(actor(), "quiz.take", quiz=code) as session:
        taken, card = commands.take(session, current_user(), session.get_one(Version, version.id), form.answers)
        session.expunge(taken)
    return _result(found, taken, card, version)


def _taken_today(found: Questionnaire) -> Training | None:
    learned = queries.of_agent(read_session(), current_user().agent_id or 0)
    return next((one for one in learned if one.topic == found.code and one.done_on == clock.today()), None)


def _context() -> dict[str, Any]:
    return certificates.context(current_user().id, clock.today())


def _questions(definition: Definition) -> tuple[Question, ...]:
    """Everything the quiz asks; a file is nothing that a quiz could judge."""
    return tuple(one for section in definition.sections for one in section.asked if one.type not in FILE_TYPES)


def _open(version: Version, sent: Any) -> PageForm:
    definition = questionnaires.definition(version)
    page = Page(_PAGE_CODE, 1, {}, _questions(definition))
    form = open_form(definition, page, spoken(definition, current_language()), _context(), {}, sent)
    for field in form:
        field.comment = None  # a quiz has right answers and no remarks
    return form


def _unanswered(version: Version, form: PageForm) -> bool:
    """Put a message beside every judged question without an answer; whether there was one."""
    card = score(questionnaires.definition(version), form.answers, _context())
    for field in form:
        if field.question.code in card.unanswered and not field.errors:
            field.errors = [_("Choose an answer.")]
    return bool(card.unanswered)


def _words() -> Callable[[Any], Markup | str]:
    session, language = read_session(), current_language()
    places = {
        "org": organisation.organisation_name(session, language),
        "officer": notices.officer(organisation.organisation(session), language),
    }

    def words(text: Any) -> Markup | str:
        return render_text(localised(text) if isinstance(text, Mapping) else text, places)

    return words


def _ask(found: Questionnaire, version: Version, form: PageForm, *, changed: bool = False) -> ResponseReturnValue:
    definition = questionnaires.definition(version)
    errors = [(one.target, str(error)) for one in form for error in one.errors]
    page = render_template(
        "pages/training/quiz.html",
        quiz=found,
        definition=definition,
        headings={section.asked[0].code: section.title for section in definition.sections if section.asked},
        version=version,
        notice=notices.shown(read_session(), definition, None),
        form=form,
        errors=errors,
        changed=changed,
        words=_words(),
        without=frozenset(),
    )
    return make_response(page, 409 if changed else 422 if errors else 200)


def _result(found: Questionnaire, taken: Training, card: Scorecard | None, version: Version) -> ResponseReturnValue:
    """The result; what to read again only right after the try, since answers are not kept."""
    again = []
    if card is not None and (card.total or 0) == taken.score:
        for section in questionnaires.definition(version).sections:
            lost = [one for one in section.asked if card.items.get(one.code, 10_000) < 10_000]
            if lost:
                again.append((section.title, lost))
    page = render_template("pages/training/result.html", quiz=found, taken=taken, again=again, words=_words())
    return make_response(page)
