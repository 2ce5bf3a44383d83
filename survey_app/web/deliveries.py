"""What gateways tell us: reports of delivery, and replies of customers. Open to anybody who can sign."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from forms.messages import asks_to_stop
from survey_app.audit import Actor
from survey_app.commands import settling
from survey_app.config import Gateway
from survey_app.errors import NotFound, UserError
from survey_app.models.outreach import DELIVERED, FAILED
from survey_app.outgoing import gateway as gateways
from survey_app.transaction import transaction
from survey_app.web.security import public
from survey_app.web.support import settings
from translations.spelling import broken

blueprint = Blueprint("deliveries", __name__, url_prefix="/deliveries")

#: Reports in one request: gateways send some together.
MOST: Final = 500


@blueprint.post("/<channel>")
@public
def report(channel: str) -> Response:
    """A report of delivery, or a list of them. Told twice it changes nothing; of an unknown message it is a 404."""
    gateway = _gateway(channel)
    if gateway is None:
        return _said(404, "no reports are taken for this channel")
    documents, refusal = _documents(gateway)
    if refusal is not None:
        return refusal
    unknown = 0
    for document in documents:
        reference, status = (
            gateways.at(document, path) for path in (gateway.callback_reference, gateway.callback_status)
        )
        if not isinstance(reference, str | int) or status is None or broken(f"{reference}{status}"):
            return _said(422, "a report names a message and its state")
        state = _state(gateway, str(status))
        try:
            if state:
                with transaction(Actor.respondent(), "delivery.report") as session:
                    settling.reported(session, channel, str(reference), state)
        except NotFound:
            unknown += 1
    return _said(404, "unknown message") if unknown == len(documents) else _said(200, "taken")


@blueprint.post("/<channel>/replies")
@public
def reply(channel: str) -> Response:
    """Replies of customers: one that asks for no more surveys is obeyed, any other is not kept."""
    gateway = _gateway(channel)
    if gateway is None:
        return _said(404, "no replies are taken for this channel")
    documents, refusal = _documents(gateway)
    if refusal is not None:
        return refusal
    for document in documents:
        number, text = (gateways.at(document, path) for path in (gateway.reply_from, gateway.reply_text))
        if not isinstance(number, str | int) or not isinstance(text, str) or broken(str(number)):
            return _said(422, "a reply names a number and its words")
        if asks_to_stop(text):
            try:
                with transaction(Actor.respondent(), "delivery.reply") as session:
                    settling.replied_stop(session, str(number))
            except UserError:
                return _said(422, "that is no number")
    return _said(200, "taken")


def _gateway(channel: str) -> Gateway | None:
    found = settings().gateways.get(channel)
    return found if found is not None and found.callback_secret else None


def _documents(gateway: Gateway) -> tuple[list[Any], Response | None]:
    """What was sent, as a list; or the answer to something that is not the gateway's own or cannot be read."""
    content = request.get_data(cache=False)
    if not gateways.signed(gateway.callback_secret, content, request.headers.get(gateway.callback_signature, "")):
        return [], _said(401, "the signature does not fit")
    try:
        document = gateways.report(content, request.headers.get("Content-Type", ""))
    except (ValueError, RecursionError):
        return [], _said(422, "that cannot be read")
    documents = document if isinstance(document, list) else [document]
    if not 0 < len(documents) <= MOST:
        return [], _said(422, "one report or a few hundred")
    return documents, None


def _state(gateway: Gateway, status: str) -> str:
    """What a gateway's word for a state means to us; empty for one on the way."""
    word = status.strip().lower()
    if word in {one.strip().lower() for one in gateway.delivered}:
        return DELIVERED
    return FAILED if word in {one.strip().lower() for one in gateway.failed} else ""


def _said(status: int, message: str) -> Response:
    """An answer for machines: no language, no page."""
    response = jsonify({"status": status, "message": message})
    response.status_code = status
    return response
