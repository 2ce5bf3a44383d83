"""The lines that a report is made of: which measure each becomes, and for which months its series stands.

A question that began a new series has several lines. Each month belongs to one of them for the whole organisation
(``reports.series``); what was answered in another series in that month is in no report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.questionnaire.versions.tracks import series_order
from reports.policy import Policy
from reports.series import beginnings, belonging
from survey_app.models import BranchFact, Line, Questionnaire

#: What of a questionnaire's lines enters the report, and the measure it becomes there.
SURVEY_LINES: Final[Mapping[str, str]] = {"csat": "csat", "nps": "nps", "ease": "ease"}
SHOP_LINES: Final[Mapping[str, str]] = {"total": "shop_total", "critical": "shop_critical"}
SECTION: Final = "section."
#: Lines that carry the questionnaire's own series: they begin anew together, with its total.
OWN: Final = "total"


@dataclass(frozen=True)
class Lines:
    """Line id -> measure, line id -> months its series stands for, measure -> months in which a newer one begins."""

    measures: Mapping[int, str]
    stands: Mapping[int, frozenset[str]]
    breaks: Mapping[str, Sequence[str]]

    def ended(self, measure: str, month: str) -> bool:
        """Whether a month of a measure belongs to a series that ended."""
        begun = self.breaks.get(measure, ())
        return bool(begun) and month < begun[-1]


def leading(what: str) -> str:
    """The line whose responses decide which series a month of ``what`` belongs to."""
    return OWN if what.startswith(SECTION) or what in SHOP_LINES else what


def measure_of(policy: Policy, questionnaire: str, what: str) -> str | None:
    """The measure that a line becomes in the report; None for one that enters none."""
    if _named(policy.survey_questionnaires, questionnaire, what):
        return SURVEY_LINES.get(what)
    if _named(policy.shop_questionnaires, questionnaire, what):
        return f"shop_{what}" if what.startswith(SECTION) else SHOP_LINES.get(what)
    return None


def _named(entries: Iterable[str], questionnaire: str, what: str) -> bool:
    return any(entry == questionnaire or entry.startswith(f"{questionnaire}:{leading(what)}:") for entry in entries)


def report_lines(session: Session, policy: Policy, months: Sequence[str]) -> Lines:
    """The lines that the policy names, over the months of a report."""
    rows = session.execute(
        select(Questionnaire.code, Line.what, Line.series, Line.id)
        .join(Questionnaire, Questionnaire.id == Line.questionnaire_id)
        .where(Questionnaire.code.in_([*policy.survey_codes, *policy.shop_codes]))
        .order_by(Line.id)
    )
    named = [row for row in rows if measure_of(policy, row.code, row.what) is not None]
    belongs = series_of_months(session, named, months, policy)
    measures = {row.id: str(measure_of(policy, row.code, row.what)) for row in named}
    stands = {
        row.id: frozenset(m for m, series in belongs[row.code, leading(row.what)].items() if series == row.series)
        for row in named
    }
    breaks: dict[str, set[str]] = {}
    for row in named:
        breaks.setdefault(measures[row.id], set()).update(beginnings(belongs[row.code, leading(row.what)]))
    return Lines(measures, stands, {measure: sorted(begun) for measure, begun in breaks.items() if begun})


def series_of_months(
    session: Session, rows: Sequence[Any], months: Sequence[str], policy: Policy
) -> dict[tuple[str, str], dict[str, str]]:
    """(questionnaire, leading line) -> month -> the series that the month belongs to.

    ``rows`` are lines with their ``code``, ``what``, ``series`` and ``id``. Responses are counted only where a line has
    more than one series.
    """
    found: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
    ids: dict[tuple[str, str], dict[int, str]] = {}
    for row in rows:
        key = (row.code, leading(row.what))
        found.setdefault(key, {}).setdefault(row.series, {})
        if row.what == key[1]:
            ids.setdefault(key, {})[row.id] = row.series
    several = [line for key, lines in ids.items() if len(found[key]) > 1 for line in lines]
    if several:
        of = {line: (key, series) for key, lines in ids.items() for line, series in lines.items()}
        counted = session.execute(
            select(BranchFact.line_id, BranchFact.month, func.sum(BranchFact.n))
            .where(BranchFact.line_id.in_(several), BranchFact.month >= months[0], BranchFact.month <= months[-1])
            .group_by(BranchFact.line_id, BranchFact.month)
        )
        for line, month, n in counted:
            key, series = of[line]
            found[key][series][month] = int(n)
    belongs = {}
    for (code, what), counts in found.items():
        held = policy.pinned(code, what)
        ordered = [held] if held is not None else sorted(counts, key=series_order)
        belongs[code, what] = belonging(ordered, counts, months)
    return belongs
