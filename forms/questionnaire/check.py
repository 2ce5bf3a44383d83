"""What stops publishing: every problem of a questionnaire, each with its place, in words for its author.

Single questions are looked at in ``check_questions``, rules in ``check_rules``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from forms.questionnaire import check_questions, check_rules
from forms.questionnaire.check_questions import alike, code_of_choice, twice
from forms.questionnaire.document import Questionnaire
from forms.questionnaire.errors import Problem, Problems
from forms.questionnaire.paging import FOLLOW_UP, pages
from forms.questionnaire.parts import DEFAULT_LANGUAGE, Question, Scale
from forms.questionnaire.schema import unknown
from forms.questionnaire.score import HEADLINES
from forms.questionnaire.types import SCORED, TYPES
from translations import LANGUAGES, ngettext
from translations import gettext as _


def completeness(questionnaire: Questionnaire) -> dict[str, tuple[int, int]]:
    """How many of the questionnaire's texts each of its languages has: language → (written, all)."""
    texts = [text for _place, text in questionnaire.texts()]
    return {one: (sum(bool(text.get(one)) for text in texts), len(texts)) for one in questionnaire.languages}


def _hebrew(questionnaire: Questionnaire) -> Problems:
    if not any(section.questions for section in questionnaire.sections):
        yield Problem("sections", _("There is no question yet."))
    for section in questionnaire.sections:
        if not section.questions:
            yield Problem(f"sections.{section.code}", _("This section has no question."))
    done = completeness(questionnaire)
    for language, state in questionnaire.languages.items():
        if state == "approved" and done[language][0] < done[language][1]:
            missing = done[language][1] - done[language][0]
            message = ngettext(
                "%(language)s is approved, but %(num)s text is missing.",
                "%(language)s is approved, but %(num)s texts are missing.",
                missing,
                language=LANGUAGES.get(language, language),
            )
            yield Problem(f"languages.{language}", message)
    if questionnaire.languages.get(DEFAULT_LANGUAGE) not in {"source", "approved"}:
        yield Problem("languages", _("Hebrew must be there, as the source or approved."))
    for place, text in questionnaire.texts():
        if not text.get(DEFAULT_LANGUAGE, "").strip():
            yield Problem(place, _("The Hebrew text is missing."))
        for language in text.keys() - questionnaire.languages.keys():
            yield Problem(place, _("The language %(language)s is not among the languages.", language=language))


def _scales(questionnaire: Questionnaire) -> Problems:
    for code, scale in questionnaire.scales.items():
        place = f"scales.{code}"
        values = [str(one.value) for one in (*scale.steps, *scale.extra)]
        if len(scale.steps) < 2:
            yield Problem(place, _("A scale has at least two points, or min and max."))
        if scale.points and (scale.min is not None or scale.max is not None):
            yield Problem(place, _("A scale has either points or min and max, not both."))
        yield from twice(values, place)
        yield from _anchors(scale, place)
        if scale.points and scale.numbers and list(scale.numbers) != [one.value for one in scale.points]:
            yield Problem(f"{place}.points", _("Points stand in ascending order: the lowest is read first."))
        for one in (*scale.points, *scale.extra):
            if isinstance(one.value, str) and not one.text:
                yield Problem(f"{place}.{one.value}", _("The Hebrew text is missing."))
        yield from alike((one.text for one in (*scale.points, *scale.extra)), place)
        for one in (*scale.points, *scale.anchors, *scale.extra):
            yield from code_of_choice(one, f"{place}.{one.value}")
            if one.other or one.exclusive or one.fixed or one.shown_if is not None:
                yield Problem(f"{place}.{one.value}", _("A point of a scale has only words and a score."))
        if any(one.score is not None for one in scale.anchors):
            yield Problem(f"{place}.anchors", _("A scale given by its ends is scored by place: anchors have no score."))
        if any(one.score is not None for one in scale.extra):
            yield Problem(f"{place}.extra", _("An answer outside the scale has no score."))


def _anchors(scale: Scale, place: str) -> Problems:
    for anchor in scale.anchors:
        if anchor.value not in scale.numbers:
            yield Problem(f"{place}.anchors.{anchor.value}", _("The anchor is not a number of the scale."))


def _weights(questionnaire: Questionnaire) -> Problems:
    scored = [section for section in questionnaire.sections if section.scored]
    total = sum(section.points or 0 for section in scored)
    if scored and questionnaire.total_points is None:
        yield Problem("total_points", _("A questionnaire with scored sections states its total points."))
    elif questionnaire.total_points is not None and total != questionnaire.total_points:
        message = _(
            "The sections add up to %(sum)s points, not %(points)s.", sum=total, points=questionnaire.total_points
        )
        yield Problem("total_points", message)
    for section in questionnaire.sections:
        place = f"sections.{section.code}.points"
        points = sum(question.points or 0 for question in section.questions)
        if not section.scored:
            judged = any(getattr(one, key) for one in section.questions for key in (*SCORED, "bands"))
            if section.points is not None or judged:
                yield Problem(place, _("Points, critical marks and N/A rules belong in scored sections."))
        elif section.points is None:
            yield Problem(place, _("A scored section states its points."))
        elif points != section.points:
            message = _("The items add up to %(sum)s points, not %(points)s.", sum=points, points=section.points)
            yield Problem(place, message)
        if section.scored:
            yield from (part for question in section.questions for part in _item(question))


def _item(question: Question) -> Problems:
    place = f"questions.{question.code}"
    if "points" not in TYPES[question.type].keys:
        return
    if question.points is None:
        yield Problem(f"{place}.points", _("An item of a scored section has points."))
        return
    if question.options:
        shares = [TYPES[question.type].share(question, one.value) for one in question.options]
        judged = [share for share in shares if share is not None]
        if not judged or max(judged) != 1:
            yield Problem(place, _("No answer earns all points."))
        if question.is_critical and judged and min(judged) != 0:
            yield Problem(place, _("A critical item has an answer that earns nothing."))
    elif not question.bands:
        yield Problem(f"{place}.bands", _("A counted item needs bands of points."))
    if question.bands:
        yield from _bands(question, f"{place}.bands")


def _bands(question: Question, place: str) -> Problems:
    limits = [band.max for band in question.bands]
    known = [limit for limit in limits if limit is not None]
    if limits[-1] is not None or None in limits[:-1]:
        yield Problem(place, _("The last band, and only that one, has no max."))
    if known != sorted(set(known)):
        yield Problem(place, _("The bands stand in ascending order."))
    if max(band.points for band in question.bands) != question.points:
        yield Problem(place, _("The best band earns the points of the item."))


def _measures(questionnaire: Questionnaire) -> Problems:
    taken: dict[tuple[str, str], str] = {}
    for question in questionnaire.questions:
        headline = HEADLINES.get(question.measure or "")
        if headline is None:
            continue
        what = headline[0]
        place = f"questions.{question.code}.measure"
        if not (question.scale and question.scale.numbers):
            yield Problem(place, _("%(measure)s needs a scale of numbers.", measure=question.measure))
        elif what == "nps" and (question.scale.numbers[0], question.scale.numbers[-1]) != (0, 10):
            yield Problem(place, _("%(measure)s needs a scale from 0 to 10.", measure=question.measure))
        other = taken.setdefault((what, question.series), question.code)
        if other != question.code:
            message = _("%(other)s already measures %(measure)s in this series.", other=other, measure=question.measure)
            yield Problem(place, message)


def _critical(questionnaire: Questionnaire) -> Problems:
    if questionnaire.critical_cap is not None and not any(one.is_critical for one in questionnaire.scored_questions):
        yield Problem("critical_cap", _("There is no critical item that this could cap."))


def _privacy(questionnaire: Questionnaire) -> Problems:
    if questionnaire.privacy is None:
        yield Problem("privacy", _("The privacy notice is missing: purposes, recipients, duty or choice, and officer."))
    if questionnaire.anonymity == "anonymous" and questionnaire.follow_up is not None:
        yield Problem("follow_up", _("Nobody can be called back who answers anonymously."))


def _pages(questionnaire: Questionnaire) -> Problems:
    """Pages are known by their sections' codes, with a number where a section is cut."""
    codes = Counter(page.code for page in pages(questionnaire, {}))
    for section in questionnaire.sections:
        if codes[section.code] > 1 or (section.code == FOLLOW_UP and section.questions):
            message = _("Another page has this code already; the section needs another one.")
            yield Problem(f"sections.{section.code}", message)


def _indexes(questionnaire: Questionnaire) -> Problems:
    for index in questionnaire.indexes.values():
        place = f"indexes.{index.code}"
        codes = [part.question for part in index.questions]
        yield from twice(codes, place)
        for code in codes:
            question = questionnaire.by_code.get(code)
            if question is None:
                message = unknown(_("unknown question '%(name)s'", name=code), code, questionnaire.by_code)
                yield Problem(place, message)
            elif not (question.scale and len(question.scale.numbers) > 1):
                yield Problem(place, _("%(measure)s needs a scale of numbers.", measure=code))
        if index.needed > len(codes):
            yield Problem(place, _("More answers are needed than the index has questions."))


#: Everything that is looked at before publishing.
CHECKS: Final[tuple[Callable[[Questionnaire], Problems], ...]] = (
    _hebrew,
    _scales,
    check_questions.questions,
    _pages,
    _weights,
    _measures,
    _critical,
    _privacy,
    _indexes,
    check_rules.rules,
    check_rules.quotes,
    check_rules.cycles,
)


def problems(questionnaire: Questionnaire) -> list[Problem]:
    """Everything that stops publishing; an empty list means that the questionnaire may be frozen."""
    return [problem for check in CHECKS for problem in check(questionnaire)]
