"""Codes that people can read: made from the words, ASCII, never one that is or was somebody else's.

A code keeps its meaning for good, so that trends survive: once published it is neither changed nor given to another
question. Which codes were ever published is known outside; here they are among the ``taken``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from forms.questionnaire.parts import COMMENT, OTHER, Text


def _spelled(letters: str, sounds: str) -> dict[str, str]:
    return dict(zip(letters, sounds.split(), strict=True))


#: Letters that become Latin ones, so that a code can be said aloud. Vowels that are not written stay out.
_LATIN: Final = {
    **_spelled("אבגדהוזחטיכלמנסעפצקרשת", "a b g d h v z h t y k l m n s a p ts k r sh t"),
    **_spelled("ךםןףץ", "k m n f ts"),
    **_spelled("абвгдеёжзийклмнопрстуф", "a b v g d e e zh z i y k l m n o p r s t u f"),
    **_spelled("хцчшщыэюя", "h ts ch sh sch y e yu ya"),
    **_spelled("ابتثجحخدذرزسشصضطظعغفق", "a b t th j h kh d dh r z s sh s d t z a gh f q"),
    **_spelled("كلمنهويةىأإآؤئ", "k l m n h w y a a a i a w y"),
}
#: Words that say nothing about what is asked.
_EMPTY: Final = frozenset(
    re.findall(r"\w+", "a an the of to in on at is was were did do it you your how what which and or for with")
)
#: Languages in the order in which a code is made from them.
_FROM: Final = ("en", "he", "ar", "ru")
#: The longest code that is made; people may write longer ones.
LONGEST: Final = 24
CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")
CHOICE: Final = re.compile(r"[!-9;-{}~]{1,60}")


def slug(words: str, longest: int = LONGEST) -> str:
    """Words as small Latin letters, digits and underscores; empty where nothing is left of them."""
    spelled = "".join(_LATIN.get(letter, letter) for letter in unicodedata.normalize("NFKC", words).casefold())
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    found = re.findall(r"[a-z0-9]+", re.sub(r"\{[^}]*\}|['’\"]", "", plain))
    telling = [word for word in found if word not in _EMPTY] or found
    code = ""
    for word in telling:
        longer = f"{code}_{word}" if code else word
        if len(longer) > longest:
            break
        code = longer
    return code or (telling[0][:longest] if telling else "")


def from_text(text: Text, longest: int = LONGEST) -> str:
    """A code made from a text: from its English where there is some."""
    return next((made for code in _FROM if text.get(code) and (made := slug(text[code], longest))), "")


def fresh(wish: str, taken: Collection[str], *, fallback: str = "q") -> str:
    """``wish`` where nobody has it, else with the first free number behind it. Capital letters make no difference."""
    used = {one.casefold() for one in taken}
    wish = wish.removesuffix(COMMENT).removesuffix(OTHER)
    if not wish or not wish[0].isalpha():
        wish = fallback + wish
    if wish != fallback and wish.casefold() not in used:
        return wish
    base = re.sub(r"_\d+$", "", wish)[:56]
    joint = "" if base == fallback else "_"
    number = 1 if base == fallback else 2
    while f"{base}{joint}{number}".casefold() in used:
        number += 1
    return f"{base}{joint}{number}"
