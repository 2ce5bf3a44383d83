"""Words of thanks that satisfied customers of the demo bank left on the page after the survey."""

from __future__ import annotations

from random import Random
from typing import Final

from sqlalchemy import exists, insert, select

from survey_app import db
from survey_app.audit import Actor
from survey_app.demo import files
from survey_app.demo.bank import Bank
from survey_app.demo.storing import Stored, batches
from survey_app.models import NO_AGENT, Agent, Answer, Line, Response, Score
from survey_app.models.response import COUNTED
from survey_app.transaction import transaction

QUESTIONNAIRE: Final = "post_visit_branch"
#: The line of thanks of that survey.
PRAISE: Final = "pv_praise"
#: One in so many satisfied customers leaves a line.
_ONE_IN: Final = 14
_BEST: Final = 10_000


def store(bank: Bank, stored: Stored) -> None:
    """Let one in some satisfied customers thank whoever served them. The same bank gives the same words."""
    campaign = stored.campaigns[QUESTIONNAIRE]
    satisfied = exists().where(
        Score.response_id == Response.id, Score.line_id == Line.id, Line.what == "csat", Score.value == _BEST
    )
    with db.reading() as session:
        rows = session.execute(
            select(Response.id, Response.language, Agent.name)
            .join(Agent, Agent.id == Response.agent_id)
            .where(Response.campaign_id == campaign, Response.state == COUNTED, Response.agent_id != NO_AGENT)
            .where(Response.visited_on.is_not(None), satisfied)
            .order_by(Response.id)
        ).all()
    texts = files.document("thanks")
    written = []
    for response_id, language, name in rows:
        draw = Random(f"{bank.seed}-{response_id}")
        if draw.randrange(_ONE_IN) == 0:
            words = draw.choice(texts[language]).format(staff=name.split()[0])
            written.append({"response_id": response_id, "question": PRAISE, "value": None, "words": words})
    for batch in batches(written):
        with transaction(Actor.respondent(), "demo.thanks") as writing:
            writing.execute(insert(Answer), batch)
