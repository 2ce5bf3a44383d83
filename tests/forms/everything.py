"""A document that uses every key of the format, and ways to change any one spot of a document."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from tests.forms.samples import SAT5, asked, document, he, item, question, scored

YES: list[dict[str, Any]] = [
    {"value": "a", "text": he("א"), "fixed": True},
    {"value": "b", "text": he("ב"), "shown_if": {"ge": ["q1", 2]}},
]
OTHERS = [*YES, {"value": "o", "text": he("אחר"), "other": True}, {"value": "x", "text": he("כלום"), "exclusive": True}]


def everything() -> dict[str, Any]:
    """Every key once, with values away from their defaults."""
    rule = {"all": [{"le": ["q1", 3]}, {"any": [{"eq": ["@link", "open"]}, {"not": {"empty": "q1"}}]}]}
    rich = question(
        "q2", "number", hint=he("רמז"), variants={"open_link": he("נוסח אחר")}, min=0, max=9.5, decimals=1,
        unit=he("שקל"), measure="custom", shown_if=rule, required_if={"holds": "@no_branch"},
        valid_if={"lt": ["q2", {"of": "q1"}]},
        invalid=he("לא מתאים"), ends_if={"gt": ["q2", 9]},
        finding_if={"le": ["q2", 1]}, finding=he("ממצא"), series="3",
    )  # fmt: skip
    return document(
        asked(
            question("q1", "scale", scale="sat5", measure="csat", required=True),
            rich,
            question("q3", "multiple", choices=OTHERS, order="random", min=1, max=2),
            question("q4", "line", pattern="[0-9]+", dir="ltr", max_chars=9),
            question("q5", "checkbox", voids=True),
            question(
                "g1",
                "statements",
                scale="sat5",
                order="random",
                statements=[
                    {"code": "s1", "text": he("היגד אחד")},
                    {"code": "s2", "text": he("היגד שני"), "series": "2"},
                ],
            ),
            page_size=3,
            shown_if={"answered": "@today"},
        ),
        scored(
            "A",
            item("a1", 3, critical=True, evidence="text", answered_later=True),
            item("a2", 2, na_if={"eq": ["q3", "a"]}, critical_if={"eq": ["a1", "no"]}),
            question("a3", "minutes", points=4, bands=[{"max": 5, "points": 4}, {"max": None, "points": 0}]),
            question("a4", "single", points=1, choices=[{**one, "score": 100 * (not n)} for n, one in enumerate(YES)]),
        ),
        anonymity="anonymous",
        estimated_seconds=90,
        min_group_size=8,
        no_free_text_below_group=9,
        critical_cap=60,
        series="2",
        intro={"text": he("פתיחה"), "variants": {"no_branch": he("פתיחה אחרת")}},
        notice=he("הודעה"),
        indexes={
            "care": {
                "title": he("מדד"),
                "questions": [{"question": "q1", "weight": 2}, {"question": "s1", "reversed": True}],
                "least": 1,
                "series": "2",
            }
        },
        follow_up={
            "consent": question("c1", "checkbox"),
            "recipient": question("c2", "single", choices=YES, shown_if={"holds": "c1"}),
            "phone": question("c3", "phone"),
        },
        confirmation={
            "question": "q5",
            "confirmed_if": {"holds": "q5"},
            "by": "מי",
            "button": he("אישור"),
            "no_reply": "כן",
        },
        automation=[{"when": {"le": ["q1", 2]}, "then": "לטפל"}, {"when": {"gt": ["q1", 4]}, "then": "להודות"}],
        thanks={"text": he("תודה"), "praise": question("p1", "text")},
        sending={"after": "יום", "once_per_case": True},
        notes={"נושא": "הערה"},
        scales={
            "sat5": SAT5,
            "ynna": document()["scales"]["ynna"],
            "nps11": document()["scales"]["nps11"],
            "spare": {"points": [{"value": "k", "text": he("ק")}, {"value": "l", "text": he("ל")}]},
        },
    )


def spots(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a document."""
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inside:
        yield (*path, key)
        yield from spots(value, (*path, key))


def _another(value: Any) -> Iterator[Any]:
    """Values of the same kind that say something else."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, (int, float)):
        yield value + 1
    elif isinstance(value, str):
        yield from (f"{value}z", "2", "")
    elif isinstance(value, list):
        yield from (value[::-1], value[1:], [*value[1:], *value[:1]])
    elif value is None:
        yield 7


def neighbours(data: dict[str, Any], path: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    """Documents that differ from ``data`` at one spot: the value gone, or another one."""
    *above, last = path
    for value in (_GONE, *_another(_at(data, path))):
        near = copy.deepcopy(data)
        parent = _at(near, tuple(above))
        if value is _GONE:
            del parent[last]
        else:
            parent[last] = value
        yield near


_GONE = object()


def _at(data: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        data = data[step]
    return data
