"""Names of a branch's people in customers' words: whoever reads outside the branch reads "[name]" in their place.

A customer who thanks or blames somebody by name wrote it to the branch. The region and management read what was said;
who was meant stands in the branch. Rather too much is hidden than too little: a name that is a word as well is hidden
as a word, too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache, lru_cache
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.models import NO_AGENT, Agent, Branch, Placement, User
from survey_app.permissions import ROLE_NAMES, scope_of
from translations import LANGUAGES, speaking

#: What stands in a name's place, by the letters of the words around it.
_PLACES: Final = (
    (re.compile("[\u05d0-\u05ea]"), "[שם]"),
    (re.compile("[\u0621-\u064a]"), "[الاسم]"),
    (re.compile("[\u0430-\u044f]", re.IGNORECASE), "[имя]"),
)
_ELSE: Final = "[name]"
#: Letters that Hebrew writes together with the word after them, several in a row; and those of Arabic.
_BEFORE: Final = "(?P<before>[ובלמשכה]{0,4}|[وبلكف]{0,2}ـ?)"
#: What may stand between the parts of a name: spaces, a maqaf, a hyphen.
_BETWEEN: Final = "[\\s\u05be-]+"
_SPLIT: Final = re.compile(_BETWEEN)
#: A part of a name that is shorter would hide half of a language.
_LEAST: Final = 2
#: Parts of family names that are never said alone, or are everyday words.
_PARTICLES: Final = frozenset(
    {"בן", "בת", "בר", "אל", "אבו", "לי", "בין", "al", "el", "abu", "ben", "bin", "de", "van"}
)


def mask_names(text: str, names: Iterable[str]) -> str:
    """A text without the names in it, whole or in part: first names and family names are found alone, too.

    Whole words only, with the letters that Hebrew and Arabic write before them, which stay; the longest name first.
    Case does not matter. A text without any of the names comes back as it was.
    """
    pattern = _pattern(tuple(names)) if text else None
    if pattern is None:
        return text
    instead = next((words for letters, words in _PLACES if letters.search(text)), _ELSE)
    return pattern.sub(lambda found: found["before"] + instead, text)


@lru_cache(maxsize=1024)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str] | None:
    wanted: set[tuple[str, ...]] = set()
    for name in names:
        parts = tuple(part for part in _SPLIT.split(name.strip()) if part)
        if len(parts) > 1:
            wanted.add(parts)
        for place, part in enumerate(parts):
            # "N. Cohen" hides Cohen alone, and not every N.
            if len(part.strip(".,'\"׳״")) >= _LEAST and not (place and part.lower() in _PARTICLES):
                wanted.add((part,))
    if not wanted:
        return None
    longest = sorted(wanted, key=lambda parts: (-sum(map(len, parts)), parts))
    either = "|".join(_BETWEEN.join(map(re.escape, parts)) for parts in longest)
    return re.compile(f"(?<!\\w){_BEFORE}(?:{either})(?!\\w)", re.IGNORECASE)


def names_of(session: Session, branch_ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
    """Branch -> the names of everybody who ever served or led in it, in one order. Branches without anybody: empty."""
    found: dict[int, set[str]] = {branch_id: set() for branch_id in branch_ids}
    if not found:
        return {}
    served = (
        select(Placement.branch_id, Agent.name)
        .join(Agent, Agent.id == Placement.agent_id)
        .where(Placement.branch_id.in_(found), Agent.id != NO_AGENT)
    )
    for branch_id, name in session.execute(served):
        found[branch_id].add(name)
    led = select(Branch.id, Branch.name, User.name).join(User, User.branch_id == Branch.id)
    for branch_id, branch, name in session.execute(led.where(Branch.id.in_(found), User.name != "")):
        # An account that is named after its office or its branch names nobody.
        if name not in _offices() and branch not in name:
            found[branch_id].add(name)
    return {branch_id: tuple(sorted(names)) for branch_id, names in found.items()}


@cache
def _offices() -> frozenset[str]:
    """What offices are called, in every language."""
    found: set[str] = set()
    for language in LANGUAGES:
        with speaking(language):
            found.update(str(name) for name in ROLE_NAMES.values())
    return frozenset(found)


def inside(user: User, branch: Branch) -> bool:
    """Whether a reader belongs to a branch: names stay in the words that its customers wrote."""
    scope = scope_of(user)
    if scope.reach == "branch":
        return scope.branch_id in (branch.id, branch.merged_into_id)
    return scope.reach == "agent"


def masks(session: Session, user: User, branches: Iterable[Branch]) -> Mapping[int, tuple[str, ...]]:
    """Branch -> the names to hide from a reader: those of branches that the reader does not belong to."""
    return names_of(session, {one.id for one in branches if not inside(user, one)})
