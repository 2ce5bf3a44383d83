"""A campaign's plan in words: its steps, its rules as a reader sees them, what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.campaign_names import FIELDS, channel_names, listed
from forms.campaign_names import told as value_told
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.rule_words import rule_words
from survey_app.errors import UserError
from survey_app.models import Branch, Campaign
from survey_app.outreach.rules import Rules
from survey_app.queries import campaign_plans
from survey_app.queries.campaign_plans import RULES, Changed
from survey_app.queries.outreach import policy
from translations import LANGUAGES, format_number, ngettext
from translations import gettext as _
from translations import lazy_gettext as _l

#: Steps of the plan in their order: address -> name.
STEPS: Final[Mapping[str, Any]] = {
    "what": _l("What is asked"),
    "whom": _l("Who is asked"),
    "how": _l("How"),
    "many": _l("How many"),
    "words": _l("Words of the messages"),
    "follow-up": _l("Follow-up"),
    "check": _l("Check and open"),
}
#: Names of branches that a line lists; of more only the number is said.
MOST_NAMES: Final = 8


@dataclass(frozen=True)
class Line:
    """One line of the plan in words, and the step that changes it."""

    step: str
    name: str
    words: str


def told(session: Session, campaign: Campaign, rules: Rules, definition: Definition | None) -> list[Line]:
    """The whole plan in words, in the order of its steps."""
    known = policy(session)
    lines = [
        ("whom", _("Places"), places(session, rules)),
        ("whom", _("Reasons"), value_told("reasons", rules.reasons)),
        ("whom", _("How the customer came"), value_told("interaction_channels", rules.interaction_channels)),
        (
            "whom",
            _("When"),
            _(
                "%(delay)s after the interaction, never later than %(latest)s after it.",
                delay=ngettext("%(num)s hour", "%(num)s hours", rules.delay_hours),
                latest=ngettext("%(num)s day", "%(num)s days", known.freshest_days),
            ),
        ),
        ("how", _("Languages"), _languages(rules, definition)),
        ("how", _("Ways to reach customers"), _ways(rules)),
        ("how", _("Reminder"), _reminder(rules)),
        ("many", _("How many"), _many(rules)),
        ("many", _("Limits"), _limits(rules)),
        ("words", _("Words of the messages"), _own_words(campaign_plans.plan_of(campaign).texts)),
        ("follow-up", _("Answers that call for a follow-up"), follow_up(rules, definition)),
    ]
    return [Line(*one) for one in lines]


def places(session: Session, rules: Rules) -> str:
    """Regions and branches by name."""
    if not rules.regions and not rules.branches:
        return _("All branches")
    parts = [listed(rules.regions)] if rules.regions else []
    if len(rules.branches) > MOST_NAMES:
        parts.append(ngettext("%(num)s chosen branch", "%(num)s chosen branches", len(rules.branches)))
    elif rules.branches:
        ref = Branch.bank + "-" + Branch.code
        names = dict(session.execute(select(ref, Branch.name).where(ref.in_(rules.branches))).all())
        parts.append(listed(names.get(one, one) for one in rules.branches))
    return "; ".join(parts)


def _languages(rules: Rules, definition: Definition | None) -> str:
    asked = campaign_plans.asks_in(rules, definition) if definition is not None else rules.languages
    return listed(LANGUAGES.get(one, one) for one in asked) or value_told("languages", ())


def _ways(rules: Rules) -> str:
    if len(rules.channels) == 1:
        return channel_names(rules.channels)
    return _("%(channels)s: the first that the contact allows.", channels=channel_names(rules.channels))


def _reminder(rules: Rules) -> str:
    if rules.reminder_days is None:
        return _("None")
    days = ngettext("%(num)s day", "%(num)s days", rules.reminder_days)
    return _("One, %(days)s after the invitation, to who has not answered.", days=days)


def _many(rules: Rules) -> str:
    return _(
        "As many as bring every branch to %(target)s answers in three months; %(rate)s where that is reached anyway.",
        target=format_number(rules.target),
        rate=value_told("base_rate", rules.base_rate),
    )


def _limits(rules: Rules) -> str:
    names = ("branch_quota", "agent_quota", "daily_limit")
    set_ones = [
        f"{FIELDS[one]}: {format_number(getattr(rules, one))}" for one in names if getattr(rules, one) is not None
    ]
    return "; ".join(set_ones) or _(
        "None beside one invitation of a customer in the time of the rules for all campaigns."
    )


def _own_words(texts: Mapping[str, Any]) -> str:
    own = [channel for channel, kinds in texts.items() if any(kinds.values())]
    if not own:
        return _("The default words")
    return _("Own words: %(channels)s; else the default words.", channels=channel_names(own))


def follow_up(rules: Rules, definition: Definition | None) -> str:
    """The rule of follow-ups as a reader sees it."""
    if rules.follow_up is None:
        return _("A low score, a problem not handled, a broken promise, a critical item")
    return rule_words(rules.follow_up, definition) if definition is not None else value_told("follow_up", True)


@dataclass(frozen=True)
class Difference:
    """One part of a plan that is another: its name, and both values in words."""

    name: str
    before: str
    now: str


def differences(before: Rules, now: Rules) -> list[Difference]:
    """What differs between two plans."""
    one, two = before.dump(), now.dump()
    return _differences((name, one[name], two[name]) for name in RULES)


def changed(found: Changed) -> list[Difference]:
    """What was changed meanwhile, in words."""
    return _differences((one.field, one.before, one.now) for one in found.changes)


def _differences(values: Iterable[tuple[str, Any, Any]]) -> list[Difference]:
    return [
        Difference(str(FIELDS[name]), value_told(name, before), value_told(name, now))
        for name, before, now in values
        if before != now
    ]


def into(form: Any, error: UserError) -> None:
    """Put a command's refusal beside the fields that it names; what names none stands above the form."""
    for name, message in error.places:
        if name in form:
            form[name].errors = [*form[name].errors, message]
        else:
            form.form_errors.append(message)
    if not error.places:
        form.form_errors.append(error.message)
