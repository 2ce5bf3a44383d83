"""Root causes of a case: what has to change so that it does not happen again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from translations import lazy_gettext as _l

CAUSES: Final[Mapping[str, Any]] = {
    "knowledge": _l("Knowledge was lacking"),
    "care": _l("Attention was lacking"),
    "process": _l("The process is at fault"),
    "system": _l("A system failed"),
    "capacity": _l("Too few people for the load"),
    "communication": _l("It was not said clearly"),
    "policy": _l("Policy that does not fit customers"),
    "product": _l("The product is at fault"),
    "supplier": _l("A supplier's fault"),
    "none": _l("No fault was found"),
}
