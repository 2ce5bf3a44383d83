"""The lines a definition feeds, and in which series: what may be joined over versions, and what must not.

A *track* is a line without its series (``question.pv1``, ``csat``, ``total``). Answers of two versions stand on one
line where both feed the same track in the same series; ``continuity`` says whether they mean the same there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from forms.questionnaire.document import Questionnaire
from forms.questionnaire.parts import Question
from forms.questionnaire.score import HEADLINES

#: Stands for the questionnaire's own series: total, sections and critical count.
OWN: Final = ""
#: Before the code of an index, where codes of questions and indexes stand in one list. No code has a colon.
INDEX: Final = "index:"
#: A question that feeds no line; its answers are still read side by side in tables and exports.
UNMEASURED: Final = "answer."
#: Longest series the format takes.
LONGEST: Final = 20


class Track(NamedTuple):
    """Who feeds a track: the code that carries the series (OWN, a question's, INDEX and an index's), and the series."""

    code: str
    series: str


def series_order(series: str) -> tuple[int, str]:
    """The order of series: 2 after 1, 10 after 9. The last is the newest."""
    return len(series), series


def question_tracks(question: Question, scored: bool) -> list[str]:
    """The tracks of one question: those that ``score`` writes for its answers."""
    found = []
    if question.scale and len(question.scale.numbers) > 1:
        found.append(f"question.{question.code}")
        if headline := HEADLINES.get(question.measure or ""):
            found.append(headline[0])
    if scored and question.points:
        found.append(f"item.{question.code}")
    if question.finding_if is not None:
        found.append(f"finding.{question.code}")
    return found or [UNMEASURED + question.code]


def tracks(questionnaire: Questionnaire) -> dict[str, Track]:
    """Every track of a questionnaire with who feeds it. Where a draft feeds one twice, the first counts."""
    found: dict[str, Track] = {}
    scored = {one.code for one in questionnaire.scored_questions}
    for question in questionnaire.questions:
        for name in question_tracks(question, question.code in scored):
            found.setdefault(name, Track(question.code, question.series))
    sections = [section for section in questionnaire.sections if section.scored]
    if sections:
        own = Track(OWN, questionnaire.series)
        found |= {"total": own, **{f"section.{section.code}": own for section in sections}}
        if any(one.is_critical for one in questionnaire.scored_questions):
            found["critical"] = own
    for index in questionnaire.indexes.values():
        found[f"index.{index.code}"] = Track(INDEX + index.code, index.series)
    return found


def used_series(code: str, questionnaires: Iterable[Questionnaire], now: Questionnaire) -> set[str]:
    """Every series that the tracks fed by ``code`` in ``now`` have had in any of the questionnaires."""
    fed = {name for name, track in tracks(now).items() if track.code == code}
    return {
        track.series
        for one in questionnaires
        for name, track in tracks(one).items()
        if name in fed or track.code == code
    }


def next_series(used: Iterable[str]) -> str:
    """The first number that comes after every series used. ValueError where the format's length is used up."""
    last = max(used, key=series_order, default="0")
    found = str(int(last) + 1) if last.isascii() and last.isdigit() else "1".ljust(len(last) + 1, "0")
    if len(found.zfill(len(last))) > LONGEST:
        raise ValueError("no series is left")
    return found.zfill(len(last))


def by_code(questionnaire: Questionnaire) -> Mapping[str, str]:
    """The series of everything that carries one."""
    return {
        OWN: questionnaire.series,
        **{question.code: question.series for question in questionnaire.questions},
        **{INDEX + index.code: index.series for index in questionnaire.indexes.values()},
    }
