"""A question by a break, read for one calendar quarter that has ended, in a bounded number of statements."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, case, cast, func, select
from sqlalchemy.orm import Session, aliased

from forms.questionnaire.parts import Question
from reports import crosstab
from reports.crosstab import Cell, Group
from reports.suppression import SHOWN
from survey_app.kinds import kind_of
from survey_app.models import Answer, Branch, Interaction, Invitation, Response, Version
from survey_app.models.questionnaire import PUBLISHED
from survey_app.models.response import COUNTED
from survey_app.queries import organisation, told
from survey_app.queries.analysis_questions import (
    AREA,
    BRANCH_BREAKS,
    CHANNEL,
    LANGUAGE,
    MODE,
    PURPOSE,
    REGION,
    SIZE,
    TENURE,
    TYPE,
    Asked,
    Column,
    columns,
    kept,
    least,
    parts,
    purpose_of,
)
from survey_app.queries.exports import Source, source


@dataclass(frozen=True)
class Crosstab:
    """The table: ``groups`` in the order of their keys, the whole apart."""

    asked: Asked
    by: str
    months: Sequence[str]
    least: int
    columns: Sequence[Column]
    groups: Sequence[Group]
    whole: Group
    #: Of the intervals, 0–100.
    level: float
    #: Whether some responses weigh more than others.
    weighted: bool
    #: Question whose choices are the groups, where they are choices.
    labels: Question | None = None


@dataclass
class _Counted:
    """Responses as they are added up: group -> answer -> responses, the groups' bases, and all together."""

    cells: dict[Hashable, dict[Hashable, Cell]] = field(default_factory=dict)
    sizes: dict[Hashable, Cell] = field(default_factory=dict)
    everything: dict[Hashable, Cell] = field(default_factory=dict)
    whole: Cell = field(default_factory=Cell)
    #: Branches, each with its region as of the visit -> responses; only of breaks of branches.
    places: dict[Hashable, int] = field(default_factory=dict)

    def add(self, group: Hashable, answers: Iterable[Hashable], n: int, weight: float, squares: float) -> None:
        for answer in answers:
            self.cells.setdefault(group, {}).setdefault(answer, Cell()).add(n, weight, squares)
            self.everything.setdefault(answer, Cell()).add(n, weight, squares)
        self.sizes.setdefault(group, Cell()).add(n, weight, squares)
        self.whole.add(n, weight, squares)


def tabulated(session: Session, asked: Asked, by: str, months: Sequence[str]) -> Crosstab:
    """The table of a question by a break of :func:`possible` over the months of a quarter."""
    policy, kind = organisation.policy(session), kind_of(asked.questionnaire.kind)
    heads, values = columns(asked.question)
    base = frozenset[Hashable]().union(*(column.answers for column in heads))
    told_of = _division(session, asked)
    chosen = _chosen(session, asked, months)
    if told_of is not None:
        chosen = [*chosen, *told.published(session, told_of[0])]
    rows, weighted = _rows(session, asked, by, chosen, told_of[1] if told_of else None)
    breaks = _groups(session) if by in BRANCH_BREAKS else {}
    found = _Counted()
    for key, answer, n, weight, squares in rows:
        if answers := kept(answer, base):
            found.add(breaks[by](key) if breaks else key, answers, n, weight, squares)
            if breaks:
                found.places[key] = found.places.get(key, 0) + n
    fewest = least(policy, asked.questionnaire.kind)
    labels = purpose_of(session, asked.questionnaire) if by == PURPOSE else None
    if told_of is not None:
        # Groups of whole groups: what was divided once is not decided again, but for questions that few answered.
        fewest = told_of[1].least
        decisions = crosstab.decided({group: cell.n for group, cell in found.sizes.items()}, fewest)
    else:
        decisions = _decided(found, by, breaks, fewest, protected=not kind.reviewed)
    decisions = {group: decisions[group] for group in _in_order(found.sizes, labels)}
    total = crosstab.decided({"": found.whole.n}, fewest)
    if total[""] != SHOWN:
        decisions = dict.fromkeys(decisions, total[""])
    level, answers_of = policy.interval_level, [column.answers for column in heads]
    return Crosstab(
        asked=asked,
        by=by,
        months=months,
        least=fewest,
        columns=heads,
        groups=crosstab.tabulate(found.cells, answers_of, found.sizes, decisions, level, values),
        whole=crosstab.tabulate({"": found.everything}, answers_of, {"": found.whole}, total, level, values)[0],
        level=100 * level,
        weighted=weighted,
        labels=labels,
    )


def _division(session: Session, asked: Asked) -> tuple[Source, told.Told] | None:
    """How the responses of an anonymous questionnaire are told; None for others."""
    found = source(session, asked.questionnaire.code)
    return (found, told.division(session, found)) if found is not None and found.anonymous else None


def _in_order(groups: Iterable[Hashable], labels: Question | None) -> list[Hashable]:
    """Choices as the question lists them, else by name; those without one last."""
    options = labels.options if labels is not None else ()
    listed: dict[Hashable, int] = {option.value: at for at, option in enumerate(options)}
    return sorted(groups, key=lambda group: (group == "", listed.get(group, len(listed)), str(group)))


def _decided(
    found: _Counted, by: str, breaks: Mapping[str, Callable[[Any], str]], fewest: int, *, protected: bool
) -> dict[Hashable, int]:
    """What is shown of each group; of breaks of branches all are decided together."""
    if protected and breaks:
        of = {name: {one: group(one) for one in found.places} for name, group in breaks.items()}
        return crosstab.of_branches(found.places, of, REGION, fewest)[by]
    return crosstab.decided({group: cell.n for group, cell in found.sizes.items()}, fewest, protected)


def _chosen(session: Session, asked: Asked, months: Sequence[str]) -> list[ColumnElement[bool]]:
    """Counted responses of the months, under the versions whose question means what it means now."""
    versions = session.scalars(
        select(Version).where(Version.questionnaire_id == asked.questionnaire.id, Version.state == PUBLISHED)
    )
    same = [
        version.id
        for version in versions
        if any(part.code == asked.question.code and part.series == asked.question.series for part in parts(version))
    ]
    return [
        Response.version_id.in_(same),
        Response.state == COUNTED,
        Response.month >= months[0],
        Response.month <= months[-1],
    ]


Rows = list[tuple[Hashable, Any, int, float, float]]


def _rows(
    session: Session, asked: Asked, by: str, chosen: list[ColumnElement[bool]], division: told.Told | None
) -> tuple[Rows, bool]:
    """(group, answer, responses, sum of weights, sum of their squares), added up by the database.

    With a division what it leaves out is left out, and a response's branch is as far told as its group's.
    """
    least_w, most_w, mean = session.execute(
        select(func.min(Response.weight), func.max(Response.weight), func.avg(Response.weight)).where(*chosen)
    ).one()
    if mean is None:
        return [], False
    low, high = (float(mean) * times for times in crosstab.TRIM)
    weight = case((Response.weight < low, low), (Response.weight > high, high), else_=Response.weight)
    value = cast(Answer.value, Text).label("given")
    keys, joined = _KEYS[by](session, asked)
    within = told.KEY if division is not None else ()
    statement = (
        joined(
            select(*within, *keys, value, func.count(), func.sum(weight), func.sum(weight * weight)).select_from(
                Response
            )
        )
        .join(Answer, (Answer.response_id == Response.id) & (Answer.question == asked.question.code))
        .where(*chosen)
        .group_by(*within, *keys, value)
    )
    found: Rows = []
    read: list[tuple[Any, ...]] = [tuple(row) for row in session.execute(statement)]
    for row in read:
        key, (text, n, total, squares) = row[len(within) : -4], row[-4:]
        if division is not None:
            place = division.place((row[0], row[1], row[2], row[3]))
            if place is None:
                continue
            key = (place[1], place[0]) if by in BRANCH_BREAKS else key
        if text is not None:
            group = tuple(key) if by in BRANCH_BREAKS else _READ.get(by, str)(key[0] or "")
            found.append((group, json.loads(text), int(n), float(total), float(squares)))
    return found, bool(least_w != most_w)


Joined = Callable[[Select[Any]], Select[Any]]


def _as_it_is(statement: Select[Any]) -> Select[Any]:
    return statement


def _of_purpose(session: Session, asked: Asked) -> tuple[list[Any], Joined]:
    purpose, said = purpose_of(session, asked.questionnaire), aliased(Answer)
    code = purpose.code if purpose is not None else ""
    on = (said.response_id == Response.id) & (said.question == code)
    return [cast(said.value, Text).label("said")], lambda statement: statement.outerjoin(said, on)


def _of_tenure(session: Session, asked: Asked) -> tuple[list[Any], Joined]:
    return [Interaction.tenure], lambda statement: statement.outerjoin(
        Invitation, Invitation.response_id == Response.id
    ).outerjoin(Interaction, Interaction.id == Invitation.interaction_id)


def _own(*keys: Any) -> Callable[[Session, Asked], tuple[list[Any], Joined]]:
    return lambda session, asked: (list(keys), _as_it_is)


#: How each break is read: its columns, and what has to be joined for them.
_KEYS: Final[Mapping[str, Callable[[Session, Asked], tuple[list[Any], Joined]]]] = {
    **dict.fromkeys(BRANCH_BREAKS, _own(Response.branch_id, Response.region_id)),
    PURPOSE: _of_purpose,
    CHANNEL: _own(Response.channel),
    LANGUAGE: _own(Response.language),
    MODE: _own(Response.mode),
    TENURE: _of_tenure,
}
#: Keys that the database gives as JSON text.
_READ: Final[Mapping[str, Callable[[str], Hashable]]] = {PURPOSE: lambda text: json.loads(text) if text else ""}


def _groups(session: Session) -> dict[str, Callable[[Any], str]]:
    """Break -> what a (branch, region as of the visit) belongs to; empty where it is not known."""
    regions = {region.id: region.name for region in organisation.regions(session)}
    rows = session.execute(select(Branch.id, Branch.type, Branch.size, Branch.area))
    own = {branch_id: {TYPE: kind, SIZE: size, AREA: area} for branch_id, kind, size, area in rows}

    def of(name: str) -> Callable[[Any], str]:
        return lambda key: own.get(key[0], {}).get(name, "")

    return {REGION: lambda key: regions.get(key[1], ""), **{name: of(name) for name in (TYPE, SIZE, AREA)}}
