"""Words of thanks reach whom they thank, and stand on the wall without names that nobody agreed to."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from survey_app.commands import afterwards
from survey_app.commands import recognition as commands
from survey_app.commands.cases.opening import Opening, open_case
from survey_app.models import Letter, Recognition
from survey_app.queries import my_work, organisation, thanks
from tests.commands.acting import by_token, send
from tests.commands.crew import OTHER_THANKS, THANKS, Crew
from tests.commands.meetings import MONTH, acted, read
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")
HIDDEN = "תודה ל[שם] על הסבלנות"


@pytest.mark.usefixtures("any_database")
def test_thanks_are_told_once_a_day_and_not_before_the_next_morning() -> None:
    crew = Crew.made()
    for number in range(2):
        with setting() as make:
            campaign = make.campaign("post_visit_branch", opens=date(2026, 1, 1))
            dana = crew.dana.agent
            invited = make.invitation(campaign=campaign, branch=crew.branch, visited_on=date(2026, 11, 15), agent=dana)
            token = invited.token
        response = send(by_token(token), {"pv1": 5, "pv8": 10})
        assert response is not None
        acted(crew.boss, afterwards.add, response.id, {"pv_praise": f"תודה {number}"})
    sent = read(lambda session: list(session.scalars(select(Letter).where(Letter.kind == "thanks_waiting"))))
    assert [(one.user_id, one.values) for one in sent] == [(crew.dana.id, {})]
    assert sent[0].send_after.date() == date(2026, 11, 18)
    assert read(thanks.own, crew.dana.agent_id).total == 4
    assert read(thanks.own, crew.yossi.agent_id).total == 0


@pytest.mark.usefixtures("any_database")
def test_the_wall_names_only_who_accepted() -> None:
    crew = Crew.made()
    row = crew.proposed()

    def wall(search: str = "") -> list[tuple[str, str]]:
        found = read(lambda session: thanks.wall(session, search=search))
        return sorted((one.words, one.agent.name if one.agent else "") for one in found.rows)

    assert wall() == [("תודה ל[שם] ול[שם]", ""), (HIDDEN, "")]
    assert wall("הסבלנות") == [(HIDDEN, "")]
    assert read(lambda session: thanks.wall(session, search="!!")).unsearchable
    acted(
        crew.manager,
        lambda session: commands.confirm(session, crew.manager, row.id, words="", quote=None, revision=row.revision),
    )
    acted(crew.dana, commands.answer, crew.dana, row.id, True)
    assert wall() == [("תודה ל[שם] ולדנה", "דנה כהן"), (THANKS, "דנה כהן")]
    assert THANKS in {one.words for one in read(thanks.own, crew.dana.agent_id).rows}


@pytest.mark.usefixtures("database")
def test_words_of_a_small_base_are_on_no_wall_and_still_reach_whom_they_thank() -> None:
    crew = Crew.made()
    with setting() as make:
        organisation.organisation(make.session)
        make.organisation(name="בנק", synthetic=False, policy={"least_comments": 500})
    assert read(thanks.wall).total == 0
    assert read(thanks.own, crew.dana.agent_id).total == 2
    policy = read(organisation.policy)
    found = read(my_work.words, crew.dana.agent_id, MONTH, policy)
    assert (found.hidden, found.base, found.rows) == (True, 72, [])


@pytest.mark.usefixtures("any_database")
def test_words_that_accuse_never_reach_whom_they_name() -> None:
    crew = Crew.made()
    policy = read(organisation.policy)
    assert read(my_work.words, crew.dana.agent_id, MONTH, policy).total == 72
    for key, response, subject in (("a", crew.praised[0], "misconduct"), ("b", crew.praised[1], "waiting")):
        about = Opening(
            key=key, source="manual", branch_id=crew.branch.id, subject=subject, agent_id=crew.dana.agent_id or 0,
            response_id=response, phone="+972501234567",
        )  # fmt: skip
        acted(crew.boss, open_case, about, crew.boss.id)
    assert read(my_work.words, crew.dana.agent_id, MONTH, policy).total == 71
    assert [one.words for one in read(thanks.own, crew.dana.agent_id).rows] == [OTHER_THANKS]
    assert read(thanks.wall).total == 1
    assert read(lambda session: session.scalar(select(Recognition.id))) is None
