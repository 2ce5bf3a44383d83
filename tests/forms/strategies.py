"""Random questionnaires that may be published, and what people send to them: for property tests here and of exchange.

``documents()`` draws a document, ``questionnaires()`` the questionnaire of one; ``kinds`` narrows the question types.
They use every type and key, rules of every operator, choice filters, ends, statements, random orders, quoted answers,
scored sections and indexes. ``typed(question)`` draws what a form may send for a question, sound or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from hypothesis import strategies as st

from forms.questionnaire.definition import Question, Questionnaire, load
from forms.questionnaire.types import CHOICE, CHOICES, MOMENT, NUMBER, TICK, TYPES, WORDS
from tests.forms.samples import NPS11, PRIVACY, SAT5, YNNA

Document = dict[str, Any]
KINDS: Final = tuple(TYPES)
SCALES: Final = {
    "sat5": SAT5,
    "nps11": NPS11,
    "ynna": YNNA,
    "ends7": {"min": 1, "max": 7, "anchors": [{"value": 7, "text": {"he": "קל מאוד", "en": "Very easy"}}]},
    "kinds3": {"points": [{"value": one, "text": {"he": f"סוג {one}", "en": f"Kind {one}"}} for one in "abc"]},
}
#: The values of each scale that rules compare with, numbers first.
VALUES: Final[dict[str, list[Any]]] = {
    "sat5": [1, 2, 3, 4, 5, "dk"],
    "nps11": [*range(11), "dk"],
    "ynna": ["yes", "no", "na"],
    "ends7": list(range(1, 8)),
    "kinds3": ["a", "b", "c"],
}
WORDS_SHOWN: Final = (
    "מה היה טוב",
    "עד כמה *חשוב* הדבר",
    "ביקור בסניף {branch} ב־{date}",
    "**חשוב** מאוד: <b>לא</b> & 'כן'",
    'ציטוט "כפול", פסיק; נקודתיים: 50%',
    "שורה ראשונה\nשורה שנייה",
    "C++ ו־א/ב",
    "🙂 1–10",
)
PATTERNS: Final = {r"[A-Z]\d{2,4}": "A123", r"\d{5}(?:-\d{2})?": "12345-67", r"[א-ת ]+": "שלום לכם"}
DAYS: Final = {"date": "2026-03-09", "time": "09:30", "datetime": "2026-03-09T14:30"}
COUNTED: Final = frozenset({"int", "minutes", "duration", "number"})
CHOOSING: Final = frozenset({"single", "dropdown", "multiple", "ranking"})


class _Maker:
    """One document in the making: what was asked so far is what rules may look at."""

    def __init__(self, draw: Callable[..., Any], kinds: Sequence[str]) -> None:
        self.draw, self.kinds = draw, kinds
        self.asked: list[Document] = []
        self.taken: set[str] = set()
        self.count = 0
        self.languages = {"he": "source"} | self.pick([{}, {"en": "draft"}, {"en": "approved", "ru": "draft"}])

    def pick(self, values: Sequence[Any]) -> Any:
        """One of the values."""
        return self.draw(st.sampled_from(values))

    def maybe(self, one_in: int = 3) -> bool:
        return bool(self.draw(st.integers(0, one_in - 1)) == one_in - 1)

    def code(self) -> str:
        self.count += 1
        return f"{self.pick(['q', 'visit.q', 'Q_', 'a-b'])}{self.count}x"

    def text(self, quote: bool = False) -> dict[str, str]:
        self.count += 1
        words = f"{self.pick(WORDS_SHOWN)} {self.count}"
        answered = [one["code"] for one in self.asked if one["type"] not in {"note", "statements"}]
        if quote and answered and self.maybe(4):
            words += f" {{answer:{self.pick(answered)}}}"
        full = [code for code, state in self.languages.items() if state != "draft" or self.maybe(2)]
        return {code: words if code == "he" else f"{words} ({code})" for code in full}

    # ---- rules ---------------------------------------------------------------------------------------------------

    def rule(self, own: Sequence[Document] = (), depth: int = 2) -> Any:
        """A rule over what was asked, the question itself where it may look at itself, and facts."""
        joined = self.pick(["", "", "not", "any", "all"]) if depth else ""
        if joined == "not":
            return {"not": self.rule(own, depth - 1)}
        if joined:
            return {joined: [self.rule(own, depth - 1) for _ in range(self.draw(st.integers(1, 3)))]}
        judged = [one for one in (*self.asked, *own) if one["type"] not in {"note", "statements"}]
        if not judged or self.maybe(5):
            return self.pick([{"holds": "@no_branch"}, {"eq": ["@link", "open"]}, {"empty": "@scenario.has_account"}])
        return self.comparison(self.pick(list(reversed(judged))), judged)

    def comparison(self, question: Document, judged: Sequence[Document]) -> Any:
        code, kind = question["code"], TYPES[question["type"]].stored
        if self.maybe(4):
            return {self.pick(["answered", "empty"]): code}
        if kind == CHOICE:
            return self.chosen(code, values_of(question))
        if kind == CHOICES:
            return {"contains": [code, self.pick(values_of(question))]}
        if kind == NUMBER:
            others = [one["code"] for one in judged if TYPES[one["type"]].stored == NUMBER]
            value = {"of": self.pick(others)} if self.maybe() else self.pick([0, 1, 3, 60, 4.5])
            return {self.pick(["lt", "le", "gt", "ge", "eq", "ne"]): [code, value]}
        if kind == MOMENT:
            day = question["type"] == "date"
            value = {"of": "@today"} if day and self.maybe() else DAYS[question["type"]]
            return {self.pick(["lt", "ge", "eq"]): [code, value]}
        if kind == TICK:
            return self.pick([{"holds": code}, {"eq": [code, True]}])
        if kind == WORDS:
            return self.pick([{"ne": [code, "שלום"]}, {"in": [code, ["a", "b"]]}])
        return {"answered": code}

    def chosen(self, code: str, values: list[Any]) -> Any:
        if not values:
            return {"answered": code}
        numbers = [one for one in values if isinstance(one, int)]
        if numbers and self.maybe(2):
            return {self.pick(["lt", "le", "gt", "ge"]): [code, self.pick(numbers)]}
        if self.maybe(2):
            return {self.pick(["in", "not_in"]): [code, self.draw(st.lists(st.sampled_from(values), min_size=1))]}
        return {self.pick(["eq", "ne"]): [code, self.pick(values)]}

    # ---- questions -----------------------------------------------------------------------------------------------

    def choices(self, kind: str) -> list[Document]:
        found: list[Document] = []
        for value in self.pick([["x", "y", "z"], [1, 2], ["cash", "cards", "loan", "other", "none"]]):
            one: Document = {"value": value, "text": self.text()}
            if self.maybe(5):
                one["fixed"] = True
            if kind != "ranking" and self.maybe(5):
                one["other"] = True
            elif kind == "multiple" and self.maybe(5):
                one["exclusive"] = True
            elif self.asked and self.maybe(5):
                one["shown_if"] = self.rule(depth=1)
            found.append(one)
        return found

    def particular(self, kind: str) -> Document:
        """The keys of one type."""
        more: Document = {}
        if kind in {"scale", "item", "statements"}:
            more["scale"] = self.pick(list(SCALES))
        if kind == "statements":
            codes = [self.code() for _ in range(self.draw(st.integers(2, 4)))]
            more["statements"] = [{"code": code, "text": self.text()} for code in codes]
        if kind in CHOOSING:
            more["choices"] = self.choices(kind)
        if kind in CHOOSING | {"statements"} and self.maybe():
            more["order"] = "random"
        if kind in {"text", "line"} and self.maybe():
            more["max_chars"] = self.pick([20, 200])
            if self.maybe():
                more |= {"pattern": self.pick(list(PATTERNS)), "invalid": self.text()}
        return more | self.limits(kind, more.get("choices", []))

    def limits(self, kind: str, choices: list[Document]) -> Document:
        more: Document = {}
        if kind in {"multiple", "ranking", "photo", "file"}:
            if self.maybe():
                more["max"] = 2
            sure = sum("shown_if" not in one and "exclusive" not in one for one in choices)
            if (sure or not choices) and self.maybe():
                more["min"] = 1
        if kind in COUNTED and self.maybe():
            more |= self.pick([{"min": 0, "max": 90}, {"min": 1}, {"max": 500}])
        if kind == "number" and self.maybe(2):
            more["decimals"] = self.pick([1, 2, 6])
        if kind in {"int", "number"} and self.maybe():
            more["unit"] = self.text()
        return more

    def question(self, *, last: bool) -> Document:
        """A question with whatever its type takes; ``last`` may end nothing."""
        kind = self.pick(self.kinds)
        made = {"code": self.code(), "type": kind, "text": self.text(quote=True), **self.particular(kind)}
        takes = TYPES[kind].settings
        before = len(self.asked)
        group = [{"code": one["code"], "type": "scale", "scale": made["scale"]} for one in made.get("statements", ())]
        own = group or [made]
        extras: list[tuple[str, Callable[[], Any]]] = [
            ("hint", lambda: self.text(quote=True)),
            ("variants", lambda: {self.pick(["open_link", "no_branch"]): self.text()}),
            ("shown_if", self.rule),
            ("required", lambda: True),
            ("required_if", self.rule),
            ("valid_if", lambda: self.rule(own)),
            ("finding_if", lambda: self.rule(own)),
            ("ends_if", lambda: self.rule(own)),
            ("answered_later", lambda: True),
            ("voids", lambda: True),
            ("dir", lambda: "ltr"),
            ("series", lambda: "2"),
        ]
        for key, value in extras:
            if key in takes and self.maybe(6) and not (key == "ends_if" and last):
                made[key] = value()
        if "finding_if" in made:
            made["finding"] = self.text()
        if "valid_if" in made and "invalid" not in made and self.maybe(2):
            made["invalid"] = self.text()
        self.measure(made)
        assert len(self.asked) == before
        self.asked += [made, *group]
        return made

    def measure(self, made: Document) -> None:
        fitting = {"sat5": "csat", "nps11": "nps", "ends7": "ces"}.get(made.get("scale", ""))
        line = f"{fitting}:{made.get('series')}"
        if made["type"] == "scale" and fitting and line not in self.taken and self.maybe(2):
            self.taken.add(line)
            made["measure"] = fitting

    def item(self) -> Document:
        """An item with points."""
        kind = self.pick(["item", "item", "single", "int", "number", "duration"])
        points = self.draw(st.integers(1, 9))
        made: Document = {"code": self.code(), "type": kind, "text": self.text(), "points": points}
        if kind == "item":
            made["scale"] = self.pick(["ynna", "sat5", "ends7"])
        elif kind == "single":
            pairs = zip("xyz", [0, 50, 100], strict=True)
            made["choices"] = [{"value": value, "text": self.text(), "score": score} for value, score in pairs]
        else:
            made["bands"] = [{"max": 5, "points": points}, {"max": None, "points": 0}]
        if self.maybe():
            made |= self.pick([{"critical": True}, {"evidence": "text"}, {"critical_if": self.rule([made], 1)}])
        for key in ("na_if", "shown_if"):
            if self.maybe(5):
                made[key] = self.rule()
        self.asked.append(made)
        return made

    # ---- the whole -----------------------------------------------------------------------------------------------

    def section(self, number: int, *, last: bool) -> Document:
        made: Document = {"code": f"s{number}"}
        if self.maybe(2):
            made["title"] = self.text()
        if self.maybe(4):
            made["page_size"] = self.draw(st.integers(1, 4))
        if self.asked and self.maybe(4):
            made["shown_if"] = self.rule()
        if {"item", "int", "single"} <= set(self.kinds) and self.maybe():
            items = [self.item() for _ in range(self.draw(st.integers(1, 4)))]
            return made | {"scored": True, "points": sum(one["points"] for one in items), "questions": items}
        size = self.draw(st.integers(1, 5))
        return made | {"questions": [self.question(last=last and place == size - 1) for place in range(size)]}

    def indexes(self) -> Document:
        fit = [one["code"] for one in self.asked if one.get("scale") in {"sat5", "nps11", "ends7"}]
        fit = [one["code"] for one in self.asked if one["code"] in fit and one["type"] != "statements"]
        if not fit or not self.maybe(2):
            return {}
        parts = [{"question": code} | self.pick([{}, {"weight": 3}, {"reversed": True}]) for code in fit]
        return {"indexes": {"trust": {"title": self.text()} | {"questions": parts} | self.pick([{}, {"least": 1}])}}

    def around(self) -> Document:
        """What stands around the sections."""
        more = self.indexes()
        if self.maybe():
            more["intro"] = {"text": self.text(), "variants": {"no_branch": self.text()}}
        if self.maybe():
            more["notice"] = self.text()
        if self.maybe():
            consent = {"code": "callback", "type": "checkbox", "text": self.text(), "shown_if": self.rule()}
            asked = {"holds": "callback"}
            phone = {"code": "callback_phone", "type": "phone", "text": self.text(), "shown_if": asked}
            more["follow_up"] = {"consent": consent, "phone": {**phone, "required_if": asked}}
        if self.maybe():
            praise = {"code": "praise", "type": "text", "text": self.text()}
            more["thanks"] = {"text": self.text()} | self.pick([{}, {"praise": praise}])
        if any(one.get("critical") or one.get("critical_if") for one in self.asked) and self.maybe(2):
            more["critical_cap"] = self.draw(st.integers(1, 100))
        return more

    def document(self) -> Document:
        sections = self.draw(st.integers(1, 4))
        made = [self.section(number, last=number == sections) for number in range(1, sections + 1)]
        total = sum(section.get("points", 0) for section in made)
        return {
            "format": 1,
            "code": "drawn",
            "kind": self.pick(["customer_survey", "mystery_shop"]),
            "title": self.text(),
            "languages": self.languages,
            **({"total_points": total} if total else {}),
            "privacy": _spoken(PRIVACY, self.languages),
            "scales": _spoken(SCALES, self.languages),
            "sections": made,
            **self.around(),
        }


def _spoken(thing: Any, languages: Iterable[str]) -> Any:
    """The same with every text in all languages and no other."""
    if isinstance(thing, dict):
        if "he" in thing:
            return {code: thing["he"] if code == "he" else f"{thing['he']} ({code})" for code in languages}
        return {key: _spoken(value, languages) for key, value in thing.items()}
    return [_spoken(one, languages) for one in thing] if isinstance(thing, list) else thing


def values_of(question: Document) -> list[Any]:
    """The values that a question's answer may have, as far as its document lists them."""
    listed = [one["value"] for one in question.get("choices", ())]
    return listed or VALUES.get(question.get("scale", ""), ["yes", "no"] if question["type"] == "consent" else [])


@st.composite
def documents(draw: Any, kinds: Sequence[str] = KINDS) -> Document:
    """A document that may be published."""
    return _Maker(draw, kinds).document()


def questionnaires(kinds: Sequence[str] = KINDS) -> st.SearchStrategy[Questionnaire]:
    """A questionnaire that may be published."""
    return documents(kinds).map(load)


# ---- what people send ------------------------------------------------------------------------------------------------

GARBAGE: Final = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            ["-1", "x:1", "9.3.2026", "99:99", "1e9", "٤٥", "\u200f7\u200f", "yes", "dk", "1,234", "a" * 5000]
        ),
    ),
    max_size=3,
)
#: Something sound for each type that lists no options.
SOUND: Final[dict[str, tuple[str, ...]]] = {
    "text": ("שלום", "a\r\nb", "A123", "12345-67"),
    "line": ("  שלום   לכם ", "A12"),
    "email": ("dana@example.com", "a.b+c@Example.CO.IL"),
    "phone": ("050-234-5678", "+44 20 7946 0958"),
    "checkbox": ("1",),
    "minutes": ("0", "12", "90"),
    "duration": ("4:30", "1:04:30", "0:00"),
    "int": ("0", "7", "90"),
    "number": ("4.5", "0,25", "-3", "0.000001", "12"),
    "date": ("9.3.2026", "2026-03-09"),
    "time": ("9:30", "23:59"),
    "datetime": ("9.3.2026 14:30",),
    "photo": ("0" * 32,),
    "file": ("a1" * 16,),
    "note": ("x",),
}


@st.composite
def typed(draw: Any, question: Question) -> Any:
    """What a form may send for a question: nothing, something sound, or anything at all."""
    wish = draw(st.sampled_from(["sound", "sound", "sound", "nothing", "garbage"]))
    if wish == "nothing":
        return []
    if wish == "garbage":
        return draw(GARBAGE)
    names = list(question.by_value)
    if not names:
        return [draw(st.sampled_from(SOUND.get(question.type, ("r1", "r2"))))]
    if question.type == "multiple":
        return draw(st.lists(st.sampled_from(names), max_size=3, unique=True))
    if question.type == "ranking":
        order = draw(st.permutations(names))[: draw(st.integers(0, len(names)))]
        return [f"{name}:{order.index(name) + 1 if name in order else ''}" for name in names]
    return [draw(st.sampled_from(names))]


#: What is known of a response besides its answers.
CONTEXTS: Final = st.fixed_dictionaries(
    {
        "link": st.sampled_from(["personal", "open"]),
        "no_branch": st.booleans(),
        "today": st.just("2026-03-10"),
        "scenario": st.fixed_dictionaries({"has_account": st.booleans()}),
    },
    optional={"seed": st.sampled_from(["a", "b", "c"])},
)
