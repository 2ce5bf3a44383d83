"""How important the soft goals of a plan are, and how long the solver may take. Kept in ``RotationPlan.settings``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

from survey_app.errors import UserError
from translations import gettext as _
from translations import lazy_gettext as _l

#: How important a goal can be, from not at all.
IMPORTANCE: Final[Mapping[int, Any]] = {
    0: _l("Not at all"),
    1: _l("A little"),
    2: _l("Normal"),
    3: _l("Very"),
}
#: Soft goal -> its name.
GOALS: Final[Mapping[str, Any]] = {
    "connect": _l("Connected rotation"),
    "load": _l("Fair load"),
    "distance": _l("Short ways"),
    "hours": _l("Days and hours by their shares"),
    "spread": _l("Evenly over the month"),
    "keep": _l("As little change as possible when planned again"),
}
#: Field -> least and most.
RANGES: Final[Mapping[str, tuple[int, int]]] = {
    **dict.fromkeys(GOALS, (0, 3)),
    "seconds": (2, 120),
    "seed": (1, 1_000_000),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a coordinator decides about one plan beside the programme's rules."""

    connect: int = 2
    load: int = 2
    distance: int = 1
    hours: int = 2
    spread: int = 2
    keep: int = 2
    #: Seconds that the solver may take; it is done earlier where nothing better can be found.
    seconds: int = 15
    #: The same seed gives the same plan for the same facts.
    seed: int = 1
    #: Branch id -> visits that somebody took out by hand: they are not planned again.
    left_out: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def load_from(cls, stored: Mapping[str, Any]) -> Settings:
        """The settings with what was changed; UserError for an unknown name or a number out of its range."""
        known = {one.name for one in fields(cls)}
        for name, value in stored.items():
            if name not in known:
                raise UserError(_("There is no setting %(name)s.", name=name), [(name, "")])
            least, most = RANGES.get(name, (0, 0))
            if name in RANGES and (type(value) is not int or not least <= value <= most):
                words = _("A number from %(least)s to %(most)s is needed.", least=least, most=most)
                raise UserError(words, [(name, words)])
        left_out = {int(branch): int(count) for branch, count in dict(stored.get("left_out") or {}).items()}
        return cls(**{**{name: value for name, value in stored.items() if name != "left_out"}, "left_out": left_out})

    def dump(self) -> dict[str, Any]:
        """As JSON keeps it: only what differs from the defaults."""
        own, usual = asdict(self), asdict(type(self)())
        kept = {name: value for name, value in own.items() if value != usual[name] and name != "left_out"}
        if self.left_out:
            kept["left_out"] = {str(branch): count for branch, count in sorted(self.left_out.items()) if count}
        return kept
