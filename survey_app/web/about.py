"""What the law asks to be said at every page's foot: accessibility and privacy, with the organisation's contacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template

from survey_app.models import Organisation
from survey_app.queries import organisation as queries
from survey_app.web.security import public
from survey_app.web.support import organisation
from translations import gettext as _
from translations import isolate, localised

blueprint = Blueprint("about", __name__)


@dataclass(frozen=True)
class Contact:
    """A person to turn to. Where none was entered the public pages name the branches, and staff are told."""

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


def missing(found: Organisation) -> list[str]:
    """What the public pages lack, in words for staff. The pages themselves then name the branches and the office."""
    details = found.details
    parts = (
        (Contact.of(details, "accessibility_coordinator"), _("who coordinates accessibility, and how to reach them")),
        (details.get("accessibility_reviewed"), _("when the accessibility statement was last reviewed")),
        (Contact.of(details, "privacy_officer"), _("who the privacy officer is, and how to reach them")),
        (details.get("controller"), _("who is responsible for the data, with the name in full")),
        (details.get("address"), _("the postal address")),
        (details.get("telephone"), _("the service telephone, by which customers make sure that a survey is real")),
    )
    return [words for entered, words in parts if not entered]


def accessibility_details() -> dict[str, Any]:
    """What the accessibility statement says of the organisation: its coordinator, and when it was last reviewed."""
    details = _details()
    return {
        "coordinator": Contact.of(details, "accessibility_coordinator"),
        "reviewed": details.get("accessibility_reviewed", ""),
        "telephone": details.get("telephone", ""),
    }


def privacy_details() -> dict[str, Any]:
    """What the page about privacy says of the organisation: who is responsible, and whom to ask."""
    found, details = organisation(), _details()
    name = found.name if found is not None and found.name else queries.UNNAMED
    return {
        "controller": details.get("controller") or name,
        "office": _("the privacy officer of %(org)s", org=isolate(localised(name))),
        "telephone": details.get("telephone", ""),
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
