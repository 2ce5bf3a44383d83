"""Optional fields of a visit, which the privacy officer approves or takes the approval back from."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.feed import FieldsForm, chosen
from survey_app.commands import approvals
from survey_app.permissions import Permission
from survey_app.queries.outreach import policy
from survey_app.transaction import transaction
from survey_app.web.security import requires
from survey_app.web.support import actor, read_session

blueprint = Blueprint("approvals", __name__, url_prefix="/optional-fields")


@blueprint.get("")
@requires(Permission.APPROVE_FIELDS, Permission.FEED_INTERACTIONS)
def show() -> str:
    """Which fields are approved; the boxes are for who may tick them."""
    approved = policy(read_session()).approved_fields
    form = FieldsForm(data={name: name in approved for name in ("tenure", "age_band")})
    return render_template(
        "pages/feed/fields.html", form=form, approved=approved, saved=request.args.get("done") == "saved"
    )


@blueprint.post("")
@requires(Permission.APPROVE_FIELDS)
def save() -> ResponseReturnValue:
    """Approve exactly what is ticked."""
    fields = chosen(FieldsForm(request.form))
    with transaction(actor(), "feed.approve_fields", fields=", ".join(fields)) as session:
        approvals.approve(session, fields)
    return redirect(url_for("approvals.show", done="saved"), 303)
