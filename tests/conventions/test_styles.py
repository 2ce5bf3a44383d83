"""Style sheets know no left and no right: a page runs either way."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.conventions import tree

DECLARATION = re.compile(r"(?P<name>[a-z-]+)\s*:\s*(?P<value>[^;{}]+?)\s*(?=[;}])")
#: Properties in whose values a side is a direction of the text.
SIDED_VALUES = {"text-align", "float", "clear", "caption-side", "text-align-last", "justify-content", "justify-items"}
#: Shorthands whose second and fourth value are the physical right and left.
SHORTHANDS = {"margin", "padding", "inset", "border-width", "border-style", "border-color", "scroll-margin"}


def faults(name: str, source: str) -> Iterator[str]:
    """The declarations of a style sheet that name a physical side."""
    plain = re.sub(r"/\*.*?\*/", lambda match: "\n" * match[0].count("\n"), source, flags=re.DOTALL)
    for match in DECLARATION.finditer(plain):
        property_, value = match["name"], match["value"]
        parts = value.replace("!important", "").split()
        if (
            re.search(r"(^|-)(left|right)(-|$)", property_)
            or (property_ in SIDED_VALUES and re.search(r"\b(left|right)\b", value))
            or (property_ in SHORTHANDS and "(" not in value and len(parts) == 4 and parts[1] != parts[3])
        ):
            yield f"{name}:{plain.count(chr(10), 0, match.start()) + 1} {property_}: {value}"


def test_styles_are_logical() -> None:
    found = [fault for name in tree.files(".css", under=("survey_app",)) for fault in faults(name, tree.read(name))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "declaration",
    [
        "margin-left: 1em",
        "border-top-right-radius: 2px",
        "left: 0",
        "text-align: right",
        "float:left",
        "margin: 0 1em 0 2em",
        "scroll-margin-right: 3px",
    ],
)
def test_a_physical_side_is_seen(declaration: str) -> None:
    assert len(list(faults("a.css", f"p {{ color: red; {declaration}; }}\nq{{{declaration}}}"))) == 2


@pytest.mark.parametrize(
    "declaration",
    [
        "margin-inline-start: 1em",
        "text-align: start",
        "margin: 0 1em 0 1em",
        "inset-inline: 0",
        "border-start-start-radius: 2px",
        "transition: left-hand 1s",
    ],
)
def test_a_logical_side_passes(declaration: str) -> None:
    assert not list(faults("a.css", f"/* margin-left: 1em; */ p {{ {declaration}; }}"))
