"""A draft as a respondent would meet it, with nothing stored: the preview in a phone's frame, and the trial run beside
which the score builds up. What was answered travels in the page itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

from flask import get_template_attribute, make_response, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from forms.questionnaire import editing, rules
from forms.questionnaire.build import Page, PageForm
from forms.questionnaire.definition import DefinitionError
from forms.questionnaire.definition import Questionnaire as Definition
from survey_app.errors import NotFound
from survey_app.models import Version
from survey_app.permissions import Permission
from survey_app.queries import drafts, questionnaires
from survey_app.web.editor.frame import blueprint, framed, framing
from survey_app.web.editor.walk import FACTS, Walk
from survey_app.web.security import requires
from survey_app.web.support import read_session
from translations import DEFAULT, activate, current_language, known, speaking
from translations import gettext as _

#: Characters of answers that travel in a page.
_LONGEST: Final = 400_000


def _version(code: str) -> Version:
    """The draft, or what is in force where there is none; another version where the address names it."""
    session = read_session()
    questionnaire = questionnaires.by_code(session, code)
    number = request.args.get("version", type=int)
    if number is not None:
        for version in questionnaire.versions:
            if version.number == number:
                return version
        raise NotFound(_("There is no version %(number)s of this questionnaire.", number=number))
    found = drafts.draft_of(session, questionnaire.id) or questionnaires.newest_published(session, questionnaire.id)
    if found is None:
        raise NotFound(_("There is no questionnaire %(code)s.", code=code))
    return found


def _walk(version: Version) -> Walk:
    definition = questionnaires.definition(version)
    wished = known(request.values.get("language"))
    language = wished if wished in definition.languages else _first_language(definition)
    chosen = request.form.getlist("fact") if request.method == "POST" else request.args.getlist("fact")
    return Walk(definition, language or DEFAULT, _carried(definition), frozenset(chosen) & FACTS.keys())


def _first_language(definition: Definition) -> str:
    mine = current_language()
    return mine if mine in definition.languages else next(iter(definition.languages))


def _carried(definition: Definition) -> dict[str, Any]:
    """The answers that the page brought along; what does not read as an answer any more is left out."""
    text = request.form.get("state", "")
    if not text or len(text) > _LONGEST:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {code: value for code, value in found.items() if _sound(definition, code, value)}


def _sound(definition: Definition, code: str, value: Any) -> bool:
    question = definition.by_code.get(code)
    if question is None:
        return isinstance(value, str)  # words beside an answer
    if question.type in {"photo", "file"}:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if isinstance(value, list):
        return bool(value) and all(str(one) in question.by_value for one in value)
    if question.options:
        return isinstance(value, (int, str)) and str(value) in question.by_value
    return isinstance(value, (str, int, float, bool))


def _opened(walk: Walk, code: str) -> Walk:
    """The same walk with the question that an author has open shown, whatever its own rule and its section's say."""
    try:
        question = editing.find_question(walk.definition, code)
    except DefinitionError:
        return walk
    section = editing.section_of(walk.definition, question.code)
    shown = editing.change_question(walk.definition, question.code, shown_if=None)
    if section is not None:
        shown = editing.change_section(shown, section.code, shown_if=None)
    return Walk(shown, walk.language, walk.answers, walk.facts)


@dataclass(frozen=True)
class Moment:
    """Where in a walk somebody is: a page and its form, or the end."""

    walk: Walk
    page: Page | None
    form: PageForm | None
    errors: list[tuple[str, str]]


def _arrive(walk: Walk) -> Moment:
    """The page that the address asks for, or the first."""
    page = walk.page(request.args.get("page", "")) or walk.page_with(request.args.get("at", ""))
    if page is None:
        page = next(iter(walk.pages), None)
    return Moment(walk, page, walk.form(page) if page else None, [])


def _go_on(walk: Walk) -> Moment:
    """Take what was sent and go where the button says."""
    page = walk.page(request.form.get("at-page", ""))
    go = request.form.get("go", "next")
    if page is None or go == "restart":
        return _arrive(Walk(walk.definition, walk.language, {}, walk.facts))
    form = walk.form(page, request.form)
    sound = form.validate()
    given: dict[str, Any] = {code: value for code, value in form.page_answers.items() if code not in form.unread}
    given |= _files(walk.definition, page)
    answers = {code: value for code, value in {**walk.answers, **given}.items() if value is not None}
    walk = Walk(walk.definition, walk.language, answers, walk.facts)
    if go == "stay" or (go == "next" and not sound and not _only_files(form, given)):
        mended = walk.form(page, request.form)
        errors = [] if mended.validate() or go == "stay" else mended.error_summary
        return Moment(walk, page, walk.form(page) if go == "stay" else mended, errors)
    onto = walk.beside(page, -1 if go == "back" else 1)
    if onto is None and go == "back":
        onto = page
    return Moment(walk, onto, walk.form(onto) if onto else None, [])


def _files(definition: Definition, page: Page) -> dict[str, list[str]]:
    """Files that were chosen, as nothing but their number: a trial keeps none."""
    found: dict[str, list[str]] = {}
    for question in page.questions:
        if question.type in {"photo", "file"}:
            chosen = [one for one in request.files.getlist(f"{question.code}_add") if one.filename]
            removed = set(request.form.getlist(f"{question.code}_remove"))
            kept = [one for one in request.form.getlist(question.code) if one and one not in removed]
            ids = [*kept, *(f"{number:032x}" for number in range(len(kept) + 1, len(kept) + 1 + len(chosen)))]
            if ids:
                found[question.code] = ids
    return found


def _only_files(form: PageForm, given: Mapping[str, Any]) -> bool:
    """Whether the page lacks nothing but files that were just chosen."""
    wrong = [field.name for field in form if field.errors]
    return bool(wrong) and all(
        form.questionnaire.by_code[name].type in {"photo", "file"} and given.get(name) for name in wrong
    )


def _inner(moment: Moment, action: str) -> Markup:
    """The questions as a respondent reads them, in the questionnaire's language whatever the author's."""
    walk, page = moment.walk, moment.page
    draw = get_template_attribute("pages/editor/_walk.html", "draw")
    out = [one.code for one in walk.definition.questions if rules.not_applicable(one, walk.answers, walk.context)]
    with speaking(walk.language):
        drawn: Markup = draw(
            moment=moment,
            walk=walk,
            form=moment.form,
            words=walk.words,
            without=frozenset(out),
            files={one: SimpleNamespace(filename=_("Chosen file")) for one in _all_files(walk)},
            state=json.dumps(dict(walk.answers), ensure_ascii=False),
            first=page is not None and walk.beside(page, -1) is None,
            last=page is not None and walk.beside(page, 1) is None,
            action=action,
        )
    return drawn


def _all_files(walk: Walk) -> set[str]:
    lists = [value for code, value in walk.answers.items() if isinstance(value, list)]
    return {one for value in lists for one in value if isinstance(one, str)}


@blueprint.route("/<code>/preview", methods=["GET", "POST"])
@requires(Permission.SEE_QUESTIONNAIRES)
def preview(code: str) -> ResponseReturnValue:
    """The questionnaire in a phone's frame: in any of its languages, rules running, nothing stored."""
    version = _version(code)
    walk = _walk(version)
    moment = _go_on(walk) if request.method == "POST" else _arrive(walk)
    if request.method == "GET" and request.args.get("frame"):
        moment = _arrive(_opened(walk, request.args.get("at", "")))
    inner = _inner(moment, request.full_path.rstrip("?"))
    if request.values.get("frame"):
        activate(walk.language)
        return framed(make_response(render_template("pages/editor/framed.html", inner=inner, moment=moment, walk=walk)))
    page = render_template(
        "pages/editor/preview.html", inner=inner, moment=moment, walk=walk, code=code, version=version, facts=FACTS
    )
    return framing(make_response(page))


@blueprint.route("/<code>/trial", methods=["GET", "POST"])
@requires(Permission.SEE_QUESTIONNAIRES)
def trial(code: str) -> ResponseReturnValue:
    """Answer a draft page by page and see the score as it builds; nothing is stored."""
    version = _version(code)
    walk = _walk(version)
    moment = _go_on(walk) if request.method == "POST" else _arrive(walk)
    return render_template(
        "pages/editor/trial.html",
        inner=_inner(moment, request.full_path.rstrip("?")),
        moment=moment,
        walk=moment.walk,
        definition=moment.walk.definition,
        code=code,
        version=version,
        facts=FACTS,
        answered=sum(one.code in moment.walk.answers for one in moment.walk.definition.questions),
    )
