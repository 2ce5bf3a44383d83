"""Campaigns: planned step by step, opened, paused, ended, copied.

What is planned stands beside what is in force (``Campaign.plan``), so that nothing half planned ever invites anybody;
opening puts it into force once nothing stops it. Every save names the revision it was made on; one that saw an older
one is refused and told what changed meanwhile.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.campaign_names import FIELDS, listed
from survey_app import clock
from survey_app.commands.campaign_promises import change_privacy, keep_languages, keep_privacy
from survey_app.errors import Conflict, UserError
from survey_app.kinds import kind_of
from survey_app.models import Campaign, Questionnaire
from survey_app.models.campaign import ACTIVE, ENDED, PAUSED, PLANNED, PRIVACY, TAKES_ANSWERS
from survey_app.outreach.rules import Rules
from survey_app.queries import campaign_plans as plans
from survey_app.queries import campaigns, questionnaires, readiness
from survey_app.queries.campaign_plans import Changed, has_answers
from survey_app.queries.readiness import Installation
from translations import gettext as _
from translations.cells import undirected

__all__ = [
    "Stale", "change_privacy", "copy", "discard", "end", "go_on", "has_answers", "open_", "pause", "plan", "save",
]  # fmt: skip

#: A campaign's own code has a hyphen, which no questionnaire's has: it never takes the place of a standing campaign.
CODE: Final = re.compile(r"[a-z][a-z0-9_]*(?:-[a-z0-9_]+)+")
LONGEST_CODE: Final = 60
LONGEST_NAME: Final = 120
SALT_BYTES: Final = 32
#: Days of a period lie from this year on, and not further ahead than this.
FIRST_YEAR: Final = 2000
YEARS_AHEAD: Final = 10


class Stale(Conflict):
    """The plan is not the one the page was made of; what was typed is not written."""

    def __init__(self, message: str, changed: Changed, revision: int) -> None:
        super().__init__(message)
        self.changed = changed
        #: What a save has to name to be written on top.
        self.revision = revision


# ---- beginning -------------------------------------------------------------------------------------------------------


def plan(
    session: Session,
    *,
    name: str,
    questionnaire: str,
    code: str = "",
    opens: date | None = None,
    closes: date | None = None,
    privacy: str = "",
    token: str = "",
) -> Campaign:
    """A new campaign that takes nothing yet, on a published questionnaire that the public answers.

    ``code`` is made of the name where none is given; ``privacy`` is the questionnaire's own where none is chosen;
    ``token`` names the form that begins it (:func:`survey_app.queries.campaign_plans.begun_with`).
    """
    chosen = _asks(session, questionnaire)
    code = _own_code(session, code) if code else free_code(session, name, chosen.code)
    standing = session.scalar(select(Campaign).where(Campaign.code == chosen.code))
    campaign = Campaign(
        code=code,
        questionnaire=chosen,
        opens=opens or clock.today(),
        state=PLANNED,
        privacy=standing.privacy if standing is not None else kind_of(chosen.kind).privacy,
        plan={"rules": Rules().dump(), "texts": {}, **({"token": token} if token else {})},
        salt=secrets.token_hex(SALT_BYTES),
        revision=1,
    )
    columns = {"name": name, "opens": campaign.opens, "closes": closes}
    _write(campaign, {**columns, **({"privacy": privacy} if privacy else {})})
    session.add(campaign)
    session.flush()
    return campaign


def _asks(session: Session, code: str) -> Questionnaire:
    """The questionnaire with a code, where a campaign may ask with it."""
    found = questionnaires.by_code(session, code)
    for wrong, message in (
        (not kind_of(found.kind).public, _("The questionnaire %(code)s is not answered by invitation.", code=code)),
        (
            found.archived_at is not None,
            _("The questionnaire %(code)s is in the archive and takes no new answers.", code=code),
        ),
        (
            questionnaires.newest_published(session, found.id) is None,
            _("The questionnaire %(code)s has not been published yet.", code=code),
        ),
    ):
        if wrong:
            raise UserError(message, [("questionnaire", message)])
    return found


def free_code(session: Session, name: str, questionnaire_code: str) -> str:
    """A code that no campaign has: from the Latin letters of a name, else from the questionnaire and the month."""
    letters = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    base = letters if CODE.fullmatch(letters) else f"{questionnaire_code}-{letters or clock.current_month()}"
    base = base[: LONGEST_CODE - 5].strip("-")
    taken = set(session.scalars(select(Campaign.code).where(Campaign.code.startswith(base, autoescape=True))))
    number, code = 1, base
    while code in taken:
        number += 1
        code = f"{base}-{number}"
    return code


def _own_code(session: Session, code: str) -> str:
    message = ""
    if not CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        message = _("A campaign's code is small Latin letters and digits with a hyphen, such as visits-2026.")
    elif session.scalar(select(Campaign.id).where(Campaign.code == code)) is not None:
        message = _("There is a campaign with the code %(code)s already.", code=code)
    if message:
        raise Conflict(message, [("code", message)])
    return code


def copy(session: Session, code: str, *, name: str = "") -> Campaign:
    """A new campaign planned as another one is, with dates and draws of its own."""
    other = campaigns.by_code(session, code)
    named = name or _("%(name)s – copy", name=other.name or other.code)
    made = plan(session, name=named[:LONGEST_NAME], questionnaire=other.questionnaire.code, privacy=other.privacy)
    found = plans.plan_of(other)
    made.invitation_days = other.invitation_days
    made.plan = {"rules": found.rules.dump(), "texts": dict(found.texts)}
    session.flush()
    return made


# ---- planning --------------------------------------------------------------------------------------------------------


def save(
    session: Session,
    code: str,
    revision: int,
    *,
    columns: Mapping[str, Any] | None = None,
    rules: Mapping[str, Any] | None = None,
    texts: Mapping[str, Any] | None = None,
) -> Campaign:
    """Write one step of a plan; what is not named stays.

    ``columns`` are the campaign's own and stand at once; ``rules`` and ``texts`` wait until they are put into force.
    Stale where the plan is not at ``revision`` and says anything else than what is to be written; UserError with the
    fields that do not fit; Conflict for what would break a promise.
    """
    campaign = plans.locked(session, code)
    before = plans.plan_of(campaign)
    after = Rules.load({**before.rules.dump(), **(rules or {})})
    words = dict(before.texts) if texts is None else dict(texts)
    wanted = {name: value for name, value in (columns or {}).items() if _stands(campaign, name) != value}
    # A plan that says the defaults is a plan all the same: somebody looked at them and agreed.
    begins = not campaign.plan and not campaign.rules and (rules is not None or texts is not None)
    planned = begins or after != before.rules or words != dict(before.texts)
    if not wanted and not planned:
        return campaign
    if campaign.revision != revision:
        raise _stale(session, campaign, revision)
    if campaign.state == ENDED:
        raise Conflict(_("This campaign has ended. A copy of it can be planned anew."))
    if after.languages != before.rules.languages:
        keep_languages(session, campaign, after)
    if "questionnaire" in wanted:
        _change_questionnaire(session, campaign, str(wanted.pop("questionnaire")))
    if "privacy" in wanted:
        keep_privacy(session, campaign, str(wanted["privacy"]))
    _write(campaign, wanted)
    if planned:
        campaign.plan = {"rules": after.dump(), "texts": words}
    campaign.revision += 1
    session.flush()
    return campaign


def _stands(campaign: Campaign, name: str) -> Any:
    return campaign.questionnaire.code if name == "questionnaire" else getattr(campaign, name)


def _stale(session: Session, campaign: Campaign, revision: int) -> Stale:
    changed = plans.changed_since(session, campaign, revision)
    fields = listed(FIELDS[one.field] for one in changed.changes)
    message = (
        _("Meanwhile the plan was changed: %(fields)s. Look at it and save once more.", fields=fields)
        if fields
        else _("Meanwhile the campaign was changed. Look at it and save once more.")
    )
    return Stale(message, changed, campaign.revision)


def _change_questionnaire(session: Session, campaign: Campaign, code: str) -> None:
    if campaign.state != PLANNED or has_answers(session, campaign):
        message = _("A campaign that was opened keeps its questionnaire. Another one needs another campaign.")
        raise Conflict(message, [("questionnaire", message)])
    campaign.questionnaire = _asks(session, code)


def _write(campaign: Campaign, columns: Mapping[str, Any]) -> None:
    """Columns of the campaign, each looked at. UserError names the field."""
    for name, value in columns.items():
        setattr(campaign, name, undirected(value) if name == "name" else value)
    last = clock.today().year + YEARS_AHEAD
    checks: tuple[tuple[str, Callable[[], bool], str], ...] = (
        ("name", lambda: len(campaign.name) > LONGEST_NAME, _("Write at most %(max)s characters.", max=LONGEST_NAME)),
        *(
            (
                name,
                partial(_absurd, columns.get(name)),
                _("The year must be between %(least)s and %(most)s.", least=FIRST_YEAR, most=last),
            )
            for name in ("opens", "closes")
        ),
        (
            "closes",
            lambda: campaign.closes is not None and campaign.closes < campaign.opens,
            _("The last day must not be before the first."),
        ),
        (
            "invitation_days",
            lambda: not 1 <= campaign.invitation_days <= 90,
            _("A whole number from %(least)s to %(most)s is needed.", least=1, most=90),
        ),
        ("privacy", lambda: campaign.privacy not in PRIVACY, _("Choose one of the answers listed.")),
        (
            "open_link",
            lambda: bool(campaign.open_link) and not kind_of(campaign.questionnaire.kind).open_link,
            _("Only a customer survey can be open to everybody."),
        ),
    )
    for name, wrong, message in checks:
        if name in columns and wrong():
            raise UserError(message, [(name, message)])


def _absurd(day: date | None) -> bool:
    """Whether a day can only be a slip of the keyboard."""
    return day is not None and not FIRST_YEAR <= day.year <= clock.today().year + YEARS_AHEAD


# ---- opening and ending ----------------------------------------------------------------------------------------------


def open_(session: Session, code: str, *, revision: int | None, installation: Installation) -> Campaign:
    """Put what is planned into force, and open the campaign where it was not open yet.

    UserError with every problem that stops it; Stale where the plan is not the one that was looked at (``revision``;
    None: whichever stands).
    """
    campaign = plans.locked(session, code)
    if campaign.state == ENDED:
        raise Conflict(_("This campaign has ended. A copy of it can be planned anew."))
    if not campaign.plan:
        if campaign.rules and campaign.state == ACTIVE:  # a second click
            return campaign
        raise Conflict(_("Nothing is planned yet. Plan whom it asks first."))
    if revision is not None and campaign.revision != revision:
        raise _stale(session, campaign, revision)
    found = plans.plan_of(campaign)
    stops = [one for one in readiness.checks(session, campaign, found, installation) if one.stops]
    if stops:
        places = [(one.step, one.message) for one in stops]
        raise UserError(_("This campaign cannot be opened yet."), places)
    keep_languages(session, campaign, found.rules)
    campaign.rules, campaign.texts, campaign.plan = found.rules.dump(), dict(found.texts), {}
    campaign.salt = campaign.salt or secrets.token_hex(SALT_BYTES)
    campaign.state = ACTIVE if campaign.state == PLANNED else campaign.state
    campaign.revision += 1
    session.flush()
    return campaign


def _move(session: Session, code: str, start: Collection[str], state: str, otherwise: str) -> Campaign:
    """Change the state; the same asked twice is done once."""
    campaign = plans.locked(session, code)
    if campaign.state == state:
        return campaign
    if campaign.state not in start:
        raise Conflict(otherwise)
    campaign.state = state
    campaign.revision += 1
    session.flush()
    return campaign


def pause(session: Session, code: str) -> Campaign:
    """Invite nobody for a while; whoever was invited can still answer."""
    return _move(session, code, {ACTIVE}, PAUSED, _("Only a campaign that is open can be paused."))


def go_on(session: Session, code: str, *, installation: Installation) -> Campaign:
    """Invite again after a pause. UserError with what stops it by now."""
    campaign = campaigns.by_code(session, code)
    standing = plans.in_force(campaign)
    if campaign.state == PAUSED and standing is not None:
        now = replace(plans.plan_of(campaign), rules=standing, texts=campaign.texts)
        stops = [one for one in readiness.checks(session, campaign, now, installation) if one.stops]
        if stops:
            raise UserError(_("This campaign cannot go on yet."), [(one.step, one.message) for one in stops])
    return _move(session, code, {PAUSED}, ACTIVE, _("Only a campaign that is paused can go on."))


def end(session: Session, code: str) -> Campaign:
    """End for good: it invites nobody and takes no answers any more."""
    otherwise = _("A campaign that was never opened is thrown away instead.")
    campaign = _move(session, code, TAKES_ANSWERS, ENDED, otherwise)
    if campaign.plan:
        campaign.plan = {}
        session.flush()
    return campaign


def discard(session: Session, code: str) -> None:
    """Throw a campaign away that was never opened."""
    campaign = plans.locked(session, code)
    if campaign.state != PLANNED:
        raise Conflict(_("Only a campaign that was never opened can be thrown away."))
    if readiness.in_use(session, campaign):
        raise Conflict(_("Posters, desks or invitations lead to this campaign. Take them away first."))
    session.delete(campaign)
    session.flush()
