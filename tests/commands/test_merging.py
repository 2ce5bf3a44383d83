"""Two devices on one link, without a database: of two answers none is lost in silence."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from survey_app.commands import merging
from survey_app.commands.merging import Seen

VALUE = st.one_of(st.none(), st.integers(0, 3), st.text(max_size=2), st.lists(st.integers(0, 2), max_size=2))


def shown(answers: dict[str, Any], name: str = "0a0a0a0a") -> Seen:
    return Seen(name, {code: merging._print(answers.get(code)) for code in ("a", "b")})


@given(before=VALUE, there=VALUE, here=VALUE)
def test_of_two_answers_none_is_lost_in_silence(before: Any, there: Any, here: Any) -> None:
    """Whatever stood, was answered there and comes now: it is kept, gives way untouched, or is disputed."""
    base = {} if before is None else {"a": before}
    stands = {} if there is None else {"a": there}
    seen = shown(base)
    marks = {"a": "ffffffff"} if there != before else {}
    kept = merging.to_keep({"a": here}, stands, marks, seen)
    after = {**stands, **kept}
    disputed = merging.disputed({"a": here}, {c: v for c, v in after.items() if v is not None}, seen)
    if here == there or there == before:
        assert (kept, disputed) == ({"a": here}, {})
    elif here == before:
        assert (kept, disputed) == ({}, {}), "what was not touched here gives way"
    else:
        assert (kept, disputed) == ({}, {"a": there})


@given(there=VALUE, here=VALUE)
def test_a_showing_of_a_page_is_never_in_dispute_with_itself(there: Any, here: Any) -> None:
    seen = shown({})
    stands = {} if there is None else {"a": there}
    assert merging.to_keep({"a": here}, stands, {"a": seen.showing}, seen) == {"a": here}
