"""The catalogues: Hebrew complete and well written, every placeholder kept, nothing left over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

import translations
from tests.conventions import tree

KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%[sd]|\{\w*\}")
NIKUD = re.compile(r"[\u0591-\u05bd\u05bf-\u05c7]")  # all marks but the maqaf
HEBREW = r"[\u05d0-\u05ea]"
#: Both genders at once: a screen reader stumbles over them. A slash between whole words is none.
SLASH_FORM = re.compile(rf"{HEBREW}+[/.]-?(?:ים|ות|ת|ה|י|ית|ן|נה|ך|כם|כן)(?!{HEBREW})|\({HEBREW}{{1,2}}\)")
#: Orders to one man. Buttons are action nouns.
ORDERS = re.compile(rf"(?<!{HEBREW})(?:בחר|הזן|לחץ|הקלד|הכנס|ערוך|מחק|נסה|הקש|סמן|גרור)(?!{HEBREW})")
TYPEWRITTEN = re.compile(rf"{HEBREW}[\"']")
HEBREW_PLURALS = 3

Key = tuple[str, ...]


def key_of(message: Message) -> Key:
    """What names a message: its English, singular first."""
    return message.id if isinstance(message.id, tuple) else (message.id,)


def texts_of(message: Message) -> tuple[str, ...]:
    """What a message says, every plural form of it."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


@lru_cache(maxsize=1)
def wanted() -> dict[Key, str]:
    """Every message that the sources ask for, and where first."""
    with (tree.ROOT / "babel.cfg").open(encoding="utf-8") as handle:
        methods, options = parse_mapping_cfg(handle)
    found: dict[Key, str] = {}
    for name, line, message, _, _ in extract_from_dir(tree.ROOT, methods, options, KEYWORDS):
        found.setdefault(message if isinstance(message, tuple) else (message,), f"{name}:{line}")
    return found


def catalogue(language: str) -> Catalog:
    """A language's catalogue as it stands."""
    with (tree.ROOT / f"translations/{language}/LC_MESSAGES/messages.po").open("rb") as handle:
        return read_po(handle, locale=language, abort_invalid=True)


def incomplete(messages: Catalog, asked: dict[Key, str]) -> Iterator[str]:
    """Messages that are asked for and not said, or not surely."""
    said = {key_of(message): message for message in messages if message.id}
    for key, place in asked.items():
        message = said.get(key)
        if message is None:
            yield f"{place} {key[0]!r} is missing"
        elif not all(texts_of(message)):
            yield f"{place} {key[0]!r} is empty"
        elif len(key) > 1 and len(texts_of(message)) != HEBREW_PLURALS:
            yield f"{place} {key[0]!r} has {len(texts_of(message))} plural forms"


def left_over(messages: Catalog, asked: dict[Key, str]) -> Iterator[str]:
    """Messages that nobody asks for any more."""
    yield from (
        f"{key_of(message)[0]!r} is left over" for message in messages if message.id and key_of(message) not in asked
    )
    yield from (f"{key!r} is kept as obsolete" for key in messages.obsolete)


def doubtful(messages: Catalog, _: dict[Key, str]) -> Iterator[str]:
    """Messages that a machine guessed."""
    yield from (f"{key_of(message)[0]!r} is fuzzy" for message in messages if message.id and message.fuzzy)


def unfilled(messages: Catalog, _: dict[Key, str]) -> Iterator[str]:
    """Translations that lose a placeholder or invent one. A form for one or two may leave its number out."""
    for message in messages:
        if message.id:
            whole = set(PLACEHOLDER.findall(key_of(message)[-1]))
            for place, text in enumerate(texts_of(message)):
                holes = set(PLACEHOLDER.findall(text))
                counted = len(key_of(message)) > 1 and place < len(texts_of(message)) - 1
                if text and (holes - whole if counted else holes != whole):
                    yield f"{text!r} holds {sorted(holes)}, {key_of(message)[-1]!r} holds {sorted(whole)}"


def ill_written(messages: Catalog, _: dict[Key, str]) -> Iterator[str]:
    """Hebrew that the style of the house does not allow."""
    for message in messages:
        for text in texts_of(message) if message.id else ():
            yield from (f"{text!r} {fault}" for fault in hebrew_faults(text))


def hebrew_faults(text: str) -> Iterator[str]:
    """What is wrong with a Hebrew text."""
    rules = {
        "has nikud": NIKUD,
        "joins two genders": SLASH_FORM,
        "orders a man": ORDERS,
        "is typewritten: use ״ and ׳": TYPEWRITTEN,
    }
    yield from (fault for fault, pattern in rules.items() if pattern.search(text))


Check = Callable[[Catalog, dict[Key, str]], Iterator[str]]
LANGUAGES = sorted(set(translations.LANGUAGES) - {"en"})


@pytest.mark.parametrize("check", [incomplete, ill_written], ids=lambda check: check.__name__)
def test_hebrew_is_complete_and_well_written(check: Check) -> None:
    assert len(wanted()) > 20
    found = list(check(catalogue("he"), wanted()))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("check", [left_over, doubtful, unfilled], ids=lambda check: check.__name__)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalogue_is_sound(check: Check, language: str) -> None:
    found = list(check(catalogue(language), wanted()))
    assert not found, "\n".join(found)


def test_hebrew_has_three_plural_forms() -> None:
    assert catalogue("he").num_plurals == HEBREW_PLURALS


def sample(body: str) -> Catalog:
    """A catalogue with one entry."""
    header = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2);\\n"\n\n'
    return read_po(BytesIO((header + body).encode()), locale="he")


@pytest.mark.parametrize(
    ("check", "body"),
    [
        (incomplete, 'msgid "Row"\nmsgstr "שורה"\n'),
        (incomplete, 'msgid "Branch"\nmsgstr ""\n'),
        (incomplete, '#, fuzzy\nmsgid "Branch"\nmsgstr ""\n'),
        (left_over, 'msgid "Row"\nmsgstr "שורה"\n'),
        (left_over, '#~ msgid "Row"\n#~ msgstr "שורה"\n'),
        (doubtful, '#, fuzzy\nmsgid "Branch"\nmsgstr "סניף"\n'),
        (unfilled, 'msgid "Row %(row)s"\nmsgstr "שורה %(line)s"\n'),
        (unfilled, 'msgid "Row %(row)s"\nmsgstr "שורה"\n'),
        (ill_written, 'msgid "Branch"\nmsgstr "סְניף"\n'),
        (ill_written, 'msgid "Branch"\nmsgstr "משתמש/ת"\n'),
        (ill_written, 'msgid "Branch"\nmsgstr "בחר סניף"\n'),
        (ill_written, 'msgid "Branch"\nmsgstr "דו\'ח"\n'),
    ],
)
def test_a_bad_message_is_seen(check: Check, body: str) -> None:
    assert len(list(check(sample(body), {("Branch",): "here:1"}))) == 1


def test_a_plural_lacks_no_form() -> None:
    body = (
        'msgid "row"\nmsgid_plural "%(num)s rows"\nmsgstr[0] "שורה"\nmsgstr[1] "שתי שורות"\nmsgstr[2] "%(num)s שורות"\n'
    )
    asked = {("row", "%(num)s rows"): "here:1"}
    assert not list(incomplete(sample(body), asked))
    assert not list(unfilled(sample(body), asked))
    assert list(incomplete(sample(body.replace('"שתי שורות"', '""')), asked))
    assert list(unfilled(sample(body.replace("%(num)s שורות", "שורות")), asked))


@pytest.mark.parametrize(
    "text", ["בחירת סניף", "דו״ח חודשי", "שירות/רווח", "ב־9.3.2026", "נשמח אם תבחרו", "סניפים (3)"]
)
def test_good_hebrew_passes(text: str) -> None:
    assert not list(hebrew_faults(text))
