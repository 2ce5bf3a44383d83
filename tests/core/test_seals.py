"""Boxes that nobody opens without the key, and keys that come and go with the nights."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from survey_app.seals import SIZES, Seals, Unreadable
from tests.commands.together import together
from tests.support.clocks import MOMENT, FrozenClock

CONTENT = {"answers": {"q1": 4, "why": "מילים של מישהו"}, "month": "2026-11", "files": []}


@pytest.fixture
def keys(tmp_path: Path, frozen_clock: FrozenClock) -> Seals:
    return Seals(tmp_path / "seals")


def test_what_was_closed_opens_again(keys: Seals) -> None:
    box = keys.seal(CONTENT)
    assert keys.open(box) == CONTENT
    assert "מילים" not in str(box)
    assert keys.seal(CONTENT)["box"] != box["box"], "the same answers twice look different"


def test_short_and_long_answers_have_boxes_of_one_size(keys: Seals) -> None:
    short, longer = keys.seal({"why": "א"}), keys.seal({"why": "".join(chr(0x5D0 + n % 27) for n in range(4000))})
    assert len(short["box"]) == len(longer["box"])
    noise = Random(1).randbytes(700_000).hex()
    largest = keys.seal({"why": noise})
    assert len(largest["box"]) > SIZES[-1]
    assert keys.open(largest) == {"why": noise}


def test_a_changed_box_and_a_stranger_s_stay_closed(keys: Seals, tmp_path: Path) -> None:
    box = keys.seal(CONTENT)
    middle = len(box["box"]) // 2
    other = "A" if box["box"][middle] != "A" else "B"
    for wrong in (
        {**box, "box": box["box"][:middle] + other + box["box"][middle + 1 :]},
        {**box, "key": 7},
        {"key": 1},
        {},
    ):
        with pytest.raises(Unreadable):
            keys.open(wrong)
    stranger = Seals(tmp_path / "other")
    stranger.rotate()
    with pytest.raises(Unreadable):
        stranger.open(box)


def test_a_new_key_a_day_and_the_old_ones_go_when_nothing_needs_them(keys: Seals, frozen_clock: FrozenClock) -> None:
    boxes = []
    for day in range(5):
        frozen_clock.move_to(MOMENT + timedelta(days=day))
        assert keys.rotate() == keys.rotate(), "one a day"
        boxes.append(keys.seal(CONTENT))
    assert keys.numbers() == [1, 2, 3, 4, 5]
    assert keys.forget({2}) == 2
    assert keys.numbers() == [2, 4, 5]
    assert keys.open(boxes[1]) == keys.open(boxes[3]) == CONTENT
    with pytest.raises(Unreadable):
        keys.open(boxes[0])
    assert keys.made_on() == (MOMENT + timedelta(days=4)).date()


def test_only_the_owner_reads_keys(keys: Seals) -> None:
    keys.seal(CONTENT)
    (path,) = keys.folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.folder.stat().st_mode) == 0o700


def test_several_that_make_the_first_key_at_once_use_one(keys: Seals) -> None:
    boxes = together([lambda: keys.seal(CONTENT)] * 8)
    assert keys.numbers() == [1]
    for box in boxes:
        assert not isinstance(box, Exception)
        assert keys.open(box) == CONTENT
