"""The customer's own page of a case: public by the secret in its address, without a script, a cookie or a login.

Looking at it changes nothing, since previews and scanners open addresses; only a button that is sent does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import customer_case as commands
from survey_app.errors import NotFound, UserError
from survey_app.models import Case
from survey_app.permissions import ROLE_NAMES, Role
from survey_app.queries import customer_case as queries
from survey_app.transaction import transaction
from survey_app.web.closing import speak
from survey_app.web.security import limiter, public
from survey_app.web.support import read_session, stop_reading
from translations import activate, current_language, known
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("customer_case", __name__, url_prefix="/c")

#: A person presses a button a few times; a program does so all day.
OFTEN: Final = "60 per hour"
#: Where the case stands -> heading, and what it means for the customer.
STANDING: Final[Mapping[str, tuple[Any, Any]]] = {
    "new": (_l("We received your case"), _l("Whoever handles it will contact you.")),
    "again": (_l("Your case is open again"), _l("Thank you for telling us. Whoever handles it will contact you.")),
    "contacted": (_l("Your case is being handled"), _l("We have been in touch with you and are working on it.")),
    "agreed": (_l("A solution was agreed with you"), _l("It is being carried out.")),
    "done": (_l("We finished our work. Is it solved?"), _l("Only you can say so.")),
    "solved": (_l("You told us that it is solved"), _l("Thank you. The case is closed.")),
    "closed": (_l("The case is closed"), _l("If it is not solved, tell us here and it is opened again.")),
    "withdrawn": (_l("You asked us not to contact you"), _l("Your details were deleted from the case.")),
    "erased": (_l("The case is closed"), _l("Your details were deleted from the case.")),
}
#: What was just done -> what is said of it.
DONE: Final[Mapping[str, Any]] = {
    "solved": _l("Your confirmation arrived. Thank you!"),
    "not-solved": _l("What you told us arrived, and whoever handles the case knows."),
}
#: Act -> what it does with the words that were sent.
ACTS: Final[Mapping[str, Callable[[Session, str, str], Case]]] = {
    "solved": lambda session, token, words: commands.solved(session, token),
    "not-solved": commands.not_solved,
    "withdrawn": lambda session, token, words: commands.withdraw(session, token),
}


@blueprint.errorhandler(UserError)
def _nothing(error: UserError) -> tuple[str, int]:
    """There is no such case, in the language that the address asks for."""
    speak(None)
    return (
        render_template("pages/respond/closed.html", heading=_("This case was not found"), message=error.message),
        error.status,
    )


@blueprint.get("/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Where the case stands."""
    found = queries.by_token(read_session(), token)
    _speak(found, request.args.get("lang"))
    return _page(token, found, done=request.args.get("done", ""))


@blueprint.post("/<token>/<act>")
@public
@limiter.limit(OFTEN)
def say(token: str, act: str) -> ResponseReturnValue:
    """What the customer says by a button."""
    found = queries.by_token(read_session(), token)
    _speak(found, request.form.get("lang"))
    if act not in ACTS:
        raise NotFound(_("There is nothing at this address."))
    words = request.form.get("words", "")
    try:
        with transaction(Actor.respondent(), "case.customer") as session:
            ACTS[act](session, token, words)
    except UserError as problem:
        stop_reading()
        return _page(token, queries.by_token(read_session(), token), words=words, error=problem.message), problem.status
    return redirect(url_for("customer_case.show", token=token, lang=current_language(), done=act), 303)


def _speak(found: queries.CustomerCase, asked: str | None) -> None:
    activate(known(asked) or known(found.case.language) or current_language())


def _page(token: str, found: queries.CustomerCase, *, done: str = "", words: str = "", error: str = "") -> str:
    person = found.case.adopted_by or found.case.owner
    heading, meaning = STANDING[found.where]
    return render_template(
        "pages/respond/case.html",
        token=token,
        found=found,
        case=found.case,
        heading=heading,
        meaning=meaning,
        person=person,
        role=ROLE_NAMES[Role(person.role)] if person is not None else "",
        opened=clock.local(found.case.opened_at).date(),
        done=DONE.get(done, ""),
        words=words,
        error=error,
        longest=commands.LONGEST,
    )
