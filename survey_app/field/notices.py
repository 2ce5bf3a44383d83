"""How a branch's staff were told of a programme of mystery visits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from translations import lazy_gettext as _l

WAYS: Final[Mapping[str, Any]] = {
    "letter": _l("Letter to every employee"),
    "email": _l("E-mail to every employee"),
    "meeting": _l("Staff meeting"),
    "board": _l("Notice board of the branch"),
    "intranet": _l("Internal site"),
    "union": _l("Through the employees' committee"),
}
