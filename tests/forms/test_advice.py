"""Advice: estimates that move with what is asked, and warnings that are right on purpose-made and on real questions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from forms.questionnaire import library
from forms.questionnaire.advice.effort import count_words, typical_way
from forms.questionnaire.advice.warnings import effort, load, warnings
from forms.questionnaire.definition import load as read
from tests.forms.everything import everything
from tests.forms.samples import asked, he, question, questionnaire
from translations import speaking


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with speaking("en"):
        yield


def said(words: str, language: str = "he", kind: str = "scale", **more: Any) -> str:
    """Everything said about the words of one question."""
    text = {"he": "שאלה", language: words}
    scale = {"scale": "sat5"} if kind in {"scale", "item"} else {}
    survey = questionnaire(asked({**question("a", kind, **scale, **more), "text": text}))
    return " ".join(one.message for one in warnings(survey, language) if one.place == "questions.a.text")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("he", "האם אינך מסכים שהשירות השתפר?"),
        ("he", "נכון שהמענה היה מהיר?"),
        ("he", "כולם יודעים שהמתנה מעצבנת. כמה המתנת?"),
        ("he", "עד כמה נהנית מהביקור?"),
        ("he", "מה דעתך על הצוות המסור שלנו?"),
        ("he", "עד כמה השתמשת בשירות המצוין?"),
        ("en", "Don't you agree that the branch is clean?"),
        ("en", "How much did you enjoy the visit?"),
        ("en", "What do you think of our excellent service?"),
        ("en", "As you know, queues are short. How long did you wait?"),
        ("ar", "ألا توافق على أن الخدمة تحسّنت؟"),
        ("ru", "Не считаете ли вы, что обслуживание стало лучше?"),
    ],
)
def test_leading_questions_are_seen(language: str, words: str) -> None:
    assert "may lead" in said(words, language)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("he", "עד כמה השירות היה מהיר ואדיב?"),
        ("he", "עד כמה היית מרוצה מהשירות ומהמחיר?"),
        ("he", "האם הפקיד היה מקצועי וסבלני?"),
        ("he", "עד כמה היה קל ו/או נוח?"),
        ("en", "Was the clerk polite and professional?"),
        ("en", "How satisfied were you with the service and the fees?"),
        ("en", "Was it fast and/or cheap?"),
        ("ru", "Было ли обслуживание быстрым и вежливым?"),
    ],
)
def test_double_questions_are_seen(language: str, words: str) -> None:
    assert "two things" in said(words, language)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("he", "עד כמה היית מרוצה מהשירות בסניף {branch}?"),
        ("he", "עד כמה ההסברים שקיבלת היו ברורים?"),
        ("he", "עד כמה היה קל להשלים את מה שרצית לעשות?"),
        ("he", "שעות הפעילות והכתובת נראו בבירור מבחוץ."),
        ("he", "באיזו מידה יש לך נכונות להמליץ לחברים ולבני משפחה?"),
        ("he", "הפקיד בירך לשלום ושאל במה אפשר לעזור."),
        ("en", "How satisfied were you with the service on your last visit?"),
        ("en", "Was everything explained clearly?"),
        ("en", "Would you recommend the branch to friends or family?"),
        ("ar", "ما مدى رضاك عن الخدمة؟"),
        ("ru", "Насколько легко было сделать то, что вы хотели?"),
    ],
)
def test_plain_questions_pass(language: str, words: str) -> None:
    assert said(words, language) == ""


def test_denials_and_long_sentences() -> None:
    assert "Two denials" in said("לא נאמר לי שאין מקום.", kind="item")
    assert "denial on a scale" in said("עד כמה השירות לא היה מהיר?")
    assert said("הפקיד לא הרים את הקול.", kind="item") == "", "one denial in a statement that is ticked is plain"
    assert "longest sentence" in said("מילה " * 40 + "?")
    assert load("קצר. " + "מילה " * 30, "he").sentence == 30
    assert load("I was not told that it would not work without a card.", "en").denials == 3
    assert load("Without a card.", "en").denials == 0


def test_every_real_questionnaire_and_what_is_said_of_it() -> None:
    """Few and right: a change of the rules shows here."""
    found = {
        (code, one.place)
        for code in library.codes()
        for language in ("he", "en", "ar", "ru")
        for one in warnings(library.load(code), language)
    }
    assert found == {
        ("contact_centre_mystery_call", "questions.A4.text"),
        ("executive_field_visit", ""),
        ("leaving_customer", "questions.lc1.choices"),
    }


@pytest.mark.parametrize("code", [code for code in library.codes() if library.load(code).estimated_seconds])
def test_estimates_are_near_what_the_library_states(code: str) -> None:
    ours = library.load(code)
    assert ours.estimated_seconds is not None
    assert 0.5 <= effort(ours).seconds / ours.estimated_seconds <= 1.5


def test_effort_grows_with_words_types_and_choices() -> None:
    plain = questionnaire(asked(question("a", "line")))
    longer = questionnaire(asked({**question("a", "line"), "text": he("מילה " * 187)}))
    assert effort(longer).seconds - effort(plain).seconds == pytest.approx(60, abs=2), "187 Hebrew words a minute"
    typed = questionnaire(asked(question("a", "text")))
    assert effort(typed).seconds > effort(plain).seconds
    assert effort(plain, "ar").seconds >= effort(plain, "en").seconds


def test_the_typical_way_leaves_out_what_few_are_asked() -> None:
    scale = question("a", "scale", scale="sat5")
    survey = questionnaire(asked(scale, question("b", "text", shown_if={"le": ["a", 2]}), question("n", "note")))
    assert [one.code for one in typical_way(survey)] == ["a", "n"]
    found = effort(survey)
    assert (found.questions, found.all_questions) == (1, 2)
    assert found.longest > found.seconds
    assert found.minutes == 1


def test_words_are_counted_as_read() -> None:
    assert count_words("כמה זמן? ב־9.3 בסניף {branch}") == 7
    assert count_words("") == 0


def of(*questions: dict[str, Any], **more: Any) -> dict[str, str]:
    survey = questionnaire(asked(*questions), **more)
    return {one.place: one.message for one in warnings(survey, "he")}


def points(*labels: str) -> dict[str, Any]:
    return {"points": [{"value": i, "text": he(label)} for i, label in enumerate(labels, 1)],
            "extra": [{"value": "dk", "text": he("קשה לומר")}]}  # fmt: skip


def test_scales_out_of_balance_and_without_a_way_out() -> None:
    even = points("גרוע מאוד", "גרוע", "סביר", "טוב", "טוב מאוד")
    odd = points("גרוע", "סביר", "טוב", "טוב מאוד", "מצוין")
    one = question("a", "scale", scale="s")
    assert of(one, scales={"s": even}) == {}
    assert "not balanced" in of(one, scales={"s": odd})["scales.s"]
    assert "hard to say" in of(one, scales={"s": {"points": even["points"]}})["scales.s"]
    strange = points("א", "ב", "ג", "ד")
    assert of(one, scales={"s": strange}) == {}, "words that no rule knows"


def test_choices_required_and_open_questions() -> None:
    choices = [{"value": f"v{i}", "text": he(f"בחירה {i}")} for i in range(8)]
    assert set(of(question("a", "single", choices=choices))) == {"questions.a.choices"}
    assert of(question("a", "dropdown", choices=choices)) == {}
    assert of(question("a", "single", choices=choices[:7])) == {}
    assert set(of(question("a", "text", required=True))) == {"questions.a.required"}
    assert "Everybody is asked to write" in of(*(question(one, "text") for one in "abc"))[""]
    assert of(*(question(one, "text") for one in "ab")) == {}
    lines = [question(one, "line", required=True) for one in "abcde"]
    assert "5 of 5 questions" in of(*lines)[""]
    assert of(*lines[:4]) == {}


def test_time_that_is_long_or_not_as_stated() -> None:
    many = [question(f"q{i}", "email") for i in range(60)]
    assert "minutes" in of(*many)[""]
    assert set(of(*(question(one, "line") for one in "abcdef"), estimated_seconds=10)) == {"estimated_seconds"}


def test_drafts_of_any_state_are_advised() -> None:
    """Nothing is complete yet, and an unknown language has no patterns."""
    empty = questionnaire(asked(), code="draft")
    assert warnings(empty, "he") == []
    assert effort(empty).seconds >= 0
    assert isinstance(warnings(read(everything()), "fr"), list)
