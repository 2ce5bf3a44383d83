"""The automatic marks of reports: each is seen where it stands, and not where it does not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from forms.questionnaire import library
from forms.questionnaire.score import score
from reports.agreement import agreement
from survey_app import clock
from survey_app.field.flag_words import SORTS, risk, said
from survey_app.field.flags import CHECKS, Mark, marks
from survey_app.field.limits import LIMITS
from survey_app.field.resembling import alike, words_alike
from survey_app.field.told import Picture, Taps, Told, Visit
from tests.conventions import tree

SHOP = library.load("branch_mystery_visit")
ITEMS = [one.code for one in SHOP.scored_questions]
DAY = date(2026, 11, 16)
TEXT = "נכנסתי לסניף בשעה עשר, לקחתי מספר והמתנתי ליד הדלפק עד שקראו לי אל העמדה השלישית מימין"
CODES = sorted(SORTS)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 16, hour, minute, tzinfo=clock.TIME_ZONE)


def taps(**more: Any) -> Taps:
    usual: dict[str, Any] = {
        "entered": at(10), "greeted": at(10, 1), "served": at(10, 5), "left": at(10, 30), "began": at(11),
        "finished": at(11, 12), "timings": dict.fromkeys(ITEMS, 9.0), "position": {"state": "near", "within_m": 30},
    }  # fmt: skip
    return Taps(**usual | more)


def told(answers: dict[str, Any] | None = None, visit: dict[str, Any] | None = None, **more: Any) -> Told:
    """A report with nothing that stands out, but what is said."""
    given = {**dict.fromkeys(ITEMS, "yes"), "B3": 4, "B4": "na", "C2": "no", "N1": TEXT, "N2": 9} | (answers or {})
    given = {code: value for code, value in given.items() if value is not None}
    made = Visit(
        **{
            "response_id": "a", "branch_id": 1, "branch": "חיפה", "shopper_id": 7, "place": (32.8, 35.0), "day": DAY,
            "entered": at(10), "left": at(10, 30), "texts": {"N1": TEXT},
        } | (visit or {})
    )  # fmt: skip
    usual: dict[str, Any] = {
        "definition": SHOP, "answers": given, "card": score(SHOP, given, {}), "visit": made, "taps": taps(),
        "stated_in": at(10, 2), "stated_out": at(10, 28), "window": (DAY, DAY), "hours": ("09:30", "11:00"),
        "needed_s": 200.0, "na_limit": 0.3, "decided": 9,
    }  # fmt: skip
    return Told(**usual | more)


def other(**more: Any) -> Visit:
    usual: dict[str, Any] = {
        "response_id": "b", "branch_id": 2, "branch": "אילת", "shopper_id": 7, "place": (29.6, 34.9),
        "day": DAY - timedelta(days=9), "entered": at(10) - timedelta(days=9), "left": at(11) - timedelta(days=9),
        "texts": {"N1": "ביקור אחר לגמרי, עם מילים משלו, במקום אחר ובשעה אחרת, בלי שום דבר משותף"},
    }  # fmt: skip
    return Visit(**usual | more)


PHOTO = Picture("d1", "f0e1d2c3b4a59687")
#: Mark -> a report that has it.
MARKED: dict[str, Told] = {
    "copies": told(copies=1),
    "untouched": told({"B3": 5}, returned={"B3": 5, "A1": "no"}, asked=["B3"]),
    "files": told(taps=taps(missing_files=2)),
    "travel": told(others=[other(day=DAY, entered=at(11), left=at(12))]),
    "reused": told(visit={"pictures": [PHOTO]}, others=[other(pictures=[Picture("d2", "f0e1d2c3b4a59684")])]),
    "copied": told(others=[other(texts={"N1": TEXT.replace("עשר", "תשע")})]),
    "backwards": told(visit={"left": at(9)}),
    "far": told(taps=taps(position={"state": "far", "within_m": 812, "accuracy_m": 10})),
    "window": told(window=(DAY + timedelta(days=1), DAY + timedelta(days=2))),
    "closed": told(closed=True),
    "hours": told(hours=("15:00", "17:00")),
    "waiting": told({"B3": 15}),
    "times": told(stated_in=at(8)),
    "impression": told({"N2": 1}),
    "fast": told(taps=taps(timings=dict.fromkeys(ITEMS, 1.0))),
    "short": told(visit={"left": at(10, 3)}, taps=None),
    "too_little": told(dict.fromkeys(ITEMS[:25], "na")),
    "unanswered": told({"A1": None}),
    "silent": told({"D2": "no"}),
    "no_position": told(position_asked=True, taps=taps(position={"state": "refused"})),
    "recall": told(taps=taps(began=at(11) + timedelta(days=3))),
    "straight": told({"C2": "yes"}),
    "clock": told(taps=taps(offset_s=86_400)),
    "first": told(decided=0),
}


def codes(report: Told) -> set[str]:
    return {one.code for one in marks(report)}


def test_a_report_in_order_has_no_mark() -> None:
    assert marks(told()) == []
    assert marks(told(taps=None, others=[other()])) == [], "nor one that came without a phone"


def test_every_mark_is_tried_here() -> None:
    assert sorted(MARKED) == CODES
    assert len(CHECKS) <= len(SORTS)


@pytest.mark.parametrize("code", CODES)
def test_what_stands_out_is_seen_and_said(code: str) -> None:
    (found,) = [one for one in marks(MARKED[code]) if one.code == code]
    assert Mark.load(found.dump()) == found, "kept and read again it is the same"
    sentence = said(found)
    assert sentence
    assert "%(" not in sentence
    assert "{" not in sentence
    assert risk([found]) == SORTS[code].weight


@pytest.mark.parametrize(
    "near",
    [
        told(others=[other(shopper_id=8, day=DAY, entered=at(10), left=at(11))]),
        told(others=[other(day=DAY, place=(32.81, 35.0), entered=at(11), left=at(12))]),
        told(others=[other(day=DAY, place=None, entered=at(11), left=at(12))]),
        told(visit={"pictures": [PHOTO]}, others=[other(pictures=[Picture("d2", "0f1e2d3c4b5a6978")])]),
        told(visit={"pictures": [Picture("", "0" * 16)]}, others=[other(pictures=[Picture("", "0" * 16)])]),
        told({"B3": 8}),
        told(hours=("10:10", "12:00")),
        told(taps=taps(timings={"A1": 0.1})),
        told(position_asked=True),
    ],
)
def test_what_is_near_a_limit_is_no_mark(near: Told) -> None:
    assert codes(near) == set()


def test_the_very_same_file_is_told_from_a_like_one() -> None:
    same = replace(MARKED["reused"], others=[other(pictures=[PHOTO])])
    assert [one.values["same"] for one in marks(same)] == [True]


def test_resemblance_is_a_share_of_groups_of_three_words() -> None:
    assert words_alike("a b c d e", "a b c d e", least=4) == 1.0
    assert words_alike("a b c d e", "a b c d x", least=4) == 0.5
    assert words_alike("a b c", "a b c", least=4) == 0.0
    assert alike("f0e1d2c3b4a59687", "f0e1d2c3b4a59686") == 1
    assert alike("", "f0e1d2c3b4a59687") is None


def test_agreement_is_flagged_from_enough_pairs_on() -> None:
    often = [("yes", "yes")] * 6 + [("no", "no")] * 6 + [("yes", "no")] * 4
    found = agreement("A1", often)
    assert (found.pairs, found.same, found.rewrite) == (16, 12, True)
    assert found.alpha == pytest.approx(0.5156, abs=1e-4)
    assert not agreement("A1", often[:5] + often[-4:]).rewrite, "too few pairs"
    assert agreement("A1", [("yes", "yes")] * 12).alpha is None
    assert agreement("B3", [(4, 5), (10, 10), (20, 19)] * 5, "interval").alpha > 0.9  # type: ignore[operator]


def test_every_limit_is_documented_with_its_value_and_no_other() -> None:
    page = (tree.ROOT / "docs" / "reviewing.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", page, re.MULTILINE))
    assert rows == {name: f"{limit.value:g}" for name, limit in LIMITS.items()}
    weights = dict(re.findall(r"^\| `(\w+)` \| \*\*(\d+)\*\* \|", page, re.MULTILINE))
    assert weights == {code: str(sort.weight) for code, sort in SORTS.items()}
