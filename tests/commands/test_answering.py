"""What a response keeps besides its answers: the version it was begun under, the privacy notice, the order shown.

And what is refused at the sending, whatever page it stood on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from forms.questionnaire import order
from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import organisation, questionnaires, responses
from survey_app.errors import UserError
from survey_app.models import Draft, Invitation, Notice, Response, Version
from survey_app.queries import tickets
from survey_app.queries.tickets import Ticket
from survey_app.transaction import transaction
from tests.commands.acting import by_door, by_token, by_visit, closing_night, keep, send, sent
from tests.support.clocks import FrozenClock
from tests.support.documents import document
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("database", "frozen_clock")
CODE = "all_types"
#: Nobody can be called back who answers without a name.
ANONYMOUS = {"anonymity": "anonymous", "follow_up": None}
SINCE, VISITED = date(2026, 1, 1), date(2026, 11, 15)


def publish(**changes: Any) -> None:
    """Bring the questionnaire in, with some keys changed, or left out where they are None."""
    changed = {key: value for key, value in (document(CODE) | changes).items() if value is not None}
    with transaction(Actor.system("test"), "questionnaire.publish") as session:
        questionnaires.bring_in(session, changed, publish=True)


def invited(**changes: Any) -> str:
    """Somebody is invited to answer the questionnaire; gives the token."""
    publish(**changes)
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        branch = make.branch(code="101", region=None)
        return make.invitation(campaign=make.campaign(CODE, opens=SINCE), branch=branch, visited_on=VISITED).token


def response() -> Response:
    with db.reading() as session:
        return session.scalars(select(Response)).one()


def version_of(response: Response) -> int:
    with db.reading() as session:
        return session.scalars(select(Version.number).where(Version.id == response.version_id)).one()


# ---- the version


def _personal() -> Callable[[], Ticket]:
    token = invited()
    return lambda: by_token(token)


def _open() -> Callable[[], Ticket]:
    invited()
    opened = by_door("101")
    first = [opened]

    def again() -> Ticket:
        if first:
            return first.pop()
        with db.reading() as session:
            return tickets.opened(session, "101", opened.response_id)

    return again


def _visit() -> Callable[[], Ticket]:
    publish(kind="mystery_shop")
    with setting() as make:
        visit = make.assignment(
            campaign=make.campaign(CODE, opens=SINCE),
            shopper=make.user(email="eye@example.com", role="shopper"),
            branch=make.branch(code="101", region=None),
            scenario=make.scenario(code="s", has_appointment=False, has_account=True),
            window_from=VISITED,
            window_until=VISITED + timedelta(days=9),
        )
    return lambda: by_visit(visit)


@pytest.mark.parametrize("way", [_personal, _open, _visit])
def test_what_was_begun_under_one_version_is_finished_under_it(way: Callable[[], Callable[[], Ticket]]) -> None:
    ticket = way()
    keep(ticket(), {"sat": 5, "day": "2026-11-16"})
    kind = {"kind": "mystery_shop"} if way is _visit else {}
    publish(estimated_seconds=90, **kind)
    assert ticket().version.number == 1
    keep(ticket(), {"reason": "loan"})
    assert version_of(sent(ticket(), {})) == 1


def test_who_begins_after_the_publishing_answers_the_newer_version() -> None:
    token = invited()
    publish(estimated_seconds=90)
    assert version_of(sent(by_token(token), {"sat": 5})) == 2


# ---- the privacy notice


def notice() -> Notice | None:
    with db.reading() as session:
        found = response().notice_id
        return session.get(Notice, found) if found is not None else None


def test_a_response_keeps_the_version_of_the_notice_it_was_begun_under() -> None:
    ticket = by_token(invited())
    keep(ticket, {"sat": 5})
    with transaction(Actor.system("test"), "organisation.change") as session:
        organisation.change(session, details={"privacy_officer.name": "נועה לוי"})
    send(ticket, {})
    kept = notice()
    assert kept is not None
    assert kept.number == 1
    assert "בנק לבדיקה" in kept.content["purposes"]["he"]
    assert "נועה" not in kept.content["officer"]["he"]
    assert set(kept.content) == {"purposes", "recipients", "duty", "officer"}
    assert set(kept.content["duty"]) == {"he", "en", "ar", "ru"}


def test_another_officer_is_another_version_and_the_same_words_are_the_same() -> None:
    first = by_token(invited())
    keep(first, {"sat": 5})
    with setting() as make:
        second = make.invitation(
            campaign=make.campaign(CODE, opens=SINCE),
            branch=make.branch(code="102", region=None),
            visited_on=VISITED,
        ).token
        organisation.change(make.session, details={"privacy_officer.name": "נועה לוי"})
    keep(by_token(second), {"sat": 5})
    keep(by_door("101"), {"sat": 4})
    publish(estimated_seconds=90)
    keep(by_door("101"), {"sat": 3})
    with db.reading() as session:
        assert session.execute(
            select(Notice.number, func.count()).join(Draft, Draft.notice_id == Notice.id).group_by(Notice.number)
        ).all() == [(1, 1), (2, 3)]


def test_an_anonymous_response_keeps_it_too() -> None:
    send(by_token(invited(**ANONYMOUS)), {"sat": 5})
    closing_night()
    found = notice()
    assert found is not None
    assert found.number == 1


# ---- the order of what is drawn by chance


def test_the_order_that_was_shown_is_kept_with_the_answers() -> None:
    ticket = by_token(invited())
    assert ticket.context["seed"] == ticket.response_id
    assert ticket.context["today"] == clock.today().isoformat()
    kept = sent(ticket, {"sat": 5}).presentation["order"]
    definition = ticket.definition
    assert kept == order.as_shown(definition, frozenset(definition.by_code), ticket.context)
    assert sorted(kept) == ["liked", "people", "reason", "wishes"]
    assert kept["reason"][-1] == "other", "what is fixed keeps its place"
    assert kept["liked"][-2:] == ["other", "none"]


def test_an_anonymous_response_keeps_no_order() -> None:
    """The seed was the invitation's id, which stands in older copies of the database: with it the order is known."""
    ticket = by_token(invited(**ANONYMOUS))
    presentation = {"first": "lowest", "direction": "rtl", "layout": "row"}
    keep(ticket, {"sat": 5})
    with transaction(Actor.respondent(), "response.submit") as session:
        responses.submit(session, ticket, language="he", presentation=presentation)
    closing_night()
    assert response().presentation == presentation
    with db.reading() as session:
        known = {*session.scalars(select(Invitation.response_id)), *session.scalars(select(Response.id))}
    assert ticket.response_id not in known


# ---- what is refused


def test_an_answer_that_no_longer_fits_is_refused_with_its_place(frozen_clock: FrozenClock) -> None:
    """Another page changed what the answer was judged by."""
    ticket = by_token(invited())
    keep(ticket, {"sat": 5, "waiting": 9, "before": 7})
    keep(ticket, {"waiting": 3})
    with pytest.raises(UserError) as refused:
        send(ticket)
    assert refused.value.places == [("before", "המספר גדול ממספר הממתינים.")]
    keep(ticket, {"before": 3})
    assert sent(ticket, {"day": "2026-11-17"})


def test_a_missing_answer_is_said_as_its_page_says_it() -> None:
    ticket = by_token(invited())
    keep(ticket, {"ease": 1})
    with pytest.raises(UserError) as refused:
        send(ticket)
    assert refused.value.places == [("why", "נא לכתוב תשובה.")]


def test_words_that_only_tell_something_are_no_answer() -> None:
    ticket = by_token(invited())
    keep(ticket, {"n_start": None})
    with pytest.raises(UserError) as refused:
        send(ticket)
    assert not refused.value.places
