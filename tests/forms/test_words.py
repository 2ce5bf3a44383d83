"""Whatever a form says, it says in the reader's language: nothing of WTForms and nothing English reaches Hebrew."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import wtforms
from werkzeug.datastructures import MultiDict

from forms.account import LoginForm, PasswordForm
from forms.base import MESSAGES
from forms.desk import DecisionForm
from forms.fieldwork import AssignmentForm, correction_form
from forms.questionnaire import library
from forms.questionnaire.build import open_form, pages
from forms.questionnaire.check import problems
from forms.questionnaire.definition import load
from forms.questionnaire.fields import EVIDENCE, FORMATS
from forms.questionnaire.paging import HEADINGS
from forms.questionnaire.types import TYPES
from forms.review import EraseForm, ExcludeForm, SignForm
from tests.forms.samples import asked, question, questionnaire
from tests.forms.test_check import CASES, GOOD, MORE
from tests.forms.test_types import REFUSED
from translations import catalogue, speaking

ROOT = Path(__file__).resolve().parents[2]
LATIN_WORD = re.compile(r"[A-Za-z]{3,}")
HEBREW = re.compile(r"[\u05d0-\u05ea]")
NIKUD = re.compile(r"[\u0591-\u05bd\u05bf-\u05c7]")


def wtforms_messages() -> Iterator[str]:
    """Every message in WTForms' source that is looked up in a catalogue."""
    for path in Path(wtforms.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if called and node.func.attr in {"gettext", "ngettext"} and isinstance(node.args[0], ast.Constant):  # type: ignore[attr-defined]
                yield node.args[0].value  # type: ignore[attr-defined]


def test_every_message_of_wtforms_has_words_of_ours() -> None:
    found = set(wtforms_messages())
    assert len(found) > 30
    assert found == set(MESSAGES)


def is_hebrew(text: str) -> bool:
    bare = re.sub(r"%\(\w+\)[sd]", "", text)
    return bool(HEBREW.search(bare)) and not LATIN_WORD.search(bare) and not NIKUD.search(bare) and "/" not in bare


@pytest.mark.parametrize("message", sorted(MESSAGES))
def test_they_are_hebrew(message: str) -> None:
    assert is_hebrew(str(MESSAGES[message]))


@pytest.mark.parametrize(("asked_question", "typed", "words"), REFUSED)
def test_refusals_are_hebrew(asked_question: Any, typed: str, words: str) -> None:
    with pytest.raises(ValueError, match=HEBREW) as caught:
        TYPES[asked_question.type].parse(asked_question, [typed])
    assert is_hebrew(str(caught.value))


@pytest.mark.parametrize("words", [*(one.missing for one in TYPES.values()), *EVIDENCE.values(), *FORMATS.values()])
def test_what_stands_beside_a_field_is_hebrew(words: Any) -> None:
    assert is_hebrew(str(words))


@pytest.mark.parametrize("words", HEADINGS.values())
def test_headings_are_hebrew(words: Any) -> None:
    assert is_hebrew(str(words))


ITEMS = library.load("branch_mystery_visit").by_code
STAFF: dict[str, Callable[[Any], Any]] = {
    "login": LoginForm,
    "password": PasswordForm,
    "assignment": lambda data: AssignmentForm(
        data, shoppers=[("1", "דנה")], branches=[("1", "סניף")], scenarios=[("1", "תרחיש")]
    ),
    "decision": lambda data: DecisionForm("rejected", data, needs_words=True, phrases=[("scenario", "לא לפי התרחיש")]),
    "correction of a choice": lambda data: correction_form(ITEMS["A1"], "he", data),
    "correction of a number": lambda data: correction_form(ITEMS["B3"], "he", data),
    "sign": SignForm,
    "exclude": ExcludeForm,
    "erase": EraseForm,
}
WRONG = [("shopper", "9"), ("window_from", "x"), ("window_until", "y"), ("outcome", "z"), ("email", "x" * 300)]


@pytest.mark.parametrize("sent", [[], WRONG], ids=["nothing", "nonsense"])
@pytest.mark.parametrize("name", STAFF)
def test_staff_forms_speak_hebrew(name: str, sent: list[tuple[str, str]]) -> None:
    form = STAFF[name](MultiDict(sent))
    assert not form.validate()
    assert form.error_summary
    for _place, message in form.error_summary:
        assert is_hebrew(message), message
    for field in form:
        assert is_hebrew(str(field.label.text)), field.name


RESPONDENT = questionnaire(
    asked(
        question("a", "scale", scale="sat5", required=True),
        question("b", "text", required=True),
        question("c", "checkbox", required=True),
        question("d", "phone"),
        question("e", "date"),
    )
)


@pytest.mark.parametrize(
    ("language", "script"), [("he", "\u05d0-\u05ea"), ("ar", "\u0621-\u064a"), ("ru", "а-яё"), ("en", "a-z")]
)
def test_a_respondent_is_told_in_the_own_language(language: str, script: str) -> None:
    with speaking(language):
        page = pages(RESPONDENT, {})[0]
        form = open_form(RESPONDENT, page, language, {}, {}, MultiDict([("d", "12"), ("e", "soon")]))
        assert not form.validate()
        told = [message for _place, message in form.error_summary]
    assert len(told) == 5
    for message in told:
        assert re.search(f"[{script}]", message.lower()), message
        assert language == "en" or not LATIN_WORD.search(message), message


@pytest.mark.parametrize("change", [change for _place, change, _words in (*CASES, *MORE)])
def test_problems_of_a_document_are_hebrew(change: Callable[[dict[str, Any]], Any]) -> None:
    data = deepcopy(GOOD)
    change(data)
    found = problems(load(data))
    assert found
    for problem in found:
        assert HEBREW.search(problem.message), problem


def messages(path: Path) -> Iterator[str]:
    """What a file looks up in the catalogue."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "_l"}:
            yield ast.literal_eval(node.args[0])


@pytest.mark.parametrize("path", sorted((ROOT / "forms").rglob("*.py")), ids=lambda path: path.stem)
def test_every_message_is_in_the_hebrew_catalogue(path: Path) -> None:
    for message in messages(path):
        if not re.search("[a-z]{2}", re.sub(r"%\(\w+\)s", "", message)):
            continue  # a name such as CSV, or nothing but what is filled in
        assert HEBREW.search(catalogue("he").gettext(message)), message
