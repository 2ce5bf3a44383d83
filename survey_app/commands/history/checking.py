"""A row of a file → a response that could be stored, or everything that speaks against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.exchange.history.mapping import NONE
from forms.questionnaire.exchange.history.mapping import Mapping as Matching
from forms.questionnaire.exchange.history.reading import Fault, Reading, Unfit
from forms.questionnaire.exchange.history.source import Source
from forms.questionnaire.score import score
from reports import months
from survey_app import clock
from survey_app.commands.history.keeping import Line
from survey_app.commands.imports import lookups
from survey_app.commands.imports.columns import Problem, Refused
from survey_app.commands.imports.parsers import PARSERS
from survey_app.errors import UserError
from survey_app.kinds import kind_of
from survey_app.models import NO_AGENT, Agent, Branch, Campaign, Questionnaire, Version
from survey_app.models.campaign import ANONYMOUS
from survey_app.queries import organisation, questionnaires
from survey_app.queries.tickets import IMPORTED
from translations import DEFAULT, format_date, isolate
from translations import gettext as _
from translations.spelling import fold

#: Characters of a channel, and of the id that a file gives a response.
LONGEST: Final = 100
CHANNEL: Final = "import"


@dataclass(frozen=True)
class Open:
    """A questionnaire that responses can be brought to, in its newest published version.

    Where answers are anonymous there is nobody to call back, so the questions of the follow-up are none of it.
    """

    questionnaire_id: int
    code: str
    version_id: int
    definition: Definition
    campaign_id: int
    anonymous: bool
    agents: bool
    counted: bool


def opened(session: Session, questionnaire: Questionnaire) -> Open:
    """The questionnaire as responses are brought to it. UserError while it is not published."""
    version: Version = questionnaires.published(session, questionnaire.code)
    campaign = session.scalar(select(Campaign).where(Campaign.code == questionnaire.code))
    if campaign is None:
        raise UserError(_("The questionnaire %(code)s has not been published yet.", code=isolate(questionnaire.code)))
    kind = kind_of(questionnaire.kind)
    anonymous = campaign.privacy == ANONYMOUS
    definition = questionnaires.definition(version)
    return Open(
        questionnaire.id,
        questionnaire.code,
        version.id,
        replace(definition, follow_up=None) if anonymous else definition,
        campaign.id,
        anonymous,
        (organisation.policy(session).agent_shops or not kind.reviewed) and not anonymous,
        kind.counted,
    )


class Places:
    """Branches and agents by whatever a file may call them: code, bank and code, or a name that only one has."""

    def __init__(self, session: Session) -> None:
        self.branches = lookups.Branches(session)
        named: Counter[str] = Counter()
        self._refs: dict[str, str] = {}
        #: (reference, name) of every branch, for choosing one.
        self.choices: list[tuple[str, str]] = []
        columns = (Branch.bank, Branch.code, Branch.name)
        for bank, code, name in session.execute(select(*columns).order_by(Branch.bank, Branch.code)):
            ref = f"{bank}-{code}"
            self.choices.append((ref, name))
            for said in {fold(name), _bare(name)}:
                named[said] += 1
                self._refs[said] = ref
        self._refs = {said: ref for said, ref in self._refs.items() if said and named[said] == 1}
        self._agents = lookups.agent_ids(session)
        names: Counter[str] = Counter()
        by_name: dict[str, int] = {}
        for id_, name in session.execute(select(Agent.id, Agent.name).where(Agent.id != NO_AGENT)):
            names[fold(name)] += 1
            by_name[fold(name)] = id_
        self._by_name = {name: id_ for name, id_ in by_name.items() if names[name] == 1}

    def branch(self, said: str) -> lookups.KnownBranch:
        """The branch that a file means. Raises Refused."""
        named = self._refs.get(fold(said)) or self._refs.get(_bare(said))
        try:
            return self.branches.find(PARSERS["branch"](said))
        except Refused as error:
            if named is not None:
                return self.branches.find(named)
            if PARSERS["branch"](said) == said:
                raise
            # A name that nobody knows is told as it was written.
            raise Refused(Problem("branch", _("There is no branch %(code)s.", code=isolate(said)))) from error

    def agent(self, said: str) -> int:
        """The agent that a file means. Raises Refused."""
        return self._agents[said] if said in self._agents else self._agent_by_name(said)

    def _agent_by_name(self, said: str) -> int:
        found = self._by_name.get(fold(said))
        return lookups.find_agent(self._agents, said) if found is None else found


def _bare(name: str) -> str:
    """A branch's name without the word for a branch before it."""
    words = fold(name)
    for prefix in ("סניף ", "branch "):
        words = words.removeprefix(prefix)
    return words.removesuffix(" branch")


@dataclass(frozen=True)
class Checked:
    """A response that could be stored. ``lines`` are its scores by line code, none for one that is ``voided``."""

    external_id: str
    branch_id: int
    region_id: int
    agent_id: int
    month: str
    #: None where the file says no more than the month, and for an anonymous response.
    day: date | None
    language: str
    channel: str
    weight: float
    answers: Mapping[str, Any]
    lines: Mapping[str, int]
    voided: bool
    #: Answers that were left out because their question is not asked after the others.
    dropped: int = 0

    def to_json(self) -> list[Any]:
        """As a line of a file keeps it."""
        return [
            *(self.external_id, self.branch_id, self.region_id, self.agent_id, self.month),
            self.day.isoformat() if self.day else None,
            *(self.language, self.channel, self.weight, dict(self.answers), dict(self.lines), self.voided),
        ]

    @classmethod
    def from_json(cls, kept: list[Any]) -> Checked:
        """What :meth:`to_json` gave."""
        external_id, branch_id, region_id, agent_id, month, day, *rest = kept
        return cls(external_id, branch_id, region_id, agent_id, month, date.fromisoformat(day) if day else None, *rest)


class Checker:
    """Checks the rows of one file against one questionnaire and the organisation."""

    def __init__(self, there: Open, places: Places, matching: Matching, source: Source) -> None:
        self.there, self.places, self.matching, self.source = there, places, matching, source
        self.reading = Reading(there.definition, matching, source, IMPORTED, clock.TIME_ZONE)
        self._today = clock.today()
        self._identified = matching.placed("response_id")
        self._branches: dict[str, lookups.KnownBranch] = {}

    def check(self, line: Line) -> Checked:
        """The response in a row. Raises Unfit with everything that speaks against it."""
        if line.fault:
            raise Unfit([Fault(None, line.fault)])
        found = self.reading.read(line.cells)
        day = found.day if isinstance(found.day, date) else months.first_day(found.day)
        faults: list[Fault] = []
        branch = self._placed(found.about.get("branch", ""), day, faults)
        agent_id = self._agent(found.about.get("agent", ""), faults)
        if day > self._today:
            faults.append(Fault(self.matching.placed("date"), _("This day is in the future.")))
        weight = self._weight(found.about.get("weight", ""), faults)
        said = found.about.get("response_id", "")
        if not said and self._identified:
            faults.append(Fault(self._identified, _("The row has no id.")))
        if branch is None or faults:
            raise Unfit(faults)
        card = score(self.there.definition, found.answers, IMPORTED)
        exact = isinstance(found.day, date) and not self.there.anonymous
        return Checked(
            self._external_id(line.row, said),
            branch.id,
            branch.region_id,
            agent_id,
            months.of(day),
            day if exact else None,
            found.about.get("language", DEFAULT),
            found.about.get("channel", CHANNEL)[:LONGEST],
            weight,
            found.answers,
            card.line_codes(self.there.code) if self.there.counted else {},
            card.voided,
            found.dropped,
        )

    def _external_id(self, row: int, said: str) -> str:
        """The id under which a response is known again; an anonymous one keeps a digest that leads back to nobody.

        A file without ids is known by its content: the same file again brings the same responses.
        """
        named = f"{self.there.code}:{said}" if said else f"{self.there.code}:{self.source.digest[:32]}:{row}"
        return sha256(named.encode()).hexdigest() if self.there.anonymous else named

    def _placed(self, said: str, day: date, faults: list[Fault]) -> lookups.KnownBranch | None:
        column = self.matching.placed("branch")
        branch = self._branches.get(said)
        if branch is None:
            try:
                branch = self._branches[said] = self.places.branch(said)
            except (Refused, ValueError) as error:
                faults.append(Fault(column, _said(error) if said else _("There is no branch.")))
                return None
        if branch.opened is not None and day < branch.opened:
            faults.append(
                Fault(column, _("The branch opened on %(date)s only.", date=isolate(format_date(branch.opened))))
            )
        if branch.closed is not None and day >= branch.closed:
            faults.append(Fault(column, _("The branch closed on %(date)s.", date=isolate(format_date(branch.closed)))))
        return branch

    def _agent(self, said: str, faults: list[Fault]) -> int:
        if not said or not self.there.agents:
            return NO_AGENT
        try:
            return self.places.agent(said)
        except Refused as error:
            column = self.matching.placed("agent")
            if column is None or self.matching.part(column).others != NONE:
                faults.append(Fault(column, _said(error)))
            return NO_AGENT

    def _weight(self, said: str, faults: list[Fault]) -> float:
        if not said:
            return 1.0
        try:
            return float(PARSERS["weight"](said))
        except ValueError as error:
            faults.append(Fault(self.matching.placed("weight"), f"{error} ({isolate(said[:80])})"))
            return 1.0


def _said(error: Exception) -> str:
    return "; ".join(one.message for one in error.problems) if isinstance(error, Refused) else str(error)
