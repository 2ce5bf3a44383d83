"""What stops a campaign from being opened, and what its planner should think about first.

Each finding says what is wrong and which step of the plan mends it. What will be sent, at what cost and with what
power, is counted in ``preflight``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, Self
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms import messages
from forms.campaign_names import CHANNELS, listed
from forms.messages import Values
from forms.messages.compose import INVITATION, PARTS, REMINDER, SMS
from forms.questionnaire.check_rules import rules as rule_problems
from forms.questionnaire.definition import DEFAULT_LANGUAGE
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.document import Automation
from forms.questionnaire.parts import Rule
from survey_app import clock
from survey_app.config import Settings
from survey_app.kinds import kind_of
from survey_app.models import Branch, Campaign, CollectionPoint, Draft, Interaction, Invitation, Region, User
from survey_app.models.outreach import EMAIL, PHONE
from survey_app.outreach.rules import Rules
from survey_app.permissions import PERMISSIONS, Permission
from survey_app.queries import campaign_plans, notices, organisation, sampling
from survey_app.queries.campaign_plans import Plan
from survey_app.queries.outreach import policy
from translations import LANGUAGES, format_date, isolate_ltr, speaking
from translations import gettext as _
from translations import lazy_gettext as _l

#: As long as an invitation's token, and none: it leads nowhere.
SAMPLE: Final = "AbCdEfGhIjKl"
#: How far back the feed is looked at for what customers come for, in days.
SEEN_DAYS: Final = 90
#: Names of this machine, which lead nobody else here.
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
#: Kinds of messages by name.
KINDS: Final[Mapping[str, Any]] = {INVITATION: _l("Invitation"), REMINDER: _l("Reminder")}
#: Steps of the plan, in their order, as addresses name them.
STEPS: Final = ("what", "whom", "how", "many", "words", "follow-up", "check")
#: Where something is mended that is no step: the questionnaire, the rules for all campaigns, the installation itself.
QUESTIONNAIRE, POLICY, INSTALLATION = "questionnaire", "policy", "installation"


@dataclass(frozen=True)
class Check:
    """One finding: where it is mended, in words, and whether it stops the opening."""

    step: str
    message: str
    stops: bool = True
    #: What the address of the step ends with: which part of its page.
    at: str = ""


@dataclass(frozen=True)
class Installation:
    """What an installation can do."""

    #: The channels that it can send through; interviewers need nothing but a telephone.
    channels: frozenset[str]
    #: What links in messages begin with.
    link_url: str
    #: Channels whose answers reach us: only there a word can end invitations.
    replies: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """From its settings."""
        email = {EMAIL} if settings.smtp_url and settings.mail_from else set()
        replies = frozenset(name for name, gateway in settings.gateways.items() if gateway.callback_secret)
        return cls(frozenset({*settings.gateways, *email, PHONE}), settings.link_url, replies)


def in_use(session: Session, campaign: Campaign) -> bool:
    """Whether anything leads to a campaign: an invitation, a poster, an answer that was begun."""
    found = (
        select(table.campaign_id).where(table.campaign_id == campaign.id).limit(1)
        for table in (Invitation, CollectionPoint, Draft)
    )
    return any(session.scalar(one) is not None for one in found)


def checks(session: Session, campaign: Campaign, plan: Plan, installation: Installation) -> list[Check]:
    """Everything found, what stops first."""
    definition = campaign_plans.definition_of(session, campaign)
    found = list(_what(session, campaign, definition))
    if definition is not None:
        found += _languages(plan.rules, definition)
        found += _notice(session, definition)
        found += _follow_up(plan.rules.follow_up, definition)
    found += _audience(session, plan.rules)
    found += _channels(session, plan.rules, installation.channels)
    if definition is not None:
        found += _words(session, campaign, plan, definition, installation)
    return sorted(found, key=lambda one: not one.stops)


def _what(session: Session, campaign: Campaign, definition: Definition | None) -> Iterator[Check]:
    questionnaire = campaign.questionnaire
    if definition is None:
        yield Check("what", _("The questionnaire has not been published yet."))
    if questionnaire.archived_at is not None:
        yield Check("what", _("The questionnaire is in the archive and takes no new answers."))
    if not kind_of(questionnaire.kind).public:
        yield Check("what", _("This kind of questionnaire is not answered by invitation."))
    if campaign.closes is not None and campaign.closes < clock.today():
        yield Check("what", _("The period is over: the last day has passed."))
    standing = session.scalar(select(Campaign.privacy).where(Campaign.code == questionnaire.code))
    if standing is not None and standing != campaign.privacy:
        message = _("The privacy mode is not the one that the questionnaire asks for. Make sure that this is meant.")
        yield Check("what", message, stops=False)


def _languages(rules: Rules, definition: Definition) -> Iterator[Check]:
    chosen, complete = campaign_plans.asks_in(rules, definition), campaign_plans.complete_in(definition)
    if DEFAULT_LANGUAGE not in chosen:
        yield Check("how", _("Hebrew is missing: who speaks no other of the languages is asked in it."))
    lacking = [one for one in chosen if one not in complete]
    if lacking:
        names = listed(LANGUAGES.get(one, one) for one in lacking)
        yield Check("how", _("The questionnaire is not complete in these languages: %(languages)s.", languages=names))


def _notice(session: Session, definition: Definition) -> Iterator[Check]:
    if notices.content(session, definition) is None:
        yield Check(QUESTIONNAIRE, _("The questionnaire has no privacy notice, which everybody is shown first."))
    elif not organisation.organisation(session).details.get("privacy_officer"):
        yield Check(INSTALLATION, _("The notice names no privacy officer to turn to: none was entered."), stops=False)


def _follow_up(rule: Rule | None, definition: Definition) -> Iterator[Check]:
    for message in follow_up_problems(rule, definition):
        yield Check("follow-up", message)


def follow_up_problems(rule: Rule | None, definition: Definition) -> list[str]:
    """What is wrong with a rule over the answers of a questionnaire; it may look at every one of them."""
    if rule is None:
        return []
    trial = replace(definition, automation=(Automation(when=rule, then=""),))
    return [one.message for one in rule_problems(trial) if one.place.startswith("automation.")]


def _audience(session: Session, rules: Rules) -> Iterator[Check]:
    regions = set(session.scalars(select(Region.name)))
    gone = [one for one in rules.regions if one not in regions]
    refs = {branch.ref: branch for branch in session.scalars(select(Branch))} if rules.branches else {}
    gone += [one for one in rules.branches if one not in refs]
    if gone:
        yield Check("whom", _("These are not known any more: %(names)s.", names=listed(gone)))
    today = clock.today()
    closed = [branch.name for ref in rules.branches if (branch := refs.get(ref)) and not branch.open_on(today)]
    if closed:
        message = _("These branches have closed and ask nobody: %(names)s.", names=listed(closed))
        yield Check("whom", message, stops=False)
    if session.scalar(select(Interaction.id).limit(1)) is None:
        message = _("No interactions have come in yet: until they do, nobody can be asked.")
        yield Check("interactions", message, stops=False)


def _channels(session: Session, rules: Rules, channels: Collection[str]) -> Iterator[Check]:
    lacking = [one for one in rules.channels if one not in channels]
    if lacking:
        names = listed(CHANNELS[one] for one in lacking)
        message = _(
            "Not set up in this installation: %(channels)s. Choose other ways, or have it set up.", channels=names
        )
        yield Check("how", message)
    if PHONE in rules.channels:
        callers = [role.value for role, granted in PERMISSIONS.items() if Permission.INTERVIEW in granted]
        if session.scalar(select(User.id).where(User.active, User.role.in_(callers)).limit(1)) is None:
            message = _("Nobody here interviews by telephone yet: add a user with that role.")
            yield Check(INSTALLATION, message, stops=False)


def _words(
    session: Session, campaign: Campaign, plan: Plan, definition: Definition, installation: Installation
) -> Iterator[Check]:
    rules = plan.rules
    languages = [one for one in campaign_plans.asks_in(rules, definition) if one in LANGUAGES]
    known = policy(session)
    found = messages.check(
        plan.texts,
        channels=rules.channels,
        languages=languages,
        worst={one: sample_values(session, rules, one, installation) for one in languages},
        product_names=known.product_names,
        questionnaire=campaign.questionnaire.code,
        kinds=kinds_sent(rules),
    )
    for one in found:
        channel, kind, language, _part = one.place.split(".")
        where = (str(CHANNELS[channel]), str(KINDS[kind]), LANGUAGES.get(language, language))
        yield Check(
            "words", f"{', '.join(where)}: {one.message}", one.stops, f"?channel={channel}#{text_id(one.place)}"
        )
    silent = [one for one in languages if not known.verify.get(one)]
    if silent and any(one in PARTS for one in rules.channels):
        names = listed(LANGUAGES.get(one, one) for one in silent)
        message = _(
            "It is not written how customers make sure that a message is ours, in: %(languages)s.", languages=names
        )
        yield Check(POLICY, message, stops=False)
    if urlsplit(installation.link_url).hostname in LOCAL:
        message = _(
            "Links begin with %(address)s, which no customer can open.", address=isolate_ltr(installation.link_url)
        )
        yield Check(INSTALLATION, message, stops=False)


def kinds_sent(rules: Rules) -> tuple[str, ...]:
    """The kinds of messages that rules send."""
    return (INVITATION,) if rules.reminder_days is None else (INVITATION, REMINDER)


def text_id(place: str) -> str:
    """The id of a text's field: of ``sms.invitation.he.text``, ``t-invitation-he-text``."""
    return "t-" + "-".join(place.split(".")[1:])


def sample_values(
    session: Session, rules: Rules, language: str, installation: Installation, channel: str = SMS
) -> Values:
    """What fills a message when everything is as long as it can be: the longest branch, a whole address."""
    branches = sampling.frame(session, rules).branches
    names = select(Branch.name).where(Branch.ranked)
    if branches is not None:
        names = names.where(Branch.id.in_(sorted(branches)))
    longest = session.scalar(names.order_by(func.length(Branch.name).desc(), Branch.name).limit(1))
    link = f"{installation.link_url}/s/{SAMPLE}"
    with speaking(language):
        return Values(
            org=organisation.organisation_name(session, language),
            branch=longest or _("the branch"),
            date=format_date(clock.today()),
            link=link,
            stop_link=f"{link}/stop",
            verify=policy(session).verify.get(language, ""),
            replies=channel in installation.replies,
        )


def seen(session: Session) -> tuple[dict[str, int], dict[str, int]]:
    """Reasons, and ways in which customers came, of the last months' interactions: code -> how many."""
    since = clock.now() - timedelta(days=SEEN_DAYS)
    found: list[dict[str, int]] = []
    for column in (Interaction.reason, Interaction.channel):
        rows = session.execute(
            select(column, func.count()).where(Interaction.at > since, column != "").group_by(column).order_by(column)
        )
        found.append(dict(rows.all()))
    return found[0], found[1]
