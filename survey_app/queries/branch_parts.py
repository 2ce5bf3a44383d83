"""Sections, items and questions behind a branch's scores, each over its own window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from reports.facts import NONE, Fact
from reports.policy import Policy
from survey_app.models import BranchFact, Line, Questionnaire
from survey_app.queries import questionnaires
from survey_app.queries.lines import OWN, SECTION, leading, series_of_months
from translations import localised

ITEM, QUESTION = "item.", "question."


@dataclass(frozen=True)
class Part:
    """A section, item or question of one questionnaire over a window."""

    questionnaire: str
    code: str
    text: str
    fact: Fact
    critical: bool = False


def parts(
    session: Session,
    branch_ids: list[int],
    policy: Policy,
    codes: Sequence[str],
    prefix: str,
    window: list[str],
    least: int,
) -> list[Part]:
    """Lines of the questionnaires that begin with a prefix, in the order asked, with enough responses to be shown.

    A line that began a new series in the window is shown from there on; the months before are of another scale.
    """
    wanted = Questionnaire.code.in_(codes), or_(Line.what.startswith(prefix, autoescape=True), Line.what == OWN)
    known = session.execute(
        select(Questionnaire.code, Line.what, Line.series, Line.id).join(Line).where(*wanted).order_by(Line.id)
    ).all()
    belongs = series_of_months(session, known, window, policy)
    rows = session.execute(
        select(
            Questionnaire.code, Line.what, Line.series, BranchFact.month, func.sum(BranchFact.n),
            func.sum(BranchFact.total), func.sum(BranchFact.squares),
        )
        .join(Line, Line.id == BranchFact.line_id)
        .join(Questionnaire, Questionnaire.id == Line.questionnaire_id)
        .where(BranchFact.branch_id.in_(branch_ids), BranchFact.month.in_(window), *wanted)
        .group_by(Questionnaire.code, Line.what, Line.series, BranchFact.month)
    )  # fmt: skip
    found: dict[tuple[str, str], Fact] = {}
    for code, what, series, month, n, total, squares in rows:
        standing = belongs[code, leading(what)]
        if what != OWN and series == standing[month] == standing[window[-1]]:
            name = what.removeprefix(prefix)
            found[code, name] = found.get((code, name), NONE) + Fact(int(n), int(total), int(squares))
    found_parts: list[Part] = []
    for code in dict.fromkeys(code for code, _what in found):
        definition = questionnaires.definition(questionnaires.published(session, code))
        named: dict[str, tuple[str, bool]] = (
            {section.code: (localised(section.title), False) for section in definition.sections}
            if prefix == SECTION
            else {one.code: (localised(one.text), one.is_critical) for one in definition.questions}
        )
        found_parts.extend(
            Part(code, name, text, found[code, name], critical)
            for name, (text, critical) in named.items()
            if found.get((code, name), NONE).n >= least
        )
    return found_parts
