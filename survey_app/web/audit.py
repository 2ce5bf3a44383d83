"""The audit trail: who did what and when. It can be read and not changed."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from survey_app.permissions import ROLE_NAMES, Permission, Role
from survey_app.queries import audit
from survey_app.web.security import requires
from survey_app.web.support import read_session

blueprint = Blueprint("audit", __name__, url_prefix="/audit")


@blueprint.get("")
@requires(Permission.SEE_AUDIT)
def index() -> str:
    """The newest acts first, fifty at a time."""
    act = request.args.get("act", "")
    before = request.args.get("before", type=int)
    lines, more = audit.entries(read_session(), act=act, before=before)
    return render_template(
        "pages/audit.html",
        lines=lines,
        older=lines[-1].entry.id if more else None,
        acts=audit.acts(read_session()),
        act=act,
        roles={role.value: name for role, name in ROLE_NAMES.items() if role in Role},
    )
