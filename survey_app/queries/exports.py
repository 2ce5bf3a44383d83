"""Responses out of the database: chosen, cut to what privacy lets out, and read as a stream.

A confidential response leaves with its id, so that an analyst finds it again; an anonymous one with nothing that leads
back to it, see :mod:`survey_app.queries.exports_anonymous`. Contact never leaves: it is no answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from json import JSONDecoder
from typing import Any, Final

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.orm import Session

from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.exchange.answers.cells import known_facts
from forms.questionnaire.exchange.answers.sheet import Record, Sheet
from forms.questionnaire.exchange.answers.variables import plain, variables
from survey_app.kinds import kind_of
from survey_app.models import (
    Agent,
    Answer,
    Assignment,
    Branch,
    Campaign,
    Questionnaire,
    Region,
    Response,
    Scenario,
    Version,
)
from survey_app.models.campaign import ANONYMOUS
from survey_app.models.people import NO_AGENT
from survey_app.models.response import COUNTED
from survey_app.permissions import Scope
from survey_app.queries import organisation, questionnaires
from survey_app.queries.tickets import ASSIGNMENT, IMPORTED, OPEN, PERSONAL
from translations import gettext as _
from translations import speaking

#: Responses that are fetched at a time.
BATCH: Final = 1_000
#: What stands in a file of confidential responses, besides the answers.
_FACTS: Final = (
    *("response_id", "questionnaire", "version", "month", "occurred_on", "branch", "branch_name", "region", "agent"),
    *("language", "channel", "state", "weight"),
)
_decode = JSONDecoder().raw_decode
_LINKS: Final = frozenset({PERSONAL, OPEN, ASSIGNMENT})


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Which responses are wanted, and in what words. Months are ``YYYY-MM``, both included; empty for no limit."""

    since: str = ""
    until: str = ""
    branches: frozenset[int] = frozenset()
    regions: frozenset[int] = frozenset()
    states: frozenset[str] = frozenset({COUNTED})
    language: str = "he"
    #: Choices in words and not by their codes.
    worded: bool = False
    #: People's own words as well.
    texts: bool = False


@dataclass(frozen=True)
class Source:
    """A questionnaire whose responses are wanted, and what its privacy asks for."""

    questionnaire: Questionnaire
    #: Version number -> definition, and version id -> number; published ones only, no response has another.
    definitions: Mapping[int, Definition]
    numbers: Mapping[int, int]
    anonymous: bool
    #: Fewer responses of an anonymous questionnaire than this never stand together under a branch.
    least: int
    #: In fewer responses of one branch and month than this, nobody's own words leave; 0 for no such promise.
    least_texts: int

    @property
    def newest(self) -> Definition:
        """The version that is answered now."""
        return self.definitions[max(self.definitions)]


@dataclass(frozen=True)
class Places:
    """Branches, regions and agents by id, as a file names them."""

    branches: Mapping[int, tuple[str, str]]
    regions: Mapping[int, str]
    agents: Mapping[int, str] = field(default_factory=dict)


def source(session: Session, code: str) -> Source | None:
    """A questionnaire with what its versions promised; None while none of them was published. NotFound: unknown."""
    questionnaire = questionnaires.by_code(session, code)
    published = [version for version in questionnaire.versions if version.published_at is not None]
    if not published:
        return None
    definitions = {version.number: questionnaires.definition(version) for version in published}
    modes = set(session.scalars(select(Campaign.privacy).where(Campaign.questionnaire_id == questionnaire.id)))
    promised = {one.anonymity for one in definitions.values()}
    kind = kind_of(questionnaire.kind)
    return Source(
        questionnaire=questionnaire,
        definitions=definitions,
        numbers={version.id: version.number for version in published},
        anonymous=ANONYMOUS in modes | promised,
        least=max(kind.least_n, *(one.min_group_size or 0 for one in definitions.values())),
        least_texts=max(one.no_free_text_below_group or 0 for one in definitions.values()),
    )


def sheet(found: Source, wish: Wish, facts: tuple[str, ...], notes: tuple[str, ...] = ()) -> Sheet:
    """The columns of a file, for the responses that are wanted."""
    with speaking(wish.language):
        return Sheet(
            code=found.questionnaire.code,
            title=plain(found.newest.title, wish.language),
            language=wish.language,
            facts=known_facts(facts),
            variables=variables(found.definitions, texts=wish.texts, dated=not found.anonymous),
            definitions=found.definitions,
            worded=wish.worded,
            notes=(*notes, *_always(found)),
        )


def _always(found: Source) -> tuple[str, ...]:
    said = [_("Telephone numbers and e-mail addresses are never part of this file.")]
    least = max(found.least, found.least_texts) if found.anonymous else found.least_texts
    if least:
        said.append(
            _("Free text is left out where fewer than %(count)s people answered in a branch and month.", count=least)
        )
    return tuple(said)


def places(session: Session) -> Places:
    """Every branch, region and agent by id."""
    names = dict(session.execute(select(Branch.id, Branch.name)).all())
    codes = organisation.codes(session)
    return Places(
        branches={branch_id: (codes[branch_id], name) for branch_id, name in names.items()},
        regions=dict(session.execute(select(Region.id, Region.name)).all()),
        agents={NO_AGENT: "", **dict(session.execute(select(Agent.id, Agent.code).where(Agent.id != NO_AGENT)).all())},
    )


# ---- confidential responses


@dataclass(frozen=True)
class Export:
    """A file of responses, ready to be read: how many, in which columns, and one by one."""

    sheet: Sheet
    count: int
    #: Responses that fit the wish and had to be left out, since too few of them stand together.
    withheld: int
    _read: Any

    def records(self) -> Iterator[Record]:
        """The responses; read once, while the session is open."""
        found: Iterator[Record] = self._read()
        return found


def confidential(session: Session, found: Source, wish: Wish, scope: Scope) -> Export:
    """The responses of a confidential questionnaire, in the order of their ids."""
    chosen = [*_chosen(found, wish), *_in_scope(scope)]
    count = session.scalar(select(func.count()).select_from(Response).where(*chosen)) or 0
    columns = sheet(found, wish, _FACTS)
    return Export(columns, count, 0, lambda: _stream(session, found, wish, chosen))


def _chosen(found: Source, wish: Wish) -> list[Any]:
    conditions: list[Any] = [Response.version_id.in_(found.numbers), Response.state.in_(wish.states)]
    if wish.since:
        conditions.append(Response.month >= wish.since)
    if wish.until:
        conditions.append(Response.month <= wish.until)
    if wish.branches:
        conditions.append(Response.branch_id.in_(wish.branches))
    if wish.regions:
        conditions.append(Response.region_id.in_(wish.regions))
    return conditions


def _in_scope(scope: Scope) -> list[Any]:
    """What a reader who does not see everything is held to."""
    held = {"region": Response.region_id, "branch": Response.branch_id, "agent": Response.agent_id}
    wanted = {"region": scope.region_id, "branch": scope.branch_id, "agent": scope.agent_id}
    return [] if scope.everything else [held[scope.reach] == wanted[scope.reach]]


def gathered(session: Session, *, texts: bool) -> tuple[Any, Any]:
    """A response's answers as one object by question code, and its words as another: made where the rows lie.

    One statement then reads whole responses; a row for each answer would cost ten times as much on the way. Both are
    text, see :func:`unpacked`.
    """
    made = "json_group_object" if session.get_bind().dialect.name == "sqlite" else "json_object_agg"
    gather = getattr(func, made)
    value: Any = func.json(Answer.value) if made == "json_group_object" else Answer.value
    own = select(gather(Answer.question, value, type_=Text)).where(
        Answer.response_id == Response.id, Answer.words.is_(None)
    )
    words = select(gather(Answer.question, Answer.words, type_=Text)).where(
        Answer.response_id == Response.id, Answer.words.is_not(None)
    )
    whole, beside = (one.correlate(Response).scalar_subquery() for one in (own, words))
    return cast(whole, Text), cast(beside, Text) if texts else None


def unpacked(text: str | None) -> dict[str, Any]:
    """Answers as :func:`gathered` gives them; none for none."""
    found: dict[str, Any] = _decode(text)[0] if text else {}
    return found


def small_cells(session: Session, found: Source) -> frozenset[tuple[str, int]]:
    """Month and branch of which too few answered for anybody's own words to leave; whatever is chosen."""
    if not found.least_texts:
        return frozenset()
    counted = (
        select(Response.month, Response.branch_id)
        .where(Response.version_id.in_(found.numbers), Response.state == COUNTED)
        .group_by(Response.month, Response.branch_id)
        .having(func.count() >= found.least_texts)
    )
    large = {(month, branch_id) for month, branch_id in session.execute(counted)}
    every = session.execute(
        select(Response.month, Response.branch_id).where(Response.version_id.in_(found.numbers)).distinct()
    )
    return frozenset((month, branch_id) for month, branch_id in every) - large


def _stream(session: Session, found: Source, wish: Wish, chosen: list[Any]) -> Iterator[Record]:
    named, code = places(session), found.questionnaire.code
    quiet = small_cells(session, found) if wish.texts else frozenset()
    answers, words = gathered(session, texts=wish.texts)
    visited = not kind_of(found.questionnaire.kind).public
    columns: list[Any] = [
        Response.id,
        Response.version_id,
        Response.month,
        Response.visited_on,
        Response.branch_id,
        Response.region_id,
        Response.agent_id,
        Response.language,
        Response.channel,
        Response.state,
        Response.weight,
        answers,
        *([words] if words is not None else []),
        *([Scenario.has_appointment, Scenario.has_account] if visited else []),
    ]
    statement: Select[Any] = select(*columns)
    if visited:
        statement = statement.outerjoin(Assignment, Assignment.response_id == Response.id).outerjoin(
            Scenario, Scenario.id == Assignment.scenario_id
        )
    statement = statement.where(*chosen).order_by(Response.id)
    contexts: dict[Any, Mapping[str, Any]] = {}
    # Past the session: what is read here is plain rows, and a hundred thousand of them.
    reader = session.connection()
    for row in reader.execute(statement, execution_options={"yield_per": BATCH}):
        response_id, version, month, day, branch_id, region_id, agent_id, language, channel, state, weight, own = row[
            :12
        ]
        given = unpacked(own)
        if words is not None and row[12] and (month, branch_id) not in quiet:
            given |= unpacked(row[12])
        known = (channel, day, *(row[-2:] if visited else ()))
        context = contexts.get(known)
        if context is None:
            context = contexts[known] = _context(*known)
        branch = named.branches[branch_id]
        facts = (
            *(response_id, code, found.numbers[version], month, day, branch[0], branch[1]),
            *(named.regions.get(region_id), named.agents.get(agent_id), language, channel, state, weight),
        )
        yield Record(facts, found.numbers[version], given, context)


def _context(channel: str, day: Any, appointment: bool | None = None, account: bool | None = None) -> dict[str, Any]:
    """What the rules of a questionnaire could ask when it was answered."""
    context = {
        **IMPORTED,
        "link": channel if channel in _LINKS else PERSONAL,
        "today": day.isoformat() if day else None,
    }
    if appointment is not None:
        context["scenario"] = {"has_appointment": appointment, "has_account": bool(account)}
    return context


# ---- what there is to choose from


def months(session: Session, found: Source) -> list[str]:
    """The months that have responses, newest first."""
    held = select(Response.month).where(Response.version_id.in_(found.numbers)).distinct()
    return sorted(session.scalars(held), reverse=True)


def counts(session: Session) -> dict[int, int]:
    """Questionnaire id -> how many responses it has, whatever became of them."""
    counted = select(Version.questionnaire_id, func.count()).join(Response, Response.version_id == Version.id)
    return dict(session.execute(counted.group_by(Version.questionnaire_id)).all())
