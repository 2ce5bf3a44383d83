"""Keys of other systems: made and shown once, listed, revoked."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.feed import TokenForm
from survey_app import clock
from survey_app.commands import tokens as commands
from survey_app.errors import UserError
from survey_app.permissions import Permission
from survey_app.transaction import transaction
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, public_address, read_session

blueprint = Blueprint("tokens", __name__, url_prefix="/tokens")

#: A call to try a new key with.
SAMPLE = """curl {address} \\
  -H "Authorization: Bearer KEY" \\
  -H "Content-Type: application/json" \\
  -d '{{"key": "1", "customer": "C-1", "branch": "461", "at": "{at}"}}'"""


@blueprint.get("")
@requires(Permission.MANAGE_TOKENS)
def index() -> ResponseReturnValue:
    """Every key, without its secret."""
    return _page(TokenForm())


def _page(form: TokenForm, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "pages/feed/tokens.html",
        form=form,
        tokens=commands.all_of(read_session()),
        address=public_address("/api/v1/interactions"),
        revoked=request.args.get("done") == "revoked",
    )
    return make_response(page, status)


@blueprint.post("")
@requires(Permission.MANAGE_TOKENS)
def create() -> ResponseReturnValue:
    """Make a key and show it, this once."""
    form = TokenForm(request.form)
    if not form.validate():
        return _page(form, status=422)
    try:
        with transaction(actor(), "token.create") as session:
            token, key = commands.create(session, form.name.data or "", user_id=current_user().id)
            name = token.name
    except UserError as error:
        form.name.errors = [error.message]
        return _page(form, status=error.status)
    sample = SAMPLE.format(address=public_address("/api/v1/interactions"), at=clock.today().isoformat())
    return make_response(render_template("pages/feed/token.html", key=key, name=name, sample=sample), 201)


@blueprint.post("/<int:number>/revoke")
@requires(Permission.MANAGE_TOKENS)
def revoke(number: int) -> ResponseReturnValue:
    """End a key for good."""
    with transaction(actor(), "token.revoke", token=number) as session:
        commands.revoke(session, number)
    return redirect(url_for("tokens.index", done="revoked"), 303)
