"""What users change about themselves."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey_app.commands.accounts import set_password, verify
from survey_app.errors import UserError
from survey_app.models import User
from translations import gettext as _
from translations import known


def choose_language(session: Session, user_id: int, language: str) -> User:
    """Let a user read the interface in another language; UserError for one that is not offered."""
    chosen = known(language)
    if chosen is None:
        raise UserError(_("This language is not offered."), [("language", language)])
    user = session.get_one(User, user_id)
    user.language = chosen
    session.flush()
    return user


def change_password(session: Session, user_id: int, password: str) -> User:
    """Give a user a new password, which ends every session of the old one. Ask :func:`knows_password` before."""
    user = session.get_one(User, user_id)
    set_password(user, password)
    session.flush()
    return user


def knows_password(user: User, password: str) -> bool:
    """Whether a password is the user's. Takes a tenth of a second: ask outside any transaction."""
    return verify(user, password)
