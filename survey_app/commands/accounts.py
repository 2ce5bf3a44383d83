"""Users: made by an administrator, let in by their password."""

from __future__ import annotations

import re
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey_app import clock
from survey_app.errors import Conflict, UserError
from survey_app.models import Agent, Branch, Region, User
from survey_app.permissions import Role
from translations import DEFAULT, known
from translations import gettext as _

_hasher = PasswordHasher()
#: Verified when nobody has the e-mail, so that the answer takes as long either way.
_NOBODY = _hasher.hash(secrets.token_hex(16))
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
LEAST_PASSWORD = 10
#: Letters and digits that nobody confuses when reading a password aloud.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_password() -> str:
    """A random password that can be typed on a phone: three groups of four."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _letter in range(4)) for _group in range(3))


def add_user(
    session: Session,
    email: str,
    role: str,
    *,
    name: str = "",
    language: str = DEFAULT,
    branch: Branch | None = None,
    region: Region | None = None,
    agent: Agent | None = None,
    password: str | None = None,
) -> tuple[User, str]:
    """A new user and the password to hand over (a random one where none is given)."""
    address = email.strip().lower()
    if not _EMAIL.fullmatch(address):
        raise UserError(_("%(email)s is not an e-mail address.", email=email), [("email", email)])
    if role not in set(Role):
        raise UserError(
            _("There is no role %(role)s. Roles: %(roles)s.", role=role, roles=", ".join(Role)), [("role", role)]
        )
    check_reach(role, branch, region, agent)
    if session.scalar(select(User.id).where(User.email == address)) is not None:
        raise Conflict(_("There is already a user %(email)s.", email=address))
    user = User(
        email=address,
        name=name.strip() or address.split("@")[0],
        role=role,
        branch=branch,
        region=region,
        agent=agent,
        language=known(language) or DEFAULT,
        created_at=clock.now(),
    )
    secret = password or new_password()
    set_password(user, secret)
    session.add(user)
    session.flush()
    return user, secret


def check_reach(role: str, branch: Branch | None, region: Region | None, agent: Agent | None) -> None:
    """A role that is about one branch, region or agent needs it named."""
    needed = {Role.BRANCH_MANAGER: branch, Role.REGION_MANAGER: region, Role.AGENT: agent}
    if role in needed and needed[Role(role)] is None:
        raise UserError(
            _("The role %(role)s needs its branch, region or agent.", role=role),
            [({"branch_manager": "branch", "region_manager": "region"}.get(role, "agent"), "")],
        )


def set_password(user: User, password: str) -> None:
    """Give a user a new password; every login of the old one ends."""
    if len(password) < LEAST_PASSWORD:
        raise UserError(_("A password has at least %(count)s characters.", count=LEAST_PASSWORD), [("password", "")])
    user.password_hash = _hasher.hash(password)
    user.session_key = secrets.token_hex(8)


def verify(user: User | None, password: str) -> bool:
    """Whether a password is the user's. Takes as long for an unknown user as for a known one."""
    try:
        _hasher.verify((user.password_hash if user else "") or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return user is not None and user.active and bool(user.password_hash)


def authenticate(session: Session, email: str, password: str) -> User | None:
    """The active user with this e-mail and password, or None."""
    user = session.scalar(
        select(User)
        .where(User.email == email.strip().lower())
        .options(joinedload(User.branch), joinedload(User.region))
    )
    return user if verify(user, password) else None
