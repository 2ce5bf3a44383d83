"""A customer thanked somebody: the letter that says so, with nothing of the words and no moment of their writing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import letters
from survey_app.models import NO_AGENT, Response, User
from survey_app.permissions import Role

#: The hour of the next day at which employees are told: who served at noon cannot know whose words came at one.
_HOUR: Final = timedelta(hours=9)


def tell(session: Session, response: Response, written: Collection[str], praise: str | None) -> None:
    """Tell whoever served that there are words of thanks, once a day and not before the next morning.

    ``written``: codes of what was just added; ``praise``: the code of the line of thanks, if the survey has one.
    """
    if praise is None or praise not in written or response.agent_id == NO_AGENT:
        return
    day = clock.today() + timedelta(days=1)
    served = select(User.id).where(User.agent_id == response.agent_id, User.role == Role.AGENT.value, User.active)
    for user_id in session.scalars(served.order_by(User.id)):
        letters.queue(session, user_id, "thanks_waiting", f"thanks-{day}-{user_id}", {}, clock.start_of(day) + _HOUR)
