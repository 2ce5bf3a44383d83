"""The privacy mode of a campaign is a promise: it can be changed until somebody begins to answer, and never after."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import campaigns, questionnaires
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import Campaign, Draft, Entry
from survey_app.transaction import transaction
from tests.commands.acting import by_token, keep, send
from tests.commands.shelling import Run, run
from tests.support.documents import document
from tests.support.factories import setting

__all__ = ["run"]
pytestmark = pytest.mark.usefixtures("database", "frozen_clock")
CODE = "all_types"
VISITED = date(2026, 11, 15)


@pytest.fixture
def token(database: db.Database) -> str:
    """Somebody invited to a confidential survey."""
    with setting() as make:
        questionnaires.bring_in(make.session, document(CODE), publish=True)
        campaign = make.campaign(CODE, opens=VISITED)
        branch = make.branch(code="101", region=None)
        return make.invitation(campaign=campaign, branch=branch, visited_on=VISITED).token


def switch(mode: str) -> None:
    with transaction(Actor.system("test"), "campaign.privacy") as session:
        campaigns.change_privacy(session, CODE, mode)


def mode() -> str:
    with db.reading() as session:
        return session.scalars(select(Campaign.privacy).where(Campaign.code == CODE)).one()


def publish(**changes: Any) -> None:
    """Publish another version of the questionnaire, without its offer to call back."""
    changed = {key: value for key, value in (document(CODE) | changes).items() if key != "follow_up"}
    with transaction(Actor.system("test"), "questionnaire.publish") as session:
        questionnaires.bring_in(session, changed, publish=True)


def test_before_the_first_answer_the_mode_changes_and_the_change_is_kept(token: str) -> None:
    switch("anonymous")
    assert mode() == "anonymous"
    with db.reading() as session:
        entry = session.scalars(select(Entry).where(Entry.act == "campaign.privacy")).one()
        assert "anonymous" in str(entry.changes)


@pytest.mark.parametrize("sent", [False, True])
def test_from_the_first_answer_on_it_stays(token: str, *, sent: bool) -> None:
    ticket = by_token(token)
    keep(ticket, {"sat": 4})
    if sent:
        send(ticket, {})
    with pytest.raises(Conflict) as refused:
        switch("anonymous")
    assert CODE in refused.value.message
    switch("confidential")
    assert mode() == "confidential"


@pytest.mark.parametrize("sent", [False, True])
def test_no_other_way_of_writing_gets_past_it(token: str, *, sent: bool) -> None:
    ticket = by_token(token)
    keep(ticket, {"sat": 4})
    if sent:
        send(ticket, {})
    with pytest.raises(ValueError, match="never changes"), setting() as make:  # noqa: PT012  # written at the flush
        make.campaign(CODE, opens=VISITED).privacy = "anonymous"
        make.session.flush()
    assert mode() == "confidential"
    with setting() as make:
        make.campaign(CODE, opens=date(2026, 11, 1))  # other rules may change


def test_a_new_version_of_another_mode_follows_it_only_while_nobody_answered(token: str) -> None:
    publish(anonymity="anonymous")
    assert mode() == "anonymous"
    keep(by_token(token), {"sat": 4})
    with pytest.raises(Conflict):
        publish(anonymity="confidential_until_optin")
    publish(anonymity="anonymous", estimated_seconds=90)
    assert mode() == "anonymous"


def test_an_unknown_campaign_or_mode_is_refused(token: str) -> None:
    with pytest.raises(UserError, match="secret"):
        switch("secret")
    with pytest.raises(NotFound), transaction(Actor.system("test"), "campaign.privacy") as session:
        campaigns.change_privacy(session, "nothing", "anonymous")
    with db.reading() as session:
        assert session.scalars(select(Draft)).all() == []


def test_the_command_line_says_what_stands_or_why_not(token: str, run: Run) -> None:
    assert run("campaign", "privacy", CODE, "anonymous").stdout == f"{CODE}\tanonymous\n"
    keep(by_token(token), {"sat": 4})
    refused = run("campaign", "privacy", CODE, "confidential")
    assert refused.exit_code == 2
    assert "has answers" in refused.stderr
