"""The preview of historic responses: the first rows in words, and what they come to beside what is here already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final

from forms.questionnaire.definition import COMMENT, OTHER
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.exchange.history.reading import Fault, Unfit
from forms.questionnaire.types import display
from survey_app.commands.history.checking import Checked, Checker
from survey_app.commands.history.keeping import Line
from survey_app.commands.history.trying import Outcome
from survey_app.queries.history import Measure
from survey_app.web.history_views import bare, short
from translations import current_language, localised
from translations import gettext as _
from translations import lazy_gettext as _l

#: Rows shown in words, and rows that the measures of the preview are made of.
SHOWN: Final = 10
LOOKED_AT: Final = 2_000


@dataclass(frozen=True)
class Shown:
    """One row of the preview: the response that would be stored, or what speaks against it."""

    row: int
    checked: Checked | None
    branch: str
    answers: list[tuple[str, str]]
    faults: Sequence[Fault] = ()


@dataclass(frozen=True)
class Preview:
    """The first rows in words, and what the first so many rows come to."""

    rows: list[Shown]
    outcome: Outcome
    looked_at: int


def preview(checker: Checker, lines: Iterator[Line]) -> Preview:
    """Look at the first rows of a file."""
    outcome = Outcome()
    rows: list[Shown] = []
    names = dict(checker.places.choices)
    looked_at = 0
    for line in islice(lines, LOOKED_AT):
        looked_at += 1
        try:
            checked = checker.check(line)
        except Unfit as unfit:
            outcome.refuse(line.row, unfit.faults)
            if len(rows) < SHOWN:
                rows.append(Shown(line.row, None, "", [], unfit.faults))
            continue
        outcome.take(checked)
        if len(rows) < SHOWN:
            ref = checker.places.branches.by_id[checked.branch_id]
            rows.append(Shown(line.row, checked, f"{names.get(ref, '')} {ref}", _in_words(checker, checked)))
    return Preview(rows, outcome, looked_at)


def _in_words(checker: Checker, checked: Checked) -> list[tuple[str, str]]:
    language = current_language()
    found = []
    for code, value in checked.answers.items():
        question = checker.there.definition.by_code.get(code)
        if question is not None:
            found.append((bare(localised(question.text)), display(question, value, language)))
            continue
        about = checker.there.definition.by_code[code.removesuffix(COMMENT).removesuffix(OTHER)]
        label = _("Comment on: %(question)s") if code.endswith(COMMENT) else _("In other words: %(question)s")
        found.append((label % {"question": short(about)}, str(value)))
    return found


#: Lines of facts that stand for themselves: what they are called, and how a mean of hundredths reads.
_HEADLINES: Final[Mapping[str, tuple[Any, str]]] = {
    "csat": (_l("Satisfied customers"), "percent"),
    "nps": (_l("Net promoter score"), "number"),
    "ease": (_l("Ease, 0 to 100"), "number"),
    "total": (_l("Total score, 0 to 100"), "number"),
}


@dataclass(frozen=True)
class MeasureRow:
    """One measure: of the file, and of what the questionnaire has already. ``form`` says how the means read."""

    label: str
    form: str
    n: int
    mean: float | None
    n_before: int
    mean_before: float | None
    headline: bool


def measure_rows(
    definition: Definition, now: Mapping[str, Sequence[int]], before: Mapping[str, Measure]
) -> list[MeasureRow]:
    """The measures of a file beside those that stand, headlines first, questions in the order asked."""
    found = []
    for what, label, form in _lines(definition):
        series = _series(definition, what)
        code = f"{definition.code}:{what}:{series}"
        n, total = now.get(code, (0, 0))
        stands = before.get(code, Measure(0, 0))
        if n or stands.n:
            mean = _mean(definition, what, n, total)
            mean_before = _mean(definition, what, stands.n, stands.total)
            found.append(MeasureRow(label, form, n, mean, stands.n, mean_before, not what.startswith("question.")))
    return found


def _lines(definition: Definition) -> Iterator[tuple[str, str, str]]:
    """Line, what it is called, how its mean reads."""
    for what, (label, form) in _HEADLINES.items():
        yield what, str(label), form
    for index in definition.indexes.values():
        yield f"index.{index.code}", localised(index.title), "number"
    for section in definition.sections:
        if section.scored:
            yield f"section.{section.code}", localised(section.title), "number"
    for question in definition.questions:
        if question.scale is not None and question.scale.numbers:
            yield f"question.{question.code}", bare(localised(question.text)), "scale"


def _series(definition: Definition, what: str) -> str:
    kind, _dot, code = what.partition(".")
    if kind == "index":
        return definition.indexes[code].series
    if kind == "question":
        return definition.by_code[code].series
    if kind in {"csat", "nps", "ease"}:
        measures = {"csat": {"csat"}, "nps": {"nps", "enps"}, "ease": {"ces"}}[kind]
        return next((one.series for one in definition.questions if one.measure in measures), "1")
    return definition.series


def _mean(definition: Definition, what: str, n: int, total: int) -> float | None:
    """The mean as people read it: on the question's own scale, else hundredths as a number."""
    if not n:
        return None
    mean = total / n / 100
    if not what.startswith("question."):
        return mean
    scale = definition.by_code[what.removeprefix("question.")].scale
    numbers = scale.numbers if scale else ()
    return numbers[0] + mean / 100 * (numbers[-1] - numbers[0]) if numbers else mean


def when(checked: Checked) -> date | str:
    """The day of a response, or its month where there is no day."""
    return checked.day or checked.month
