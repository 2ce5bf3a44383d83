"""A page of a questionnaire → a form: built once per version, page, language and wording, opened once per request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, Final, cast

from wtforms.form import BaseForm

from forms.base import Meta
from forms.questionnaire import answers as typed
from forms.questionnaire.document import Known, Questionnaire
from forms.questionnaire.fields import (
    Face,
    QuestionField,
    face,
    lines_of,
    missing_evidence,
    with_references,
)
from forms.questionnaire.markup import PLACEHOLDERS, render_text
from forms.questionnaire.order import option_order
from forms.questionnaire.paging import Page, elsewhere, pages, thanks_page, visible
from forms.questionnaire.parts import Answers, Context, Question, Rule, Stored, active_variants
from forms.questionnaire.rules import (
    evaluate,
    is_required,
    is_unfit,
    not_applicable,
    on_offer,
    reduce,
    words_beside,
)
from forms.questionnaire.types import share
from translations import gettext as _
from translations import localised

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
        #: Answers of other pages that count.
        self.before: dict[str, Stored] = elsewhere(self.page, self.questionnaire, draft, self.context)
        #: What this page adds, once it is valid: only questions shown, only given answers.
        self.answers: dict[str, Stored] = {}
        self.questions = visible(self.page, self.questionnaire, self.before, self.context)
        pending = frozenset(question.code for question in self.questions)
        super().__init__(dict(self._unbound(pending)), meta=Meta())
        for question in self.questions:
            drawn = self._field(question.code)
            drawn.comment = cast("QuestionField | None", self._fields.get(question.comment_code))
            drawn.other = cast("QuestionField | None", self._fields.get(question.other_code))
        self.process(formdata, data=draft)

    def _unbound(self, pending: frozenset[str]) -> Any:
        for question in self.questions:
            drawn = self.faces[question.code]
            if self.context.get("refs", {}).get(question.code):
                drawn = face(with_references(question, self.language, self.context), self.language)
            yield (
                question.code,
                QuestionField(
                    face=drawn,
                    rule=self._left_of(self.questionnaire.conditions.get(question.code), pending),
                    na_rule=self._left_of(question.na_if, pending),
                    choice_rules={
                        one.value: left
                        for one in question.choices
                        if (left := self._left_of(one.shown_if, pending)) is not None
                    },
                    order=option_order(question, self.context),
                    lead=self.questionnaire.leads.get(question.code),
                ),
            )
            for code in (question.comment_code, question.other_code):
                if code in self.faces:
                    beside = self.faces[code]
                    yield code, QuestionField(face=beside, rule=beside.question.shown_if)

    def _left_of(self, rule: Rule | None, pending: frozenset[str]) -> Rule | bool | None:
        return None if rule is None else reduce(rule, self.before, self.context, pending)

    def __iter__(self) -> Any:
        """The questions, without the lines that stand beside their answers."""
        return iter([self._field(question.code) for question in self.questions])

    def _with_lines(self) -> list[QuestionField]:
        return [one for field in self for one in (field, field.other, field.comment) if one is not None]

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
        return [(one.target, str(error)) for one in self._with_lines() for error in one.errors]

    @property
    def unread(self) -> frozenset[str]:
        """Codes of fields that hold something which cannot be read; what was saved before stays as it was."""
        return frozenset(one.name for one in self._with_lines() if one.process_errors)

    def validate(self, extra_validators: Any = None) -> bool:
        """Drop what a rule hides, check the rest; True when the page may be stored."""
        seen = dict(self.before)
        for one in self._with_lines():
            one.errors = []
        for question in self.questions:
            if evaluate(self.questionnaire.conditions.get(question.code), seen, self.context):
                self._settle(question, self._field(question.code), seen)
        self.answers = {code: seen[code] for code in self.codes if code in seen}
        return not any(one.errors for one in self._fields.values())

    def _settle(self, question: Question, field: QuestionField, seen: dict[str, Stored]) -> None:
        """Check one shown question and put its answer, and the words beside it, among those seen."""
        value = on_offer(question, field.data, seen, self.context)
        if not_applicable(question, seen, self.context):
            if question.scale and question.scale.extra:
                seen[question.code] = question.scale.extra[0].value
        elif field.process_errors:
            field.errors = list(field.process_errors)
        elif value is not None:
            seen[question.code] = value
            field.errors = self._faults(question, field, value, seen)
        elif is_required(question, seen, self.context):
            field.errors = [str(field.handler.missing)]
        if field.other is not None and words_beside(question, seen.get(question.code)):
            self._settle_line(field.other, seen)
        if field.comment is not None:
            self._settle_line(field.comment, seen)
            needed = _WORDS_NEEDED.get(question.evidence or "", _never)
            if field.comment.data is None and needed(question, seen.get(question.code)):
                field.comment.errors = [missing_evidence()]

    def _faults(self, question: Question, field: QuestionField, value: Stored, seen: dict[str, Stored]) -> list[str]:
        """What stands against an answer that could be read."""
        if isinstance(value, list) and value != field.data:  # some of it is not offered: is the rest enough?
            try:
                typed.how_many(question, value)
            except ValueError as refusal:
                return [str(refusal)]
        if is_unfit(question, seen, self.context):
            return [localised(question.invalid, self.language) or _("This answer does not fit.")]
        return []

    def _settle_line(self, line: QuestionField, seen: dict[str, Stored]) -> None:
        line.errors = list(line.process_errors)
        if line.data is not None:
            seen[line.name] = line.data


def _never(question: Question, value: Stored | None) -> bool:
    return False


@dataclass(frozen=True)
class _Recipe:
    """What a form class depends on: the cache's key. A page is known by its code and the codes of its questions."""

    known: Known
    page_code: str
    question_codes: tuple[str, ...]
    language: str
    variants: tuple[str, ...]
    page: Page = field(compare=False)


@lru_cache(maxsize=_CACHED)
def _faces(known: Known, language: str, variants: tuple[str, ...]) -> Mapping[str, Face]:
    """The words of every question, and of the lines beside its answers, by code."""
    thanks = known.questionnaire.thanks
    found: dict[str, Face] = {}
    for question in (*known.questionnaire.questions, *((thanks.praise,) if thanks and thanks.praise else ())):
        found[question.code] = face(question, language, variants)
        found |= {line.code: face(line, language) for line in lines_of(question)}
    return found


@lru_cache(maxsize=_CACHED)
def _form_class(recipe: _Recipe) -> type[PageForm]:
    every = _faces(recipe.known, recipe.language, recipe.variants)
    codes = (code for one in recipe.page.questions for code in (one.code, one.comment_code, one.other_code))
    faces = {code: every[code] for code in codes if code in every}
    members = {
        "questionnaire": recipe.known.questionnaire,
        "page": recipe.page,
        "language": recipe.language,
        "faces": faces,
    }
    return type("PageForm", (PageForm,), members)


def build(questionnaire: Questionnaire, page: Page, language: str, context: Context) -> type[PageForm]:
    """The form class of a page, in a language, worded for the context."""
    codes = tuple(question.code for question in page.questions)
    variants = active_variants(context)
    return _form_class(_Recipe(Known.by_content(questionnaire), page.code, codes, language, variants, page))


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
