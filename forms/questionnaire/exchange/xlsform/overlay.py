"""What XLSForm cannot say: the difference between a questionnaire and what its form's own columns say, as rows.

A row holds a place, a key, the value that the questionnaire has there, and what the standard's columns said when the
form was written. On the way back the columns are the truth: a row only counts where they still say what they said.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from forms.questionnaire.errors import Problem
from translations import gettext as _
from translations import isolate_ltr

#: The columns of the sheet.
COLUMNS: Final = ("place", "key", "value", "standard")
#: Lists whose entries are named by a key of theirs, so that each can be spoken of by itself.
_NAMED: Final = {"choices": "value", "points": "value", "anchors": "value", "extra": "value", "statements": "code"}
#: The longest text that a cell takes; a longer one goes on in the rows below.
MOST_CELL: Final = 30_000
#: Places that say how the sheets are to be read, before anything is compared.
HINTS: Final = ("types", "lists", "names", "values")
IN: Final = "in"
#: What each of them holds.
_KINDS: Final[Mapping[str, type]] = {"types": str, "names": str, "lists": dict, "values": dict}
#: How the keys end that hold a rule, which is one thing and not a group of keys.
_RULE: Final = "_if"
_ABSENT: Final = object()
_ESCAPE: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)|[\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

Flat = dict[str, Any]


class Entry(NamedTuple):
    """One row of the sheet: ``place`` with slashes; an absent value or standard is an empty text, else JSON."""

    place: str
    key: str
    value: str
    standard: str


@dataclass(frozen=True)
class Extra:
    """The sheet as read: how to read the others, and the rows to lay over what they say."""

    hints: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    entries: Sequence[Entry] = ()

    def hint(self, kind: str, name: str) -> Any:
        """What the sheet says about a name of the form; None for nothing."""
        return self.hints.get((kind, name))


def _escape(step: object) -> str:
    return str(step).replace("%", "%25").replace("/", "%2F")


def written(value: Any) -> str:
    """A value as a cell of the sheet holds it."""
    if value is _ABSENT:
        return ""
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    # A workbook would read these signs as something else.
    return _ESCAPE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _labelled(key: str, value: Any) -> Any:
    """A list with named entries as a mapping; any other value as it is."""
    if isinstance(value, Mapping):
        return {inner: _labelled(inner, one) for inner, one in value.items()}
    name = _NAMED.get(key)
    if name is None or not isinstance(value, list) or not value:
        return value
    named = {str(one.get(name)): _labelled("", one) for one in value if isinstance(one, Mapping)}
    return named if len(named) == len(value) else value


def _listed(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        inner = {name: _listed(name if key not in _NAMED else "", one) for name, one in value.items()}
        return list(inner.values()) if key in _NAMED else inner
    return value


def flatten(document: Mapping[str, Any]) -> Flat:
    """A document with its questions by code, each saying where it is ``in``."""
    questions: dict[str, Any] = {}
    sections: dict[str, Any] = {}

    def put(question: Mapping[str, Any], where: str) -> None:
        questions[question["code"]] = {IN: where, **_labelled("", question)}

    for section in document["sections"]:
        sections[section["code"]] = {key: value for key, value in section.items() if key != "questions"}
        for question in section.get("questions", ()):
            put(question, f"sections/{section['code']}")
    for part, question in document.get("follow_up", {}).items():
        put(question, f"follow_up/{part}")
    thanks = dict(document.get("thanks", {}))
    if "praise" in thanks:
        put(thanks.pop("praise"), "thanks/praise")
    apart = {"sections", "follow_up", "thanks", "scales"}
    form = copy.deepcopy({key: value for key, value in document.items() if key not in apart})
    if thanks:
        form["thanks"] = thanks
    return {
        "form": form,
        "scales": _labelled("", document.get("scales", {})),
        "sections": sections,
        "questions": questions,
    }


def unflatten(flat: Flat) -> dict[str, Any]:
    """The document again. A section that says it is gone stays while a question is in it."""
    document: dict[str, Any] = copy.deepcopy(flat["form"])
    held: dict[str, list[Any]] = {code: [] for code in flat["sections"]}
    follow_up: dict[str, Any] = {}
    for question in flat["questions"].values():
        data = _listed("", {key: value for key, value in question.items() if key != IN})
        place, _slash, part = question[IN].partition("/")
        if place == "follow_up":
            follow_up[part] = data
        elif place == "thanks":
            document.setdefault("thanks", {"text": {}})["praise"] = data
        else:
            held.setdefault(part, []).append(data)
    sections = [({"code": code, **flat["sections"].get(code, {})}, inner) for code, inner in held.items()]
    document["sections"] = [
        {**section, "questions": inner} if inner else section
        for section, inner in sections
        if inner or not section.get("gone")
    ]
    for section in document["sections"]:
        section.pop("gone", None)
    if follow_up:
        document["follow_up"] = follow_up
    if flat["scales"]:
        document["scales"] = {code: _listed("", scale) for code, scale in flat["scales"].items()}
    return document


def difference(old: Flat, new: Flat) -> list[Entry]:
    """What has to be laid over ``old``, which the standard's columns say, to come to ``new``."""
    gone = [
        Entry(f"sections/{_escape(code)}", "gone", "true", "")
        for code in old["sections"]
        if code not in new["sections"]
    ]
    kept = {**old, "sections": {code: one for code, one in old["sections"].items() if code in new["sections"]}}
    return [*_differences(kept, new, ()), *gone]


def _differences(old: Mapping[str, Any], new: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[Entry]:
    here = "/".join(map(_escape, place))
    for key in dict.fromkeys((*old, *new)):
        before, after = old.get(key, _ABSENT), new.get(key, _ABSENT)
        if isinstance(before, Mapping) and isinstance(after, Mapping) and not key.endswith(_RULE):
            yield from _differences(before, after, (*place, key))
        elif not _same(before, after):
            yield Entry(here, key, written(after), written(before))
    ordered = len(place) == 3 and place[-1] in _NAMED
    if ordered and [key for key in old if key in new] + [key for key in new if key not in old] != list(new):
        yield Entry(here, "", written(list(new)), written([key for key in old if key in new]))


def _same(one: Any, other: Any) -> bool:
    """Equality that tells 1 from true."""
    if one is _ABSENT or other is _ABSENT:
        return one is other
    return bool(one == other) and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def rows(entries: Sequence[Entry]) -> Iterator[tuple[str, str, str, str]]:
    """Rows of the sheet: a long value goes on in rows of the same place and key."""
    for place, key, value, standard in entries:
        pieces = max(-(-len(value) // MOST_CELL), -(-len(standard) // MOST_CELL), 1)
        for piece in range(pieces):
            start, end = piece * MOST_CELL, (piece + 1) * MOST_CELL
            yield place, key, value[start:end], standard[start:end]


def read(lines: Sequence[tuple[int, Sequence[str]]]) -> tuple[Extra, list[Problem]]:
    """The sheet, and what of it cannot be read."""
    joined: dict[tuple[str, str], list[str]] = {}
    for _number, cells in lines:
        place, key, value, standard = (*cells, "", "", "", "")[:4]
        kept = joined.setdefault((place, key), ["", ""])
        kept[0] += value
        kept[1] += standard
    hints, entries, notes = {}, [], []
    for (place, key), (value, standard) in joined.items():
        try:
            read_value = json.loads(value) if value else None
            json.loads(standard or "null")
        except (ValueError, RecursionError):
            notes.append(Problem(_told(place, key), _("This row of the sheet survey_app cannot be read.")))
            continue
        if not _sound(place, key, read_value):
            notes.append(Problem(_told(place, key), _("This row of the sheet survey_app cannot be read.")))
        elif place in HINTS:
            hints[place, key] = read_value
        else:
            entries.append(Entry(place, key, value, standard))
    return Extra(hints, entries), notes


def _sound(place: str, key: str, value: Any) -> bool:
    """Whether a value is of the kind that its place takes, as far as reading goes on to rely on it."""
    if place in _KINDS:
        inner = value.get("scale") if place == "lists" and isinstance(value, Mapping) else ""
        listed = value.get("outside", []) if place == "lists" and isinstance(value, Mapping) else []
        values = value.values() if place == "values" and isinstance(value, Mapping) else ()
        return (
            isinstance(value, _KINDS[place])
            and isinstance(inner, str)
            and isinstance(listed, list)
            and all(isinstance(one, (str, int)) for one in values)
        )
    if key == "":
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if key in {IN, "code"}:
        return isinstance(value, str)
    # Whole questions, sections and scales are only ever written key by key.
    return place not in {"", "questions", "sections"} and (place != "scales" or isinstance(value, Mapping))


def steps(place: str) -> list[str]:
    """The steps of a place."""
    return [step.replace("%2F", "/").replace("%25", "%") for step in place.split("/")]


def _told(place: str, key: str) -> str:
    """A place as people read it."""
    way = steps(place)
    return ".".join([*(way[1:] if way[0] == "form" else way), *([key] if key else [])])


def lay_over(flat: Flat, entries: Sequence[Entry]) -> list[Problem]:
    """Lay the rows over what the columns say; tells which rows no longer fit."""
    notes = []
    for entry in entries:
        node: Any = flat
        for step in steps(entry.place):
            node = node.get(step) if isinstance(node, dict) else None
        place = _told(entry.place, entry.key)
        if not isinstance(node, dict):
            notes.append(Problem(place, _("The sheet survey_app speaks of this, but the form no longer has it.")))
            continue
        if entry.key == "":
            fits = entry.place.rpartition("/")[2] in _NAMED and _order(node, entry)
        else:
            fits = _set(node, entry)
        if not fits:
            notes.append(
                Problem(
                    place,
                    _(
                        "The form says something else than the sheet survey_app (%(value)s); the form was followed.",
                        value=isolate_ltr(entry.value[:200] or "–"),
                    ),
                )
            )
    return notes


def _set(node: dict[str, Any], entry: Entry) -> bool:
    """Set one key, where the columns still say what they said."""
    now = node.get(entry.key, _ABSENT)
    value = json.loads(entry.value) if entry.value else _ABSENT
    if _same(now, value):
        return True
    if not _same(now, _labelled(entry.key, json.loads(entry.standard)) if entry.standard else _ABSENT):
        return False
    if value is _ABSENT:
        node.pop(entry.key, None)
    else:
        node[entry.key] = value
    return True


def _order(node: dict[str, Any], entry: Entry) -> bool:
    """Put named entries in their order, where they still stand as they stood."""
    wanted, stood = json.loads(entry.value), json.loads(entry.standard or "[]")
    now = [key for key in node if key in stood]
    if now != stood or not set(wanted) <= node.keys():
        return False
    ordered = {key: node[key] for key in (*wanted, *(key for key in node if key not in wanted))}
    node.clear()
    node.update(ordered)
    return True
