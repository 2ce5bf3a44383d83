"""Whether the installation is well, for monitors and load balancers."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from survey_app.web import schema
from survey_app.web.security import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public(needs_schema=False)
def healthz() -> tuple[Response, int]:
    """``{"status", "database", "migrations"}``: 200 when both are well, else 503."""
    database, migrated = schema.state()
    well = (database, migrated) == ("ok", "current")
    body = {"status": "ok" if well else "unavailable", "database": database, "migrations": migrated}
    return jsonify(body), 200 if well else 503
