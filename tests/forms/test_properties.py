"""What holds for every questionnaire: over random ones, answered with whatever people may send."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from forms.questionnaire.build import PageForm, open_form, pages
from forms.questionnaire.check import problems
from forms.questionnaire.definition import Question, Questionnaire, dump, load
from forms.questionnaire.document import Section
from forms.questionnaire.fields import lines_of
from forms.questionnaire.order import as_shown
from forms.questionnaire.rules import evaluate, judge, kept, reduce, shown, walk
from forms.questionnaire.score import FULL, score
from forms.questionnaire.types import TYPES, display
from tests.forms.strategies import CONTEXTS, Document, documents, questionnaires, typed
from translations import speaking

#: The same examples every time, so many that they take a few seconds together.
few = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@few
@given(documents())
def test_a_document_is_read_and_written_without_loss(document: Document) -> None:
    loaded = load(document)
    assert dump(loaded) == document
    assert load(json.loads(json.dumps(dump(loaded)))) == loaded
    assert problems(loaded) == [], "what is drawn may be published"


def _holes(thing: Any, data: st.DataObject) -> Any:
    """The same with some keys left out, some lists cut, some values put elsewhere: a draft as an author leaves it."""
    if isinstance(thing, dict):
        kept_keys = [key for key in thing if data.draw(st.integers(0, 11))]
        return {key: _holes(thing[key], data) for key in kept_keys}
    if isinstance(thing, list) and thing and data.draw(st.integers(0, 7)) == 0:
        return [_holes(one, data) for one in thing[:-1]]
    return [_holes(one, data) for one in thing] if isinstance(thing, list) else thing


@few
@given(documents(), st.data())
def test_no_draft_breaks_the_checks_the_pages_or_the_score(document: Document, data: st.DataObject) -> None:
    """Whatever of a document still follows the format can be looked at, checked, filled in and scored."""
    try:
        draft = load({**document, "sections": _loadable(_holes(document["sections"], data))})
    except ValueError:
        return
    with speaking(data.draw(st.sampled_from(["he", "en"]))):
        assert all(problem.place and problem.message for problem in problems(draft))
        context = data.draw(CONTEXTS)
        answers = answered(draft, context, data)
        score(draft, answers, context)


def _loadable(thing: Any) -> Any:
    """Rules and questions that lost what the format demands are left out."""
    if isinstance(thing, list):
        return [_loadable(one) for one in thing]
    if not isinstance(thing, dict):
        return thing
    found = {key: _loadable(value) for key, value in thing.items()}
    for key in [key for key in found if key.endswith("_if") and not _whole(found[key])]:
        del found[key]
    for key, needed in {
        "questions": {"code", "type", "text"},
        "statements": {"code", "text"},
        "choices": {"value"},
    }.items():
        if key in found:
            found[key] = [one for one in found[key] if needed <= one.keys()]
    return found


def _whole(rule: Any) -> bool:
    if not isinstance(rule, dict) or len(rule) != 1:
        return False
    ((operator, operand),) = rule.items()
    if operator in {"any", "all"}:
        return bool(operand) and all(_whole(one) for one in operand)
    if operator == "not":
        return _whole(operand)
    return isinstance(operand, str) or (len(operand) == 2 and operand[1] not in ([], {}))


# ---- filling in ------------------------------------------------------------------------------------------------------


def known(definition: Questionnaire, context: Document) -> Document:
    """The context with choices for every reference."""
    return context | {
        "refs": {one.code: [("r1", "אחת"), ("r2", "שתיים")] for one in definition.questions if one.type == "ref"}
    }


def send(questions: tuple[Question, ...], data: st.DataObject) -> MultiDict[str, str]:
    """What somebody sends for a page, the lines beside answers included."""
    pairs = []
    for question in questions:
        pairs += [(question.code, value) for value in data.draw(typed(question))]
        if data.draw(st.booleans()):
            pairs += [(line.code, "מילים משלי") for line in lines_of(question)]
    return MultiDict(pairs)


def answered(definition: Questionnaire, context: Document, data: st.DataObject) -> dict[str, Any]:
    """Fill in every page once, as a respondent does; gives what was kept."""
    context = known(definition, context)
    answers: dict[str, Any] = {}
    for page in pages(definition, context):
        if page.code not in {one.code for one in pages(definition, context, answers)}:
            continue
        form = open_form(definition, page, "he", context, answers, send(page.questions, data))
        assert form.validate() == (not form.error_summary)
        draw(form)
        assert form.answers.keys() <= page.stored
        answers |= form.answers
    return answers


def draw(form: PageForm) -> None:
    """Look at everything that a template looks at."""
    for field in form:
        assert field.target in {field.id, *(one.id for one in field.options)}
        assert isinstance(field._value(), str)
        assert field.rule is None or json.loads(field.rule)
        for one in field.options:
            assert one.text
            assert one.rule is None or json.loads(one.rule)


@few
@given(questionnaires(), CONTEXTS, st.data())
def test_what_is_hidden_never_counts(definition: Questionnaire, context: Document, data: st.DataObject) -> None:
    context = known(definition, context)
    sent = {
        one.code: value
        for one in definition.questions
        if (value := accepted(one, data.draw(typed(one)), context)) is not None
    }
    asked, counting = walk(definition, sent, context)
    codes = {code for one in asked for code in (one.code, one.comment_code, one.other_code)}
    assert counting.keys() <= codes
    assert not any(counting.get(one.code) for one in definition.questions if one.type == "note")
    card = score(definition, sent, context)
    assert score(definition, counting, context) == card, "what does not count changes nothing"
    only_shown = {code: value for code, value in sent.items() if code in codes}
    assert score(definition, only_shown, context) == card
    assert kept(definition, counting, context) == counting, "what counts goes on counting"
    for code, value in card.lines.items():
        low = -FULL if code.startswith("nps:") else 0
        assert low <= value <= FULL or code.startswith("critical:"), code
    if card.total is not None and card.uncapped is not None:
        assert 0 <= card.total <= card.uncapped <= FULL
    orders = as_shown(definition, frozenset(one.code for one in asked), context)
    assert bool(orders) <= bool(context.get("seed"))


def accepted(question: Question, raw: list[str], context: Document) -> Any:
    """What is stored of what was sent; None for nothing, or something that cannot be read."""
    if question.type == "ref":
        return "r1" if raw else None
    try:
        return TYPES[question.type].parse(question, raw)
    except ValueError:
        return None


@few
@given(questionnaires(), CONTEXTS, st.data())
def test_a_respondent_gets_through_and_what_is_kept_is_what_counts(
    definition: Questionnaire, context: Document, data: st.DataObject
) -> None:
    answers = answered(definition, context, data)
    json.dumps(answers)
    context = known(definition, context)
    assert kept(definition, answers, context) == answers, "page by page and all at once are judged alike"
    score(definition, answers, context)


@few
@given(questionnaires(), CONTEXTS, st.data())
def test_pages_ask_exactly_what_is_asked(definition: Questionnaire, context: Document, data: st.DataObject) -> None:
    """No page is left out that asks something, and every question that is asked stands on one page."""
    context = known(definition, context)
    answers = answered(definition, context, data)
    offered = [one.code for page in pages(definition, context, answers) for one in page.questions]
    assert len(offered) == len(set(offered))
    assert {one.code for one in shown(definition, answers, context)} <= set(offered)


@few
@given(questionnaires(), st.data())
def test_an_answer_that_is_shown_again_is_read_as_itself(definition: Questionnaire, data: st.DataObject) -> None:
    for question in definition.questions:
        value = accepted(question, data.draw(typed(question)), {})
        if value is None or question.type == "ref":
            continue
        assert TYPES[question.type].parse(question, again(question, value)) == value
        for language in ("he", "en"):
            assert display(question, value, language)


def again(question: Question, value: Any) -> list[str]:
    """The strings that a form sends which shows a stored answer and is sent as it stands."""
    choices = tuple(replace(one, shown_if=None) for one in question.choices)
    alone = replace(question, shown_if=None, choices=choices)
    section = Section(code="s", questions=(alone,))
    whole = Questionnaire(format=1, code="q", kind="survey", title={}, languages={"he": "source"}, sections=(section,))
    (field,) = open_form(whole, pages(whole, {})[0], "he", {}, {question.code: value})
    if field.type_name == "ranking":
        return [f"{one.value}:{field.places.get(one.value, '')}" for one in field.options]
    if field.options:
        return [one.value for one in field.options if one.checked]
    if isinstance(value, list):
        return [str(one) for one in value]
    return ["1"] if value is True else [field._value()]


# ---- rules -----------------------------------------------------------------------------------------------------------


@settings(few, max_examples=150)
@given(questionnaires(), CONTEXTS, st.data())
def test_what_is_left_of_a_rule_decides_like_the_whole(
    definition: Questionnaire, context: Document, data: st.DataObject
) -> None:
    """However the answers fall into those known and those still to come: a verdict holds, what is left agrees."""
    given_now = {
        one.code: value
        for one in definition.questions
        if (value := accepted(one, data.draw(typed(one)), context)) is not None
    }
    pending = frozenset(data.draw(st.sets(st.sampled_from([one.code for one in definition.questions]))))
    known_already = {code: value for code, value in given_now.items() if code not in pending}
    to_come = {code: value for code, value in given_now.items() if code in pending}
    for rule in definition.conditions.values():
        whole = evaluate(rule, given_now, context)
        verdict = judge(rule, known_already, context, pending)
        assert verdict in {None, whole}
        left = reduce(rule, known_already, context, pending)
        assert (left if isinstance(left, bool) else evaluate(left, to_come, {})) is whole
