"""The organisation's rules of reaching customers, over all campaigns."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.outreach import OutreachForm
from survey_app.commands import outreach_rules as commands
from survey_app.commands.outreach_rules import StaleRules
from survey_app.errors import UserError
from survey_app.outreach.policy import Outreach
from survey_app.permissions import Permission, may
from survey_app.queries.outreach import policy
from survey_app.transaction import transaction
from survey_app.web import campaign_words as words
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, stop_reading
from translations import lazy_gettext as _l

#: Optional fields of interactions by name.
OPTIONAL_NAMES: Final = {"tenure": _l("How long somebody has been a customer"), "age_band": _l("Age band")}
blueprint = Blueprint("outreach_rules", __name__, url_prefix="/campaigns/rules")


def _form(sent: Any, stands: Outreach) -> OutreachForm:
    default = Outreach()
    return OutreachForm(sent, policy=stands, rates=list(default.rate), costs=list(default.cost))


@blueprint.get("")
@requires(Permission.SEE_CAMPAIGNS)
def show() -> ResponseReturnValue:
    """The rules as they stand: a form for who keeps them, values for who only reads."""
    stands = policy(read_session())
    if not may(current_user(), Permission.MANAGE_OUTREACH):
        return render_template("pages/campaigns/rules_read.html", form=_form(None, stands))
    return _page(_form(None, stands), stands)


def _page(form: OutreachForm, stands: Outreach, status: int = 200, stale: str = "") -> ResponseReturnValue:
    page = render_template(
        "pages/campaigns/rules.html",
        form=form,
        policy=stands,
        default=Outreach(),
        approved_names=OPTIONAL_NAMES,
        digest=commands.digest(stands),
        stale=stale,
        saved=request.args.get("done") == "saved",
    )
    return page, status


@blueprint.post("")
@requires(Permission.MANAGE_OUTREACH)
def write() -> ResponseReturnValue:
    """Save the rules; refused where somebody else saved other ones meanwhile."""
    stands = policy(read_session())
    form = _form(request.form, stands)
    if not form.validate():
        return _page(form, stands, 422)
    try:
        with transaction(actor(), "outreach.rules") as session:
            commands.change(session, form.policy, seen=request.form.get("digest", ""))
    except StaleRules as stale:
        stop_reading()
        return _page(form, policy(read_session()), stale.status, stale.message)
    except UserError as error:
        words.into(form, error)
        return _page(form, stands, error.status)
    return redirect(url_for("outreach_rules.show", done="saved"), 303)
