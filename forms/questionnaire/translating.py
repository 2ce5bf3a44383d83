"""The texts of a questionnaire side by side in two languages: what is missing, what is in doubt, and writing them.

A text is known by its place, the one that checks name as well (``questions.pv1.hint``); places are stable as long as
the codes of what they stand on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Final, TypeVar

from forms.questionnaire import plain
from forms.questionnaire.document import Questionnaire
from forms.questionnaire.errors import Problem
from forms.questionnaire.parts import DEFAULT_LANGUAGE, Scale, Text
from translations import gettext as _

#: Longest text of the format, in characters.
LONGEST: Final = 5_000
SOURCE, APPROVED, DRAFT = "source", "approved", "draft"
_PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}")
#: Values that a language may leave unsaid, or say where another does not.
_FREE: Final = frozenset({"{org}"})
#: What stands after the last section, and what several questions share, by the keys of the document.
AFTER: Final = ("follow_up", "confirmation", "thanks")
SHARED: Final = ("scales", "indexes")
#: Parts of the list that are no section.
FRONT, END, COMMON = "~before", "~after", "~scales"

_Change = Callable[[str, Text], Text]
_Scales = Mapping[str, Scale]
_Thing = TypeVar("_Thing")


@dataclass(frozen=True)
class Part:
    """Texts that belong together: a section, or what stands around them. ``key`` is the section's code."""

    key: str
    title: Text
    texts: tuple[tuple[str, Text], ...]


def parts(questionnaire: Questionnaire) -> list[Part]:
    """Every text of a questionnaire, in the order in which a translator reads: as it is asked, the scales last."""
    home: dict[str, str] = {}
    for section in questionnaire.sections:
        home |= {place: section.code for place, _text in plain.words(section, ("sections", section.code))}
    for name in AFTER:
        if (thing := getattr(questionnaire, name)) is not None:
            home |= {place: END for place, _text in plain.words(thing, (name,))}
    titles: dict[str, Text] = {FRONT: {}, **{section.code: section.title for section in questionnaire.sections}}
    sorted_texts: dict[str, list[tuple[str, Text]]] = {key: [] for key in (*titles, END, COMMON)}
    for place, text in questionnaire.texts():
        fallback = COMMON if place.partition(".")[0] in SHARED else FRONT
        sorted_texts[home.get(place, fallback)].append((place, text))
    return [Part(key, titles.get(key, {}), tuple(texts)) for key, texts in sorted_texts.items() if texts]


# ---- what is missing or in doubt -------------------------------------------------------------------------------------


def missing(questionnaire: Questionnaire, language: str) -> list[str]:
    """Places of the texts that a language still lacks; the Hebrew is shown there."""
    return [place for place, text in questionnaire.texts() if not text.get(language, "").strip()]


def doubt(source: str, translation: str) -> str:
    """What may be wrong with a translation beside its source, in words; empty for nothing.

    A value named in braces in one of them is named in the other.
    """
    if not translation.strip():
        return ""
    wanted, given = (set(_PLACEHOLDER.findall(text)) - _FREE for text in (source, translation))
    lacking, added = sorted(wanted - given), sorted(given - wanted)
    said = [_("%(names)s is missing here.", names=", ".join(lacking))] if lacking else []
    said += [_("%(names)s does not stand in the Hebrew.", names=", ".join(added))] if added else []
    return " ".join(said)


def doubts(questionnaire: Questionnaire, language: str) -> list[Problem]:
    """Every translation into a language whose values in braces differ from those of the Hebrew."""
    if language == DEFAULT_LANGUAGE:
        return []
    pairs = ((place, text.get(DEFAULT_LANGUAGE, ""), text.get(language, "")) for place, text in questionnaire.texts())
    return [Problem(place, said) for place, source, given in pairs if (said := doubt(source, given))]


def outdated(before: Questionnaire, now: Questionnaire, language: str) -> frozenset[str]:
    """Places whose Hebrew changed since an earlier version while the translation stayed as it was."""
    if language == DEFAULT_LANGUAGE:
        return frozenset()
    earlier = dict(before.texts())
    return frozenset(
        place
        for place, text in now.texts()
        if (old := earlier.get(place)) is not None
        and old.get(DEFAULT_LANGUAGE) != text.get(DEFAULT_LANGUAGE)
        and text.get(language)
        and old.get(language) == text.get(language)
    )


# ---- writing ---------------------------------------------------------------------------------------------------------


def translated(questionnaire: Questionnaire, language: str, words: Mapping[str, str]) -> Questionnaire:
    """The questionnaire with the texts of some places written anew in one language; empty words take the text away.

    A place that the questionnaire does not have is passed over. A language that was not there is added as a draft, and
    an approved one whose words change is a draft again: approving is an act of its own.
    """

    def change(place: str, text: Text) -> Text:
        if place not in words:
            return text
        kept = {code: said for code, said in text.items() if code != language}
        said = words[place].strip()
        if not said:
            return kept
        # The order of the languages stays as it was.
        order = [*text, language] if language not in text else list(text)
        return {code: said if code == language else kept[code] for code in order}

    changed = reworded(questionnaire, change)
    if changed == questionnaire:
        return questionnaire
    state = questionnaire.languages.get(language)
    marks = {None: DRAFT, APPROVED: DRAFT}
    # Hebrew is what everything else is translated from: its own state says who wrote it, not how far it is.
    if language == DEFAULT_LANGUAGE or state not in marks:
        return changed
    return replace(changed, languages={**questionnaire.languages, language: marks[state]})


def marked(questionnaire: Questionnaire, language: str, state: str) -> Questionnaire:
    """The questionnaire with a language in another state, ``draft`` or ``approved``."""
    return replace(questionnaire, languages={**questionnaire.languages, language: state})


def without(questionnaire: Questionnaire, language: str) -> Questionnaire:
    """The questionnaire without a language and everything said in it. Hebrew stays."""
    if language == DEFAULT_LANGUAGE:
        return questionnaire
    bare = reworded(questionnaire, lambda _place, text: {code: said for code, said in text.items() if code != language})
    return replace(bare, languages={code: state for code, state in bare.languages.items() if code != language})


def reworded(questionnaire: Questionnaire, change: _Change) -> Questionnaire:
    """The questionnaire with every text replaced by what ``change`` makes of its place and words."""
    scales = {code: _walk(scale, ("scales", code), change, {}) for code, scale in questionnaire.scales.items()}
    return _walk(questionnaire, (), change, scales)


def _walk(thing: _Thing, path: tuple[str, ...], change: _Change, scales: _Scales) -> _Thing:
    """As ``plain.words`` goes through a dataclass: same places, same order, same texts passed over."""
    changed = {
        field.name: new
        for field in fields(thing)  # type: ignore[arg-type]  # only ever called with dataclasses
        if (new := _field(field, getattr(thing, field.name), (*path, field.name), change, scales))
        is not getattr(thing, field.name)
    }
    return replace(thing, **changed) if changed else thing  # type: ignore[type-var]  # as above


def _field(field: Any, value: Any, here: tuple[str, ...], change: _Change, scales: _Scales) -> Any:
    if "words" in field.metadata:
        text = change(".".join(here), value) if value or value != plain.default(field) else value
        return value if text == value else text
    if "wordings" in field.metadata:
        texts = {name: change(".".join((*here, name)), text) for name, text in value.items()}
        return value if texts == value else texts
    if "reference" in field.metadata:
        return value if value is None or scales[value.code] == value else scales[value.code]
    if here == ("scales",):
        return scales if any(scales[code] is not scale for code, scale in value.items()) else value
    return _inner(value, here, change, scales)


def _inner(value: Any, here: tuple[str, ...], change: _Change, scales: _Scales) -> Any:
    if is_dataclass(value):
        return _walk(value, _path(value, here), change, scales)
    if isinstance(value, tuple):
        new = tuple(_one(one, here, index, change, scales) for index, one in enumerate(value))
        return new if any(one is not old for one, old in zip(new, value, strict=True)) else value
    if isinstance(value, Mapping) and any(is_dataclass(one) for one in value.values()):
        made = {key: _one(one, here, index, change, scales) for index, (key, one) in enumerate(value.items())}
        return made if any(made[key] is not value[key] for key in value) else value
    return value


def _one(one: Any, here: tuple[str, ...], index: int, change: _Change, scales: _Scales) -> Any:
    if not is_dataclass(one):
        return one
    return _walk(one, _path(one, (*here, plain.name_of(one, index))), change, scales)


def _path(thing: Any, here: tuple[str, ...]) -> tuple[str, ...]:
    place = getattr(thing, "PLACE", None)
    return (place, plain.name_of(thing, 0)) if place else here
