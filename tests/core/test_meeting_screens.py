"""What is projected: every stop has a screen, nothing is left out, and the way leads through all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.policy import STOPS as HOW_MANY
from survey_app.meeting.agenda import STOPS
from survey_app.meeting.effects import DOWN, EARLY, FEW, UP, WITHIN, effect, told
from survey_app.meeting.screens import FITS, Material, screens, way
from survey_app.web import presenter_figures

POLICY = {"signal_points": 12, "signal_run": 8}
MONTHS = [f"{2025 + n // 12}-{n % 12 + 1:02d}" for n in range(24)]


def test_the_agenda_has_as_many_stops_as_the_policy_has_minutes() -> None:
    assert len(STOPS) == HOW_MANY


@pytest.mark.parametrize("stop", list(STOPS))
def test_a_month_that_holds_nothing_has_a_screen_at_every_stop(stop: str) -> None:
    assert screens(stop, Material())


@given(st.lists(st.integers(), max_size=60), st.lists(st.integers(), max_size=60))
def test_nothing_is_left_out_and_nothing_is_crowded(one: list[int], other: list[int]) -> None:
    material = Material(decisions=one, leading=one, trailing=other, changed=one, excellent=other, made=one, stories=one)
    shown = {stop: screens(stop, material) for stop in STOPS}
    for stop, name, whole, size in (
        ("last", "decisions", one, FITS["decisions"]),
        ("story", "stories", one, 1),
        ("apart", "leading", one, FITS["tiers"]),
        ("apart", "trailing", other, FITS["tiers"]),
        ("cases", "people", other, FITS["people"]),
        ("decisions", "decisions", one, FITS["made"]),
    ):
        pieces = [list(screen.rows.get(name, ())) for screen in shown[stop]]
        assert [row for piece in pieces for row in piece] == whole
        assert max(len(piece) for piece in pieces) <= size
    told_again = [row for screen in shown["changes"][1:] for row in screen.rows["changed"]]
    assert told_again == one


def test_the_way_leads_through_every_screen_and_back() -> None:
    material = Material(decisions=range(7), changed=range(9), excellent=range(20))
    at, seen = ("last", 1), []
    while True:
        count = len(screens(at[0], material))
        route = way(*at, count)
        seen.append((at[0], route.at))
        if route.on is None:
            break
        at = route.on
    assert list(dict.fromkeys(stop for stop, _at in seen)) == list(STOPS)
    back = [seen[-1]]
    while True:
        route = way(*back[-1], len(screens(back[-1][0], material)))
        if route.back is None:
            break
        stop, screen = route.back
        back.append((stop, way(stop, screen, len(screens(stop, material))).at))
    assert back == seen[::-1]
    assert way("map", 99, 1).at == 1


@pytest.mark.parametrize(
    ("after", "code"),
    [
        ([], EARLY),
        ([70.0], WITHIN),
        ([95.0], UP),
        ([40.0], DOWN),
        ([70.6] * 8, UP),
        ([69.0] * 8, DOWN),
        ([70.6] * 7, WITHIN),
    ],
)
def test_an_effect_is_seen_against_the_months_before(after: list[float], code: str) -> None:
    before = [69.0, 71.0] * 6
    found = effect("csat", MONTHS[: 12 + len(after)], [*before, *after], MONTHS[11], POLICY)
    assert found.code == code
    assert told(found)


def test_few_months_before_say_nothing() -> None:
    found = effect("shops", MONTHS[:14], [None] * 3 + [70.0, 72.0] * 5 + [95.0], MONTHS[12], POLICY)
    assert (found.code, found.now) == (FEW, 95.0)


def test_names_beside_points_keep_off_each_other() -> None:
    crowd = [(88.0, 91.0, "n" * 9), (85.6, 92.0, "t" * 12), (86.2, 91.0, "t" * 12), (120.0, 91.0, "a")]
    sides = presenter_figures.sides(crowd, (24.0, 9.0))
    assert len(set(sides[:3])) == 3
    assert sides[3] == "top center", "nobody is near"
    assert presenter_figures.sides([(88.0, 91.0, "n" * 12)] * 12, (24.0, 9.0))[-1] == "top center", "none is left out"
