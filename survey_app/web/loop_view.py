"""A branch's cases and promises on its page: its rows of the month's models, and where to go from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import current_app, url_for

from reports import loop_wording
from survey_app.permissions import Permission, may
from survey_app.web.support import current_user
from translations import lazy_gettext as _l
from translations import ngettext

#: Page -> what it is called, and who may open it.
_LINKS: Final[Mapping[str, tuple[Any, Permission]]] = {
    "cases.index": (_l("Cases to work on"), Permission.WORK_CASES),
    "promises.index": (_l("Promises"), Permission.KEEP_PROMISES),
    "at_risk.index": (_l("Customers at risk"), Permission.WORK_CASES),
}


def beside_branch(data: Mapping[str, Any], code: str) -> dict[str, Any]:
    """What the part about cases and promises is made of."""
    models = data.get("models") or {}
    return {
        "loop_words": loop_wording,
        "loop_rows": {kind: _row(models.get(kind), code) for kind in ("cases", "promises")},
        "promise_window": _window(models.get("promises")),
        "loop_links": [
            (label, url_for(page))
            for page, (label, permission) in _LINKS.items()
            if may(current_user(), permission) and page in current_app.view_functions
        ],
    }


def _window(found: Mapping[str, Any] | None) -> str:
    """The months that promises are counted over, which are not those of cases."""
    length = (found or {}).get("window", 0)
    return ngettext("%(num)s month", "%(num)s months", length)


def _row(found: Mapping[str, Any] | None, code: str) -> Mapping[str, Any] | None:
    return next((row for row in (found or {}).get("branches", []) if row["branch"] == code), None)
