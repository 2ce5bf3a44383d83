"""Templates: every word translatable, nothing inline, nothing trusted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

import pytest
from jinja2 import Environment

from tests.conventions import tree

#: Attributes that a person reads or hears.
SPOKEN = {"alt", "aria-label", "aria-description", "aria-roledescription", "placeholder", "summary", "title", "label"}
#: What stands in a template in place of an expression; no letter, so that it counts as no word.
HOLE = "\u00a4"
LETTER = re.compile(r"[^\W\d_]")
#: Words that are no language: nothing to translate.
NAMES = {"SVG", "CSV", "XLSX", "PDF", "JSON", "NPS", "CSAT"}
PHYSICAL = re.compile(r"\b(left|right)\b")
#: Attributes that a macro or a block gives to somebody else's tag.
ATTRIBUTES = re.compile(r"""[\w-]+=("[^"]*"|'[^']*')""")
#: A block that is opened inside a tag: what fills it is no text.
INSIDE_A_TAG = re.compile(r"<\w[^<>]*?\{%-?\s*block\s+(\w+)")


class Reader(HTMLParser):
    """Collects what a template says by itself, outside any message, and what it does inline."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[tuple[int, str]] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Look at a tag's attributes."""
        line, given = self.getpos()[0], dict(attributes)
        if tag == "style" or "style" in given:
            self.faults.append((line, f"<{tag}> is styled inline"))
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.faults.append((line, "a script stands inline"))
        for name, value in given.items():
            if name.startswith("on"):
                self.faults.append((line, f"<{tag} {name}> is a script inline"))
            if name in SPOKEN and _says_something(value or ""):
                self.faults.append((line, f"<{tag} {name}> says {value!r} in one language"))
            if name in {"align", "float"} and PHYSICAL.search(value or ""):
                self.faults.append((line, f"<{tag} {name}> names a physical side"))
        if tag == "form" and given.get("method") == "post" and "#" in (given.get("action") or "#"):
            # A page whose address names a part of it does not bring the reader to its errors.
            self.faults.append((line, "a form posts to a part of a page, or to whatever part the address names"))
        if tag in {"script", "style"}:
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        """Leave a script or a style."""
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        """Look at a text."""
        if self._inside:
            return
        for attribute in ATTRIBUTES.finditer(data):
            name, _, value = attribute[0].partition("=")
            self.handle_starttag("…", [(name, value.strip("\"'"))])
        words = ATTRIBUTES.sub("", data)
        if _says_something(words):
            self.faults.append((self.getpos()[0], f"says {words.strip()!r} in one language"))


def _says_something(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text)
    return any(word not in NAMES for word in words) and bool(LETTER.search(text))


def blocks_inside_tags(sources: Iterable[str]) -> frozenset[str]:
    """Names of the blocks that stand inside a tag of any template."""
    return frozenset(name for source in sources for name in INSIDE_A_TAG.findall(source))


def without_expressions(source: str, in_tags: frozenset[str]) -> str:
    """A template's own text: expressions become a mark, statements and messages vanish, lines stay.

    What fills a block that stands inside a tag goes as well.
    """
    source = re.sub(
        r"(\{%-?\s*block\s+(\w+)\s*-?%\})(.*?)(\{%-?\s*endblock)",
        lambda match: f"{match[1]}{match[4]}" if match[2] in in_tags else match[0],
        source,
        flags=re.DOTALL,
    )
    kept: list[str] = []
    in_message = expecting_name = False
    hidden = ""
    for _, token, value in Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).lexer.tokeniter(source, None):
        if token == "block_begin":
            hidden, expecting_name = "block", True
        elif token == "variable_begin":
            hidden = "variable"
        elif expecting_name and token == "name":
            in_message = value == "trans" if value in {"trans", "endtrans"} else in_message
            expecting_name = False
        if token == "data" and not in_message:
            kept.append(value)
        else:
            kept.append(HOLE if token == "variable_end" and not in_message else "")
            kept.append("\n" * value.count("\n"))
        if token in {"block_end", "variable_end"}:
            hidden = ""
    assert not hidden, "the template ends inside a tag"
    return "".join(kept)


def faults(name: str, source: str, in_tags: frozenset[str] = frozenset()) -> Iterator[str]:
    """What a template does that none may; ``in_tags`` are the blocks that stand inside tags."""
    for number, line in enumerate(source.splitlines(), start=1):
        if re.search(r"\|\s*safe\b|autoescape\s+false", line):
            yield f"{name}:{number} trusts a text as markup"
    if name.endswith(".html"):
        reader = Reader()
        reader.feed(without_expressions(source, in_tags))
        reader.close()
        yield from (f"{name}:{line} {fault}" for line, fault in reader.faults)


def test_templates_keep_the_rules() -> None:
    sources = {name: tree.read(name) for name in tree.files(".html", under=("survey_app",))}
    assert sources
    in_tags = blocks_inside_tags(sources.values())
    found = [fault for name, source in sources.items() for fault in faults(name, source, in_tags)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "<p>{{ comment|safe }}</p>",
        "<p>{{ comment | safe }}</p>",
        "{% autoescape false %}{{ x }}{% endautoescape %}",
        "<p>Branch {{ name }}</p>",
        "<p>שלום</p>",
        "<p title='Hello'></p>",
        '<input placeholder="name {{ x }}">',
        '<p style="color: red">{{ x }}</p>',
        "<style>p { color: red }</style>",
        "<script>alert(1)</script>",
        '<a href="{{ url }}" onclick="go()">{{ x }}</a>',
        '<td align="left">{{ x }}</td>',
        "{% trans %}Good{% endtrans %} bad",
        "{% macro more() %} title='Hello' data-x='1'{% endmacro %}",
        "{% block main_class %} narrow{% endblock %}",
        '<form method="post"></form>',
        '<form method="post" action="{{ url }}#end"></form>',
    ],
)
def test_a_bad_template_is_seen(source: str) -> None:
    assert len(list(faults("a.html", source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "<!doctype html>\n<html lang='{{ l }}'><p>{{ _('Branch') }}: {{ name }} – 3</p></html>",
        "{% trans count=n %}One branch{% pluralize %}{{ count }} branches{% endtrans %}",
        "<img alt=\"{{ _('Logo') }}\"><script src='{{ s }}' defer></script>",
        '<form method="get"></form><form method="post" action="{{ url }}"></form>',
        '<script type="application/json" id="figure">{{ figure|tojson }}</script>',
        "{# a remark #}<!-- another -->{% if a > b and c != 'left' %}<b dir='ltr'>NPS</b>{% endif %}",
    ],
)
def test_a_good_template_passes(source: str) -> None:
    assert not list(faults("a.html", source))


def test_a_block_inside_a_tag_says_nothing() -> None:
    base = '<main id="m" class="wrap{% block main_class %}{% endblock %}">{% block main %}{% endblock %}</main>'
    in_tags = blocks_inside_tags([base])
    assert in_tags == {"main_class"}
    page = "{% block main_class %} narrow{% endblock %}{% block main %}<p>{{ x }}</p>{% endblock %}"
    assert not list(faults("a.html", page, in_tags))
    assert list(faults("a.html", page.replace("{{ x }}", "text"), in_tags))
