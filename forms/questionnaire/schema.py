"""The JSON Schema of the document, and its complaints in words an author understands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, validators

from forms.questionnaire import plain
from forms.questionnaire.errors import Problem
from forms.questionnaire.parts import Question
from translations import gettext as _
from translations import lazy_gettext as _l

#: How JSON's types are called to people.
TYPE_NAMES: Mapping[str, Any] = {
    "object": _l("a group of keys"),
    "array": _l("a list"),
    "string": _l("a text"),
    "integer": _l("a whole number"),
    "number": _l("a number"),
    "boolean": _l("true or false"),
    "null": _l("nothing (null)"),
}


@cache
def schema() -> dict[str, Any]:
    """The schema, as stored beside this file."""
    return dict(json.loads((Path(__file__).parent / "schema.json").read_text(encoding="utf-8")))


def _is_whole(_checker: Any, value: Any) -> bool:
    """A whole number written as one: 5.0 is none, because a choice's value and its words would part."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_checker: Any, value: Any) -> bool:
    """A number that is one: Python's JSON also reads NaN and Infinity."""
    return _is_whole(_checker, value) or (isinstance(value, float) and isfinite(value))


@cache
def _validator() -> Draft202012Validator:
    types = Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_whole, "number": _is_number})
    strict: type[Draft202012Validator] = validators.extend(Draft202012Validator, type_checker=types)  # type: ignore[no-untyped-call]
    return strict(schema())


def place_of(path: Iterable[str | int], document: Any) -> str:
    """The path of an error, named by codes and values instead of positions; a question is named by its code alone."""
    names: list[str] = []
    here = document
    for step in path:
        here = here[step]
        if isinstance(step, int):
            names.append(plain.name_of(here, step) if isinstance(here, Mapping) else str(step + 1))
        else:
            names.append(step)
        if isinstance(here, Mapping) and "code" in here and "type" in here:
            names = [Question.PLACE, str(here["code"])]
    return ".".join(names)


def _listed(values: Iterable[object]) -> str:
    return ", ".join(str(value) for value in values)


def unknown(message: str, found: object, known: Iterable[object]) -> str:
    """``message`` about an unknown name, with the nearest known one or, failing that, all of them."""
    names = [str(name) for name in known]
    near = get_close_matches(str(found), names, n=1)
    hint = _("Was %(near)s meant?", near=near[0]) if near else _("Known: %(known)s", known=_listed(names))
    return f"{message}. {hint}" if names else message


def _missing(error: Any) -> list[str]:
    return [_("the key %(key)s is missing", key=key) for key in error.validator_value if key not in error.instance]


def _extra(error: Any) -> list[str]:
    known = error.schema.get("properties", {})
    return [unknown(_("unknown key '%(key)s'", key=str(key)), key, known) for key in error.instance if key not in known]


def _type(error: Any) -> list[str]:
    wanted = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
    return [_("this must be %(type)s", type=_listed(TYPE_NAMES[name] for name in wanted))]


def _enum(error: Any) -> list[str]:
    return [unknown(_("unknown value '%(value)s'", value=str(error.instance)), error.instance, error.validator_value)]


def _bound(message: Callable[..., str]) -> Callable[[Any], list[str]]:
    return lambda error: [message(error.validator_value, error.instance)]


#: What each keyword of the schema says when it is not met.
MESSAGES: Mapping[str, Callable[[Any], list[str]]] = {
    "required": _missing,
    "additionalProperties": _extra,
    "type": _type,
    "enum": _enum,
    "const": _bound(lambda value, _found: _("this must be %(value)s", value=value)),
    "pattern": _bound(lambda _value, found: _("'%(value)s' is no valid code", value=str(found))),
    "minLength": _bound(lambda _value, _found: _("the text is empty")),
    "maxLength": _bound(lambda value, _found: _("the text is longer than %(max)s characters", max=value)),
    "minimum": _bound(lambda value, _found: _("the number must be at least %(min)s", min=value)),
    "maximum": _bound(lambda value, _found: _("the number must be at most %(max)s", max=value)),
    "minItems": _bound(lambda value, _found: _("the list needs at least %(min)s entries", min=value)),
    "maxItems": _bound(lambda value, _found: _("the list may have at most %(max)s entries", max=value)),
    "minProperties": _bound(lambda value, _found: _("at least %(min)s keys are needed", min=value)),
    "anyOf": _bound(lambda _value, _found: _("this must be a value, or the name of another answer after 'of'")),
    "maxProperties": _bound(
        lambda value, _found: _("at most %(max)s keys are allowed; a rule has one operator", max=value)
    ),
}


def problems(document: Any) -> list[Problem]:
    """Everything in which the document departs from the schema, in document order."""
    found = []
    for error in _validator().iter_errors(document):
        place = place_of(error.absolute_path, document)
        found += [Problem(place, message) for message in MESSAGES[str(error.validator)](error)]
    return list(dict.fromkeys(found))  # the validator complains of every missing key anew, and we name them all
