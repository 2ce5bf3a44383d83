"""A page of a questionnaire → a form: built once per version, page, language and wording, opened once per request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, Final, cast

from markupsafe import Markup, escape
from wtforms.form import BaseForm

from forms.base import Meta
from forms.questionnaire.fields import (
    Face,
    QuestionField,
    comment_question,
    face,
    missing_evidence,
    with_references,
)
from forms.questionnaire.paging import Page, pages, thanks_page, visible
from forms.questionnaire.parts import Answers, Context, Question, Questionnaire, Stored, active_variants
from forms.questionnaire.rules import evaluate, is_required, kept, not_applicable, reduce
from forms.questionnaire.types import share
from translations import isolate, localised

__all__ = [
    "PLACEHOLDERS",
    "Page",
    "PageForm",
    "build",
    "is_required",
    "open_form",
    "pages",
    "praise_form",
    "render_text",
]

#: Values that a text may name in braces.
PLACEHOLDERS: Final = ("branch", "org", "unit", "date", "url", "contact", "agent")
_PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")
_UNKNOWN: Final = "…"
#: Forms kept in memory: some versions × pages × four languages.
_CACHED: Final = 512


def lost_points(question: Question, value: Stored | None) -> bool:
    """Whether an answer was judged and earned less than everything."""
    part = share(question, value)
    return part is not None and part < 1


#: Which answers to an item cannot stand without words, by its evidence rule.
_WORDS_NEEDED: Final = {"text": lost_points}


class PageForm(BaseForm):
    """One page being filled in. Iterate it for the questions to draw; an item's free line hangs on its ``comment``."""

    questionnaire: ClassVar[Questionnaire]
    page: ClassVar[Page]
    language: ClassVar[str]
    faces: ClassVar[Mapping[str, Face]]

    def __init__(self, formdata: Any = None, answers: Answers | None = None, context: Context | None = None) -> None:
        """``formdata`` is a multidict of what was sent, or None; ``answers`` is the draft so far."""
        self.context: Context = context or {}
        draft = dict(answers or {})
        others = {code: value for code, value in draft.items() if code not in self.page.codes}
        #: Answers of other pages that count.
        self.before: dict[str, Stored] = kept(self.questionnaire, others, self.context)
        #: What this page adds, once it is valid: only questions shown, only given answers.
        self.answers: dict[str, Stored] = {}
        self.questions = visible(self.page, self.questionnaire, draft, self.context)
        pending = frozenset(question.code for question in self.questions)
        super().__init__(dict(self._unbound(pending)), meta=Meta())
        for question in self.questions:
            if question.comment_code in self._fields:
                self._field(question.code).comment = self._field(question.comment_code)
        self.process(formdata, data=draft)

    def _unbound(self, pending: frozenset[str]) -> Any:
        for question in self.questions:
            drawn = self.faces[question.code]
            if self.context.get("refs", {}).get(question.code):
                drawn = face(with_references(question, self.language, self.context), self.language)
            rule, na_rule = (
                one and reduce(one, self.before, self.context, pending) for one in (question.shown_if, question.na_if)
            )
            yield question.code, QuestionField(face=drawn, rule=rule, na_rule=na_rule)
            if question.comment_code in self.faces:
                yield question.comment_code, QuestionField(face=self.faces[question.comment_code])

    def __iter__(self) -> Any:
        """The questions, without the free lines that belong to them."""
        return iter([self._field(question.code) for question in self.questions])

    def _field(self, code: str) -> QuestionField:
        return cast("QuestionField", self._fields[code])

    @property
    def codes(self) -> list[str]:
        """Every code this page may store, comments included."""
        return list(self._fields)

    @property
    def page_answers(self) -> dict[str, Stored | None]:
        """What the page stores: every code of it, None where nothing stands (left empty, or hidden by a rule)."""
        return {code: self.answers.get(code) for code in self.faces}

    @property
    def error_summary(self) -> list[tuple[str, str]]:
        """(id to link to, message) for the top of the page, in the order of the questions."""
        listed = [one for field in self for one in (field, field.comment) if one is not None]
        return [(one.target, str(error)) for one in listed for error in one.errors]

    def validate(self, extra_validators: Any = None) -> bool:
        """Drop what a rule hides, check the rest; True when the page may be stored."""
        seen = dict(self.before)
        for question in self.questions:
            field = self._field(question.code)
            field.errors = []
            if field.comment is not None:
                field.comment.errors = []
            if not evaluate(question.shown_if, seen, self.context):
                continue
            self._settle(question, field, seen)
        self.answers = {code: seen[code] for code in self.codes if code in seen}
        return not any(one.errors for one in self._fields.values())

    def _settle(self, question: Question, field: QuestionField, seen: dict[str, Stored]) -> None:
        """Check one shown question and put its answer, and the words beside it, among those seen."""
        if not_applicable(question, seen, self.context):
            if question.scale and question.scale.extra:
                seen[question.code] = question.scale.extra[0].value
        elif field.process_errors:
            field.errors = list(field.process_errors)
        elif field.data is not None:
            seen[question.code] = field.data
        elif is_required(question, seen, self.context):
            field.errors = [str(field.handler.missing)]
        if field.comment is None:
            return
        field.comment.errors = list(field.comment.process_errors)
        if field.comment.data is not None:
            seen[question.comment_code] = field.comment.data
        elif _WORDS_NEEDED.get(question.evidence or "", _never)(question, seen.get(question.code)):
            field.comment.errors.append(missing_evidence())


def _never(question: Question, value: Stored | None) -> bool:
    return False


@dataclass(frozen=True)
class _Recipe:
    """What a form class depends on: the cache's key. The questionnaire and the page are known by digest and codes."""

    digest: str
    page_code: str
    question_codes: tuple[str, ...]
    language: str
    variants: tuple[str, ...]
    questionnaire: Questionnaire = field(compare=False)
    page: Page = field(compare=False)


@lru_cache(maxsize=_CACHED)
def _form_class(recipe: _Recipe) -> type[PageForm]:
    faces: dict[str, Face] = {}
    for question in recipe.page.questions:
        faces[question.code] = face(question, recipe.language, recipe.variants)
        if question.points is not None:
            beside = comment_question(question)
            faces[beside.code] = face(beside, recipe.language, recipe.variants)
    members = {
        "questionnaire": recipe.questionnaire,
        "page": recipe.page,
        "language": recipe.language,
        "faces": faces,
    }
    return type("PageForm", (PageForm,), members)


def build(questionnaire: Questionnaire, page: Page, language: str, context: Context) -> type[PageForm]:
    """The form class of a page, in a language, worded for the context."""
    codes = tuple(question.code for question in page.questions)
    variants = active_variants(context)
    return _form_class(_Recipe(questionnaire.digest, page.code, codes, language, variants, questionnaire, page))


def open_form(
    questionnaire: Questionnaire,
    page: Page,
    language: str,
    context: Context,
    answers: Answers,
    formdata: Any = None,
) -> PageForm:
    """A page ready to draw or to check. ``answers`` is the draft so far, ``formdata`` what was sent (None to draw)."""
    return build(questionnaire, page, language, context)(formdata, answers, context)


def praise_form(questionnaire: Questionnaire, language: str, formdata: Any = None) -> PageForm | None:
    """The line of praise on the page after sending; None where there is none."""
    page = thanks_page(questionnaire)
    return open_form(questionnaire, page, language, {}, {}, formdata) if page else None


def render_text(text: str | Mapping[str, str], values: Mapping[str, object], html: bool = True) -> Markup | str:
    """A text with its ``{placeholders}`` filled in, each value isolated so that its script cannot reorder the sentence.

    As HTML everything is escaped and values stand in ``<bdi>``; as plain text they stand between U+2068 and U+2069. A
    value that is not known shows as an ellipsis. A text per language is read in the active one.
    """
    words = text if isinstance(text, str) else localised(text)
    parts = _PLACEHOLDER.split(words)
    if not html:
        return "".join(isolate(values.get(part, _UNKNOWN)) if odd % 2 else part for odd, part in enumerate(parts))
    return Markup("").join(
        Markup("<bdi>{}</bdi>").format(values.get(part, _UNKNOWN)) if odd % 2 else escape(part)
        for odd, part in enumerate(parts)
    )
