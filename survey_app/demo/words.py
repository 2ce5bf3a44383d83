"""The words of the demo's customers: sentences written for it, chosen to agree with the scores beside them."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from survey_app.demo import files

GOOD, MIXED, BAD = "good", "mixed", "bad"
GENERAL: Final = "general"
#: How many sentences of a branch must pass before one comes again.
_MEMORY: Final = 60
#: How often a comment has a second sentence, and how often a happy one names whom it thanks.
_SECOND, _THANKS = 0.38, 0.14
_ENDINGS: Final[Mapping[str, Sequence[str]]] = {
    GOOD: ("", "", "", ".", ".", "!"),
    MIXED: ("", "", "", ".", "."),
    BAD: ("", "", "", ".", ".", "!", "..."),
}
_OPENERS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "he": {
        GOOD: ("האמת, ", "כמו תמיד: ", "הופתעתי לטובה. ", "רק מילים טובות. ", "בקיצור, "),
        MIXED: ("האמת, ", "בגדול, ", "איך לומר, ", "בסך הכול בסדר. "),
        BAD: ("חבל. ", "עצוב לומר, ", "לא להאמין. ", "האמת, ", "תשתפרו. ", "ממש לא בסדר. "),
    }
}


@dataclass(frozen=True)
class Visit:
    """What a comment must agree with: how it went, and which topics went well or badly (theme → how much)."""

    mood: str
    themes: Mapping[str, float]
    language: str
    branch: int
    #: First name of who served, where it may be thanked.
    staff: str = ""


@dataclass
class Commentator:
    """Writes comments; keeps track of what was said in each branch, so that its list does not repeat itself."""

    random: Random
    _said: defaultdict[int, deque[str]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=_MEMORY)))

    def reason(self, visit: Visit, source: str = "reasons") -> str:
        """Why this customer would or would not recommend."""
        bank: Mapping[str, Mapping[str, Sequence[str]]] = files.document(f"comments_{visit.language}")[source]
        first = self._sentence(visit, bank)
        if not first:
            return ""
        return self._finish(visit, self._open(visit, first), self._second(visit, bank, first))

    def improvement(self, visit: Visit) -> str:
        """What this customer would improve."""
        bank: Mapping[str, Sequence[str]] = files.document(f"comments_{visit.language}")["improve"]
        theme = self._theme(visit.themes, bank)
        return self._fill(self._fresh(visit.branch, bank[theme])) + self.random.choice(_ENDINGS[MIXED])

    def line(self, visit: Visit, source: str) -> str:
        """A sentence of a plain list, such as the praise."""
        return self._fill(self._fresh(visit.branch, files.document(f"comments_{visit.language}")[source]), visit.staff)

    def phone(self, visit: Visit) -> str:
        """Why a caller would or would not recommend."""
        options: Mapping[str, Sequence[str]] = files.document(f"comments_{visit.language}")["phone"]
        return self._fill(self._fresh(visit.branch, options[visit.mood])) + self.random.choice(_ENDINGS[visit.mood])

    def _theme(self, weights: Mapping[str, float], bank: Mapping[str, object], mood: str = "") -> str:
        """A theme by weight, among those for which there are words."""
        known = [theme for theme in weights if theme in bank and (not mood or mood in bank[theme])]  # type: ignore[operator]
        return self.random.choices(known, [weights[theme] for theme in known])[0] if known else GENERAL

    def _sentence(self, visit: Visit, bank: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
        theme = self._theme(visit.themes, bank, visit.mood)
        return self._fill(self._fresh(visit.branch, bank[theme][visit.mood]))

    def _second(self, visit: Visit, bank: Mapping[str, Mapping[str, Sequence[str]]], first: str) -> str:
        chance = self.random.random()
        if visit.mood == GOOD and chance < _THANKS and (visit.staff or visit.language != "he"):
            return self.line(visit, "praise")
        if chance > 1 - _SECOND:
            second = self._sentence(visit, bank)
            return second if second != first else ""
        return ""

    def _open(self, visit: Visit, sentence: str) -> str:
        openers = _OPENERS.get(visit.language, {}).get(visit.mood, ())
        return self.random.choice(openers) + sentence if openers and self.random.random() < 0.12 else sentence

    def _finish(self, visit: Visit, first: str, second: str) -> str:
        text = f"{first.rstrip('.!')}. {second}" if second else first
        return text if text.endswith((".", "!", "?")) else text + self.random.choice(_ENDINGS[visit.mood])

    def _fresh(self, branch: int, options: Sequence[str]) -> str:
        said = self._said[branch]
        unsaid = [option for option in options if option not in said] or list(options)
        chosen = self.random.choice(unsaid)
        said.append(chosen)
        return chosen

    def _fill(self, text: str, staff: str = "") -> str:
        if "{" not in text:
            return text
        return text.format(
            minutes=self.random.choice((20, 25, 30, 35, 40, 45, 50)),
            short=self.random.randint(3, 7),
            days=self.random.randint(5, 9),
            staff=staff,
        )


def themes_of(answers: Mapping[str, int], extra: Mapping[str, float], mood: str) -> dict[str, float]:
    """Weights of the themes that a customer with these answers would write about.

    ``answers``: the branch survey's values by question; ``extra``: weights that come from elsewhere.
    """
    rules = _HAPPY if mood == GOOD else _UNHAPPY
    found = {GENERAL: 1.2 if mood == GOOD else 0.7, **extra}
    for code, holds, weights in rules:
        value = answers.get(code, 0)
        if value > 0 and holds(value):
            for theme, weight in weights.items():
                found[theme] = found.get(theme, 0) + weight
    return found


#: A question, what its value must be, and the themes that it then brings up, with their weights.
_Rule = tuple[str, Callable[[int], bool], Mapping[str, float]]
_UNHAPPY: Final[tuple[_Rule, ...]] = (
    ("pv5", lambda value: value <= 3, {"courtesy": 3.0, "privacy": 0.5}),
    ("pv6", lambda value: value <= 3, {"clarity": 3.0, "fees": 1.0, "professionalism": 0.6}),
    ("pv7", lambda value: value <= 4, {"waiting": 3.0, "digital": 1.0, "professionalism": 1.0, "accessibility": 0.5}),
)
_HAPPY: Final[tuple[_Rule, ...]] = (
    ("pv5", lambda value: value == 5, {"courtesy": 2.0, "accessibility": 0.3}),
    ("pv6", lambda value: value == 5, {"clarity": 1.6, "professionalism": 1.2, "fees": 0.4, "privacy": 0.2}),
    ("pv7", lambda value: value >= 6, {"waiting": 2.0, "digital": 0.8, "professionalism": 0.4}),
)


def mood_of(satisfaction: int, recommendation: int) -> str:
    """The mood of a comment: satisfied and no detractor, or unhappy, or between."""
    if satisfaction >= 4 and recommendation >= 8:
        return GOOD
    if 1 <= satisfaction <= 2 or 0 <= recommendation <= 5:
        return BAD
    return MIXED
