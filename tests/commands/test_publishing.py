"""Questionnaires: brought in as documents, held back while something is wrong, frozen once published."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from sqlalchemy import select

from forms.questionnaire import library
from forms.questionnaire.definition import dump
from survey_app import clock, db
from survey_app.audit import Actor
from survey_app.commands import questionnaires
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.kinds import KINDS
from survey_app.models import Campaign, Questionnaire, Version
from survey_app.queries import questionnaires as queries
from survey_app.transaction import transaction
from tests.forms.samples import asked, document, item, question, scored
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("database", "frozen_clock")
PLAIN = document(asked(question("q1", "scale", scale="sat5", measure="csat")))


def bring(given: Any, *, publish: bool = True) -> tuple[int, str, str]:
    """Bring a document in; gives number, state and verdict."""
    with transaction(Actor.system("test"), "questionnaire.import") as session:
        version, verdict = questionnaires.bring_in(session, given, publish=publish)
        return version.number, version.state, verdict


def changed(**more: Any) -> dict[str, Any]:
    return {**deepcopy(PLAIN), **more}


def test_the_same_document_again_is_unchanged_and_another_is_a_new_version() -> None:
    assert bring(PLAIN) == (1, "published", "added")
    assert bring(deepcopy(PLAIN)) == (1, "published", "unchanged")
    assert bring(dict(reversed(list(PLAIN.items())))) == (1, "published", "unchanged"), "the order of keys is no change"
    assert bring(changed(title={"he": "שם חדש"})) == (2, "published", "added")
    assert bring(PLAIN) == (3, "published", "added"), "going back is a new version as well"
    with db.reading() as session:
        found = queries.by_code(session, "sample")
        assert [version.number for version in found.versions] == [1, 2, 3]
        assert found.title == PLAIN["title"]
        assert queries.published(session, "sample").number == 3


def test_a_draft_is_published_later_and_nobody_answers_it_before() -> None:
    assert bring(PLAIN, publish=False) == (1, "draft", "added")
    with db.reading() as session:
        with pytest.raises(NotFound):
            queries.published(session, "sample")
        with pytest.raises(UserError):
            questionnaires.standing_campaign(session, "sample")
        with pytest.raises(NotFound):
            queries.by_code(session, "nothing")
    assert bring(PLAIN) == (1, "published", "added")
    with db.reading() as session:
        assert queries.published(session, "sample").published_at == clock.now()
    with setting() as make, pytest.raises(Conflict):
        questionnaires.publish_version(make.session, make.session.get_one(Version, 1))


def test_a_draft_beside_a_published_version_does_not_replace_it() -> None:
    bring(PLAIN)
    assert bring(changed(title={"he": "טיוטה"}), publish=False) == (2, "draft", "added")
    with db.reading() as session:
        assert queries.published(session, "sample").number == 1


FREEZING: list[dict[str, Any]] = [
    {"definition": changed(title={"he": "שם אחר"})},
    {"state": "draft"},
    {"state": "draft", "published_at": None},
    {"state": "draft", "published_at": None, "definition": changed(title={"he": "שם אחר"})},
    {"definition": changed(title={"he": "שם אחר"}), "published_at": clock.start_of(clock.today())},
    {"number": 7},
    {"digest": "0" * 64},
    {"published_at": clock.start_of(clock.today())},
]


@pytest.mark.parametrize("change", FREEZING, ids="+".join)
@pytest.mark.parametrize("expired", [False, True])
def test_a_published_version_never_changes(change: dict[str, Any], expired: bool) -> None:
    bring(PLAIN)

    def tamper() -> None:
        with transaction(Actor.system("test"), "questionnaire.change") as session:
            version = session.get_one(Version, 1)
            if expired:
                session.expire(version)
            for name, value in change.items():
                setattr(version, name, value)

    with pytest.raises(ValueError, match="never changes"):
        tamper()
    with db.reading() as session:
        version = session.get_one(Version, 1)
        assert (version.state, version.number) == ("published", 1)
        assert queries.definition(version).title == PLAIN["title"]


def test_a_published_version_stays_and_a_draft_may_go() -> None:
    bring(PLAIN)
    bring(changed(title={"he": "טיוטה"}), publish=False)

    def remove(number: int) -> None:
        with transaction(Actor.system("test"), "questionnaire.remove") as session:
            session.delete(session.get_one(Version, number))

    with pytest.raises(ValueError, match="stays"):
        remove(1)
    remove(2)
    with db.reading() as session:
        assert session.scalars(select(Version.number)).all() == [1]


def test_a_draft_may_change_until_it_is_published() -> None:
    bring(PLAIN, publish=False)
    with transaction(Actor.system("test"), "questionnaire.change") as session:
        session.get_one(Version, 1).digest = "0" * 64


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (changed(title={"en": "No Hebrew"}), "title"),
        (
            document(asked(question("q1", "scale", scale="sat5", shown_if={"eq": ["q2", 1]}), question("q2", "int"))),
            "q1",
        ),
        (document(scored("A", item("A1", 10)), total_points=20), "total_points"),
    ],
)
def test_what_stops_publishing_is_listed_with_its_place(wrong: dict[str, Any], place: str) -> None:
    with pytest.raises(UserError) as refused:
        bring(wrong)
    assert refused.value.places
    assert any(place in where for where, _message in refused.value.places), refused.value.places
    assert all(message for _where, message in refused.value.places)
    with db.reading() as session:
        assert session.scalars(select(Questionnaire)).all() == [], "nothing is half-written"


NONSENSE: list[Any] = [
    {},
    {"format": 1},
    {**PLAIN, "kind": "horoscope"},
    {**PLAIN, "sections": "many"},
    {**PLAIN, "code": "a:b"},
    [],
    None,
    7,
]


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_what_is_no_questionnaire_is_refused_in_words(nonsense: Any) -> None:
    with pytest.raises(UserError) as refused:
        bring(nonsense)
    assert refused.value.status == 422
    assert refused.value.message
    with db.reading() as session:
        assert session.scalars(select(Questionnaire)).all() == []


def test_a_questionnaire_keeps_its_kind() -> None:
    bring(PLAIN)
    with pytest.raises(Conflict):
        bring(changed(kind="employee_survey"))
    with db.reading() as session:
        assert [row.kind for row in queries.catalogue(session)] == ["customer_survey"]


@pytest.mark.parametrize("code", library.codes())
def test_everything_that_ships_is_published_with_its_campaign(code: str) -> None:
    definition = library.load(code)
    assert bring(dump(definition)) == (1, "published", "added")
    kind = KINDS[definition.kind]
    with db.reading() as session:
        campaign = session.scalars(select(Campaign)).one()
        assert (campaign.code, campaign.open_link, campaign.opens, campaign.closes) == (
            code,
            kind.open_link,
            clock.today(),
            None,
        )
        assert (campaign.privacy == "anonymous") is (definition.anonymity == "anonymous")
        assert queries.definition(queries.published(session, code)) == definition


def test_publishing_again_keeps_the_campaign() -> None:
    bring(PLAIN)
    with setting() as make:
        questionnaires.standing_campaign(make.session, "sample").invitation_days = 3
    bring(changed(title={"he": "שם חדש"}))
    with db.reading() as session:
        assert [campaign.invitation_days for campaign in session.scalars(select(Campaign))] == [3]
