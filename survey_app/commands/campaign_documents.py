"""A campaign's plan as a document: what a file says of it, looked at as the pages look at it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.commands import campaigns
from survey_app.errors import UserError
from survey_app.models import Campaign
from survey_app.queries import campaign_plans
from translations import gettext as _

#: Larger than any plan, in bytes.
LARGEST: Final = 1_000_000
_COLUMNS: Final = (*campaign_plans.COLUMNS, "questionnaire")
_DATES: Final = frozenset({"opens", "closes"})
#: What a document may say beside the rules.
PARTS: Final = ("code", *_COLUMNS, "texts")


def read(content: bytes) -> dict[str, Any]:
    """A document out of YAML. UserError with the parts that nobody knows."""
    if len(content) > LARGEST:
        raise UserError(_("The plan cannot be read: %(reason)s", reason=f"> {LARGEST}"))
    try:
        found = yaml.safe_load(content.decode("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(_("The plan cannot be read: %(reason)s", reason=str(error))) from error
    if not isinstance(found, Mapping):
        raise UserError(_("The file of a plan is a table of names and values."))
    known = (*PARTS, *campaign_plans.RULES)
    for name in found:
        if name not in known:
            raise UserError(
                _("There is no part %(name)s in a plan. Parts: %(names)s.", name=name, names=", ".join(known)),
                [(str(name), "")],
            )
    return {str(name): value for name, value in found.items()}


def plan(session: Session, document: Mapping[str, Any]) -> Campaign:
    """Make the campaign that a document describes, or bring the plan of the one with its code up to it.

    What the document does not name stays as it is, or at its default. Nothing is opened.
    """
    code = str(document.get("code", ""))
    campaign = session.scalar(select(Campaign).where(Campaign.code == code)) if code else None
    columns = {name: _column(name, document[name]) for name in _COLUMNS if name in document}
    if campaign is None:
        campaign = campaigns.plan(
            session,
            name=str(columns.pop("name", "")),
            questionnaire=str(columns.pop("questionnaire", "")),
            code=code,
        )
    return campaigns.save(
        session,
        campaign.code,
        campaign.revision,
        columns=columns,
        rules={
            name: tuple(value) if isinstance(value, list) else value
            for name, value in document.items()
            if name in campaign_plans.RULES
        },
        texts=document.get("texts"),
    )


def _column(name: str, value: Any) -> Any:
    """A column's value as the campaign keeps it; a date may be quoted in the file."""
    if name in _DATES and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            message = _("Write a date as %(example)s.", example="2026-03-09")
            raise UserError(message, [(name, message)]) from None
    return value
