"""What the screen says: everything the templates of the editor need, put together in one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from flask import render_template, request

from forms.editor.conditions import WORDS, Asked, names_before
from forms.editor.question import PANELS
from forms.questionnaire import places
from forms.questionnaire.advice import warnings as advice
from forms.questionnaire.check import problems
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.editing import GROUPS, presets, sharers, unused_keys, users_of
from forms.questionnaire.editing.tree import INDEXES, QUESTIONS, SCALES, SECTIONS
from forms.questionnaire.names import TYPE_NAMES
from forms.questionnaire.rule_words import rule_words
from forms.questionnaire.score import HEADLINES
from survey_app.errors import UserError
from survey_app.kinds import kind_of
from survey_app.queries import drafts
from survey_app.queries.drafts import History
from survey_app.web.editor import outline
from survey_app.web.editor.acts import SAID
from survey_app.web.editor.frame import Desk, Spot, address
from survey_app.web.questionnaires.frame import PRIVACY, mode
from survey_app.web.support import read_session
from translations import LANGUAGES, current_language, isolate, known, localised
from translations import gettext as _
from translations import lazy_gettext as _l

#: Parts that are named by their code, and can be taken out.
_CODED = frozenset({QUESTIONS, SECTIONS, SCALES, INDEXES})
_MEASURE_NAMES: Final[Mapping[str, Any]] = {
    "csat": _l("Satisfied customers"),
    "nps": _l("Net promoter score"),
    "enps": _l("Net promoter score of employees"),
    "ces": _l("Ease, 0 to 100"),
}
#: Measures that a page offers, with their names; others may be typed.
MEASURES: Final = {code: _MEASURE_NAMES[code] for code in HEADLINES}


def page(
    desk: Desk,
    where: Spot,
    form: Any,
    *,
    stale: Any = None,
    problem: UserError | None = None,
    unsaved: bool = False,
    focus: str = "",
    loose: Sequence[tuple[str, str]] = (),
) -> str:
    """The screen with a part open; ``loose`` are the faults of its rules, with the ids they link to."""
    definition = desk.definition
    found = problems(definition)
    remarks = advice.warnings(definition, current_language())
    history = drafts.history(read_session(), desk.version.id)
    preview = known(request.args.get("preview")) or ""
    return render_template(
        "pages/editor/edit.html",
        desk=desk,
        definition=definition,
        kind=kind_of(definition.kind),
        where=where,
        form=form,
        errors=form.error_summary if form is not None else ([("", problem.message)] if problem else []),
        stale=stale,
        loose=loose,
        unsaved=unsaved,
        focus=focus or request.args.get("focus", ""),
        groups=outline.groups(definition, outline.counted(definition, found)),
        problems=outline.pointers(desk.code, definition, found),
        remarks=outline.pointers(desk.code, definition, remarks),
        effort=advice.effort(definition),
        history=history,
        said=said(desk, history),
        palette=palette(),
        privacy=PRIVACY[mode(definition)],
        privacy_modes=PRIVACY,
        answered=drafts.was_answered(read_session(), desk.version.questionnaire_id),
        preview_language=preview if preview in definition.languages else next(iter(definition.languages)),
        names=LANGUAGES,
        address=lambda at="", **more: address(desk.code, at, **more),
        targets=targets(definition),
        **about(definition, where, form),
    )


def said(desk: Desk, history: History) -> str:
    """The last edit in words; empty while nothing was edited."""
    last, definition = history.last, desk.definition
    if last is None:
        return ""
    what = _told(desk, history, last.place) if last.place else _("the questionnaire")
    words = str(SAID.get(last.act, _("Changed: %(what)s."))) % {"what": what}
    if last.act == "move" and (position := standing(definition, last.place)):
        words = f"{words} {position}"
    return words


def _told(desk: Desk, history: History, place: str) -> str:
    """A part in words; one that is gone as it was called before, or by its code where that is no longer kept."""
    kind, _dot, code = place.partition(".")
    if not code or kind not in _CODED:
        return places.name(desk.definition, place) or place
    for definition in _kept(desk, history):
        where = places.locate(definition, place)
        if where.code:
            section = _around(definition, where.code) if where.kind == QUESTIONS else ""
            return ", ".join(filter(None, (places.name(definition, place), section)))
    return isolate(code)


def _kept(desk: Desk, history: History) -> Iterator[Definition]:
    """The draft as it stands, and as it stood before the last edit or before that was undone."""
    yield desk.definition
    for revision in (history.undo, history.redo):
        found = None if revision is None else drafts.document_at(read_session(), desk.version.id, revision)
        if found is not None:
            yield found


def _around(definition: Definition, code: str) -> str:
    """The section of a question that has no words to be known by; empty for every other one."""
    for section in definition.sections:
        if any(one.code == code and not localised(one.text) for one in section.questions):
            return places.name(definition, f"{SECTIONS}.{section.code}")
    return ""


def standing(definition: Definition, place: str) -> str:
    """Where a question or section stands, in words."""
    where = places.locate(definition, place)
    if where.kind == "sections":
        codes = [section.code for section in definition.sections]
        if where.code in codes:
            return _("It is now section %(number)s of %(all)s.", number=codes.index(where.code) + 1, all=len(codes))
    for section in definition.sections:
        codes = [question.code for question in section.questions]
        if where.kind == "questions" and where.code in codes:
            return _(
                "It is now question %(number)s of %(all)s in the section %(section)s.",
                number=codes.index(where.code) + 1,
                all=len(codes),
                section=localised(section.title) or section.code,
            )
    return ""


def palette() -> list[tuple[str, list[Any]]]:
    """The kinds of questions that can be added, by group."""
    return [
        (str(name), [preset for preset in presets().values() if preset.group == group])
        for group, name in GROUPS.items()
    ]


def targets(definition: Definition) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Where a question can be moved: each section by its place and name, with its questions."""
    return [
        (
            Spot("sections", section.code).at,
            localised(section.title) or section.code,
            [(Spot("questions", one.code).at, f"{one.code}: {localised(one.text)}"[:80]) for one in section.questions],
        )
        for section in definition.sections
    ]


def about(definition: Definition, where: Spot, form: Any) -> dict[str, Any]:
    """What only the open part needs."""
    found: dict[str, Any] = {
        "panels": PANELS,
        "types": TYPE_NAMES,
        "operators": WORDS,
        "measures": MEASURES,
        "before": names_before(definition, where.code, own=False) if where.code else _everything(definition),
        "before_own": names_before(definition, where.code, own=True) if where.code else [],
        "values": values(definition) if form is not None else {},
        "in_words": lambda rule: rule_words(rule, definition, where.code),
        "sharers": [],
        "users": [],
        "unused": [],
        "scale_users": {code: sharers(definition, code) for code in definition.scales}
        if where.kind == "scales"
        else {},
    }
    if where.kind == "questions" and form is not None:
        found["users"] = [(places.name(definition, one), one) for one in users_of(definition, where.code)]
        found["unused"] = unused_keys(form.question)
        scale = form.question.scale
        found["sharers"] = sharers(definition, scale.code) if scale else []
    if where.kind == "scales" and where.code:
        found["sharers"] = sharers(definition, where.code)
    return found


def _everything(definition: Definition) -> list[tuple[str, str]]:
    return names_before(definition, "", own=False)


def values(definition: Definition) -> dict[str, Any]:
    """The answers that each question can have, for a script that offers them: question → list, list → answers."""
    questions: dict[str, str] = {}
    lists: dict[str, list[list[str]]] = {}
    for code, question in Asked(definition).by_code.items():
        if not question.options:
            continue
        name = f"s:{question.scale.code}" if question.scale else f"q:{code}"
        questions[code] = name
        if name not in lists:
            lists[name] = [[str(one.value), localised(one.text)] for one in question.options]
    return {"questions": questions, "lists": lists}
