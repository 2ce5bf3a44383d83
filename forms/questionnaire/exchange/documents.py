"""Questionnaires as documents of our own format: YAML that a person can read and mend, and JSON.

What is written is read again exactly; the same questionnaire always gives the same file.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import yaml

from forms.questionnaire.definition import dump
from forms.questionnaire.document import Questionnaire
from forms.questionnaire.errors import DefinitionError, Problem
from forms.questionnaire.reading import MAX_BYTES, MAX_DEPTH, read_yaml
from translations import gettext as _

#: A group of keys that fits on a line of this many characters stands on one line.
MOST_LINE: Final = 118
#: What a line of YAML may be at the most before it is folded: never.
_UNFOLDED: Final = 1_000_000
_TEXT: Final = "tag:yaml.org,2002:str"


class _Dumper(yaml.SafeDumper):
    """Keys in their order, texts in their letters, no anchors: a file reads like the library's."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Lists stand inside their key, as people write them."""
        super().increase_indent(flow, indentless=False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    """Lines of their own where a text has several; a text that looks like something else is quoted."""
    style = "|" if "\n" in text else None
    return dumper.represent_scalar(_TEXT, text, style=style)


def _represent_number(dumper: yaml.SafeDumper, number: float) -> yaml.Node:
    """Digits and a point: no power of ten, which reading takes for a word."""
    written = format(Decimal(repr(number)), "f")
    return dumper.represent_scalar("tag:yaml.org,2002:float", written if "." in written else f"{written}.0")


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(float, _represent_number)


def _width(node: yaml.Node) -> int:
    """How wide a node is on one line; more than any line for one that cannot stand on one."""
    if isinstance(node, yaml.ScalarNode):
        return _UNFOLDED if "\n" in node.value else len(node.value) + 2
    if isinstance(node, yaml.MappingNode):
        return 2 + sum(_width(key) + _width(value) + 2 for key, value in node.value)
    return 2 + sum(_width(one) + 2 for one in node.value)


def _lay_out(node: yaml.Node, indent: int, before: int = 0) -> None:
    """Short groups and lists on one line, the others over several. ``before`` is what stands before it on its line."""
    if not isinstance(node, yaml.CollectionNode):
        return
    node.flow_style = bool(indent) and indent + before + _width(node) <= MOST_LINE
    for one in node.value:
        if isinstance(node, yaml.MappingNode):
            _lay_out(one[1], indent + 2, len(str(one[0].value)))
        else:
            _lay_out(one, indent + 2)


def _document(questionnaire: Questionnaire | Mapping[str, Any]) -> Mapping[str, Any]:
    return dump(questionnaire) if isinstance(questionnaire, Questionnaire) else questionnaire


def write_yaml(questionnaire: Questionnaire | Mapping[str, Any]) -> bytes:
    """The questionnaire as YAML, UTF-8: keys in the order of the format, short groups on one line."""
    node = _Dumper(io.StringIO(), sort_keys=False).represent_data(dict(_document(questionnaire)))
    _lay_out(node, 0)
    text = yaml.serialize(node, Dumper=_Dumper, allow_unicode=True, width=_UNFOLDED, indent=2)
    return str(text).encode()


def write_json(questionnaire: Questionnaire | Mapping[str, Any]) -> bytes:
    """The questionnaire as JSON, UTF-8."""
    text = json.dumps(_document(questionnaire), ensure_ascii=False, indent=2, allow_nan=False)
    return f"{text}\n".encode()


def read(content: bytes) -> dict[str, Any]:
    """The document in a file of YAML or JSON; whether it is a questionnaire is ``load``'s business.

    Raises DefinitionError for what is neither, is too large, or says one key twice.
    """
    if len(content) <= MAX_BYTES and content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        found = _json(content)
        if found is not None:
            return found
    return read_yaml(content)


def _json(content: bytes) -> dict[str, Any] | None:
    """The document in JSON; None for what is none, which may still be YAML on one line."""
    try:
        found: dict[str, Any] = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number
        )
        deep = _depth(found)
    except DefinitionError:
        raise
    except ValueError:
        return None
    except RecursionError:
        deep = MAX_DEPTH + 1
    if deep > MAX_DEPTH:
        raise DefinitionError([Problem("", _("The file holds too many values or is nested too deep."))])
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise DefinitionError([Problem("", _("the key '%(key)s' stands twice", key=key))])
        found[key] = value
    return found


def _no_number(name: str) -> float:
    raise DefinitionError([Problem("", _("%(name)s is no number.", name=name))])


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((_depth(one) for one in inner), default=0)
