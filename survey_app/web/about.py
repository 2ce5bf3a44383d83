"""What the law asks to be said at every page's foot: accessibility and privacy, with the organisation's contacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template

from survey_app.web.security import public
from survey_app.web.support import organisation

blueprint = Blueprint("about", __name__)


@dataclass(frozen=True)
class Contact:
    """A person to turn to; what the organisation has not entered stays empty and is said to be missing."""

    name: str = ""
    telephone: str = ""
    email: str = ""

    @classmethod
    def of(cls, details: Mapping[str, Any], key: str) -> Contact:
        """The person entered under a key of the organisation's details."""
        entered = details.get(key) or {}
        return cls(*(str(entered.get(part) or "") for part in ("name", "telephone", "email")))

    def __bool__(self) -> bool:
        return bool(self.name or self.telephone or self.email)


def _details() -> Mapping[str, Any]:
    found = organisation()
    return found.details if found is not None else {}


def accessibility_details() -> dict[str, Any]:
    """What the accessibility statement says of the organisation: its coordinator, and when it was last reviewed."""
    details = _details()
    return {
        "coordinator": Contact.of(details, "accessibility_coordinator"),
        "reviewed": details.get("accessibility_reviewed", ""),
    }


def privacy_details() -> dict[str, Any]:
    """What the page about privacy says of the organisation: who is responsible, and whom to ask."""
    details = _details()
    return {
        "controller": details.get("controller") or {},
        "address": details.get("address") or {},
        "officer": Contact.of(details, "privacy_officer"),
    }


@blueprint.get("/accessibility")
@public
def accessibility() -> str:
    """The accessibility statement: adjustments, known gaps, coordinator, date."""
    return render_template("pages/accessibility.html", **accessibility_details())


@blueprint.get("/privacy")
@public
def privacy() -> str:
    """What is kept of whom and why, and whom to ask."""
    return render_template("pages/privacy.html", **privacy_details())
