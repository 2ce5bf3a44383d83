"""The door of a shopper's phone: files, drafts and finished visits as JSON, each of which may be sent again and again.

``docs/field-sync.md`` tells the protocol. Who is logged in is the authority; that the request is our own page's is said
by its origin and a header, since a form that waits for a day has no token that is still good.
"""

from __future__ import annotations

import re
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands.evidence import MOST_BYTES
from survey_app.commands.syncing import answering, devices, filing, reading, taking
from survey_app.errors import Conflict, UserError
from survey_app.models import FieldDevice
from survey_app.permissions import Permission
from survey_app.queries import syncing as queries
from survey_app.queries import tickets
from survey_app.transaction import transaction
from survey_app.web.security import requires, scripted, takes
from survey_app.web.support import actor, current_user, read_session
from translations import gettext as _

blueprint = Blueprint("sync", __name__, url_prefix="/shops/sync")

#: Bytes of a report without its files.
LARGEST: Final = 1024 * 1024
#: Header in which the phone says whose store it sends from: two people may share a phone.
WHOSE: Final = "X-Field-User"
_CODES: Final = {filing.CutOff: "cut_off", filing.Refused: "refused"}
#: What a browser calls itself -> what a person calls it; the first that fits.
_BROWSERS: Final = (("Edg", "Edge"), ("SamsungBrowser", "Samsung"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"),
                    ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
_SYSTEMS: Final = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "Mac"),
                   ("Windows", "Windows"), ("Linux", "Linux"))  # fmt: skip


@blueprint.errorhandler(UserError)
def _refused(error: UserError) -> ResponseReturnValue:
    return _error(error.status, _CODES.get(type(error), ""), error.message)


def _error(status: int, code: str, message: str) -> tuple[Response, int]:
    return jsonify({"error": {"status": status, "code": code, "message": message}}), status


@blueprint.before_request
def _same_person() -> ResponseReturnValue | None:
    """Work of one account is never sent under another's login, although both use one phone."""
    whose = request.headers.get(WHOSE, "")
    if re.fullmatch(r"\d{1,12}", whose) and int(whose) != current_user().id:
        return _error(409, "stranger", _("Somebody else is logged in on this phone. Log in with the own account."))
    return None


def _body() -> Any:
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise UserError(_("This is not what the app on the phone sends."))
    return found


def _label() -> str:
    agent = request.headers.get("User-Agent", "")
    parts = (next((name for sign, name in table if sign in agent), "") for table in (_BROWSERS, _SYSTEMS))
    return " ".join(part for part in parts if part)


@blueprint.post("/state")
@requires(Permission.DO_SHOPS)
@scripted
def state() -> ResponseReturnValue:
    """The phone says what it holds, and hears the time, and how its visits stand."""
    body, user = _body(), current_user()
    told = devices.said(body, _label())
    if devices.is_news(read_session().get(FieldDevice, told["id"]), user.id, told):
        with transaction(Actor.respondent(), "field.state") as session:
            devices.note(session, user.id, told)
    asked = [one for one in body.get("visits", []) if isinstance(one, str)][: queries.MOST]
    stands = queries.standings(read_session(), asked, user.id)
    return jsonify({"user": user.id, "now": clock.now().isoformat(), "visits": stands})


@blueprint.get("/<response_id>")
@requires(Permission.DO_SHOPS)
def manifest(response_id: str) -> ResponseReturnValue:
    """What is here of the shopper's own visit: which sending is awaited, and every file by its hash."""
    session, user = read_session(), current_user()
    visit = filing.visit(session, response_id)
    own = visit.shopper_id == user.id
    return jsonify(
        {
            "id": response_id,
            "number": visit.id,
            "standing": taking.standing(session, visit, user.id),
            "round": taking.round_of(session, response_id) if own else 1,
            "files": [
                {"sha256": one.sent_sha256, "question": one.question, "size": one.size}
                for one in queries.files(session, response_id, user.id)
                if own
            ],
        }
    )


@blueprint.put("/<response_id>/files/<sha256>")
@requires(Permission.DO_SHOPS)
@scripted
@takes(MOST_BYTES, form="shops.index")
def file(response_id: str, sha256: str) -> ResponseReturnValue:
    """One picture, by its hash. The answer names the hash: from then on it is here, however often it comes again."""
    question, name = request.args.get("question", ""), request.args.get("name", "")
    filing.keep(filing.Sent(response_id, question, sha256, request.get_data(cache=False), current_user().id, name))
    return jsonify({"sha256": sha256, "state": "kept"})


@blueprint.put("/<response_id>/draft")
@requires(Permission.DO_SHOPS)
@scripted
@takes(LARGEST, form="shops.index")
def draft(response_id: str) -> ResponseReturnValue:
    """What is written so far, in case that the phone is lost."""
    sent, user = reading.pages(_body()), current_user()
    with transaction(Actor.respondent(), "field.draft") as session:
        visit = filing.visit(session, response_id, held=True)
        kept = not taking.standing(session, visit, user.id)
        ticket = answering.under(session, tickets.of_visit(session, visit), sent.version) if kept else None
        if ticket is not None:
            kept = taking.save_draft(session, ticket, sent.device, answering.read(ticket, sent, {}).answers)
    return jsonify({"id": response_id, "state": "kept" if kept and ticket is not None else "closed"})


@blueprint.post("/<response_id>/report")
@requires(Permission.DO_SHOPS)
@scripted
@takes(LARGEST, form="shops.index")
def report(response_id: str) -> ResponseReturnValue:
    """A finished visit. The answer names its id, what became of it and its files: only those may the phone forget."""
    sent, user = reading.report(_body()), current_user()
    try:
        with transaction(actor(), "shop.submit", device=sent.device) as session:
            outcome = taking.take(session, user.id, response_id, sent)
    except Conflict as error:
        return _error(409, "conflict", error.message)
    return jsonify(
        {
            "id": response_id,
            "state": outcome.state,
            "digest": sent.digest,
            "files": list(outcome.files),
            "missing": list(outcome.missing),
            "problems": [{"question": code, "message": message} for code, message in outcome.problems],
            "message": outcome.message,
        }
    )
