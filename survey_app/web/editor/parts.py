"""Which form belongs to which kind of part, what is done with it before it is saved, and where its faults are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from forms.base import Form, target
from forms.editor import around, parts, question
from forms.editor.fields import RuleField, labelled
from forms.editor.rows import RowsField
from forms.questionnaire import check_rules, places
from forms.questionnaire.definition import DefinitionError
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.editing import find_question, paste_choices, paste_statements, question_codes, sharers
from survey_app.errors import UserError
from survey_app.kinds import kind_of
from survey_app.web.editor.frame import Spot, spot


@dataclass(frozen=True)
class Sent:
    """What a form is made from besides the draft: what was sent, and what is known about the draft."""

    data: Any = None
    #: Codes of questions that were published: they stay.
    published: frozenset[str] = frozenset()
    #: The question that a scale is edited for.
    question: str = ""


def _question(definition: Definition, code: str, sent: Sent) -> Form:
    found = find_question(definition, code)
    return question.question_form(definition, found, sent.data, code_fixed=code in sent.published)


def _scale(definition: Definition, code: str, sent: Sent) -> Form:
    shared = len(sharers(definition, code))
    return parts.scale_form(definition, code, sent.data, question=sent.question, shared=shared)


#: Kind of part → its form.
FORMS: Final[Mapping[str, Callable[[Definition, str, Sent], Form]]] = {
    "questions": _question,
    "sections": lambda definition, code, sent: parts.section_form(definition, code, sent.data),
    "scales": _scale,
    "indexes": lambda definition, code, sent: parts.index_form(definition, code, sent.data),
    "settings": lambda definition, code, sent: around.document_form(
        definition, sent.data, usual=kind_of(definition.kind).privacy
    ),
    "opening": lambda definition, code, sent: around.opening_form(definition, sent.data),
    "privacy": lambda definition, code, sent: around.privacy_form(definition, sent.data),
    "ending": lambda definition, code, sent: around.ending_form(definition, sent.data),
    "rules": lambda definition, code, sent: around.rules_form(definition, sent.data),
}
#: Kinds that list things and have a form only for one of them.
LISTS: Final = frozenset({"scales"})


def form_of(definition: Definition, spot: Spot, sent: Sent) -> Any:
    """The form of a part; None where there is nothing to fill in. DefinitionError where the part is gone."""
    if spot.kind not in FORMS or (spot.kind in LISTS and not spot.code):
        return None
    return FORMS[spot.kind](definition, spot.code, sent)


def rearrange(form: Any, do: str, definition: Definition) -> str:
    """One of the buttons that change what is shown and save nothing: ``row:choices:up:2``, ``rule:shown_if``,
    ``paste:choices``, ``refresh``. Gives the id of what has the focus afterwards."""
    act, _colon, rest = do.partition(":")
    name, _colon, more = rest.partition(":")
    field: Any = form[name] if name in form else None  # noqa: SIM401  # a form has no get
    if act == "rule" and isinstance(field, RuleField):
        field.switch()
        return str(field.target)
    if act == "row" and isinstance(field, RowsField):
        verb, _colon, typed = more.partition(":")
        number = int(typed) if typed.isdecimal() else -1
        field.rearrange(verb, number)
        after = {"up": max(number - 1, 0), "down": number + 1}.get(verb)
        return f"row:{name}:{verb}:{after}" if after is not None else field.first_blank
    if act == "paste" and isinstance(field, RowsField):
        _paste(field, definition, form)
        return f"{name}-paste" if field.process_errors else field.first_blank
    return ""


def _paste(field: RowsField, definition: Definition, form: Any) -> None:
    """Put pasted lines into the rows. What cannot be read stays where it was pasted, with the line named."""
    languages = list(field.languages)
    try:
        if field.name == "statements":
            group = form.question
            taken = question_codes(definition) - {one.code for one in group.statements}
            field.show(paste_statements(field.paste_text, languages, field.data, group=group.code, taken=taken))
        else:
            field.show(paste_choices(field.paste_text, languages, field.data, numbered=field.name == "points"))
    except DefinitionError as error:
        field.process_errors = field.errors = [problem.message for problem in error.problems]
        return
    field.paste_text = ""
    field.read()


def tell(form: Any, definition: Definition, problem: UserError) -> None:
    """Put what is wrong beside the field it is about, or above the form."""
    for place, message in problem.places or [("", problem.message)]:
        rest = places.locate(definition, place).rest
        name = next((step for step in (*rest, place) if step in form), "")
        if name:
            form[name].errors = [*form[name].errors, message]
        else:
            form.form_errors.append(message)


def loose_ends(form: Any, definition: Definition, where: Spot) -> list[tuple[str, str]]:
    """What is wrong with the rules of the open part, told beside each one: they were saved, and stop publishing.

    (id to link to, message) of each, with the name of the rule.
    """
    found = []
    for one in check_rules.rules(definition):
        rest = places.locate(definition, one.place).rest
        # A rule is a field of its own, or a cell in a row: questions.q1.choices.other.shown_if, automation.2.when.
        name = next((step for step in (*rest[:1], one.place.partition(".")[0]) if step in form), "")
        if not name or spot(definition, one.place) != where:
            continue
        field = form[name]
        if isinstance(field, RowsField):
            row = field.find(".".join(rest[:-1]).removeprefix(f"{name}."))
            row.told.append(one.message)
            found.append((field.address(row), one.message))
            continue
        if isinstance(field, RuleField):
            field.told.append(one.message)
        found.append((target(field), labelled(field, one.message)))
    return found
