"""The survey as a customer meets it: a few pages in four languages, without a cookie, a login or a script.

The address is the ticket: ``/s/<token>`` of an invitation, ``/b/<branch>`` of a branch's open link, which moves to its own
``/r/<id>`` once its first page is sent. Every page is kept as a draft; the last one becomes the response.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.questionnaire.build import Page, PageForm, open_form
from survey_app.audit import Actor
from survey_app.commands import responses
from survey_app.errors import Conflict, Gone, NotFound, UserError
from survey_app.queries import tickets
from survey_app.queries.tickets import Ticket
from survey_app.transaction import transaction
from survey_app.web import survey
from survey_app.web.security import public
from survey_app.web.support import read_session, stop_reading
from translations import activate, current_language, direction, known
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("respond", __name__)

#: What stands above the message when there is nothing to answer: by status.
CLOSED: Final[Mapping[int, Any]] = {
    404: _l("This survey was not found"),
    409: _l("These answers were received"),
    410: _l("This survey has ended"),
}
