"""The steps of a plan as pages: what each asks, what it offers, and what it says of the plan. One class a step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from flask import request

from forms.base import Form
from forms.campaign import HowForm, ManyForm, WhatForm, WhomForm
from forms.campaign_names import CHANNELS
from forms.editor.conditions import WORDS, Asked, names_before
from forms.editor.fields import RuleField
from forms.messages.compose import PARTS
from forms.questionnaire.check import completeness
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.rule_words import rule_words
from survey_app.models import Campaign
from survey_app.models.campaign import PLANNED
from survey_app.permissions import Scope
from survey_app.queries import campaign_plans, organisation, readiness
from survey_app.queries.campaign_plans import Plan
from survey_app.queries.outreach import policy
from survey_app.web import campaign_preview as preview
from survey_app.web.campaigns import installation, what_choices
from survey_app.web.questionnaires.frame import PRIVACY
from survey_app.web.support import read_session
from translations import LANGUAGES, localised
from translations import gettext as _
from translations import lazy_gettext as _l


@dataclass(frozen=True)
class Site:
    """The campaign that a page is about, as it stands while the page is made."""

    campaign: Campaign

    @cached_property
    def plan(self) -> Plan:
        """What is planned."""
        return campaign_plans.plan_of(self.campaign)

    @cached_property
    def definition(self) -> Definition | None:
        """What new answers are given under."""
        return campaign_plans.definition_of(read_session(), self.campaign)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the plan asks in, those that the platform speaks."""
        asked = campaign_plans.asks_in(self.plan.rules, self.definition) if self.definition else ()
        return tuple(one for one in asked if one in LANGUAGES)


class Step(ABC):
    """One page of the plan."""

    template: str

    @abstractmethod
    def form(self, site: Site, sent: Any) -> Any:
        """Its form, with what was sent or what stands."""

    def changes(self, site: Site, form: Any) -> dict[str, Any]:
        """What a sound form says: ``columns``, ``rules``, ``texts`` as ``campaigns.save`` takes them."""
        return {"rules": form.rules}

    def rearrange(self, form: Any, do: str) -> str:
        """A button that saves nothing; gives the id of what has the focus then."""
        return ""

    def faulty(self, site: Site) -> bool:
        """Whether what stands is told to be wrong on the page itself: it can be kept, and not be opened with."""
        return False

    def offers(self, site: Site, form: Any) -> dict[str, Any]:
        """What else its page shows."""
        return {}


class What(Step):
    """Name, questionnaire, period, privacy."""

    template = "what"

    def form(self, site: Site, sent: Any) -> WhatForm:
        campaign = site.campaign
        return WhatForm(
            sent,
            **what_choices(),
            fixed=campaign.state != PLANNED,
            named=campaign.state == PLANNED or bool(campaign.name),
            name=campaign.name,
            questionnaire=campaign.questionnaire.code,
            opens=campaign.opens,
            closes=campaign.closes,
            invitation_days=campaign.invitation_days,
            privacy=campaign.privacy,
            open_link=campaign.open_link,
        )

    def changes(self, site: Site, form: Any) -> dict[str, Any]:
        return {"columns": {field.name: field.data for field in form}}

    def offers(self, site: Site, form: Any) -> dict[str, Any]:
        session, campaign = read_session(), site.campaign
        kept = campaign_plans.has_answers(session, campaign) or campaign_plans.has_invited(session, campaign)
        locked = _("It stays: somebody was promised it already.") if kept else ""
        return {"privacy": PRIVACY, "policy": policy(session), "locked": locked}


class Whom(Step):
    """Places, reasons, ways in, delay."""

    template = "whom"

    def form(self, site: Site, sent: Any) -> WhomForm:
        session, rules = read_session(), site.plan.rules
        reasons, channels = readiness.seen(session)
        return WhomForm(
            sent,
            places=_places(),
            seen_reasons=reasons,
            seen_channels=channels,
            regions=list(rules.regions),
            branches=list(rules.branches),
            reasons=rules.reasons,
            interaction_channels=rules.interaction_channels,
            delay_hours=rules.delay_hours,
        )

    def offers(self, site: Site, form: Any) -> dict[str, Any]:
        reasons, channels = readiness.seen(read_session())
        return {
            "seen": {**reasons, **{f"c:{one}": count for one, count in channels.items()}},
            "policy": policy(read_session()),
        }


def _places() -> list[tuple[str, list[tuple[str, str]]]]:
    """Regions with their branches that serve customers, as (region, (ref, name)); those of no region last."""
    found: dict[str, list[tuple[str, str]]] = {one.name: [] for one in organisation.regions(read_session())}
    loose: list[tuple[str, str]] = []
    for branch in organisation.branches(read_session(), Scope()):
        if branch.ranked and branch.merged_into_id is None:
            place = found[branch.region.name] if branch.region else loose
            place.append((branch.ref, branch.name))
    return [*((name, branches) for name, branches in found.items() if branches), *([("", loose)] if loose else [])]


class How(Step):
    """Languages, channels in their order, reminder."""

    template = "how"

    def form(self, site: Site, sent: Any) -> HowForm:
        rules = site.plan.rules
        offered = (
            [(one, LANGUAGES[one]) for one in site.definition.languages if one in LANGUAGES] if site.definition else []
        )
        return HowForm(
            sent,
            offered=offered,
            languages=list(site.languages),
            channels=rules.channels,
            reminder_days=rules.reminder_days,
        )

    def changes(self, site: Site, form: Any) -> dict[str, Any]:
        return {
            "rules": {
                "languages": tuple(form.languages.data),
                "channels": form.channels.data,
                "reminder_days": form.reminder_days.data,
            }
        }

    def rearrange(self, form: Any, do: str) -> str:
        act, _colon, channel = do.partition(":")
        if act in {"up", "down"}:
            form.channels.move(channel, -1 if act == "up" else 1)
        return f"{act}-{channel}"

    def offers(self, site: Site, form: Any) -> dict[str, Any]:
        session = read_session()
        done = completeness(site.definition) if site.definition else {}
        return {
            "done": {code: 100 * have // every if every else 0 for code, (have, every) in done.items()},
            "channel_names": CHANNELS,
            "set_up": installation().channels,
            "policy": policy(session),
            "language_marks": site.definition.languages if site.definition else {},
        }


class Many(Step):
    """How many are asked."""

    template = "many"

    def form(self, site: Site, sent: Any) -> ManyForm:
        names = ("target", "base_rate", "expected_response", "detect", "branch_quota", "agent_quota", "daily_limit")
        return ManyForm(sent, **{name: getattr(site.plan.rules, name) for name in names})

    def changes(self, site: Site, form: Any) -> dict[str, Any]:
        return {"rules": {field.name: field.data for field in form}}

    def offers(self, site: Site, form: Any) -> dict[str, Any]:
        return {"policy": policy(read_session())}


class WordsForm(Form):
    """The words of one channel's messages; their fields are the pieces of the messages."""

    def __init__(self, sent: Mapping[str, str] | None, found: list[preview.Shown]) -> None:
        super().__init__()
        self.sent, self.found = sent, found


class Words(Step):
    """Words of the messages, a channel a page."""

    template = "words"

    def form(self, site: Site, sent: Any) -> WordsForm:
        return WordsForm(sent, self._shown(site, site.plan.texts))

    def _shown(self, site: Site, texts: Mapping[str, Any]) -> list[preview.Shown]:
        return preview.shown(
            read_session(),
            site.plan.rules,
            texts,
            channel_of(site),
            site.languages,
            installation(),
            site.campaign.questionnaire.code,
        )

    def faulty(self, site: Site) -> bool:
        return any(piece.problems for one in self._shown(site, site.plan.texts) for piece in one.pieces)

    def changes(self, site: Site, form: Any) -> dict[str, Any]:
        return {"texts": preview.typed(form.sent, site.plan.texts, form.found)}

    def offers(self, site: Site, form: Any) -> dict[str, Any]:
        """The messages as they would be with what was typed: the page shows no older words than its fields."""
        texts = preview.typed(form.sent, site.plan.texts, form.found) if form.sent else site.plan.texts
        return {
            "messages": self._shown(site, texts),
            "channels": {one: CHANNELS[one] for one in site.plan.rules.channels if one in PARTS},
            "channel": channel_of(site),
            "room": preview.room,
            "language_names": LANGUAGES,
        }


def channel_of(site: Site) -> str:
    """The channel whose words a page shows: the one that is asked for, else the first that has words."""

    worded = [one for one in site.plan.rules.channels if one in PARTS]
    asked = request.args.get("channel", "")
    return asked if asked in worded else next(iter(worded), "")


class FollowUpForm(Form):
    """The rule of follow-ups."""

    follow_up: Any

    def __init__(self, sent: Any, definition: Definition, rule: Any) -> None:
        super().__init__()
        unbound: Any = RuleField(_l("Answers that call for a follow-up"), Asked(definition))
        self.follow_up = unbound.bind(form=self, name="follow_up", prefix="")
        self.follow_up.process(sent, rule)
        self._fields["follow_up"] = self.follow_up
        self._definition = definition

    def validate(self, extra_validators: Any = None) -> bool:
        """The rule can be read, and every part of it can be true."""
        sound = super().validate(extra_validators)
        if sound:
            self.follow_up.errors = readiness.follow_up_problems(self.follow_up.data, self._definition)
        return not self.follow_up.errors


class FollowUp(Step):
    """Which answers call for a follow-up."""

    template = "follow_up"

    def form(self, site: Site, sent: Any) -> Any:
        return FollowUpForm(sent, site.definition, site.plan.rules.follow_up) if site.definition else Form()

    def changes(self, site: Site, form: Any) -> dict[str, Any]:
        return {"rules": {"follow_up": form.follow_up.data}} if site.definition else {}

    def rearrange(self, form: Any, do: str) -> str:
        field: Any = form.follow_up
        if do.startswith("rule:"):
            field.switch()
        field.errors = list(field.process_errors)
        return str(field.target) if do.startswith("rule:") else f"{field.name}-{len(field.rows)}-name"

    def offers(self, site: Site, form: Any) -> dict[str, Any]:
        definition = site.definition
        if definition is None:
            return {"names": [], "options": {}, "operators": {}, "in_words": str}
        names = names_before(definition, "", own=False)
        known = Asked(definition).by_code
        return {
            "names": names,
            "options": {
                code: [(one.value, localised(one.text)) for one in known[code].options] if code in known else []
                for code, _words in names
            },
            "operators": WORDS,
            "in_words": lambda rule: rule_words(rule, definition),
            "title": localised(definition.title),
        }


STEPS: Final[Mapping[str, Step]] = {
    "what": What(), "whom": Whom(), "how": How(), "many": Many(), "words": Words(), "follow-up": FollowUp(),
}  # fmt: skip
