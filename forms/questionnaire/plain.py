"""Frozen dataclasses to plain data and back, so that every part of a definition is written down once: as its class.

A field left at its default is not written, which keeps documents short and makes the round trip exact. Field metadata
says what a type hint cannot: ``reference`` (the document holds a code, the object the thing), ``keyed`` (a mapping
of things whose code is the key), ``words`` and ``wordings`` (a text per language, a mapping of such texts).
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def default(field: Field[Any]) -> Any:
    """What a field holds where nothing is written; MISSING for one that must be."""
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _write(field: Field[Any], value: Any) -> Any:
    if "reference" in field.metadata:
        return value.code
    if "keyed" in field.metadata:
        return {code: write(thing, without=("code",)) for code, thing in value.items()}
    return write(value)


def write(thing: Any, *, without: tuple[str, ...] = ()) -> Any:
    """Plain data (dicts, lists, scalars) of a dataclass, tuple, mapping or scalar; fields at their default stay out."""
    if is_dataclass(thing):
        return {
            field.name: _write(field, value)
            for field in fields(thing)
            if field.name not in without and (value := getattr(thing, field.name)) != default(field)
        }
    if isinstance(thing, Mapping):
        return {key: write(value) for key, value in thing.items()}
    if isinstance(thing, (tuple, list)):
        return [write(value) for value in thing]
    return thing


def read(kind: Any, value: Any, references: Mapping[str, Mapping[str, Any]]) -> Any:
    """The object of type ``kind`` that plain data stands for.

    ``references`` holds, by the name in a field's metadata, the things that a code may stand for. The data has already
    been checked against the schema; an unknown code raises KeyError.
    """
    if get_origin(kind) in {Union, types.UnionType}:
        inner = [option for option in get_args(kind) if option is not type(None)]
        return value if value is None or len(inner) > 1 else read(inner[0], value, references)
    if get_origin(kind) is tuple:
        return tuple(read(get_args(kind)[0], one, references) for one in value)
    if not (isinstance(kind, type) and is_dataclass(kind)):
        return value
    hints = _hints(kind)
    given: dict[str, Any] = {}
    for field in fields(kind):
        if field.name not in value:
            continue
        raw = value[field.name]
        if (name := field.metadata.get("reference")) is not None:
            given[field.name] = references[name][raw]
        elif "keyed" in field.metadata:
            thing = get_args(hints[field.name])[1]
            given[field.name] = {code: read(thing, {"code": code, **one}, references) for code, one in raw.items()}
        else:
            given[field.name] = read(hints[field.name], raw, references)
    return kind(**given)


def name_of(thing: Any, index: int) -> str:
    """How one of several things is named in a place: its code, else its value, else its number counted from 1."""
    for key in ("code", "value"):
        found = thing.get(key) if isinstance(thing, Mapping) else getattr(thing, key, None)
        if found is not None:
            return str(found)
    return str(index + 1)


def words(thing: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every text inside a dataclass with its place, in reading order; an optional text that is empty is passed over."""
    for field in fields(thing):
        value = getattr(thing, field.name)
        here = (*path, field.name)
        if "words" in field.metadata:
            if value or value != default(field):
                yield ".".join(here), value
        elif "wordings" in field.metadata:
            yield from ((".".join((*here, name)), text) for name, text in value.items())
        elif "reference" not in field.metadata:
            yield from _inner_words(value, here)


def _inner_words(value: Any, here: tuple[str, ...]) -> Iterator[tuple[str, Mapping[str, str]]]:
    if is_dataclass(value):
        yield from words(value, (value.PLACE, name_of(value, 0)) if hasattr(value, "PLACE") else here)
    elif isinstance(value, tuple) or (isinstance(value, Mapping) and any(is_dataclass(one) for one in value.values())):
        for index, one in enumerate(value.values() if isinstance(value, Mapping) else value):
            if is_dataclass(one):
                place = getattr(one, "PLACE", None)
                yield from words(one, (place, name_of(one, 0)) if place else (*here, name_of(one, index)))
