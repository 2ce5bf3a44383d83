"""The library against the content it was written from: text for text, weight for weight, rule for rule.

The content lies beside the repository; where it does not, ``conftest.py`` leaves this file out, but never in CI.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import yaml

from forms.questionnaire import library
from forms.questionnaire.definition import Choice, Question, Questionnaire, Section
from forms.questionnaire.rules import evaluate
from tests.forms.conftest import CONTENT

LANGUAGES = ("he", "en", "ar", "ru")
#: Where the library says something else than the content, with the reason. The pulse's content ends with the promise
#: that nobody learns who took part. An invitation keeps that it was used, so that it is not used twice
#: (docs/anonymity.md): the library says that, and promises no more than what is kept.
OWN_INTRO = {
    "employee_pulse": {
        "he": ", ואיש לא יידע מי השתתפו ומי לא.",
        "en": " and nobody learns who did.",
        "ar": "، ولن يعرف أحد من شارك ومن لم يشارك.",
        "ru": ", и никто не узнает, кто участвовал, а кто нет.",
    }
}
SAID_INSTEAD = {
    "employee_pulse": {
        "he": ". אין דרך לקשור תשובות לאדם; על קישור אישי נשמר רק שנעשה בו שימוש, כדי שלא ייעשה בו שימוש פעמיים.",
        "en": (
            ". Answers cannot be tied to a person; of a personal link only that it was used is kept, so that it is not"
            " used twice."
        ),
        "ar": ". لا يمكن ربط الإجابات بشخص؛ ولا يُحفظ عن الرابط الشخصي سوى أنّه استُخدم، كي لا يُستخدم مرّتين.",
        "ru": (
            ". Связать ответы с человеком нельзя; о личной ссылке сохраняется только то, что она использована, чтобы ею"
            " не воспользовались дважды."
        ),
    }
}


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    assert CONTENT.exists(), f"{CONTENT.name} must lie beside the repository in CI"
    loaded: dict[str, Any] = yaml.safe_load(CONTENT.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def instruments(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in content["instruments"]}


def words(source: dict[str, Any]) -> dict[str, str]:
    return {language: str(source[language]).strip() for language in LANGUAGES}


# ---- rules: the content's expressions are read by Python, ours by the engine, over every case that matters -------


class Facts:
    def __init__(self, **facts: Any) -> None:
        self.__dict__.update(facts)


def compare(left: Any, operator: ast.cmpop, right: Any) -> bool:
    """The content's own comparisons: a missing answer compares as false, except that it is in no list."""
    if isinstance(operator, ast.In):
        return left in right
    if isinstance(operator, ast.NotIn):
        return left not in right
    if isinstance(operator, ast.Eq):
        return bool(left == right)
    if isinstance(operator, ast.NotEq):
        return bool((left or "") != right)
    if not isinstance(left, int):
        return False
    return {ast.LtE: left <= right, ast.Lt: left < right, ast.Gt: left > right, ast.GtE: left >= right}[type(operator)]


def holds(node: ast.AST, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.Expression):
        return holds(node.body, names)
    if isinstance(node, ast.BoolOp):
        inner = [holds(value, names) for value in node.values]
        return all(inner) if isinstance(node.op, ast.And) else any(inner)
    if isinstance(node, ast.UnaryOp):
        return not holds(node.operand, names)
    if isinstance(node, ast.Attribute):
        return getattr(names[ast.unparse(node.value)], node.attr)
    if isinstance(node, ast.Name):
        return names.get(node.id)
    assert isinstance(node, ast.Compare)
    return compare(holds(node.left, names), node.ops[0], ast.literal_eval(node.comparators[0]))


def values(question: Question) -> list[Any]:
    return [None, *(option.value for option in question.options)]


def cases(expression: str, definition: Questionnaire, own: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Answers and contexts: every value of every question named, and every fact both ways."""
    codes = sorted(
        {node.id for node in ast.walk(ast.parse(expression, mode="eval")) if isinstance(node, ast.Name)}
        - {"scenario", "link", "no_callback_promised"}
    )
    codes = [own if code == "value" else code for code in codes]
    spans = []
    for code in codes:
        question = definition.by_code[code]
        counted = [0, 1, 5, 6, 7, 10, 11] if question.type == "minutes" else []
        typed = ["מילים"] if question.type == "text" else []
        spans.append([*values(question), *counted, *typed])
    for picked in product(*spans):
        answers = {code: value for code, value in zip(codes, picked, strict=True) if value is not None}
        for link, first, second in product(("personal", "open"), (True, False), (True, False)):
            scenario = {"has_appointment": first, "has_account": second}
            yield answers, {"link": link, "scenario": scenario, "no_callback_promised": first}


def same_rule(expression: str | None, rule: Any, definition: Questionnaire, own: str = "") -> None:
    assert (expression is None) == (rule is None)
    if expression is None:
        return
    tree = ast.parse(expression, mode="eval")
    seen = set()
    for answers, context in cases(expression, definition, own):
        names = {**answers, **context, "value": answers.get(own), "scenario": Facts(**context["scenario"])}
        expected = bool(holds(tree, names))
        seen.add(expected)
        assert evaluate(rule, answers, context) is expected, (expression, answers, context)
    assert seen == {True, False}, f"{expression} was tried both ways"


# ---- texts, weights and marks -----------------------------------------------------------------------------------


def same_choices(source: list[dict[str, Any]], choices: tuple[Choice, ...]) -> None:
    assert [(one["value"], words(one)) for one in source] == [(one.value, dict(one.text)) for one in choices]


def same_scale(source: dict[str, Any], question: Question) -> None:
    scale = question.scale
    assert scale is not None
    listed = [*source.get("points", ()), *source.get("extra", ())]
    same_choices(listed, (*scale.points, *scale.extra))
    assert (source.get("min"), source.get("max")) == (scale.min, scale.max)
    anchors = {anchor.value: dict(anchor.text) for anchor in scale.anchors}
    assert anchors == {value: words(text) for value, text in source.get("anchors", {}).items()}
    outside = {one["value"] for one in listed if one["value"] in {"dk", "na", "skip"}}
    assert scale.outside == outside
    shares = {one.value: one.score for one in scale.points if one.score is not None}
    assert shares == ({"yes": 100, "no": 0} if question.type == "item" else {})


#: Keys of the content's questions that are compared one by one; anything else would go unseen.
COMPARED = {
    *("id", "type", "scale", "options", "hint", "measures", "points", "bands", "critical", "critical_if", "na_if"),
    *("shown_if", "evidence", "answered_later", "voids", "max_chars", "dir", "open_link", "no_branch", *LANGUAGES),
}


def same_question(source: dict[str, Any], question: Question, content: dict[str, Any], whole: Questionnaire) -> None:
    assert set(source) <= COMPARED, set(source) - COMPARED
    assert question.code == source["id"]
    assert dict(question.text) == words(source)
    assert dict(question.hint) == (words(source["hint"]) if "hint" in source else {})
    assert {name: dict(text) for name, text in question.variants.items()} == {
        name: words(source[name]) for name in ("open_link", "no_branch") if name in source
    }
    if "scale" in source:
        same_scale(content["scales"][source["scale"]], question)
        assert question.type == ("item" if source.get("points") else "scale")
    else:
        assert question.type == source["type"]
    same_choices(source.get("options", []), question.choices)
    assert question.measure == source.get("measures")
    assert question.points == source.get("points")
    assert [(band.max, band.points) for band in question.bands] == [
        (band["max"], band["points"]) for band in source.get("bands", ())
    ]
    for mark in ("critical", "answered_later", "voids"):
        assert getattr(question, mark) is source.get(mark, False)
    for key in ("evidence", "max_chars", "dir"):
        assert getattr(question, key) == source.get(key)
    assert question.required is False
    same_rule(source.get("critical_if"), question.critical_if, whole, question.code)
    same_rule(source.get("na_if"), question.na_if, whole)
    same_rule(source.get("shown_if"), question.shown_if, whole)


def by_section(source: dict[str, Any]) -> list[tuple[str, dict[str, Any] | None, list[dict[str, Any]]]]:
    """The content's parts as the sections they became: code, scored section, questions."""
    found: list[tuple[str, dict[str, Any] | None, list[dict[str, Any]]]] = []
    if "header_fields" in source:
        found.append(("header", None, source["header_fields"]))
    if "questions" in source:
        found.append(("main", None, source["questions"]))
    found += [(one["id"], one, one["items"]) for one in source.get("sections", ())]
    if "unscored" in source:
        found.append(("unscored", None, source["unscored"]))
    return found


def same_section(section: Section, source: dict[str, Any] | None) -> None:
    assert section.scored is (source is not None)
    assert section.points == (source["points"] if source else None)
    assert dict(section.title) == (words(source["title"]) if source else {})


def test_all_are_here_and_no_other(instruments: dict[str, Any]) -> None:
    assert library.codes() == sorted(instruments)
    assert len(instruments) == 11


CODES = library.codes()


@pytest.mark.parametrize("code", CODES)
def test_questions_texts_weights_marks_and_rules(
    code: str, content: dict[str, Any], instruments: dict[str, Any]
) -> None:
    ours, source = library.load(code), instruments[code]
    expected = by_section(source)
    assert [section.code for section in ours.sections] == [name for name, _section, _questions in expected]
    for section, (_name, scored, questions) in zip(ours.sections, expected, strict=True):
        same_section(section, scored)
        for question, one in zip(section.questions, questions, strict=True):
            same_question(one, question, content, ours)


@pytest.mark.parametrize("code", CODES)
def test_the_frame(code: str, content: dict[str, Any], instruments: dict[str, Any]) -> None:
    ours, source = library.load(code), instruments[code]
    assert ours.kind == source["kind"]
    assert dict(ours.title) == words(source["title"])
    assert dict(ours.languages) == content["languages"]
    for key in ("anonymity", "estimated_seconds", "min_group_size", "no_free_text_below_group", "total_points"):
        assert getattr(ours, key) == source.get(key)
    assert (ours.total_points is None) == (not source.get("sections"))
    intro = source.get("intro")
    if code in OWN_INTRO:
        assert {
            language: OWN_INTRO[code][language] in words(intro)[language] for language in LANGUAGES
        } == dict.fromkeys(LANGUAGES, True), "the content promises more than is kept"
        intro = {
            language: words(intro)[language].partition(OWN_INTRO[code][language])[0] + SAID_INSTEAD[code][language]
            for language in LANGUAGES
        }
    assert (dict(ours.intro.text) if ours.intro else None) == (words(intro) if intro else None)
    if ours.intro and intro:
        variants = {name: words(intro[name]) for name in ("open_link", "no_branch") if name in intro}
        assert {name: dict(text) for name, text in ours.intro.variants.items()} == variants
    notice = content["texts"]["no_secrets"] if source["kind"] == "customer_survey" else None
    assert dict(ours.notice) == (words(notice) if notice else {})
    sending = {"after": source.get("send_after"), "once_per_case": source.get("once_per_case")}
    assert dict(ours.sending) == {key: value for key, value in sending.items() if value is not None}


def resolved(source: dict[str, Any], key: str, instruments: dict[str, Any]) -> str:
    text = str(source[key]).strip()
    return resolved(instruments[text.removeprefix("as in ")], key, instruments) if text.startswith("as in ") else text


@pytest.mark.parametrize("code", CODES)
def test_rules_kept_for_readers(code: str, instruments: dict[str, Any]) -> None:
    source = instruments[code]
    rules = [key for key in source if key.endswith("_rule")]
    expected = {key.removesuffix("_rule"): resolved(source, key, instruments) for key in rules}
    assert dict(library.load(code).notes) == expected


@pytest.mark.parametrize("code", CODES)
def test_the_follow_up(code: str, content: dict[str, Any], instruments: dict[str, Any]) -> None:
    ours, source = library.load(code), instruments[code].get("follow_up")
    assert (ours.follow_up is None) == (source is None)
    if ours.follow_up is None or source is None:
        return
    assert source["default"] is False
    consent = {key: value for key, value in source.items() if key not in {"default", "recipient", "phone"}}
    same_question(consent, ours.follow_up.consent, content, ours)
    recipient = ours.follow_up.recipient
    assert (recipient is None) == ("recipient" not in source)
    if recipient is not None:
        assert dict(recipient.text) == words(source["recipient"])
        same_choices(source["recipient"]["options"], recipient.choices)
    phone, asked = source["phone"], ours.follow_up.phone
    assert asked is not None
    assert (asked.code, asked.type, asked.dir) == (phone["id"], phone["type"], phone["dir"])
    assert dict(asked.text) == words(phone)
    assert (phone["shown_if"], phone["required_if"]) == ("link == 'open'", "ticked")
    assert asked.required
    for link, ticked in product(("personal", "open"), (True, False)):
        answers = {ours.follow_up.consent.code: True} if ticked else {}
        assert evaluate(asked.shown_if, answers, {"link": link}) is (link == "open" and ticked)
        if recipient is not None:
            assert evaluate(recipient.shown_if, answers, {"link": link}) is ticked


@pytest.mark.parametrize("code", CODES)
def test_thanks_confirmation_and_automation(code: str, content: dict[str, Any], instruments: dict[str, Any]) -> None:
    ours, source = library.load(code), instruments[code]
    thanks = source.get("thanks")
    assert (dict(ours.thanks.text) if ours.thanks else None) == (words(thanks) if thanks else None)
    praise = ours.thanks.praise if ours.thanks else None
    assert (praise is None) == ("praise" not in (thanks or {}))
    if praise is not None and thanks is not None:
        same_question(thanks["praise"], praise, content, ours)
    confirmation = source.get("confirmation")
    assert (ours.confirmation is None) == (confirmation is None)
    if ours.confirmation and confirmation:
        assert ours.confirmation.question == confirmation["question"]
        assert (ours.confirmation.by, ours.confirmation.no_reply) == (confirmation["by"], confirmation["no_reply"])
        assert dict(ours.confirmation.button) == words(confirmation["button"])
        same_rule(confirmation["confirmed_if"], ours.confirmation.confirmed_if, ours)
    assert [one.then for one in ours.automation] == [one["then"] for one in source.get("automation", ())]
    for mine, other in zip(ours.automation, source.get("automation", ()), strict=True):
        same_rule(other["if"], mine.when, ours)


#: Everything an instrument of the content may hold; a new key must be compared before it is left to itself.
KNOWN = {
    *("id", "kind", "title", "anonymity", "estimated_seconds", "min_group_size", "no_free_text_below_group", "intro"),
    *("total_points", "header_fields", "questions", "sections", "unscored", "scored", "follow_up", "thanks"),
    *("confirmation", "automation", "send_after", "once_per_case"),
}


def test_nothing_in_the_content_is_overlooked(content: dict[str, Any], instruments: dict[str, Any]) -> None:
    for source in instruments.values():
        assert {key for key in source if not key.endswith("_rule")} <= KNOWN
        assert source.get("scored", True) is ("scored" not in source)
    used = {question.scale.code for code in CODES for question in library.load(code).questions if question.scale}
    assert used == set(content["scales"])


def test_messages(content: dict[str, Any]) -> None:
    source, ours = content["messages"], library.messages()
    assert dict(ours.optout_keyword) == words(source["optout_keyword"])
    assert dict(ours.staff_notice) == words(source["staff_notice"])
    texts = {key.removeprefix("sms_"): one for key, one in source.items() if key.startswith("sms_")}
    assert list(ours.sms) == list(texts)
    for code, one in texts.items():
        assert dict(ours.sms[code].text) == words(one)
        assert (ours.sms[code].max_segments, ours.sms[code].max_characters) == (
            one["max_segments"],
            one["max_characters"],
        )
    assert {one.questionnaire for one in ours.sms.values()} <= set(library.codes())
