"""Answers that count → one response's scores (METHOD, Scores of one response). Exact: fractions until the last step.

Every value is an integer of hundredths, rounded half up: 0–10000, NPS −10000/0/10000, ``critical`` 100 × failed items.
Hard to say, not applicable and skipped are outside: no line, no zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from forms.questionnaire.document import Index, Questionnaire, Section
from forms.questionnaire.parts import Answers, Context, Question, Stored
from forms.questionnaire.rules import evaluate, not_applicable, walk
from forms.questionnaire.types import earned

FULL: Final = 10_000


def half_up(value: Fraction) -> int:
    """The nearest integer; halves go up (−0.5 → 0, 0.5 → 1), so that equal inputs never round apart."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _top_box(question: Question, value: int) -> int:
    """CSAT: the two highest points of the scale count as satisfied."""
    return FULL if question.scale and value in question.scale.numbers[-2:] else 0


def _promoter(question: Question, value: int) -> int:
    """NPS: 9–10 promote, 0–6 detract, 7–8 do neither."""
    return FULL if value >= 9 else -FULL if value <= 6 else 0


def _linear(question: Question, value: int) -> int:
    """Ease: the place on the scale, 0–100."""
    position = question.scale.position(value) if question.scale else None
    return half_up((position or Fraction(0)) * FULL)


#: Headline measures: what a question's ``measure`` is called as a line, and how its answer scores.
HEADLINES: Final[Mapping[str, tuple[str, Callable[[Question, int], int]]]] = {
    "csat": ("csat", _top_box),
    "nps": ("nps", _promoter),
    "enps": ("nps", _promoter),
    "ces": ("ease", _linear),
}


@dataclass(frozen=True)
class Scorecard:
    """The scores of one response.

    ``lines`` is what enters the facts, keyed ``what:series``; it is empty when the response is ``voided``. ``total``,
    ``sections`` and ``items`` are hundredths, 0–10000; a section without a judged item has no entry.
    ``critical_failed`` and ``findings`` are codes in order; ``uncapped`` is the total before a failed critical item
    capped it, which never raises a total. ``na_share`` is the part (0–1) of all points that was not judged, because the
    item was not applicable or left empty; ``unanswered`` are the empty ones that are not meant for later.
    """

    lines: Mapping[str, int]
    total: int | None
    sections: Mapping[str, int]
    items: Mapping[str, int]
    critical_failed: tuple[str, ...]
    findings: tuple[str, ...]
    uncapped: int | None
    unanswered: tuple[str, ...]
    unjudged_points: int
    scored_points: int
    voided: bool

    @property
    def na_share(self) -> float:
        """The part of all points that was not judged, 0–1."""
        return self.unjudged_points / self.scored_points if self.scored_points else 0.0

    def line_codes(self, questionnaire: str) -> dict[str, int]:
        """The lines under their full codes, ``questionnaire:what:series``, in a fixed order."""
        return {f"{questionnaire}:{line}": self.lines[line] for line in sorted(self.lines)}


@dataclass(frozen=True)
class _Items:
    """What the items of one section come to: exact shares by code, and the points possible and earned."""

    shares: Mapping[str, Fraction]
    possible: int
    earned: Fraction


def _judge_items(questions: Iterable[Question], answers: Answers) -> _Items:
    shares: dict[str, Fraction] = {}
    possible, points = 0, Fraction(0)
    for question in questions:
        got = earned(question, answers.get(question.code))
        if got is not None and question.points:
            shares[question.code] = got / question.points
            possible += question.points
            points += got
    return _Items(shares, possible, points)


def _failed(question: Question, answers: Answers, context: Context) -> bool:
    """A critical item fails when its answer earns nothing, or where its own rule holds; N/A and empty never fail."""
    got = earned(question, answers.get(question.code))
    if got is None:
        return False
    by_rule = question.critical_if is not None and evaluate(question.critical_if, answers, context)
    return by_rule or (question.critical and got == 0)


def _answer_lines(questions: Iterable[Question], answers: Answers) -> dict[str, int]:
    """Lines of single answers: each question on a numeric scale, and the headline measures."""
    lines: dict[str, int] = {}
    for question in questions:
        if question.scale is None:
            continue
        value: Stored | None = answers.get(question.code)
        position = None if value is None else question.scale.position(value)
        if position is None or not isinstance(value, int):
            continue
        lines[f"question.{question.code}:{question.series}"] = half_up(position * FULL)
        headline = HEADLINES.get(question.measure or "")
        if headline:
            what, rate = headline
            lines[f"{what}:{question.series}"] = rate(question, value)
    return lines


def _index(index: Index, questionnaire: Questionnaire, answers: Answers) -> Fraction | None:
    """The weighted mean place (0–1) of an index's answers on their scales; None when too few are there."""
    weight, total, count = 0, Fraction(0), 0
    for part in index.questions:
        question, value = questionnaire.by_code.get(part.question), answers.get(part.question)
        place = question.scale.position(value) if question and question.scale and value is not None else None
        if place is not None:
            weight, count = weight + part.weight, count + 1
            total += part.weight * (1 - place if part.reversed else place)
    return total / weight if count >= index.needed and weight else None


def _findings(questions: Iterable[Question], answers: Answers, context: Context) -> dict[str, bool]:
    """Whether each question that may be a finding is one; those without an answer to judge are left out."""
    found: dict[str, bool] = {}
    for one in questions:
        value = answers.get(one.code)
        outside = isinstance(value, (int, str)) and value in one.outside
        if one.finding_if is not None and value is not None and not outside:
            found[one.code] = evaluate(one.finding_if, answers, context)
    return found


def _total(sections: Iterable[tuple[Section, _Items]]) -> Fraction | None:
    """Σ w·(earned/possible) / Σ w over sections with something judged: an empty section's weight goes to the rest."""
    judged = [(section.points or 0, items) for section, items in sections if items.possible]
    weight = sum(points for points, _items in judged)
    if not weight:
        return None
    return sum((points * items.earned / items.possible for points, items in judged), Fraction(0)) / weight


def score(questionnaire: Questionnaire, answers: Answers, context: Context) -> Scorecard:
    """The scores of one response. Only answers to questions that are shown count."""
    asked, counting = walk(questionnaire, answers, context)
    shown_codes = {question.code for question in asked}
    scored = [
        (section, _judge_items((one for one in section.asked if one.code in shown_codes), counting))
        for section in questionnaire.sections
        if section.scored
    ]
    total = _total(scored)
    shares = {code: value for _section, items in scored for code, value in items.shares.items()}
    points = [one for one in questionnaire.scored_questions if one.points and one.code in shown_codes]
    critical = [one for one in points if one.is_critical]
    failed = tuple(one.code for one in critical if _failed(one, counting, context))
    sections = {
        section.code: half_up(items.earned / items.possible * FULL) for section, items in scored if items.possible
    }
    items = {code: half_up(value * FULL) for code, value in shares.items()}
    voided = any(one.voids and counting.get(one.code) is True for one in asked)

    findings = _findings(asked, counting, context)
    full = None if total is None else half_up(total * FULL)
    capped = full if full is None or not failed else min(full, 100 * _cap(questionnaire))

    lines = _answer_lines(asked, counting)
    lines |= {f"item.{code}:{questionnaire.by_code[code].series}": value for code, value in items.items()}
    lines |= {f"section.{code}:{questionnaire.series}": value for code, value in sections.items()}
    lines |= {
        f"finding.{code}:{questionnaire.by_code[code].series}": FULL if found else 0 for code, found in findings.items()
    }
    for index in questionnaire.indexes.values():
        if (place := _index(index, questionnaire, counting)) is not None:
            lines[f"index.{index.code}:{index.series}"] = half_up(place * FULL)
    if capped is not None:
        lines[f"total:{questionnaire.series}"] = capped
        if critical:
            lines[f"critical:{questionnaire.series}"] = 100 * len(failed)
    return Scorecard(
        lines={} if voided else lines,
        total=capped,
        sections=sections,
        items=items,
        critical_failed=failed,
        findings=tuple(code for code, found in findings.items() if found),
        uncapped=full,
        unanswered=tuple(one.code for one in points if _is_gap(one, counting, context)),
        unjudged_points=sum(one.points or 0 for one in points if one.code not in shares),
        scored_points=sum(one.points or 0 for one in points),
        voided=voided,
    )


def _is_gap(question: Question, answers: Answers, context: Context) -> bool:
    """Whether an item was left empty that could have been judged by now."""
    given = question.code in answers or not_applicable(question, answers, context)
    return not given and not question.answered_later


def _cap(questionnaire: Questionnaire) -> int:
    """The highest total, in percent, of a response with a failed critical item; without a cap that is everything."""
    return 100 if questionnaire.critical_cap is None else questionnaire.critical_cap
