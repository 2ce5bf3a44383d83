"""YAML as an author means it: ``yes`` and ``no`` are words, dates stay text, a key stands once, no file is a bomb."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any, Final

import yaml

from forms.questionnaire.errors import DefinitionError, Problem
from translations import gettext as _

#: Bytes of a questionnaire file, and values in it once every alias is followed.
MAX_BYTES: Final = 5_000_000
MAX_VALUES: Final = 300_000
MAX_DEPTH: Final = 40


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen at run time
    """YAML 1.2's idea of scalars, and no key twice in one mapping."""

    # The parent's table is shared by every user of PyYAML: start from an empty one.
    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # PyYAML wants a plain class attribute

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        written = [key.value for key, _value in node.value if key.tag != "tag:yaml.org,2002:merge"]
        for key in written:
            if written.count(key) > 1:
                raise DefinitionError(
                    [Problem(_position(node.start_mark), _("the key '%(key)s' stands twice", key=key))]
                )
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?[0-9]+\.[0-9]+", "-+0123456789"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))


def _measure(value: Any, budget: int, depth: int) -> int:
    """What is left of the budget after counting every value; aliases count each time they are used."""
    budget -= 1
    if budget < 0 or depth > MAX_DEPTH:
        raise DefinitionError([Problem("", _("The file holds too many values or is nested too deep."))])
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for one in inner:
        budget = _measure(one, budget, depth + 1)
    return budget


def _bound_depth(text: str) -> None:
    """Refuse what is nested too deep before anything is built of it.

    Events come one by one; putting nodes together recurses inside the C library, where a hundred thousand brackets
    end the process instead of raising RecursionError.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise DefinitionError([Problem("", _("The file holds too many values or is nested too deep."))])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _position(mark: Any) -> str:
    return _("line %(line)s, column %(column)s", line=mark.line + 1, column=mark.column + 1) if mark else ""


def read_yaml(content: bytes) -> dict[str, Any]:
    """The document in a YAML (or JSON) file, UTF-8 with or without a byte order mark.

    Raises DefinitionError for anything that is not one mapping with text keys: other encodings, broken YAML, a key
    twice, tags of programming languages, a file that is too large or unfolds to too much.
    """
    if len(content) > MAX_BYTES:
        raise DefinitionError([Problem("", _("The file is larger than %(max)s bytes.", max=MAX_BYTES))])
    try:
        text = content.decode("utf-8-sig")
        _bound_depth(text)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506  # _Loader is a SafeLoader
    except UnicodeDecodeError as error:
        raise DefinitionError([Problem("", _("The file is not UTF-8 text."))]) from error
    except DefinitionError:
        raise
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        place = _position(getattr(error, "problem_mark", None))
        raise DefinitionError([Problem(place, _("The file cannot be read as YAML."))]) from error
    if not isinstance(data, dict):
        raise DefinitionError([Problem("", _("The file holds no questionnaire: its top level must be keys."))])
    try:
        _measure(data, MAX_VALUES, 0)
    except RecursionError as error:
        raise DefinitionError([Problem("", _("The file holds too many values or is nested too deep."))]) from error
    return {str(key): value for key, value in data.items()}
