"""Responses of anonymous questionnaires out of the database: nothing leads back to one, nobody is in a small group.

No id, day, moment, agent, language, way or version leaves, and the rows come in an order drawn anew for every file. A
branch is named only where enough people answered in it in the month. What is published is settled over everything that
counts before anything is chosen, and only for months that have closed: two files never differ by one person's answers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.questionnaire.exchange.answers.groups import Group
from forms.questionnaire.exchange.answers.sheet import Record
from survey_app.models import Response
from survey_app.permissions import Scope
from survey_app.queries.exports import Export, Source, Wish, gathered, places, sheet, unpacked
from survey_app.queries.tickets import IMPORTED
from survey_app.queries.told import KEY, Told, division, published
from translations import format_month, speaking
from translations import gettext as _

#: Responses that are fetched at a time: their ids stand in the statement.
_BATCH: Final = 400
_FACTS: Final = ("questionnaire", "month", "branch", "branch_name", "region")


def anonymous(session: Session, found: Source, wish: Wish, scope: Scope) -> Export:
    """The responses of an anonymous questionnaire, in an order that tells nothing."""
    told = division(session, found)
    weighed = _weighs(session, found, told.least)
    rows = select(Response.id, *KEY).where(*published(session, found))
    chosen: list[tuple[str, Group]] = []
    withheld = 0
    for response_id, month, region, branch, campaign in session.execute(rows):
        group = told.group((month, region, branch, campaign))
        if group is not None and told.by_department:
            group = group._replace(branch=None)
        if group is None:
            withheld += _in_period(month, wish)
        elif _wanted(group, wish, scope):
            chosen.append((response_id, group))
    random.SystemRandom().shuffle(chosen)
    facts = (*_FACTS, "weight") if weighed else _FACTS
    with speaking(wish.language):
        notes = _notes(told, weighed)
    columns = sheet(found, wish, facts, notes)
    return Export(
        columns, len(chosen), withheld, lambda: _stream(session, found, wish, chosen, told.least_texts, weighed)
    )


def _weighs(session: Session, found: Source, least: int) -> bool:
    """Whether weights leave: only where every weight is shared by enough responses, and they are not all the same."""
    shared = select(func.count()).select_from(Response).where(*published(session, found)).group_by(Response.weight)
    counts = session.scalars(shared).all()
    return len(counts) > 1 and min(counts) >= least


def _in_period(month: str, wish: Wish) -> bool:
    return (not wish.since or month >= wish.since) and (not wish.until or month <= wish.until)


def _wanted(group: Group, wish: Wish, scope: Scope) -> bool:
    """Whether what is told of a response fits; what is not told fits no choice."""
    return (
        _in_period(group.month, wish)
        and (not wish.branches or group.branch in wish.branches)
        and (not wish.regions or group.region in wish.regions)
        and _seen(group, scope)
    )


def _seen(group: Group, scope: Scope) -> bool:
    seen: Mapping[str, bool] = {
        "organisation": True,
        "region": group.region is not None and group.region == scope.region_id,
        "branch": group.branch is not None and group.branch == scope.branch_id,
    }
    return seen.get(scope.reach, False)


def _notes(found: Told, weighed: bool) -> tuple[str, ...]:
    said = [
        _("Anonymous: a response has no id, day, language or representative here, and the rows stand in no order."),
        _(
            "Where fewer than %(count)s people answered in a branch and month, the branch or also the region is empty; "
            "what cannot stand in a larger group is left out.",
            count=found.least,
        ),
        _("Months up to %(month)s, the last that has closed.", month=format_month(found.until)),
    ]
    if not weighed:
        said.append(_("There is no column of weights: they are all the same, or would tell single people apart."))
    return tuple(said)


def _stream(
    session: Session, found: Source, wish: Wish, chosen: list[tuple[str, Group]], least_texts: int, weighed: bool
) -> Iterator[Record]:
    named, code = places(session), found.questionnaire.code
    answers, words = gathered(session, texts=wish.texts)
    parts = [Response.id, Response.version_id, Response.weight, answers, *([words] if words is not None else [])]
    for start in range(0, len(chosen), _BATCH):
        batch = chosen[start : start + _BATCH]
        by_id = {
            row[0]: row[1:] for row in session.execute(select(*parts).where(Response.id.in_([one for one, _ in batch])))
        }
        for response_id, group in batch:
            version, weight, own, *texts = by_id[response_id]
            given = unpacked(own)
            if texts and texts[0] and group.size >= least_texts:
                given |= unpacked(texts[0])
            branch = named.branches[group.branch] if group.branch is not None else (None, None)
            region = named.regions.get(group.region) if group.region is not None else None
            facts = (code, group.month, *branch, region, *([weight] if weighed else []))
            yield Record(facts, found.numbers[version], given, IMPORTED)
