"""Recognition: proposed by the rule once, decided by a manager, public by the employee's own word alone."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from survey_app.commands import recognition as commands
from survey_app.commands import responses
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.models import NO_AGENT, Letter, Recognition, User
from survey_app.permissions import scope_of
from survey_app.queries import quotes, recognising, thanks
from survey_app.queries import recognition as queries
from tests.commands.crew import THANKS, Crew
from tests.commands.meetings import MONTH, acted, read
from tests.support.clocks import FrozenClock

pytestmark = pytest.mark.usefixtures("frozen_clock")


def rows() -> list[Recognition]:
    return read(lambda session: list(session.scalars(select(Recognition).order_by(Recognition.id))))


def letters(kind: str) -> list[int | None]:
    return read(lambda session: list(session.scalars(select(Letter.user_id).where(Letter.kind == kind))))


@pytest.mark.usefixtures("any_database")
def test_the_rule_proposes_who_reaches_the_target_for_sure_and_only_once(frozen_clock: FrozenClock) -> None:
    crew = Crew.made()
    for _twice in range(2):
        commands.hourly()
    found = [(one.month, one.agent_id, one.state) for one in rows()]
    assert found == [(MONTH, crew.dana.agent_id, "proposed")], "Yossi is below, Noa has twelve answers"
    grounds = rows()[0].grounds
    assert grounds["n"] == 72
    assert grounds["chance"] >= 90
    assert grounds["low"] <= grounds["shrunken"] <= grounds["high"]
    assert letters("recognition_waiting") == [crew.manager.id]
    frozen_clock.move_to(frozen_clock.moment.replace(day=1))
    assert read(recognising.due, MONTH) == []


@pytest.mark.usefixtures("database")
def test_nothing_is_proposed_before_the_month_has_closed(frozen_clock: FrozenClock) -> None:
    Crew.made()
    frozen_clock.move_to(frozen_clock.moment.replace(day=3))
    commands.hourly()
    assert rows() == []


@pytest.mark.usefixtures("database")
def test_whoever_was_decided_about_is_not_proposed_again_on_the_same_answers() -> None:
    crew = Crew.made()
    row = crew.proposed()
    assert [one["agent_id"] for one in read(recognising.due, "2026-11")] == [crew.dana.agent_id], "nobody decided yet"
    decided(crew, row)
    assert read(recognising.due, "2026-11") == []


def decided(crew: Crew, row: Recognition, quote: tuple[str, str] | None = None) -> Recognition:
    return acted(
        crew.manager,
        lambda session: commands.confirm(
            session, crew.manager, row.id, words="כל הכבוד", quote=quote, revision=row.revision
        ),
    )


def refused(user: User, row: Recognition, reason: str, revision: int) -> Recognition:
    return acted(user, lambda session: commands.refuse(session, user, row.id, reason=reason, revision=revision))


@pytest.mark.usefixtures("any_database")
def test_a_manager_confirms_with_a_customer_s_words_and_an_older_page_is_refused() -> None:
    crew = Crew.made()
    row = crew.proposed()
    made = decided(crew, row, (crew.praised[0], "pv_praise"))
    assert (made.state, made.publicity, made.revision, made.decided_by_id) == ("confirmed", "", 1, crew.manager.id)
    assert letters("recognised") == [crew.dana.id]
    with pytest.raises(commands.Stale):
        refused(crew.region, row, "לא הפעם", row.revision)
    assert crew.row().state == "confirmed"
    told = read(lambda session: quotes.quoted(session, session.get_one(Recognition, row.id)))
    assert told is not None
    assert (told.words, told.praise) == (THANKS, True)


@pytest.mark.usefixtures("any_database")
def test_nobody_decides_outside_their_reach_about_themselves_or_their_own_team() -> None:
    crew = Crew.made()
    row = crew.proposed()
    with pytest.raises(NotFound):
        refused(crew.neighbour, row, "לא", 0)
    with pytest.raises(NotFound):
        acted(crew.neighbour, commands.propose_team, crew.neighbour, MONTH, crew.branch.id)
    with pytest.raises(Forbidden):
        acted(crew.manager, commands.propose_team, crew.manager, MONTH, crew.branch.id)
    first = acted(crew.region, commands.propose_team, crew.region, MONTH, crew.branch.id)
    again = acted(crew.boss, commands.propose_team, crew.boss, MONTH, crew.branch.id)
    assert (first.id, first.agent_id) == (again.id, NO_AGENT)
    with pytest.raises(Forbidden):
        refused(crew.manager, first, "לא", 0)
    assert refused(crew.region, first, "החודש לא", 0).words == "החודש לא"
    itself = acted(crew.boss, lambda session: session.get_one(User, crew.manager.id))
    itself.agent_id = crew.dana.agent_id
    assert not queries.may_decide(itself, crew.branch, row.agent_id)


@pytest.mark.usefixtures("database")
def test_words_that_are_too_long_or_of_another_s_customer_are_refused() -> None:
    crew = Crew.made()
    row = crew.proposed()
    for words, quote in (("א" * 501, None), ("", ("nobody", "pv_praise")), ("", (crew.praised[0], "pv1"))):
        with pytest.raises(UserError):
            acted(
                crew.manager,
                lambda session, words=words, quote=quote: commands.confirm(
                    session, crew.manager, row.id, words=words, quote=quote, revision=0
                ),
            )
    with pytest.raises(UserError):
        refused(crew.manager, row, "  ", 0)
    assert crew.row().state == "proposed"


@pytest.mark.usefixtures("any_database")
def test_publicity_is_the_employee_s_own_and_can_change() -> None:
    crew = Crew.made()
    row = crew.proposed()
    with pytest.raises(Conflict):
        acted(crew.dana, commands.answer, crew.dana, row.id, True)
    decided(crew, row)
    for stranger in (crew.yossi, crew.manager, crew.boss):
        with pytest.raises(NotFound):
            acted(stranger, commands.answer, stranger, row.id, True)

    def known(user: User) -> tuple[int, int]:
        found = read(queries.of_month, scope_of(user), MONTH)
        return len(found.named), found.unnamed

    assert known(crew.boss) == (0, 1), "outside the branch nobody knows whom"
    assert known(crew.manager) == (1, 0)
    assert known(crew.neighbour) == (0, 0)
    assert read(thanks.public) == {}
    acted(crew.dana, commands.answer, crew.dana, row.id, True)
    acted(crew.dana, commands.answer, crew.dana, row.id, True)
    assert known(crew.boss) == (1, 0)
    assert read(thanks.public) == {crew.dana.agent_id: "דנה כהן"}
    acted(crew.dana, commands.answer, crew.dana, row.id, False)
    assert known(crew.boss) == (0, 1)
    assert read(queries.marks, scope_of(crew.boss), MONTH) == {"1": "refused"}


@pytest.mark.usefixtures("any_database")
def test_words_that_are_deleted_leave_the_certificate() -> None:
    crew = Crew.made()
    row = decided(crew, crew.proposed(), (crew.praised[0], "pv_praise"))
    acted(crew.boss, responses.erase, crew.praised[0])
    assert crew.row().quote_response_id is None
    assert read(lambda session: quotes.quoted(session, session.get_one(Recognition, row.id))) is None
    assert all(
        one.response_id != crew.praised[0] for one in read(lambda s: quotes.choice(s, s.get_one(Recognition, row.id)))
    )
