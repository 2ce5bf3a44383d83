"""Series at publishing: a scale that changed its meaning is refused until a new series begins, by one edit."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from forms.questionnaire.definition import Questionnaire as Definition
from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import drafts, questionnaires
from survey_app.commands.draft_steps import Stale
from survey_app.errors import UserError
from survey_app.models import Version
from survey_app.queries import questionnaires as queries
from survey_app.transaction import transaction
from tests.forms.samples import asked, document, question

pytestmark = pytest.mark.usefixtures("database", "frozen_clock")
FIRST = document(asked(question("q1", "scale", scale="sat5", measure="csat"), question("q2", "text")))


def turned() -> dict[str, Any]:
    """The same questionnaire with the words of its scale the other way round."""
    found = deepcopy(FIRST)
    points = found["scales"]["sat5"]["points"]
    found["scales"]["sat5"]["points"] = [
        {**one, "text": other["text"]} for one, other in zip(points, reversed(points), strict=True)
    ]
    return found


def bring(given: Any, *, publish: bool) -> int:
    with transaction(Actor.system("test"), "questionnaire.import") as session:
        return questionnaires.bring_in(session, given, publish=publish)[0].id


def publish(version: int) -> None:
    with transaction(Actor.system("test"), "questionnaire.publish") as session:
        questionnaires.publish_version(session, session.get_one(Version, version))


def renew(version: int, codes: list[str], revision: int) -> Definition:
    with transaction(Actor.system("test"), "questionnaire.edit") as session:
        found = session.get_one(Version, version)
        return queries.definition(questionnaires.renew_series(session, found, codes, revision=revision, user_id=None))


def test_a_scale_turned_round_is_refused_until_its_series_is_renewed() -> None:
    bring(FIRST, publish=True)
    with pytest.raises(UserError) as refused:
        bring(turned(), publish=True)
    assert [place for place, _message in refused.value.places] == ["questions.q1"]
    draft = bring(turned(), publish=False)
    with pytest.raises(UserError):
        publish(draft)
    assert renew(draft, ["q1"], 0).by_code["q1"].series == "2"
    publish(draft)
    with db.reading() as session:
        found = queries.published(session, "sample")
        assert (found.number, queries.definition(found).by_code["q1"].series) == (2, "2")


def test_a_renewal_is_an_edit_like_any_other() -> None:
    bring(FIRST, publish=True)
    draft = bring(turned(), publish=False)
    renew(draft, ["q1"], 0)
    with pytest.raises(Stale):
        renew(draft, ["q2"], 0)
    assert renew(draft, ["q1"], 0).by_code["q1"].series == "2", "a second click changes nothing more"
    with transaction(Actor.system("test"), "questionnaire.edit") as session:
        undone = queries.definition(drafts.undo(session, draft, 1, user_id=None))
    assert undone.by_code["q1"].series == "1"


def test_a_series_is_never_used_again_though_the_old_scale_comes_back() -> None:
    bring(FIRST, publish=True)
    second = bring(turned(), publish=False)
    renew(second, ["q1"], 0)
    publish(second)
    with pytest.raises(UserError):
        bring(FIRST, publish=True)
    third = bring(FIRST, publish=False)
    assert renew(third, ["q1"], 0).by_code["q1"].series == "3"
    publish(third)


def test_changed_words_alone_do_not_stop_publishing() -> None:
    bring(FIRST, publish=True)
    reworded = deepcopy(FIRST)
    reworded["sections"][0]["questions"][0]["text"] = {"he": "שאלה בנוסח אחר לגמרי"}
    bring(reworded, publish=True)
