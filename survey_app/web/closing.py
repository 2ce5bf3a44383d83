"""Where there is nothing to answer: said in the language of who was asked, with what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from survey_app.errors import Conflict, Gone, NotFound, UserError
from survey_app.web.filling import was_sent
from survey_app.web.support import read_session, stop_reading
from survey_app.web.thanking import address
from translations import activate, known
from translations import lazy_gettext as _l

#: What stands above the message where there is nothing to answer, and the status it is told with: the address was good
#: once and is so no more, or it never was.
CLOSED: Final[Mapping[type[UserError], tuple[int, Any]]] = {
    Conflict: (410, _l("The answers were received")),
    Gone: (410, _l("This survey has ended")),
    NotFound: (404, _l("This survey was not found")),
}


def closed(error: UserError) -> tuple[str, int]:
    """There is nothing to answer here, and why."""
    status, heading = CLOSED.get(type(error), (error.status, CLOSED[NotFound][1]))
    return render_template("pages/respond/closed.html", heading=heading, message=error.message), status


def speak(language: str | None) -> None:
    """Go on in the language that the address asks for, else in this one: whoever was asked in Russian reads Russian."""
    wanted = known(request.args.get("lang")) or known(language)
    if wanted is not None:
        activate(wanted)


def already(response_id: str | None, answered: Conflict, *, proven: bool = True) -> ResponseReturnValue:
    """What was sent once: the same sent again leads to the thanks it led to before; opened again it says so.

    Other answers come too late. They are refused, so that nobody believes they were taken. The thanks can be added to,
    so nobody is led there by a response's id alone: ``proven`` says that the sender was shown the survey's own pages.
    """
    if request.method != "POST":
        return closed(answered)
    stop_reading()  # what this request saw may be older than the sending
    if proven and response_id is not None and was_sent(read_session(), response_id, request.form):
        return redirect(address(response_id), 303)
    page, _status = closed(answered)
    return page, 409
