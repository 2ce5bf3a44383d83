"""Responses: finished questionnaires from another system, scored as if they had been given here.

A response is known by its questionnaire and the id its file gives it. The same content again changes nothing; other
content is a correction, and the facts follow. Mystery visits that come by file count as approved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from forms.questionnaire.definition import Questionnaire as Definition
from reports import months
from survey_app import clock
from survey_app.commands.imports import answers, lookups
from survey_app.commands.imports.columns import Problem, Refused, Row, column, gather
from survey_app.commands.imports.handler import Handler, Options, assign
from survey_app.commands.imports.report import ADDED, CHANGED, UNCHANGED, Outcome
from survey_app.commands.recording import Finished, count_in, move, record, replace_answers
from survey_app.kinds import kind_of
from survey_app.models import NO_AGENT, Answer, Campaign, Response, Version
from survey_app.models.campaign import ANONYMOUS
from survey_app.models.response import COUNTED, VOIDED
from survey_app.queries import organisation, questionnaires
from survey_app.queries.tickets import IMPORTED, new_response_id
from translations import DEFAULT, isolate
from translations import gettext as _
from translations.spelling import fold


@dataclass(frozen=True, kw_only=True)
class ResponseRow(Row):
    """One finished questionnaire. Its answers stand in columns named by their questions' codes."""

    response_id: str = field(
        metadata=column("text", "R-000123", "The response's id, unique within its questionnaire", "מזהה תשובה")
    )
    questionnaire: str = field(
        metadata=column("text", "post_visit_branch", "Code of a published questionnaire", "שאלון", "קוד שאלון")
    )
    branch: str = field(metadata=column("branch", "461", "Branch: its code, or bank and code", "סניף", "קוד סניף"))
    agent: str = field(
        default="", metadata=column("text", "A-1024", "Code of the agent who served", "קוד נציג", "נציג")
    )
    occurred_on: date = field(metadata=column("date", "14/10/2026", "Day of the visit or service", "תאריך ביקור"))
    language: str = field(default=DEFAULT, metadata=column("language", "he", "Language it was answered in", "שפה"))
    channel: str = field(default="import", metadata=column("text", "sms", "How it was answered", "ערוץ"))
    weight: float = field(default=1.0, metadata=column("weight", "1.25", "Survey weight, more than 0", "משקל"))
    #: The rest is found while the row is checked.
    answers: Mapping[str, Any] = field(default_factory=dict)
    branch_id: int = 0
    region_id: int = 0
    agent_id: int = NO_AGENT

    @property
    def month(self) -> str:
        """The month that the response belongs to."""
        return months.of(self.occurred_on)


@dataclass(frozen=True)
class _Open:
    """A questionnaire that responses can be brought to."""

    definition: Definition
    campaign_id: int
    anonymous: bool
    agents: bool


class ResponseHandler(Handler[ResponseRow]):
    """Adds and corrects responses of published questionnaires."""

    code = "responses"
    row = ResponseRow

    def __init__(self, session: Session, options: Options) -> None:
        super().__init__(session, options)
        self.branches = lookups.Branches(session)
        self.agents = lookups.agent_ids(session)
        self.open = dict(_open_questionnaires(session))
        self.codes = answers.codes([one.definition for one in self.open.values()])

    def takes(self, name: str) -> bool:
        return fold(name) in self.codes

    def settle(self, row: ResponseRow) -> ResponseRow:
        there = self.open.get(row.questionnaire)
        if there is None:
            message = _("There is no published questionnaire %(code)s.", code=isolate(row.questionnaire))
            raise Refused(Problem("questionnaire", message))
        if row.occurred_on > clock.today():
            raise Refused(Problem("occurred_on", _("This day is in the future.")))
        cells = {self.codes[fold(name)]: text for name, text in row.extra.items()}
        branch, agent_id, given = gather(
            lambda: self.branches.find_open(row.branch, row.occurred_on),
            lambda: lookups.find_agent(self.agents, row.agent) if row.agent else NO_AGENT,
            lambda: answers.read(there.definition, cells),
        )
        return replace(
            row,
            extra={},
            answers=given,
            branch_id=branch.id,
            region_id=branch.region_id,
            agent_id=agent_id if there.agents and not there.anonymous else NO_AGENT,
        )

    def key(self, row: ResponseRow) -> Hashable:
        return self._external_id(row)

    def _external_id(self, row: ResponseRow) -> str:
        """The id under which the response is stored. An anonymous one keeps a digest that leads back to nobody."""
        named = f"{row.questionnaire}:{row.response_id}"
        return sha256(named.encode()).hexdigest() if self.open[row.questionnaire].anonymous else named

    def apply(self, session: Session, rows: Sequence[ResponseRow], run_id: int | None) -> list[Outcome]:
        ids = {row.row: self._external_id(row) for row in rows}
        stored = _stored(session, list(ids.values()))
        versions = {code: questionnaires.published(session, code) for code in {row.questionnaire for row in rows}}
        new = [row for row in rows if ids[row.row] not in stored]
        finished = [self._finished(row, versions[row.questionnaire], ids[row.row], run_id) for row in new]
        record(session, finished)
        outcomes = [Outcome(row.row, ADDED, row.response_id) for row in new]
        for row in rows:
            if ids[row.row] in stored:
                response, given = stored[ids[row.row]]
                names = self._correct(session, row, response, given)
                outcomes.append(Outcome(row.row, CHANGED if names else UNCHANGED, row.response_id, names))
        return outcomes

    def _finished(self, row: ResponseRow, version: Version, external_id: str, run_id: int | None) -> Finished:
        there = self.open[row.questionnaire]
        return Finished(
            response_id=new_response_id(),
            campaign_id=there.campaign_id,
            version=version,
            branch_id=row.branch_id,
            region_id=row.region_id,
            agent_id=row.agent_id,
            month=row.month,
            visited_on=None if there.anonymous else row.occurred_on,
            # The moment of sending is not in the file: the day stands for it.
            submitted_at=None if there.anonymous else clock.start_of(row.occurred_on),
            state=COUNTED,
            language=row.language,
            channel=row.channel,
            weight=row.weight,
            answers=row.answers,
            context=IMPORTED,
            external_id=external_id,
            import_run_id=run_id,
        )

    def _correct(
        self, session: Session, row: ResponseRow, response: Response, given: Mapping[str, Any]
    ) -> tuple[str, ...]:
        """Make a stored response what the row says; returns what moved, in the names of the file's columns."""
        anonymous = self.open[row.questionnaire].anonymous
        place = {"branch_id": row.branch_id, "month": row.month}
        if "agent" in row.given:
            place["agent_id"] = row.agent_id
        moved = {name: value for name, value in place.items() if getattr(response, name) != value}
        if "branch_id" in moved:
            moved["region_id"] = row.region_id
        if not anonymous and response.visited_on != row.occurred_on:
            moved |= {"visited_on": row.occurred_on, "submitted_at": clock.start_of(row.occurred_on)}
        if moved:
            move(session, response, **moved)
        plain: dict[str, Any] = {
            name: getattr(row, name) for name in ("language", "channel", "weight") if name in row.given
        }
        names = [_COLUMNS[name] for name in moved if name in _COLUMNS]
        names += assign(response, plain)
        changed = sorted(code for code in given.keys() | row.answers.keys() if given.get(code) != row.answers.get(code))
        if changed:
            card = replace_answers(session, response, row.answers, IMPORTED)
            if card.voided and response.state == COUNTED:
                response.state = VOIDED
            elif response.state == VOIDED and not card.voided:
                count_in(session, response)
        return tuple(dict.fromkeys((*names, *changed)))


#: Attributes of a response, and the columns of a file that say them.
_COLUMNS: Mapping[str, str] = {
    "branch_id": "branch",
    "agent_id": "agent",
    "month": "occurred_on",
    "visited_on": "occurred_on",
}


def _open_questionnaires(session: Session) -> list[tuple[str, _Open]]:
    agent_shops = organisation.policy(session).agent_shops
    campaigns = {campaign.code: campaign for campaign in session.scalars(select(Campaign))}
    found = []
    for questionnaire in questionnaires.catalogue(session):
        version = questionnaires.newest_published(session, questionnaire.id)
        campaign = campaigns.get(questionnaire.code)
        if version is not None and campaign is not None:
            agents = agent_shops or not kind_of(questionnaire.kind).reviewed
            open_ = _Open(questionnaires.definition(version), campaign.id, campaign.privacy == ANONYMOUS, agents)
            found.append((questionnaire.code, open_))
    return found


def _stored(session: Session, external_ids: Sequence[str]) -> dict[str, tuple[Response, dict[str, Any]]]:
    """Responses that are here already, with their answers, by external id."""
    query = (
        select(Response)
        .where(Response.external_id.in_(external_ids))
        .options(joinedload(Response.version).joinedload(Version.questionnaire))
    )
    responses = {response.id: response for response in session.scalars(query)}
    given: dict[str, dict[str, Any]] = defaultdict(dict)
    if responses:
        rows = select(Answer.response_id, Answer.question, Answer.value, Answer.words)
        for id_, question, value, words in session.execute(rows.where(Answer.response_id.in_(responses))):
            given[id_][question] = value if words is None else words
    return {response.external_id or "": (response, given[response.id]) for response in responses.values()}
