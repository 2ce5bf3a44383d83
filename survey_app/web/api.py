"""The interface for other systems: what customers came for, and who asked for no more surveys, as JSON.

A key in ``Authorization: Bearer`` is the authority: no cookie, no session, no token of a form. Every answer is JSON, in
the language of ``Accept-Language``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from json import JSONDecodeError, loads
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request
from flask_limiter.util import get_remote_address
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey_app.audit import Actor
from survey_app.commands import interactions, optouts, tokens
from survey_app.commands.interactions import ADDED, KNOWN, REFUSED, Outcome
from survey_app.db import reading
from survey_app.errors import Conflict
from survey_app.models import ApiToken
from survey_app.outreach import addresses, never, phones
from survey_app.outreach.faults import Fault
from survey_app.queries import exclusions
from survey_app.transaction import transaction
from survey_app.web.security import limiter, public
from translations import gettext as _
from translations.spelling import broken

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

#: Calls with one key, and calls without a good key from one address.
OFTEN: Final = "1200 per minute"
REFUSED_OFTEN: Final = "60 per minute"
MOST: Final = interactions.MOST
#: Fields of an opt-out, and how each is read as an address.
_WHO: Final[Mapping[str, tuple[Callable[[str], str | None], str]]] = {
    "customer": (addresses.reference, "missing"),
    "phone": (phones.normal, "not_a_phone"),
    "email": (addresses.email, "not_an_email"),
}

Store = Callable[[Session, Sequence[Any]], list[Outcome]]


class Refused(Exception):
    """The call as a whole is not taken."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@blueprint.errorhandler(Refused)
def refused(error: Refused) -> Response:
    """A call that is not taken, as JSON."""
    response = jsonify(error={"status": error.status, "code": error.code, "message": error.message})
    response.status_code = error.status
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="survey-app"'
    return response


def caller() -> str:
    """Who calls, for counting: the key, of which only a digest is kept, else the address."""
    given = request.headers.get("Authorization", "")
    return f"key:{sha256(given.encode()).hexdigest()}" if given else f"address:{get_remote_address()}"


def without_key(response: Response) -> bool:
    """Whether a call came without a good key."""
    return response.status_code in {401, 403}


@blueprint.post("/interactions")
@public
@limiter.limit(OFTEN, key_func=caller)
@limiter.limit(REFUSED_OFTEN, deduct_when=without_key)
def receive() -> Response:
    """Take one interaction, or up to 500."""
    return _take("interactions", "feed.api", _store_interactions)


@blueprint.post("/opt-outs")
@public
@limiter.limit(OFTEN, key_func=caller)
@limiter.limit(REFUSED_OFTEN, deduct_when=without_key)
def opt_out() -> Response:
    """Opt out one person, or up to 500."""
    return _take("opt_outs", "optout.api", _store_opt_outs)


def _take(name: str, act: str, store: Store) -> Response:
    token = token_of()
    sent = body()
    rows, one = rows_of(name, sent)
    call = call_of()
    for _attempt in range(2):
        try:
            return _answered(token, act, rows, one, call, sent, store)
        except IntegrityError:
            if not call:
                raise
    raise Refused(409, "in_progress", _("The same call is being worked on. Send it again in a moment."))


def _answered(
    token: ApiToken, act: str, rows: Sequence[Any], one: bool, call: str, body: bytes, store: Store
) -> Response:
    with transaction(Actor.respondent(), act) as session:
        if call:
            try:
                before = tokens.answered(session, token.id, call, body)
            except Conflict as error:
                raise Refused(422, "idempotency_key_reused", error.message) from error
            if before is not None:
                return said(before.status, before.answer, replayed=True)
        outcomes = store(session, rows)
        status, answer = status_of(outcomes, one), answer_of(outcomes)
        tokens.note_use(session, token.id)
        if call:
            tokens.remember(session, token.id, call, body, status, answer)
    return said(status, answer)


def said(status: int, answer: Mapping[str, Any], *, replayed: bool = False) -> Response:
    """An answer as JSON; ``replayed``: it was given to the same call before."""
    response = jsonify(answer)
    response.status_code = status
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def body() -> bytes:
    """What was sent."""
    return request.get_data(cache=False)


def call_of() -> str:
    """How the sender names the call; empty where it does not. Refused where the name is too long."""
    call = request.headers.get("Idempotency-Key", "").strip()
    if len(call) > tokens.MOST_CALL:
        raise Refused(422, "idempotency_key_too_long", _("The Idempotency-Key is too long."))
    return call


def token_of() -> ApiToken:
    """The key that a call came with. Refused where it is none, unknown or revoked."""
    given = request.headers.get("Authorization", "")
    scheme, _space, key = given.partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Refused(401, "no_key", _("Send a key as: Authorization: Bearer …"))
    with reading() as session:
        token = tokens.authenticate(session, key.strip())
        revoked = token is None and tokens.was_revoked(session, key.strip())
    if revoked:
        raise Refused(403, "key_revoked", _("This key was revoked."))
    if token is None:
        raise Refused(401, "unknown_key", _("This key is not known."))
    return token


def rows_of(name: str, body: bytes) -> tuple[list[Any], bool]:
    """What was sent, and whether it was one thing rather than a list."""
    if request.mimetype != "application/json":
        raise Refused(415, "not_json", _("Send JSON, with Content-Type: application/json."))
    try:
        sent = loads(body, parse_constant=_no_number, object_pairs_hook=_members)
    except (JSONDecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise Refused(422, "broken_json", _("This is no JSON that can be read.")) from error
    one = isinstance(sent, dict) and set(sent) != {name}
    rows = [sent] if one else sent[name] if isinstance(sent, dict) else sent
    if not isinstance(rows, list) or not rows:
        raise Refused(422, "nothing", _("Send one object, or a list of them."))
    if len(rows) > MOST:
        raise Refused(422, "too_many", _("Send at most %(most)s in one call.", most=MOST))
    return rows, one


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, each of whose members has a name of its own: of two, nobody could say which was meant."""
    found = dict(pairs)
    if any(map(broken, found)):
        raise Refused(422, "broken_json", _("This is no JSON that can be read."))
    if len(found) < len(pairs):
        raise Refused(422, "repeated_member", _("An object names a field twice. Send each field once."))
    return found


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _store_interactions(session: Session, rows: Sequence[Any]) -> list[Outcome]:
    given = [row if isinstance(row, dict) else {} for row in rows]
    found = interactions.receive(session, given, source="api").outcomes
    return [
        outcome if isinstance(row, dict) else Outcome("", REFUSED, (Fault("", "not_object"),))
        for row, outcome in zip(rows, found, strict=True)
    ]


def _store_opt_outs(session: Session, rows: Sequence[Any]) -> list[Outcome]:
    outcomes = []
    wanted: list[list[str]] = []
    for row in rows:
        found, faults = _who(row)
        outcomes.append(Outcome("", REFUSED if faults else KNOWN, tuple(faults)))
        wanted.append([] if faults else found)
    every = sorted({address for one in wanted for address in one})
    if not every:
        return outcomes
    there = exclusions.opted_out(session, every)
    optouts.opt_out(session, every, "api")
    return [
        Outcome("", ADDED) if outcome.verdict == KNOWN and not there.issuperset(found) else outcome
        for outcome, found in zip(outcomes, wanted, strict=True)
    ]


def _who(row: Any) -> tuple[list[str], list[Fault]]:
    if not isinstance(row, dict):
        return [], [Fault("", "not_object")]
    faults = [Fault(str(name)[:60], "unknown_field", {"name": str(name)[:60]}) for name in row if name not in _WHO]
    found = []
    for name, (read, fault) in _WHO.items():
        value = row.get(name)
        if value in (None, ""):
            continue
        if (isinstance(value, str) and broken(value)) or isinstance(value, bool):
            faults.append(Fault(name, "not_text"))
            continue
        if name == "customer" and never.identity_number(str(value)):
            faults.append(Fault(name, "identity_number"))
            continue
        address = read(str(value)) if isinstance(value, str | int) else None
        found.extend([address] if address else [])
        faults.extend([] if address else [Fault(name, fault)])
    if not found and not faults:
        faults.append(Fault("", "no_address"))
    return found, faults


def status_of(outcomes: Sequence[Outcome], one: bool) -> int:
    """Of the whole call: 200 nothing new, 201 something new, 207 some refused, 422 all (409: one, known otherwise)."""
    verdicts = {outcome.verdict for outcome in outcomes}
    if verdicts == {REFUSED}:
        conflict = one and all(fault.code == "other_content" for fault in outcomes[0].faults)
        return 409 if conflict else 422
    if REFUSED in verdicts:
        return 207
    return 201 if ADDED in verdicts else 200


def answer_of(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What became of the rows, in numbers and one by one."""
    counts = {verdict: sum(one.verdict == verdict for one in outcomes) for verdict in (ADDED, KNOWN, REFUSED)}
    return {**counts, "results": [_result(one) for one in outcomes]}


def _result(outcome: Outcome) -> dict[str, Any]:
    said = [{"field": fault.field, "code": fault.code, "message": fault.message} for fault in outcome.faults]
    part = "errors" if outcome.verdict == REFUSED else "notices"
    return {
        **({"key": outcome.key} if outcome.key else {}),
        "status": outcome.verdict,
        **({part: said} if said else {}),
    }
