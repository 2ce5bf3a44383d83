"""The plan of a campaign as it is read: what is in force, what is planned beside it, what was promised, who changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.questionnaire.check import completeness
from forms.questionnaire.definition import DEFAULT_LANGUAGE
from forms.questionnaire.definition import Questionnaire as Definition
from survey_app.errors import NotFound
from survey_app.models import Campaign, Draft, Entry, Invitation, Questionnaire, Response, User
from survey_app.models.campaign import PLANNED
from survey_app.outreach.rules import Rules
from survey_app.queries import questionnaires
from translations import gettext as _

#: Names of a campaign's own columns that a plan shows, beside its rules and texts.
COLUMNS: Final = ("name", "opens", "closes", "invitation_days", "open_link", "privacy")
RULES: Final = tuple(one.name for one in fields(Rules))
#: The audit trail's names of acts on campaigns begin with this.
ACTS: Final = "campaign."


@dataclass(frozen=True)
class Plan:
    """Rules and words of messages."""

    rules: Rules
    texts: Mapping[str, Any]
    #: Whether they wait beside those in force; opening puts them into force.
    waiting: bool


def locked(session: Session, code: str) -> Campaign:
    """A campaign that nobody else writes meanwhile; NotFound for an unknown code."""
    found = session.scalar(select(Campaign).where(Campaign.code == code).with_for_update())
    if found is None:
        raise NotFound(_("There is no campaign %(code)s.", code=code))
    return found


def in_force(campaign: Campaign) -> Rules | None:
    """The rules by which a campaign invites; None for one that invites nobody."""
    return Rules.load(campaign.rules) if campaign.rules else None


def plan_of(campaign: Campaign) -> Plan:
    """What is planned, or where nothing is, what is in force; the defaults where nobody planned anything yet."""
    document = campaign.plan or {"rules": campaign.rules, "texts": campaign.texts}
    return Plan(Rules.load(document["rules"]), document["texts"], bool(campaign.plan))


def definition_of(session: Session, campaign: Campaign) -> Definition | None:
    """What new answers are given under; None while the questionnaire is not published."""
    version = questionnaires.newest_published(session, campaign.questionnaire_id)
    return questionnaires.definition(version) if version is not None else None


def complete_in(definition: Definition) -> tuple[str, ...]:
    """The languages in which every text of a questionnaire is there, Hebrew first."""
    whole = {code for code, (written, every) in completeness(definition).items() if written >= every}
    return tuple(sorted(whole, key=lambda code: (code != DEFAULT_LANGUAGE, list(definition.languages).index(code))))


def asks_in(rules: Rules, definition: Definition) -> tuple[str, ...]:
    """The languages that rules ask in: those chosen, or all that are complete."""
    return rules.languages or complete_in(definition)


def has_answers(session: Session, campaign: Campaign) -> bool:
    """Whether anybody has begun to answer: what was promised to them stays."""
    found = (select(table.campaign_id).where(table.campaign_id == campaign.id).limit(1) for table in (Draft, Response))
    return any(session.scalar(one) is not None for one in found)


def has_invited(session: Session, campaign: Campaign) -> bool:
    """Whether the campaign itself has invited anybody; an invitation made by hand is no promise of its rules."""
    statement = select(Invitation.id).where(Invitation.campaign_id == campaign.id, Invitation.channel != "").limit(1)
    return session.scalar(statement) is not None


# ---- who changed what ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One part of a plan that is not what it was: its name in :data:`forms.campaign_names.FIELDS`, and both values."""

    field: str
    before: Any
    now: Any


@dataclass(frozen=True)
class Changed:
    """What was changed since a revision, by whom and when last."""

    changes: tuple[Change, ...]
    by: str
    at: datetime | None


def changed_since(session: Session, campaign: Campaign, revision: int) -> Changed:
    """What the audit trail tells of a campaign's plan after a revision; empty where it tells nothing."""
    before: dict[str, Any] = {}
    now: dict[str, Any] = {}
    by, at = "", None
    stood = {"rules": campaign.rules, "texts": campaign.texts}
    rows = session.execute(
        select(Entry, User.name, User.email)
        .outerjoin(User, User.id == Entry.user_id)
        .where(Entry.act.startswith(ACTS), Entry.details["campaign"].as_string() == campaign.code)
        .order_by(Entry.id.desc())
        .limit(max(1, campaign.revision - revision) + 20)
    )
    for entry, name, email in rows:
        attributes = _attributes(entry, campaign)
        written = attributes.get("revision")
        if not written or written[1] <= revision:
            continue
        if at is None:
            by, at = name or email or "", entry.at
        for field, (old, new) in _flat(attributes, stood).items():
            before[field] = old
            now.setdefault(field, new)
    order = (*COLUMNS, *RULES, "texts")
    found = (Change(field, before[field], now[field]) for field in order if field in before)
    return Changed(tuple(one for one in found if one.before != one.now), by, at)


def _attributes(entry: Entry, campaign: Campaign) -> dict[str, Any]:
    """What an entry says of the campaign's own row."""
    for one in entry.changes:
        if one.get("model") == Campaign.__name__ and one.get("key") == [campaign.id]:
            return dict(one.get("attributes") or {})
    return {}


def _flat(attributes: Mapping[str, Any], stood: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The differences by the parts of a plan; ``stood`` is what the first plan beside it began with."""
    found = {name: tuple(attributes[name]) for name in COLUMNS if name in attributes}
    if "plan" in attributes:
        old, new = (one or {} for one in attributes["plan"])
        if new:  # a plan that was put into force says the same as before
            was, now = old or stood, new
            rules, before = Rules.load(now["rules"]).dump(), Rules.load(was["rules"]).dump()
            found |= {name: (before[name], rules[name]) for name in RULES if before[name] != rules[name]}
            if was["texts"] != now["texts"]:
                found["texts"] = (was["texts"], now["texts"])
    return found


def begun_with(session: Session, token: str, questionnaire: str) -> Campaign | None:
    """The campaign that a form with this token has begun, while nothing but its first step is planned.

    The token lies in the plan; saving a later step writes the plan without it.
    """
    # A second click waits here until the first is written.
    session.execute(select(Questionnaire.id).where(Questionnaire.code == questionnaire).with_for_update())
    return session.scalar(
        select(Campaign)
        .where(Campaign.state == PLANNED, Campaign.plan["token"].as_string() == token)
        .limit(1)
        .with_for_update()
    )
