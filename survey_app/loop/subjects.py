"""What a case is about. Some subjects never go to the person whom they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from translations import lazy_gettext as _l


@dataclass(frozen=True)
class Subject:
    """One subject; ``sensitive``: the person it names neither handles it nor sees it."""

    code: str
    name: Any
    sensitive: bool = False


SUBJECTS: Final[Mapping[str, Subject]] = {
    one.code: one
    for one in (
        Subject("service", _l("Service and attitude")),
        Subject("waiting", _l("Waiting and opening hours")),
        Subject("mistake", _l("A mistake or a fault")),
        Subject("fees", _l("Fees and charges")),
        Subject("information", _l("Information and clarity")),
        Subject("promise", _l("A promise that was not kept")),
        Subject("digital", _l("App, website and machines")),
        Subject("policy", _l("Policy and procedures")),
        Subject("access", _l("Accessibility")),
        Subject("misconduct", _l("Misconduct of an employee"), sensitive=True),
        Subject("discrimination", _l("Discrimination"), sensitive=True),
        Subject("pressure", _l("Pressure to buy or to sign"), sensitive=True),
        Subject("privacy", _l("Privacy"), sensitive=True),
        Subject("other", _l("Other")),
    )
}
SENSITIVE: Final = frozenset(one.code for one in SUBJECTS.values() if one.sensitive)


def names(subject: str, about: int, agent_id: int | None) -> bool:
    """Whether a case of a subject, about an agent (0: about nobody), must not reach whoever serves as another."""
    return subject in SENSITIVE and about != 0 and about == agent_id
