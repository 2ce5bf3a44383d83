"""Stores the plan: organisation, regions, branches, agents, users, questionnaires, profit, finished questionnaires."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import insert
from sqlalchemy.orm import Session

from forms.questionnaire import library
from forms.questionnaire.definition import read_yaml
from reports import months as calendar
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import accounts, fieldwork, questionnaires
from survey_app.commands.responses import Finished, record
from survey_app.db import reading
from survey_app.demo import files
from survey_app.demo.bank import Bank, PlannedBranch
from survey_app.demo.filled import Filled
from survey_app.demo.money import ProfitRow
from survey_app.demo.summary import Login
from survey_app.models import Agent, Branch, CollectionPoint, Organisation, Placement, Profit, Region, User, Version
from survey_app.models.response import COUNTED
from survey_app.permissions import Role
from survey_app.queries import questionnaires as published
from survey_app.transaction import transaction
from translations import direction

Item = TypeVar("Item")
ACTOR: Final = Actor.system("demo")
BATCH: Final = 500
_AGOROT: Final = 100
_DOMAIN: Final = "haruv.example"
#: A second, plainer shape of the same scales; most customers answer on a phone.
_LAYOUTS: Final = ("stack", "stack", "row")


@dataclass
class Stored:
    """What the plan's places became: rows by place in the plan."""

    branches: list[Branch] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    regions: dict[str, Region] = field(default_factory=dict)
    shoppers: list[User] = field(default_factory=list)
    versions: dict[str, Version] = field(default_factory=dict)
    campaigns: dict[str, int] = field(default_factory=dict)
    scenarios: list[int] = field(default_factory=list)
    users: dict[Role, User] = field(default_factory=dict)
    #: The programme of the mystery visits.
    programme: int = 0
    #: Who reads reports a second time.
    second_reader: int = 0
    logins: list[Login] = field(default_factory=list)
    #: Places of open collection by their branch's place in the plan.
    points: dict[int, list[CollectionPoint]] = field(default_factory=dict)
    #: What else an answer says of its coming: set before the answers are stored.
    marks: Callable[[Filled], Mapping[str, Any]] = lambda _filled: {}

    def finished(self, filled: Filled, state: str = COUNTED) -> Finished:
        """A filled-in questionnaire as the commands take it, with what it says of the way it came."""
        return replace(self.plain(filled, state), **self.marks(filled))

    def plain(self, filled: Filled, state: str = COUNTED) -> Finished:
        """The same without the way it came, which is told and remembered once."""
        branch = self.branches[filled.branch]
        return Finished(
            response_id=filled.response_id,
            campaign_id=self.campaigns[filled.questionnaire],
            version=self.versions[filled.questionnaire],
            branch_id=branch.id,
            region_id=branch.region_id or 0,
            agent_id=self.agents[filled.agent].id if filled.agent >= 0 else 0,
            month=calendar.of(filled.visited_on),
            visited_on=filled.visited_on,
            submitted_at=filled.submitted_at,
            state=state,
            language=filled.language,
            channel=filled.channel,
            presentation={
                "first": "lowest",
                "direction": direction(filled.language),
                "layout": _LAYOUTS[int(filled.response_id[:2], 16) % len(_LAYOUTS)],
            },
            answers=filled.answers,
            context=filled.context,
        )


def organisation(session: Session, bank: Bank, stored: Stored) -> None:
    """The bank itself, its regions, branches, units, agents and their placements."""
    texts = files.document("bank")
    session.add(
        Organisation(
            id=1,
            name=texts["name"],
            synthetic=True,
            # The staff notice of this bank says that visits record who served.
            policy={"agent_shops": True},
            outreach={"verify": files.document("reaching")["verify"]},
            details={**texts["details"], "accessibility_reviewed": f"{bank.today:%d.%m.%Y}"},
        )
    )
    stored.regions = {key: Region(name=name) for key, name in bank.regions.items()}
    session.add_all(stored.regions.values())
    stored.branches = [_branch(place, texts["number"], stored) for place in (*bank.branches, *bank.units)]
    session.add_all(stored.branches)
    session.flush()
    for place in bank.branches:
        if place.merged_into is not None:
            stored.branches[place.index].merged_into = stored.branches[place.merged_into]
    for planned in bank.agents:
        agent = Agent(code=planned.code, name=planned.name, email=f"agent{planned.code}@{_DOMAIN}")
        agent.placements = [
            Placement(branch=stored.branches[at], role=planned.role, since=since, until=until)
            for at, since, until in planned.placements
        ]
        stored.agents.append(agent)
    session.add_all(stored.agents)
    session.flush()


def _branch(place: PlannedBranch, number: str, stored: Stored) -> Branch:
    return Branch(
        bank=number,
        code=place.code,
        name=place.name,
        type=place.type,
        ranked=place.ranked,
        region=stored.regions[place.region],
        city=place.city,
        address=place.address,
        latitude=place.latitude,
        longitude=place.longitude,
        hours=place.hours,
        closed_days=list(place.closed_days),
        size=place.size,
        area=place.area,
        opened=place.opened,
        closed=place.closed,
    )


def open_questionnaires(session: Session, stored: Stored) -> None:
    """Every questionnaire of the library, published, and the scenarios of the visits."""
    for code in library.codes():
        questionnaires.bring_in(session, read_yaml(library.source(code)), publish=True)
        stored.campaigns[code] = questionnaires.standing_campaign(session, code).id
    for scenario in files.document("scenarios"):
        wanted = {name: value for name, value in scenario.items() if name != "request"}
        stored.scenarios.append(fieldwork.add_scenario(session, **wanted).id)


def remember_versions(stored: Stored) -> None:
    """Keep the published versions at hand: every batch is recorded under them."""
    with reading() as session:
        for code in stored.campaigns:
            stored.versions[code] = published.published(session, code)


def users(session: Session, bank: Bank, stored: Stored, show: PlannedBranch) -> None:
    """One login for every role, and the bank's other shoppers and managers, who have no password and cannot enter.

    ``show`` is the branch whose managers and agent are given logins.
    """
    branch = stored.branches[show.index]
    agent = stored.agents[bank.face(show.index) or 0]
    about: dict[Role, dict[str, Any]] = {
        Role.REGION_MANAGER: {"region": branch.region},
        Role.BRANCH_MANAGER: {"branch": branch},
        Role.AGENT: {"agent": agent, "name": agent.name},
        Role.SHOPPER: {"name": bank.shoppers[0]},
    }
    for role in Role:
        details = {"name": _TITLES.get(role, ""), **about.get(role, {})}
        address = f"{role.value.replace('_', '.')}@{_DOMAIN}"
        stored.users[role], password = accounts.add_user(session, address, role.value, **details)
        stored.logins.append(Login(role, stored.users[role].name, address, password))
    now = clock.now()
    others = [
        User(email=f"shopper{i + 1}@{_DOMAIN}", name=name, role=Role.SHOPPER.value, created_at=now)
        for i, name in enumerate(bank.shoppers)
        if i
    ]
    stored.shoppers = [stored.users[Role.SHOPPER], *others]
    managers = [
        User(
            email=f"branch{place.code}@{_DOMAIN}",
            name=f"הנהלת {place.name}",
            role=Role.BRANCH_MANAGER.value,
            branch=stored.branches[place.index],
            created_at=now,
        )
        for place in bank.branches
        if place.index != show.index and place.closed is None
    ]
    reader = User(
        email=f"quality.reviewer2@{_DOMAIN}",
        name=files.document("field")["second_reader"],
        role=Role.QUALITY_REVIEWER.value,
        created_at=now,
    )
    session.add_all([*others, *managers, reader])
    session.flush()
    stored.second_reader = reader.id


#: Names of the users who are known by what they do.
_TITLES: Final = {
    Role.ADMINISTRATOR: "ניהול המערכת",
    Role.MANAGEMENT: "הנהלת הבנק",
    Role.REGION_MANAGER: "הנהלת המרחב",
    Role.BRANCH_MANAGER: "הנהלת הסניף",
    Role.FIELD_COORDINATOR: "תיאום שטח",
    Role.QUALITY_REVIEWER: "בקרת דוחות",
    Role.ANALYST: "ניתוח נתונים",
    Role.PRIVACY_OFFICER: "הגנת הפרטיות",
    Role.INTERVIEWER: "ראיונות טלפוניים",
    Role.DEPARTMENT_HEAD: "הנהלת אגף דיגיטל",
    Role.SERVICE_MANAGER: "הנהלת השירות",
    Role.OMBUDSMAN: "נציבות פניות הציבור",
}


def batches(items: Iterable[Item], size: int = BATCH) -> Iterator[list[Item]]:
    """Items in lists of at most ``size``."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def respond(filled: Iterable[Filled], stored: Stored) -> Iterator[int]:
    """Store finished surveys in batches, one transaction each, as respondents' acts; yields how many are stored."""
    done = 0
    for batch in batches(filled):
        with transaction(Actor.respondent(), "demo.responses") as session:
            record(session, [stored.finished(one) for one in batch])
        done += len(batch)
        yield done


def profit(session: Session, rows: Sequence[ProfitRow], stored: Stored) -> None:
    """The profit of every branch and month."""
    session.execute(
        insert(Profit),
        [
            {
                "month": row.month,
                "branch_id": stored.branches[row.branch].id,
                "revenue": row.revenue * _AGOROT,
                "cost": row.cost * _AGOROT,
                "target": row.target * _AGOROT,
                "headcount": row.headcount,
            }
            for row in rows
        ],
    )
