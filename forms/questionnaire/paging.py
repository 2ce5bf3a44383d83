"""A questionnaire cut into pages that fit a phone.

A section with a title is one page; a section without one is cut into even pages of at most ``page_size`` questions
(five unless the document says otherwise), and a question that hangs on an answer of the same page begins a new one, so
that skipping works without a script. The follow-up is a page of its own at the end, offered only where its rule holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from forms.questionnaire.parts import Answers, Context, Question, Questionnaire, Section, Text
from forms.questionnaire.rules import asked, judge, kept, names
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

    @property
    def codes(self) -> frozenset[str]:
        """The codes of its questions, shown or not."""
        return frozenset(question.code for question in self.questions)

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


def _apart(group: Sequence[Question]) -> Iterator[list[Question]]:
    """The group, cut before each question that looks at another of the same page."""
    page: list[Question] = []
    for question in group:
        if names(question.shown_if) & {one.code for one in page}:
            yield page
            page = []
        page.append(question)
    yield page


def _section_pages(section: Section) -> list[list[Question]]:
    if section.per_page is None:
        return [list(section.questions)]
    return [page for group in _even(section.questions, section.per_page) for page in _apart(group)]


def _all(questionnaire: Questionnaire) -> Iterator[Page]:
    for section in questionnaire.sections:
        cut = _section_pages(section)
        for index, questions in enumerate(cut, start=1):
            code = section.code if len(cut) == 1 else f"{section.code}-{index}"
            yield Page(code, 0, section.title, tuple(questions))
    if questionnaire.follow_up:
        yield Page(FOLLOW_UP, 0, {}, questionnaire.follow_up.questions)


def visible(page: Page, questionnaire: Questionnaire, answers: Answers, context: Context) -> list[Question]:
    """The page's questions that are asked, or may come to be asked by what is answered on the page itself."""
    before = kept(questionnaire, {code: value for code, value in answers.items() if code not in page.codes}, context)
    pending: set[str] = set()
    found = []
    for question in page.questions:
        verdict = question.shown_if is None or judge(question.shown_if, before, context, frozenset(pending))
        if verdict is not False and asked(question, context):
            found.append(question)
            pending.add(question.code)
    return found


def pages(questionnaire: Questionnaire, context: Context, answers: Answers | None = None) -> list[Page]:
    """The pages in order; with answers, those that have nothing to ask are left out."""
    offered: list[Page] = []
    for page in _all(questionnaire):
        asked_here = tuple(question for question in page.questions if asked(question, context))
        if asked_here and (answers is None or visible(page, questionnaire, answers, context)):
            offered.append(replace(page, number=len(offered) + 1, questions=asked_here))
    return offered


def thanks_page(questionnaire: Questionnaire) -> Page | None:
    """The line of praise on the page after sending, where the questionnaire has one."""
    praise = questionnaire.thanks.praise if questionnaire.thanks else None
    return Page(THANKS, 1, {}, (praise,)) if praise else None
