"""What the law asks to be said at every page's foot: accessibility and privacy, with the organisation's contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template

from survey_app.web.security import public
from survey_app.web.support import organisation

blueprint = Blueprint("about", __name__)


def _details() -> Mapping[str, Any]:
    found = organisation()
    return found.details if found is not None else {}


@blueprint.get("/accessibility")
@public
def accessibility() -> str:
    """The accessibility statement: adjustments, known gaps, coordinator, date."""
    details = _details()
    return render_template(
        "pages/accessibility.html",
        coordinator=details.get("accessibility_coordinator") or {},
        telephone=details.get("telephone", ""),
        reviewed=details.get("accessibility_reviewed", ""),
    )


@blueprint.get("/privacy")
@public
def privacy() -> str:
    """What is kept of whom and why, and whom to ask."""
    details = _details()
    return render_template(
        "pages/privacy.html",
        controller=details.get("controller") or {},
        address=details.get("address") or {},
        officer=details.get("privacy_officer") or {},
    )
