"""How each key of a definition is told when it changed: one table per part, one entry per key.

A key without an entry would be a change that nobody hears of; a test compares the tables with the dataclasses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from forms.questionnaire import plain
from forms.questionnaire.document import Questionnaire
from forms.questionnaire.fields import EVIDENCE
from forms.questionnaire.names import ANONYMITY, STATES, TYPE_NAMES, quoted
from forms.questionnaire.parts import Band, Rule, Scale
from forms.questionnaire.rule_words import rule_words
from translations import LANGUAGES, isolate
from translations import gettext as _
from translations import lazy_gettext as _l

ADDED, REMOVED, MOVED, CHANGED = "added", "removed", "moved", "changed"


@dataclass(frozen=True)
class Seen:
    """What a teller needs beside the two values: both definitions, and the question whose rules these are."""

    old: Questionnaire
    new: Questionnaire
    own: str = ""


#: What was done, and in which words.
Said = tuple[str, str]
Teller = Callable[[Seen, Any, Any], Iterator[Said]]


def canonical(value: Any) -> str:
    """Data in one way of writing it, so that equal means equal: True is not 1, and 1.0 is 1."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{json.dumps(key)}: {canonical(value[key])}" for key in sorted(value, key=str))
        return f"{{{inner}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(canonical(one) for one in value)}]"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False)


def same(old: Any, new: Any) -> bool:
    """Whether two pieces of plain data say the same."""
    return canonical(old) == canonical(new)


def became(label: str, old: str | None, new: str | None) -> Said:
    """What stood there and what stands there now; None for nothing."""
    if old is None:
        return ADDED, _("%(what)s: now %(new)s; there was none before", what=label, new=new)
    if new is None:
        return REMOVED, _("%(what)s: none any more; it was %(old)s", what=label, old=old)
    return CHANGED, _("%(what)s: was %(old)s, now %(new)s", what=label, old=old, new=new)


def value(label: Any, show: Callable[[Any], str] = isolate) -> Teller:
    """A single setting; ``show`` puts a value in words."""

    def tell(seen: Seen, old: Any, new: Any) -> Iterator[Said]:
        if not same(plain.write(old), plain.write(new)):
            yield became(str(label), *(None if one is None else show(one) for one in (old, new)))

    return tell


def flag(on: Any, off: Any) -> Teller:
    """Something that holds or does not."""

    def tell(seen: Seen, old: bool, new: bool) -> Iterator[Said]:
        if old != new:
            yield CHANGED, str(on if new else off)

    return tell


def _language_words(label: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Said]:
    for language in (*new, *(one for one in old if one not in new)):
        before, after = old.get(language), new.get(language)
        if before != after:
            what = _("%(what)s (%(language)s)", what=label, language=isolate(LANGUAGES.get(language, language)))
            yield became(what, *(None if one is None else quoted(one) for one in (before, after)))


def words(label: Any) -> Teller:
    """A text per language: the old words and the new ones."""
    return lambda seen, old, new: _language_words(str(label), old, new)


def wordings(label: Any) -> Teller:
    """Texts by the situation they are for."""

    def tell(seen: Seen, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Said]:
        for name in (*new, *(one for one in old if one not in new)):
            before, after = old.get(name), new.get(name)
            what = f"{label}, {VARIANT_NAMES.get(name, isolate(name))}"
            if before is not None and after is not None:
                yield from _language_words(what, before, after)
            elif before is None:
                yield from _language_words(what, {}, after) if after else [(ADDED, _("%(what)s: added", what=what))]
            else:
                yield from _language_words(what, before, {}) if before else [(REMOVED, _("%(what)s: gone", what=what))]

    return tell


def rule(sentence: Any) -> Teller:
    """A rule, in the ``sentence`` around it and the names of its own version; as data where both read the same."""

    def tell(seen: Seen, old: Rule | None, new: Rule | None) -> Iterator[Said]:
        if same(old, new):
            return
        before, after = (
            "" if one is None else rule_words(one, within, seen.own)
            for one, within in ((old, seen.old), (new, seen.new))
        )
        if before == after:
            before, after = isolate(canonical(old)), isolate(canonical(new))
        before, after = str(sentence) % {"rule": before}, str(sentence) % {"rule": after}
        if old is None:
            yield ADDED, _("New: %(rule)s", rule=after)
        elif new is None:
            yield REMOVED, _("No longer: %(rule)s", rule=before)
        else:
            yield CHANGED, _("Now: %(new)s. Before: %(old)s", new=after, old=before)

    return tell


def scale(seen: Seen, old: Scale | None, new: Scale | None) -> Iterator[Said]:
    """Which scale is used; what changed inside a scale is told at the scale."""
    codes = [None if one is None else isolate(one.code) for one in (old, new)]
    if codes[0] != codes[1]:
        yield became(_("Scale"), *codes)


def bands(found: Sequence[Band]) -> str:
    """Points by size: up to 5: 3 points, above: 0."""
    parts = [
        _("up to %(max)s: %(points)s points", max=isolate(band.max), points=isolate(band.points))
        if band.max is not None
        else _("above: %(points)s points", points=isolate(band.points))
        for band in found
    ]
    return "; ".join(parts) or _("nothing")


def _state(found: str) -> str:
    return str(STATES.get(found, found))


def languages(seen: Seen, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Said]:
    """Which languages there are and how far each is."""
    for language in (*new, *(one for one in old if one not in new)):
        before, after = old.get(language), new.get(language)
        if before != after:
            what = _("Language %(language)s", language=isolate(LANGUAGES.get(language, language)))
            yield became(what, *(None if one is None else _state(one) for one in (before, after)))


def keyed(label: Any) -> Teller:
    """Settings by name, such as notes kept for readers."""

    def tell(seen: Seen, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Said]:
        for name in (*new, *(one for one in old if one not in new)):
            if name in old and name in new and same(old[name], new[name]):
                continue
            what = f"{label}, {isolate(name)}"
            yield became(what, *(_data(one[name]) if name in one else None for one in (old, new)))

    return tell


def _data(found: Any) -> str:
    return quoted(found) if isinstance(found, str) else isolate(canonical(found))


def _seconds(found: int) -> str:
    return _("%(seconds)s seconds", seconds=isolate(found))


def _from_table(table: Mapping[str, Any]) -> Callable[[Any], str]:
    return lambda found: str(table.get(found, isolate(found)))


#: The situations that wordings are for.
VARIANT_NAMES: Final[Mapping[str, Any]] = {
    "open_link": _l("for those who come by an open link"),
    "no_branch": _l("for cases without a branch"),
}
_SERIES = value(_l("Series"))

#: Keys that are told by ``changes`` itself: they hold further parts.
PARTS: Final[Mapping[str, frozenset[str]]] = {
    "Questionnaire": frozenset(
        {"intro", "privacy", "scales", "indexes", "sections", "follow_up", "confirmation", "automation", "thanks"}
    ),
    "Section": frozenset({"questions"}),
    "Question": frozenset({"choices", "statements"}),
    "Scale": frozenset({"points", "anchors", "extra"}),
    "Index": frozenset({"questions"}),
}
QUESTIONNAIRE: Final[Mapping[str, Teller]] = {
    "format": value(_l("Version of the format")),
    "code": value(_l("Code of the questionnaire")),
    "kind": value(_l("Kind of questionnaire")),
    "title": words(_l("Title")),
    "languages": languages,
    "anonymity": value(_l("Privacy mode"), _from_table(ANONYMITY)),
    "estimated_seconds": value(_l("Estimated time"), _seconds),
    "min_group_size": value(_l("Fewest responses that are shown")),
    "no_free_text_below_group": value(_l("Fewest responses whose free text is shown")),
    "total_points": value(_l("Points in all")),
    "critical_cap": value(_l("Highest total after a failed critical item, in percent")),
    "series": value(_l("Series of total and sections")),
    "notice": words(_l("Text on the first page")),
    "sending": keyed(_l("Sending")),
    "notes": keyed(_l("Notes for readers")),
}
SECTION: Final[Mapping[str, Teller]] = {
    "title": words(_l("Title")),
    "points": value(_l("Points of the section")),
    "scored": flag(_l("The section is now scored."), _l("The section is no longer scored.")),
    "page_size": value(_l("Most questions on a page")),
    "shown_if": rule(_l("the section is asked only where %(rule)s")),
}
QUESTION: Final[Mapping[str, Teller]] = {
    "type": value(_l("Type"), _from_table(TYPE_NAMES)),
    "text": words(_l("Wording")),
    "hint": words(_l("Hint")),
    "variants": wordings(_l("Wording")),
    "scale": scale,
    "order": value(_l("Order of the choices"), lambda _found: _("random for each respondent")),
    "min": value(_l("Lowest accepted")),
    "max": value(_l("Highest accepted")),
    "decimals": value(_l("Digits after the point")),
    "unit": words(_l("Unit")),
    "max_chars": value(_l("Longest text, in characters")),
    "pattern": value(_l("Form that typed words must have")),
    "dir": value(_l("Direction of what is typed")),
    "measure": value(_l("What the answer measures")),
    "points": value(_l("Points")),
    "bands": value(_l("Points by size"), bands),
    "critical": flag(_l("It is now a critical item."), _l("It is no longer a critical item.")),
    "critical_if": rule(_l("critical where %(rule)s")),
    "na_if": rule(_l("not applicable where %(rule)s")),
    "finding_if": rule(_l("a finding where %(rule)s")),
    "finding": words(_l("Words of the finding")),
    "shown_if": rule(_l("asked only where %(rule)s")),
    "required": flag(_l("An answer is now required."), _l("An answer is no longer required.")),
    "required_if": rule(_l("an answer is required where %(rule)s")),
    "valid_if": rule(_l("the answer is accepted only where %(rule)s")),
    "invalid": words(_l("What is said of an answer that is not accepted")),
    "ends_if": rule(_l("nothing is asked after it where %(rule)s")),
    "evidence": value(_l("Evidence"), _from_table(EVIDENCE)),
    "answered_later": flag(_l("It is now answered later than the rest."), _l("It is now answered with the rest.")),
    "voids": flag(
        _l("Ticking it now takes the response out of every count."),
        _l("Ticking it no longer takes the response out of every count."),
    ),
    "series": _SERIES,
}
CHOICE: Final[Mapping[str, Teller]] = {
    "text": words(_l("Words")),
    "score": value(_l("Share of the points, in percent")),
    "other": flag(_l("It now asks for words beside it."), _l("It no longer asks for words beside it.")),
    "exclusive": flag(_l("It now rules out the other choices."), _l("It no longer rules out the other choices.")),
    "fixed": flag(_l("It now keeps its place in a random order."), _l("Its place is now random, too.")),
    "shown_if": rule(_l("offered only where %(rule)s")),
}
STATEMENT: Final[Mapping[str, Teller]] = {"text": words(_l("Wording")), "series": _SERIES}
SCALE: Final[Mapping[str, Teller]] = {"min": value(_l("Lowest number")), "max": value(_l("Highest number"))}
INDEX: Final[Mapping[str, Teller]] = {
    "title": words(_l("Title")),
    "least": value(_l("Fewest answers needed")),
    "series": _SERIES,
}
INDEX_PART: Final[Mapping[str, Teller]] = {
    "weight": value(_l("Weight")),
    "reversed": flag(_l("Its lowest answer is now the best."), _l("Its highest answer is now the best.")),
}
WORDING: Final[Mapping[str, Teller]] = {"text": words(_l("Introduction")), "variants": wordings(_l("Introduction"))}
PRIVACY: Final[Mapping[str, Teller]] = {
    "purposes": words(_l("Purposes")),
    "recipients": words(_l("Recipients")),
    "duty": words(_l("Duty or choice")),
    "officer": words(_l("Privacy officer")),
}
CONFIRMATION: Final[Mapping[str, Teller]] = {
    "question": value(_l("Question that confirms")),
    "confirmed_if": rule(_l("confirmed where %(rule)s")),
    "by": value(_l("What counts as a confirmation"), quoted),
    "button": words(_l("Button")),
    "no_reply": value(_l("What follows from silence"), quoted),
}
THANKS: Final[Mapping[str, Teller]] = {"text": words(_l("Text after sending"))}


def tell(table: Mapping[str, Teller], seen: Seen, old: Any, new: Any) -> Iterator[Said]:
    """Everything in which two parts of the same kind differ, key by key in the format's order."""
    for key, teller in table.items():
        yield from teller(seen, getattr(old, key), getattr(new, key))
