"""Keys of other systems: made, shown once, used, revoked; and calls that are answered the same when they come again."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.errors import Conflict, NotFound, UserError
from survey_app.models import ApiCall, ApiToken
from translations import gettext as _
from translations.spelling import broken, tidy

#: What every key begins with, so that one that lies about is recognised, by people and by scanners.
START: Final = "sak_"
#: Random bytes of a key.
KEY_BYTES: Final = 32
MOST_NAME: Final = 100
#: How often it is written down that a key is in use.
NOTED: Final = timedelta(hours=1)
#: How long a named call is answered the same, and how long its name may be.
REMEMBERED: Final = timedelta(hours=24)
MOST_CALL: Final = 200


def digest(text: str) -> str:
    """SHA-256 in hexadecimal: a key has so much chance in it that no slower digest is needed."""
    return sha256(text.encode()).hexdigest()


def create(session: Session, name: str, *, user_id: int | None = None) -> tuple[ApiToken, str]:
    """A new key, which nobody can read afterwards. UserError for a missing name; Conflict for one in use."""
    named = tidy(name)
    if not named:
        raise UserError(_("Name the system that will use the key."), [("name", "")])
    if broken(named):
        raise UserError(_("This must be text."), [("name", "")])
    if len(named) > MOST_NAME:
        raise UserError(_("This is longer than %(most)s characters.", most=MOST_NAME), [("name", "")])
    if session.scalar(select(ApiToken.id).where(ApiToken.name == named)) is not None:
        raise Conflict(_("There is a key of this name already. Choose another name."), [("name", "")])
    key = START + secrets.token_urlsafe(KEY_BYTES)
    token = ApiToken(name=named, digest=digest(key), created_at=clock.now(), created_by_id=user_id)
    session.add(token)
    session.flush()
    return token, key


def revoke(session: Session, token_id: int) -> ApiToken:
    """End a key for good; one that is ended stays so. NotFound."""
    token = session.get(ApiToken, token_id, with_for_update=True)
    if token is None:
        raise NotFound(_("There is no such key."))
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        session.flush()
    return token


def by_name(session: Session, name: str) -> ApiToken:
    """A key by its name. NotFound."""
    token = session.scalar(select(ApiToken).where(ApiToken.name == tidy(name)))
    if token is None:
        raise NotFound(_("There is no such key."))
    return token


def all_of(session: Session) -> list[ApiToken]:
    """Every key: those in force first, the newest first."""
    return list(session.scalars(select(ApiToken).order_by(ApiToken.revoked_at.is_not(None), ApiToken.id.desc())))


def authenticate(session: Session, key: str) -> ApiToken | None:
    """Whose key this is; None for an unknown or revoked one."""
    if not key.startswith(START):
        return None
    wanted = digest(key)
    token = session.scalar(select(ApiToken).where(ApiToken.digest == wanted))
    if token is None or not hmac.compare_digest(token.digest, wanted) or token.revoked_at is not None:
        return None
    return token


def was_revoked(session: Session, key: str) -> bool:
    """Whether this key was good once."""
    wanted = digest(key)
    return session.scalar(select(ApiToken.id).where(ApiToken.digest == wanted)) is not None


def note_use(session: Session, token_id: int) -> None:
    """Write down that a key is in use, at most once in :data:`NOTED`."""
    token = session.get_one(ApiToken, token_id)
    now = clock.now()
    if token.last_used_at is None or now - token.last_used_at >= NOTED:
        token.last_used_at = now


# ---- calls with a name of their own ----------------------------------------------------------------------------------


def _call_id(token_id: int, name: str) -> str:
    return digest(f"{token_id}:{name}")


def answered(session: Session, token_id: int, name: str, body: bytes) -> ApiCall | None:
    """What a call of this name was answered before; None for a new one. Conflict where other content was sent."""
    call = session.get(ApiCall, _call_id(token_id, name))
    if call is None or call.at < clock.now() - REMEMBERED:
        return None
    if not hmac.compare_digest(call.digest, sha256(body).hexdigest()):
        raise Conflict(_("This Idempotency-Key was sent before with something else."))
    return call


def remember(session: Session, token_id: int, name: str, body: bytes, status: int, answer: Mapping[str, Any]) -> None:
    """Keep what a call of this name was answered."""
    call = session.get(ApiCall, _call_id(token_id, name)) or ApiCall(id=_call_id(token_id, name))
    call.digest, call.status, call.answer, call.at = sha256(body).hexdigest(), status, dict(answer), clock.now()
    session.add(call)
    session.flush()


def sweep(session: Session) -> int:
    """Forget calls whose time is over; returns how many."""
    gone = delete(ApiCall).where(ApiCall.at < clock.now() - REMEMBERED).returning(ApiCall.id)
    return len(list(session.scalars(gone)))
