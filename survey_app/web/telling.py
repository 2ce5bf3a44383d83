"""What stands in the way of a page, for its summary: each message with the question it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from forms.questionnaire.build import PageForm
from forms.questionnaire.fields import QuestionField, phrase
from forms.questionnaire.types import TYPES, quoted
from survey_app.web.filling import Filling
from survey_app.web.wording import Words
from translations import gettext as _

#: (place to link to, message, the question in words): the last is empty where the message is about none.
Told = tuple[str, str, str]
#: The longest question that a summary repeats whole.
_LONG = 90


def told(form: PageForm, words: Words) -> list[Told]:
    """The errors of a page in the order of its questions, in the words that stand beside each."""
    found: list[Told] = []
    for field in form:
        name = short(words(field.phrase.text))
        for one in (field, field.other, field.comment):
            found.extend((one.target, str(error), name) for error in (one.errors if one is not None else ()))
    return found


def short(text: Markup | str) -> str:
    """A question as one line of a list."""
    whole = " ".join((text.striptags() if isinstance(text, Markup) else text).split())
    return whole if len(whole) <= _LONG else whole[: _LONG - 1].rsplit(" ", 1)[0] + "…"


def question_named(filling: Filling, code: str, words: Words) -> str:
    """A question of any page by its words."""
    question = filling.definition.by_code[code]
    return short(words(phrase(question.wording(filling.ticket.context), filling.language).text))


def tell_disputed(form: PageForm, disputed: Mapping[str, Any], sent: Mapping[str, Any]) -> None:
    """Put beside each question that was answered on two devices what stands and what came now.

    ``disputed`` is what stands (None: left blank) by code, ``sent`` what this page says.
    """
    for field in form:
        for one in (field, field.other, field.comment):
            if one is not None and one.name in disputed:
                one.errors = [_both(one, form.language, disputed[one.name], sent.get(one.name))]


def _both(field: QuestionField, language: str, there: Any, here: Any) -> str:
    question = field.question
    if not question.options and TYPES[question.type].asks and there is not None:
        return _(
            "Meanwhile another device or window wrote here: “%(there)s”. Sent once more, what stands here is kept.",
            there=quoted(question, there, language),
        )
    blank = _("no answer")
    return _(
        "Another device or window says: “%(there)s”. Here it is: “%(here)s”. Please choose, and send once more.",
        there=blank if there is None else quoted(question, there, language),
        here=blank if here is None else quoted(question, here, language),
    )
