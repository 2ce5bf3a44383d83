"""Stores the employees' anonymous pulse in the middle of its collection: tickets, and answers that wait."""

from __future__ import annotations

import secrets
from datetime import timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import insert

from reports import months as calendar
from survey_app import clock
from survey_app.commands import sealing
from survey_app.commands.invitations import TOKEN_BYTES
from survey_app.commands.responses import Finished
from survey_app.demo.bank import Bank
from survey_app.demo.storing import ACTOR, Stored, batches
from survey_app.models import Invitation
from survey_app.models.campaign import READY, USED
from survey_app.models.response import COUNTED
from survey_app.queries.tickets import new_response_id
from survey_app.transaction import transaction

QUESTIONNAIRE: Final = "employee_pulse"
#: Share of the employees who answered so far, and how their answers lie on a scale of five, by mood of the branch.
_ANSWERED: Final = 0.64
_SCALES: Final = ((3, 7, 20, 45, 25), (8, 15, 30, 34, 13))
_QUESTIONS: Final = tuple(f"ep{number}" for number in range(1, 10))
#: For how many days it has been out, and how long a link is good.
_OUT, _GOOD = timedelta(days=6), timedelta(days=21)


def store(bank: Bank, stored: Stored) -> int:
    """Every employee's ticket, the answers so far, and a night of publication; gives how many were published."""
    random = Random(f"{bank.seed} pulse")
    now = clock.now()
    day = max(bank.today - _OUT, calendar.first_day(calendar.of(bank.today)))
    tickets: list[dict[str, Any]] = []
    finished: list[Finished] = []
    teams = bank.teams[calendar.of(bank.today)]
    for branch in (one for one in bank.branches if one.open_on(bank.today)):
        scale = _SCALES[branch.index % 4 == 0]
        place = stored.branches[branch.index]
        for agent in teams[branch.index]:
            answered = random.random() < _ANSWERED
            answers = {code: random.choices((1, 2, 3, 4, 5), scale)[0] for code in _QUESTIONS}
            tickets.append(
                {
                    "campaign_id": stored.campaigns[QUESTIONNAIRE],
                    "token": secrets.token_urlsafe(TOKEN_BYTES),
                    "response_id": new_response_id(),
                    "branch_id": place.id,
                    "agent_id": stored.agents[agent].id,
                    "visited_on": day,
                    "language": "he",
                    "state": USED if answered else READY,
                    "created_at": clock.start_of(day) + timedelta(hours=7),
                    "expires_at": clock.start_of(day) + _GOOD,
                }
            )
            if answered:
                finished.append(
                    Finished(
                        response_id=new_response_id(),
                        campaign_id=stored.campaigns[QUESTIONNAIRE],
                        version=stored.versions[QUESTIONNAIRE],
                        branch_id=place.id,
                        region_id=place.region_id or 0,
                        month=calendar.of(day),
                        state=COUNTED,
                        language="he",
                        channel="personal",
                        presentation={"first": "lowest", "direction": "rtl", "layout": "stack"},
                        answers=answers,
                        context={"link": "personal", "no_branch": False, "today": now.date().isoformat()},
                    )
                )
    for some in batches(tickets):
        with transaction(ACTOR, "demo.pulse") as session:
            session.execute(insert(Invitation), some)
    for batch in batches(finished):
        with transaction(ACTOR, "demo.sealed") as session:
            for one in batch:
                sealing.seal(session, one, one.response_id)
    return sealing.publish().published
