"""A questionnaire cut into pages that fit a phone.

A section with a title is one page; a section without one is cut into even pages of at most ``page_size`` questions
(five unless the document says otherwise), and a question that hangs on an answer of the same page begins a new one, so
that skipping works without a script. The follow-up is a page of its own at the end, offered only where its rule holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

from forms.questionnaire.document import Known, Questionnaire, Section
from forms.questionnaire.order import asked as asked_in
from forms.questionnaire.parts import Answers, Context, Question, Stored, Text
from forms.questionnaire.rules import asked, judge, kept, names, settle
from translations import lazy_gettext as _l
from translations import localised

FOLLOW_UP: Final = "follow_up"
THANKS: Final = "thanks"
#: Headings of the pages that bring none of their own.
HEADINGS: Final[Mapping[str, Any]] = {
    "header": _l("Details"),
    "unscored": _l("In your own words"),
    FOLLOW_UP: _l("One more thing"),
}


@dataclass(frozen=True)
class Page:
    """One page. ``code`` stays the same whatever is answered; ``number`` counts the pages offered, from 1."""

    code: str
    number: int
    title: Text
    questions: tuple[Question, ...]

    @cached_property
    def codes(self) -> frozenset[str]:
        """The codes of its questions, shown or not."""
        return frozenset(question.code for question in self.questions)

    @cached_property
    def stored(self) -> frozenset[str]:
        """Every code that its answers are stored under: those of the questions, and of the words beside an answer."""
        return frozenset(code for one in self.questions for code in (one.code, one.comment_code, one.other_code))

    def heading(self, language: str | None = None) -> str:
        """The page's title in words, or an empty text."""
        return localised(self.title, language) or str(HEADINGS.get(self.code, ""))


def _even(questions: Sequence[Question], most: int) -> Iterator[list[Question]]:
    """As few groups as possible, as even as possible, the longer ones first."""
    groups = -(-len(questions) // most)
    size, longer = divmod(len(questions), groups)
    start = 0
    for group in range(groups):
        end = start + size + (group < longer)
        yield list(questions[start:end])
        start = end


#: A text that shows an earlier answer names it so.
ANSWER: Final = re.compile(r"\{answer:([A-Za-z][A-Za-z0-9_.-]*)\}")


def quoted(question: Question) -> frozenset[str]:
    """The codes of the answers that a question's words show."""
    texts = [question.text, question.hint, *question.variants.values(), *(one.text for one in question.options)]
    return frozenset(code for text in texts for words in text.values() for code in ANSWER.findall(words))


def _apart(group: Sequence[Question], looks_at: Callable[[Question], frozenset[str]]) -> Iterator[list[Question]]:
    """The group, cut before each question that looks at another of the same page."""
    page: list[Question] = []
    for question in group:
        if looks_at(question) & {one.code for one in page}:
            yield page
            page = []
        page.append(question)
    yield page


def _section_pages(questionnaire: Questionnaire, section: Section) -> list[list[Question]]:
    """A whole section on one page shows what a rule calls for as soon as a script or the next page can; what words
    quote must have been sent before, so that begins a new page everywhere."""
    if section.per_page is None:
        return list(_apart(section.asked, quoted))

    def hangs_on(question: Question) -> frozenset[str]:
        filters = (names(choice.shown_if) for choice in question.choices)
        return names(questionnaire.conditions.get(question.code)).union(quoted(question), *filters)

    return [page for group in _even(section.asked, section.per_page) for page in _apart(group, hangs_on)]


#: Questionnaires whose cut into pages is kept in memory.
_CACHED: Final = 64


@lru_cache(maxsize=_CACHED)
def _cut(known: Known) -> tuple[tuple[Section, tuple[Page, ...]], ...]:
    """Every section with its pages, whatever is answered, in the document's own order."""
    found = []
    for section in known.questionnaire.sections:
        groups = _section_pages(known.questionnaire, section) if section.questions else []
        numbered = enumerate(groups, start=1)
        codes = [section.code] if len(groups) == 1 else [f"{section.code}-{index}" for index, _group in numbered]
        pages_of = (Page(code, 0, section.title, tuple(group)) for code, group in zip(codes, groups, strict=True))
        found.append((section, tuple(pages_of)))
    return tuple(found)


def _all(questionnaire: Questionnaire, context: Context) -> Iterator[Page]:
    """Every page as this respondent sees it. Statements in a random order stand on as many pages as in the document's:
    they share one rule, so where the pages are cut does not hang on their order."""
    for section, cut in _cut(Known.by_content(questionnaire)):
        questions = iter(asked_in(section, context)) if section.shuffled else None
        for page in cut:
            if questions is None:
                yield page
            else:
                yield Page(page.code, 0, page.title, tuple(next(questions) for _question in page.questions))
    if questionnaire.follow_up:
        yield Page(FOLLOW_UP, 0, {}, questionnaire.follow_up.questions)


def _open(page: Page, questionnaire: Questionnaire, before: Answers, context: Context) -> Iterator[Question]:
    pending: set[str] = set()
    for question in page.questions:
        rule = questionnaire.conditions.get(question.code)
        verdict = rule is None or judge(rule, before, context, pending)
        if verdict is not False and asked(question, context):
            yield question
            pending.add(question.code)


def visible(page: Page, questionnaire: Questionnaire, before: Answers, context: Context) -> list[Question]:
    """The page's questions that are asked, or may come to be asked by what is answered on the page itself.

    ``before`` are the answers of other pages that count.
    """
    return list(_open(page, questionnaire, before, context))


def elsewhere(page: Page, questionnaire: Questionnaire, answers: Answers, context: Context) -> dict[str, Stored]:
    """The answers of other pages that count."""
    return kept(questionnaire, {code: value for code, value in answers.items() if code not in page.stored}, context)


def pages(questionnaire: Questionnaire, context: Context, answers: Answers | None = None) -> list[Page]:
    """The pages in order; with answers, those that have nothing to ask are left out."""
    offered: list[Page] = []
    before: dict[str, Stored] = {}
    for page in _all(questionnaire, context):
        asked_here = tuple(question for question in page.questions if asked(question, context))
        if asked_here and (answers is None or any(_open(page, questionnaire, before, context))):
            offered.append(Page(page.code, len(offered) + 1, page.title, asked_here))
        if answers is not None:
            for question in page.questions:
                settle(questionnaire, question, answers, before, context)
    return offered


def thanks_page(questionnaire: Questionnaire) -> Page | None:
    """The line of praise on the page after sending, where the questionnaire has one."""
    praise = questionnaire.thanks.praise if questionnaire.thanks else None
    return Page(THANKS, 1, {}, (praise,)) if praise else None
