"""A questionnaire rebuilt from nothing through the editor's own forms, by whatever hands an author has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from forms.questionnaire import expressions
from forms.questionnaire.definition import Choice, Question, Questionnaire, Scale
from forms.questionnaire.editing import as_lines

LANGUAGES = ("he", "en", "ar", "ru")
#: Scale → the palette's entry that brings it; every other scale is written by hand.
BRINGS = {"sat5": "satisfaction", "nps11": "recommend", "ease7": "ease", "degree5": "degree", "ynna": "yes_no"}
RULES = ("required_if", "shown_if", "valid_if", "ends_if", "critical_if", "na_if", "finding_if")
NUMBERS = ("min", "max", "decimals", "max_chars", "points")
TEXTS = ("text", "hint", "unit", "invalid", "finding")


class Author(Protocol):
    """Somebody at the editor."""

    at: Any

    def open(self, at: str) -> None: ...
    def fill(self, fields: Mapping[str, Any]) -> None: ...
    def set(self, name: str, value: Any) -> None: ...
    def do(self, what: str, *, maybe: bool = False) -> None: ...


def words(name: str, text: Mapping[str, str]) -> dict[str, str]:
    """The inputs of a text."""
    return {f"{name}_{language}": text.get(language, "") for language in LANGUAGES if text.get(language)}


def rebuild(author: Author, wanted: Questionnaire) -> None:
    """Write ``wanted`` into an empty draft of its code and kind."""
    _around(author, wanted)
    scales: set[str] = set()
    for section in wanted.sections:
        author.do("section")
        author.fill({"code": section.code, **words("title", section.title)})
        author.fill({"scored": section.scored, "points": _number(section.points)})
        author.fill({"page_size": _number(section.page_size)})
        author.do("save")
        for question in section.questions:
            _question(author, question, scales, scored=section.scored)
    _ending(author, wanted, scales)
    _notes(author, wanted)
    for code in sorted(scales - wanted.scales.keys()):
        author.open("scales")
        author.open(f"scales.{code}")
        author.do("drop-scale")
    author.open("settings")
    author.fill({f"language_{code}": state for code, state in wanted.languages.items()})
    author.do("save", maybe=True)


def _around(author: Author, wanted: Questionnaire) -> None:
    """Title and settings, opening, privacy."""
    author.open("settings")
    settings: dict[str, Any] = words("title", wanted.title)
    settings |= {"series": wanted.series}
    if wanted.anonymity:
        # A draft that says nothing stays so while its kind's own mode is kept: choose the other one first.
        author.fill({"anonymity": "anonymous"})
        author.do("save")
        settings["anonymity"] = "anonymous" if wanted.anonymity == "anonymous" else "confidential"
    for name in ("estimated_seconds", "min_group_size", "no_free_text_below_group", "total_points", "critical_cap"):
        value = getattr(wanted, name)
        settings[name] = "" if value is None else str(value)
    author.fill(settings)
    if wanted.anonymity:
        author.fill({"linked_to_case": wanted.anonymity == "linked_to_case"})
    author.do("save")
    if wanted.intro or wanted.notice:
        author.open("opening")
        author.fill(words("notice", wanted.notice))
        if wanted.intro:
            author.fill(words("text", wanted.intro.text))
            for name, text in wanted.intro.variants.items():
                author.fill(words(f"variant_{name}", text))
        author.do("save")
    if wanted.privacy:
        author.open("privacy")
        for name in ("purposes", "recipients", "duty", "officer"):
            author.fill(words(name, getattr(wanted.privacy, name)))
        author.do("save")


def _notes(author: Author, wanted: Questionnaire) -> None:
    if wanted.notes:
        author.open("rules")
        for number, (topic, note) in enumerate(wanted.notes.items()):
            if number % 5 == 1:
                author.do("row:notes:more")
            author.fill({f"notes-{number}-topic": topic, f"notes-{number}-note": note})
        author.do("save")


def _number(value: Any) -> str:
    return "" if value is None else str(value)


def _question(author: Author, question: Question, scales: set[str], *, scored: bool) -> None:
    preset = question.type
    if question.scale is not None and question.type in {"scale", "item"}:
        preset = BRINGS.get(question.scale.code, "scale")
        scales.add(question.scale.code if question.scale.code in BRINGS else "degree5")
    author.do(f"add:{preset}")
    write(author, question, scales, scored=scored)


def write(author: Author, question: Question, scales: set[str], *, scored: bool) -> None:
    """Fill in the question that is open."""
    author.fill({"code": question.code})
    for name in TEXTS:
        author.fill(words(name, getattr(question, name)))
    for name, text in question.variants.items():
        author.fill(words(f"variant_{name}", text))
    if question.choices:
        _paste_instead(author, "choices", question.choices)
    _numbers(author, question, scored=scored)
    for name in RULES:
        if (rule := getattr(question, name)) is not None:
            author.do(f"rule:{name}")
            author.fill({name: expressions.write(rule)})
    author.do("save")
    if question.scale and question.scale.code not in scales:
        _scale(author, question, question.scale)
        scales.add(question.scale.code)
    elif question.scale:
        author.fill({"scale": question.scale.code})
        author.do("save", maybe=True)


def _numbers(author: Author, question: Question, *, scored: bool) -> None:
    """What a question measures, its limits and its points."""
    author.fill({"required": question.required, "measure": question.measure or "", "series": question.series})
    if question.answered_later:
        author.fill({"answered_later": True})
    if question.voids:
        author.fill({"voids": True})
    for name in ("max_chars", "min", "max", "decimals"):
        if getattr(question, name) is not None:
            author.fill({name: _number(getattr(question, name))})
    if question.dir:
        author.fill({"dir": question.dir})
    if scored and question.points is not None:
        author.fill({"points": _number(question.points), "evidence": question.evidence or ""})
        author.fill({"critical": question.critical})
    if question.bands:
        author.do("row:bands:more")
        for number, band in enumerate(question.bands):
            author.fill({f"bands-{number}-max": _number(band.max), f"bands-{number}-points": str(band.points)})


def _scale(author: Author, question: Question, scale: Scale) -> None:
    author.do("scale")
    author.fill({"code": scale.code})
    _paste_instead(author, "points", scale.points)
    if scale.min is not None:
        author.fill({"min": str(scale.min), "max": _number(scale.max)})
    for name in ("anchors", "extra"):
        if choices := getattr(scale, name):
            author.fill({f"{name}-paste": as_lines(choices, dict.fromkeys(LANGUAGES, ""))})
            author.do(f"paste:{name}")
    author.do("save")
    author.open(f"questions.{question.code}")


def _paste_instead(author: Author, name: str, choices: Sequence[Choice]) -> None:
    """Paste a list in the place of the two that a new question or scale begins with."""
    for _time in range(2):
        author.do(f"row:{name}:remove:0")
    if choices:
        author.fill({f"{name}-paste": as_lines(choices, dict.fromkeys(LANGUAGES, ""))})
        author.do(f"paste:{name}")
    for number, choice in enumerate(choices):
        if choice.score is not None:
            author.fill({f"{name}-{number}-score": str(choice.score)})


def _ending(author: Author, wanted: Questionnaire, scales: set[str]) -> None:
    if wanted.follow_up is None and wanted.thanks is None:
        return
    author.open("ending")
    if wanted.thanks:
        author.fill(words("text", wanted.thanks.text))
        author.do("save")
    if wanted.follow_up:
        author.do("add:call_back")
        write(author, wanted.follow_up.consent, scales, scored=False)
        if wanted.follow_up.recipient:
            author.open("ending")
            author.do("call-back:recipient")
            _follow(author, wanted.follow_up.recipient, scales)
        if wanted.follow_up.phone:
            author.open("questions.callback_phone")
            _follow(author, wanted.follow_up.phone, scales)
        else:
            author.open("questions.callback_phone")
            author.do("delete")
    if wanted.thanks and wanted.thanks.praise:
        author.open("ending")
        author.do("add:praise")
        write(author, wanted.thanks.praise, scales, scored=False)


def _follow(author: Author, question: Question, scales: set[str]) -> None:
    """A question of the call-back has a rule already: it is shown as rows, or as the text that is written over."""
    author.fill({"code": question.code, **words("text", question.text)})
    if question.choices:
        author.fill({"choices-paste": as_lines(question.choices, dict.fromkeys(LANGUAGES, ""))})
        author.do("paste:choices")
    if question.shown_if is not None:
        author.do("rule:shown_if")
        author.fill({"shown_if": expressions.write(question.shown_if)})
    author.fill({"required": question.required})
    if question.dir:
        author.fill({"dir": question.dir})
    author.do("save", maybe=True)
