"""Drafts: edited step by step by several people, undone, thrown away; nothing is written over unseen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.questionnaire import editing, library
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.definition import dump
from survey_app import db
from survey_app.audit import Actor
from survey_app.commands import drafts, questionnaires
from survey_app.commands.draft_steps import KEPT
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import DraftChange, Entry, Questionnaire, Version
from survey_app.queries import drafts as queries
from survey_app.queries import questionnaires as found
from survey_app.transaction import transaction
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("database", "frozen_clock")
CODE = "post_visit_branch"


@contextmanager
def writing() -> Iterator[Session]:
    with transaction(Actor.system("test"), "questionnaire.edit", code=CODE) as session:
        yield session


def begun(code: str = CODE) -> int:
    with writing() as session:
        return drafts.begin(session, dump(library.load(code)), actor_id=None).id


def edit(version: int, revision: int, change: drafts.Edit, place: str = "questions.pv1", user: Any = None) -> int:
    with writing() as session:
        return drafts.edit(session, version, revision, "question.change", place, change, user_id=user).revision


def now(version: int) -> Definition:
    with db.reading() as session:
        return found.definition(session.get_one(Version, version))


def words(said: str, code: str = "pv1") -> drafts.Edit:
    return lambda questionnaire: editing.set_text(questionnaire, f"questions.{code}.text", "he", said)


def said(version: int, code: str = "pv1") -> str:
    return now(version).by_code[code].text["he"]


def test_an_edit_is_a_new_revision_and_is_undone_and_done_again() -> None:
    version, first = begun(), library.load(CODE).by_code["pv1"].text["he"]
    assert [edit(version, 0, words("א")), edit(version, 1, words("ב")), edit(version, 2, words("ג"))] == [1, 2, 3]
    with writing() as session:
        drafts.undo(session, version, 3, user_id=None)
    assert said(version) == "ב"
    with writing() as session:
        drafts.undo(session, version, 4, user_id=None)
    assert said(version) == "א"
    with writing() as session:
        drafts.redo(session, version, 5, user_id=None)
    assert said(version) == "ב"
    assert edit(version, 6, words("ד")) == 7
    with writing() as session, pytest.raises(Conflict):
        drafts.redo(session, version, 7, user_id=None)
    for revision, expected in enumerate(["ב", "א", first], start=7):
        with writing() as session:
            drafts.undo(session, version, revision, user_id=None)
        assert said(version) == expected
    with writing() as session, pytest.raises(Conflict):
        drafts.undo(session, version, 10, user_id=None)


def test_the_second_of_two_people_is_told_what_changed_and_overwrites_nothing() -> None:
    with setting() as make:
        first, second = (make.user(email=f"{name}@bank.test", role="analyst").id for name in ("first", "second"))
    version = begun()
    edit(version, 0, words("של הראשונה"), user=first)
    with pytest.raises(drafts.Stale) as refused:
        edit(version, 0, words("של השנייה", "pv5"), user=second)
    assert refused.value.status == 409
    assert refused.value.revision == 1
    assert refused.value.by == "first"
    assert [one.place for one in refused.value.changes] == ["questions.pv1"]
    assert said(version) == "של הראשונה"
    assert edit(version, refused.value.revision, words("של השנייה", "pv5"), user=second) == 2
    assert (said(version), said(version, "pv5")) == ("של הראשונה", "של השנייה")


def test_the_same_edit_sent_twice_is_made_once() -> None:
    version = begun()

    def add(questionnaire: Definition) -> Definition:
        return editing.add_question(questionnaire, "questions.pv1", "recommend")[0]

    assert (edit(version, 0, add), edit(version, 0, add)) == (1, 1)
    assert "recommend_2" not in now(version).by_code
    with pytest.raises(drafts.Stale):
        edit(version, 0, words("אחר"))


def test_an_edit_that_changes_nothing_leaves_no_trace() -> None:
    version = begun()
    assert edit(version, 0, lambda questionnaire: questionnaire) == 0
    with db.reading() as session:
        assert queries.history(session, version).last is None


def test_what_cannot_be_loaded_is_never_kept() -> None:
    version = begun()
    with pytest.raises(UserError) as refused:
        edit(version, 0, words("א" * 5001))
    assert refused.value.places[0][0] == "questions.pv1.text.he"
    with pytest.raises(UserError):
        edit(version, 0, lambda questionnaire: editing.change_question(questionnaire, "pv1", code="9 x"))
    assert now(version) == library.load(CODE)


def test_a_code_of_an_earlier_version_is_not_given_to_another_question() -> None:
    with setting() as make:
        make.questionnaire(CODE)
    with writing() as session:
        draft = drafts.open_draft(session, found.by_code(session, CODE), user_id=None)
        version = draft.id
        assert (draft.number, draft.revision, draft.state) == (2, 0, "draft")
    edit(version, 0, lambda questionnaire: editing.delete(questionnaire, "questions.pv5"))
    for again in (
        lambda questionnaire: editing.add_question(questionnaire, "sections.main", "comment", code="pv5")[0],
        lambda questionnaire: editing.change_question(questionnaire, "pv6", code="pv5"),
    ):
        with pytest.raises(UserError) as refused:
            edit(version, 1, again)
        assert refused.value.places[0][0] == "questions.pv5.code"
    with writing() as session:
        drafts.undo(session, version, 1, user_id=None)
    assert "pv5" in now(version).by_code


def test_a_questionnaire_keeps_its_code_and_kind_and_once_answered_its_promise() -> None:
    from dataclasses import replace

    version = begun()
    for other in ({"code": "another"}, {"kind": "mystery_shop"}):
        with pytest.raises(UserError):
            edit(version, 0, lambda questionnaire, other=other: replace(questionnaire, **other))  # type: ignore[misc]
    anonymous = lambda questionnaire: editing.change_document(questionnaire, anonymity="anonymous")  # noqa: E731
    assert edit(version, 0, anonymous) == 1
    with setting() as make:
        published = make.questionnaire("post_digital")
        from datetime import date

        make.responses(
            version=published,
            branch=make.branch(code="101", region=None),
            visited_on=date(2026, 11, 1),
            state="counted",
            answers=[{}],
            context={"link": "personal"},
        )
    with writing() as session:
        answered = drafts.open_draft(session, found.by_code(session, "post_digital"), user_id=None).id
    with pytest.raises(UserError) as refused:
        edit(answered, 0, anonymous)
    assert refused.value.places[0][0] == "anonymity"


def test_the_last_edits_are_kept_and_publishing_forgets_them() -> None:
    version = begun()
    for revision in range(KEPT + 5):
        edit(version, revision, words(f"גרסה {revision}"))
    with db.reading() as session:
        kept = session.scalars(select(DraftChange.revision).where(DraftChange.version_id == version)).all()
        assert (len(kept), max(kept)) == (KEPT, KEPT + 5)
    for revision in range(KEPT + 5, KEPT + 5 + KEPT // 2):
        with writing() as session:
            drafts.undo(session, version, revision, user_id=None)
    assert said(version) == f"גרסה {KEPT + 4 - KEPT // 2}"
    with writing() as session:
        questionnaires.publish_version(session, session.get_one(Version, version))
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(DraftChange)) == 0
    with pytest.raises(Conflict):
        edit(version, 155, words("מאוחר"))


def test_a_draft_is_thrown_away_alone_or_with_a_questionnaire_that_never_was() -> None:
    version = begun()
    with writing() as session:
        assert drafts.discard(session, version, 0, user_id=None) is None
    with db.reading() as session:
        assert session.scalar(select(Questionnaire.id)) is None
    with pytest.raises(NotFound):
        edit(version, 0, words("אין"))
    with setting() as make:
        make.questionnaire(CODE)
    with writing() as session:
        draft = drafts.open_draft(session, found.by_code(session, CODE), user_id=None)
        drafts.edit(session, draft.id, 0, "x", "", words("זמני"), user_id=None)
        left = drafts.discard(session, draft.id, 1, user_id=None)
        assert left is not None
        assert left.code == CODE
    with db.reading() as session:
        assert [one.number for one in found.by_code(session, CODE).versions] == [1]


def test_codes_of_questionnaires_are_free_or_numbered_and_a_taken_one_is_refused() -> None:
    begun()
    with writing() as session:
        assert drafts.free_code(session, CODE) == f"{CODE}_2"
        assert drafts.free_code(session, "  Wait Times! ") == "wait_times"
        assert drafts.free_code(session, "סקר") == "survey"
        with pytest.raises(Conflict):
            drafts.begin(session, dump(library.load(CODE)), actor_id=None)
        copied = drafts.copy(session, session.scalars(select(Version)).one(), user_id=None)
        assert copied.questionnaire.code == f"{CODE}_copy"


def test_what_is_put_away_is_not_edited_until_it_is_taken_out() -> None:
    with setting() as make:
        make.questionnaire(CODE)
    with writing() as session:
        questionnaire = found.by_code(session, CODE)
        drafts.archive(session, questionnaire)
        with pytest.raises(Conflict):
            drafts.archive(session, questionnaire)
        with pytest.raises(Conflict):
            drafts.open_draft(session, questionnaire, user_id=None)
        drafts.restore(session, questionnaire)
        assert drafts.open_draft(session, questionnaire, user_id=None).number == 2


def test_the_audit_trail_holds_the_act_and_no_words() -> None:
    version = begun()
    edit(version, 0, words("מילים שנכתבו"))
    with db.reading() as session:
        entry = session.scalars(select(Entry).order_by(Entry.id.desc())).first()
        assert entry is not None
        assert entry.act == "questionnaire.edit"
        assert "מילים" not in str(entry.changes)
        assert {"Version"} == {one["model"] for one in entry.changes}
