"""The survey that follows a case: which campaign sends it, and what stands in its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.kinds import kind_of
from survey_app.loop.states import CONFIRMED, DONE
from survey_app.models import Campaign, Case
from survey_app.models.campaign import ACTIVE, CONFIDENTIAL
from survey_app.queries import campaign_plans
from translations import lazy_gettext as _l

#: Why no survey leaves, in words with what can be done about it.
WHY: Final[Mapping[str, Any]] = {
    "none": _l(
        "No campaign has the follow-up survey of cases. Publish that questionnaire and start its campaign;"
        " until then customers confirm on the page of their case only."
    ),
    "paused": _l("The campaign of the follow-up survey is paused. What waits leaves when it goes on."),
    "not_running": _l(
        "The campaign of the follow-up survey does not run today. Start it, or change its days;"
        " nothing that waits is lost."
    ),
    "anonymous": _l(
        "The campaign of the follow-up survey is anonymous, so that no answer could be told to its case."
        " Start a confidential one."
    ),
}


@dataclass(frozen=True)
class Standing:
    """How the survey stands. ``why``: a code of :data:`WHY`, or empty where it is sent; ``waiting``: cases."""

    why: str
    waiting: int

    @property
    def words(self) -> str:
        """Why nothing leaves, in words; empty where all is well."""
        return str(WHY[self.why]) if self.why else ""


def campaigns_of(session: Session) -> list[Campaign]:
    """The campaigns whose questionnaire asks the customer to confirm a case, oldest first."""
    every = session.scalars(select(Campaign).options(joinedload(Campaign.questionnaire)).order_by(Campaign.id))
    found = []
    for campaign in every:
        if kind_of(campaign.questionnaire.kind).open_link and campaign.questionnaire.archived_at is None:
            definition = campaign_plans.definition_of(session, campaign)
            if definition is not None and definition.confirmation is not None:
                found.append(campaign)
    return found


def running(session: Session) -> tuple[Campaign | None, str]:
    """The campaign that sends today, else why none does: a code of :data:`WHY`."""
    every = campaigns_of(session)
    usable = [one for one in every if one.privacy == CONFIDENTIAL]
    if not usable:
        return None, "anonymous" if every else "none"
    today = clock.today()
    for one in usable:
        if one.state == ACTIVE and one.runs_on(today):
            return one, ""
    return None, "paused" if any(one.runs_on(today) for one in usable) else "not_running"


def standing(session: Session) -> Standing:
    """How many cases wait for the survey, and what stands in its way while any does."""
    waiting = session.scalar(
        select(func.count())
        .select_from(Case)
        .where(Case.state.in_((DONE, CONFIRMED)), Case.invitation_id.is_(None), Case.silent_at.is_(None))
    )
    return Standing(running(session)[1] if waiting else "", waiting or 0)
