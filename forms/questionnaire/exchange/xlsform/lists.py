"""Lists of the choices sheet: choices of one question, or a scale that several share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from forms.questionnaire.errors import DefinitionError, Problem
from forms.questionnaire.exchange.xlsform.conditions import is_number
from forms.questionnaire.exchange.xlsform.overlay import Extra
from forms.questionnaire.exchange.xlsform.sheets import Form, Path, Row, language_part, texts
from translations import gettext as _
from translations import isolate_ltr

#: The choice that ``or_other`` adds, where the list has none of that name.
OTHER: Final = "other"
OTHER_TEXT: Final = {"he": "אחר", "en": "Other", "ar": "غير ذلك", "ru": "Другое"}
_BAD: Final = re.compile(r"[\s:]+")


@dataclass(frozen=True)
class Named:
    """One choice of a list: its name in the form, what it is here, its words, and the columns a filter may ask."""

    name: str
    value: int | str
    text: Mapping[str, str]
    columns: Mapping[str, str]


Words = Callable[[str, str], str]


class Lists:
    """All lists of a form by name."""

    def __init__(self, form: Form, extra: Extra, words: Words) -> None:
        self.form = form
        self.extra = extra
        self.notes: list[Problem] = []
        self.by_name: dict[str, list[Named]] = {}
        given: dict[str, list[Row]] = {}
        for row in form.choices:
            if name := row.get("list name"):
                given.setdefault(name, []).append(row)
        allowed = form.settings.get("allow_choice_duplicates").lower() in {"yes", "true", "true()"}
        for name, rows in given.items():
            self.by_name[name] = self._read(name, rows, allowed, words)

    def _read(self, name: str, rows: Sequence[Row], allowed: bool, words: Words) -> list[Named]:
        found: list[Named] = []
        seen: dict[str, int] = {}
        values: set[int | str] = set()
        stated = self.extra.hint("values", name) or {}
        for row in rows:
            given = row.get("name")
            place = f"choices.{name}.{given}"
            if not given:
                raise DefinitionError([Problem(f"choices.{name}", _("Row %(row)s has no name.", row=row.number))])
            if given in seen and not allowed:
                message = _(
                    "The name stands twice, in rows %(first)s and %(second)s.", first=seen[given], second=row.number
                )
                raise DefinitionError([Problem(place, message)])
            seen[given] = row.number
            value = stated[given] if given in stated else self._value(given, values, place)
            values.add(value)
            found.append(Named(given, value, self._text(row, value, place, words), _columns(row)))
        return found

    def _value(self, name: str, taken: set[int | str], place: str) -> int | str:
        if is_number(name):
            value: int | str = int(name)
        else:
            value = _BAD.sub("_", name)
            if value != name:
                self.notes.append(Problem(place, _("The name is now %(name)s.", name=isolate_ltr(value))))
        if value in taken:
            value = next(f"{value}_{count}" for count in range(2, len(taken) + 3) if f"{value}_{count}" not in taken)
            self.notes.append(Problem(place, _("The name is now %(name)s.", name=isolate_ltr(value))))
        return value

    def _text(self, row: Row, value: int | str, place: str, words: Words) -> dict[str, str]:
        text = {language: words(label, place) for language, label in texts(row, self.form, "label")}
        for path in row.cells:
            if path[0] == "media":
                self.notes.append(Problem(place, _("Pictures and recordings beside words are not carried.")))
                break
        # A number without words of its own is written with itself as its label.
        return {} if isinstance(value, int) and set(text.values()) == {str(value)} else text

    def choices(self, name: str, *, or_other: bool = False) -> list[dict[str, Any]]:
        """A list's choices as a question's own; with ``or_other`` one of them asks for words."""
        found: list[dict[str, Any]] = [
            {"value": one.value, **({"text": dict(one.text)} if one.text else {})} for one in self.by_name[name]
        ]
        if or_other:
            if not any(one["value"] == OTHER for one in found):
                languages = {language for one in found for language in one.get("text", ())} or {self.form.default}
                found.append({"value": OTHER, "text": {key: OTHER_TEXT[key] for key in OTHER_TEXT if key in languages}})
            for one in found:
                if one["value"] == OTHER:
                    one["other"] = True
        return found

    def scale(self, name: str) -> dict[str, Any]:
        """A list as a scale: as our own sheet says, else its numbers in order and its words outside of them."""
        stated = self.extra.hint("lists", name)
        rows = self.by_name[name]
        if isinstance(stated, Mapping):
            outside = {str(one) for one in stated.get("outside", ())}
            points = [one for one in rows if one.name not in outside]
            extra = [one for one in rows if one.name in outside]
        else:
            numbers = sum(isinstance(one.value, int) for one in rows)
            points = [one for one in rows if numbers < 2 or isinstance(one.value, int)]
            extra = [one for one in rows if one not in points]
            if numbers >= 2:
                points.sort(key=lambda one: int(one.value))
        listed = {"extra": [_choice(one) for one in extra]} if extra else {}
        values = [one.value for one in points if isinstance(one.value, int)]
        if isinstance(stated, Mapping) and stated.get("ends") and values and len(values) == len(points):
            anchors = [_choice(one) for one in points if one.text]
            return {"min": min(values), "max": max(values), **({"anchors": anchors} if anchors else {}), **listed}
        return {"points": [_choice(one) for one in points], **listed}


def _choice(one: Named) -> dict[str, Any]:
    return {"value": one.value, **({"text": dict(one.text)} if one.text else {})}


def _columns(row: Row) -> dict[str, str]:
    """What a filter may ask of a choice: every column by its heading."""
    plain: dict[Path, str] = {path: cell for path, cell in row.cells.items() if language_part(path) is None}
    return {"::".join(path): cell for path, cell in plain.items()}
