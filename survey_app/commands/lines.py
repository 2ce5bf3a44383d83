"""Lines: what facts are about. They are made when the first score on them arrives and stay for good."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.commands.upserts import insert_missing
from survey_app.models import Line

#: Lines kept per agent as well; sections and questions of one agent's few responses say nothing.
HEADLINES: Final = frozenset({"csat", "nps", "ease", "total", "critical"})


class Known(NamedTuple):
    """A line as scores and facts need it."""

    id: int
    headline: bool


def known(session: Session, questionnaire_id: int, codes: Iterable[str]) -> dict[str, Known]:
    """Lines by their full code ``questionnaire:what:series``; missing ones are made."""
    wanted = sorted(set(codes))
    if not wanted:
        return {}
    query = select(Line.code, Line.id, Line.headline).where(Line.code.in_(wanted))
    found = {code: Known(line_id, headline) for code, line_id, headline in session.execute(query)}
    missing = [code for code in wanted if code not in found]
    if missing:
        rows = []
        for code in missing:
            _questionnaire, what, series = code.split(":")
            rows.append(
                {
                    "code": code,
                    "questionnaire_id": questionnaire_id,
                    "what": what,
                    "series": series,
                    "headline": what in HEADLINES,
                }
            )
        insert_missing(session, Line, rows, ["code"])
        found = {code: Known(line_id, headline) for code, line_id, headline in session.execute(query)}
    return found
