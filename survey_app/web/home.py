"""The first page after login: what there is to do today, by what the role may do."""

from __future__ import annotations

from flask import Blueprint, render_template

from survey_app.permissions import Permission
from survey_app.web.security import requires

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@requires(Permission.HAVE_ACCOUNT)
def index() -> str:
    """Today."""
    return render_template("pages/home.html")
