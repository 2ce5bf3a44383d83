"""Names in customers' words outside the branch."""

from __future__ import annotations

import pytest

from survey_app import db
from survey_app.queries.masking import inside, mask_names, masks, names_of
from tests.support.factories import setting
from tests.web.people import SINCE

NAMES = ("נועה לוי", "דוד בן שושן", "משה כהן", "Anna Petrova", "Анна Петрова", "سمير حداد")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("נועה לוי עזרה לי מאוד", "[שם] עזרה לי מאוד"),
        ("תודה לנועה, ולכהן", "תודה ל[שם], ול[שם]"),
        ("ושמשה אמר", "וש[שם] אמר"),
        ("פניתי לבן־שושן", "פניתי לבן־[שם]"),
        ("דוד בן־שושן", "[שם]"),
        ("בן 40", "בן 40"),
        ("כהנא ונועהה נשארים", "כהנא ונועהה נשארים"),
        ("anna PETROVA was kind", "[name] was kind"),
        ("Спасибо, Анна!", "Спасибо, [имя]!"),
        ("شكرا لسمير حداد", "شكرا ل[الاسم]"),
        ("", ""),
    ],
)
def test_names_are_hidden_whole_and_in_part(text: str, masked: str) -> None:
    assert mask_names(text, NAMES) == masked


def test_no_names_hide_nothing() -> None:
    assert mask_names("נועה", ()) == "נועה"
    assert mask_names("נועה", ("", " ", "נ.")) == "נועה"


def test_names_are_hidden_from_whoever_does_not_belong_to_the_branch(database: db.Database) -> None:
    with setting() as make:
        north = make.region(name="צפון")
        branch, other = make.branch(code="101", region=north), make.branch(code="102", region=north)
        agent = make.agent(code="7", branch=branch, since=SINCE)
        own = make.user(email="a@example.com", role="branch_manager", branch=branch)
        region = make.user(email="b@example.com", role="region_manager", region=north)
        own.name = "דנה רז"
        office = make.user(email="c@example.com", role="branch_manager", branch=branch)
        other_office = make.user(email="d@example.com", role="branch_manager", branch=branch)
        other_office.name = f"הנהלת {branch.name}"
        office.name = "הנהלת הסניף"  # an account of an office: the word "branch" stays in every comment
        make.session.flush()
        assert names_of(make.session, [branch.id, other.id]) == {branch.id: ("דנה רז", agent.name), other.id: ()}
        assert [inside(own, branch), inside(own, other), inside(region, branch)] == [True, False, False]
        assert list(masks(make.session, own, [branch, other])) == [other.id]
        assert set(masks(make.session, region, [branch, other])) == {branch.id, other.id}
