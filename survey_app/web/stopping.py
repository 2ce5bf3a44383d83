"""No more surveys, in one tap: the page behind every message's last words, and what mail programs press themselves.

Looking changes nothing, since scanners follow links; only sending the form, or the one-click request of RFC 8058, does.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.audit import Actor
from survey_app.commands import stopping as commands
from survey_app.errors import UserError
from survey_app.queries import stopping as queries
from survey_app.transaction import transaction
from survey_app.web.closing import closed
from survey_app.web.security import public
from survey_app.web.support import read_session
from translations import activate, current_language, known

blueprint = Blueprint("stopping", __name__)
blueprint.register_error_handler(UserError, closed)

#: What a mail program sends when its own unsubscribe button is pressed.
ONE_CLICK = ("List-Unsubscribe", "One-Click")
ALLOW = "allow"


@blueprint.route("/s/<token>/stop", methods=["GET", "POST"])
@public
def show(token: str) -> ResponseReturnValue:
    """What stopping means, and the one button for it; afterwards what was done, and the way back."""
    found = queries.wish(read_session(), token)
    sent = request.method == "POST"
    asked = known((request.form if sent else request.args).get("lang"))
    language = asked or known(found.invitation.language) or current_language()
    activate(language)
    if not sent:
        return render_template("pages/respond/stop.html", token=token, wish=found)
    one_click = request.form.get(ONE_CLICK[0]) == ONE_CLICK[1]
    if request.form.get("go") == ALLOW:
        with transaction(Actor.respondent(), "survey.allow") as session:
            commands.allow(session, token)
    else:
        with transaction(Actor.respondent(), "survey.stop") as session:
            commands.stop(session, token, commands.ONE_CLICK if one_click else commands.PAGE)
    if one_click:
        return "", 204
    return redirect(url_for("stopping.show", token=token, lang=language), 303)
