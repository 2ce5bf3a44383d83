"""Logging in and a new password."""

from __future__ import annotations

from wtforms import EmailField, PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from forms.base import Form
from translations import lazy_gettext as _l

LONGEST = 200


class LoginForm(Form):
    """E-mail and password."""

    email = EmailField(
        _l("E-mail"),
        [InputRequired(_l("Write the e-mail address of your account.")), Length(max=LONGEST)],
        render_kw={"autocomplete": "username", "dir": "ltr", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Write your password.")), Length(max=LONGEST)],
        render_kw={"autocomplete": "current-password", "dir": "ltr"},
    )


class PasswordForm(Form):
    """The password in force, and the new one twice."""

    current = PasswordField(
        _l("Password in use"),
        [InputRequired(_l("Write the password in use.")), Length(max=LONGEST)],
        render_kw={"autocomplete": "current-password", "dir": "ltr"},
    )
    new = PasswordField(
        _l("New password"),
        [InputRequired(_l("Write a new password.")), Length(max=LONGEST)],
        render_kw={"autocomplete": "new-password", "dir": "ltr"},
    )
    again = PasswordField(
        _l("New password once more"),
        [InputRequired(_l("Write the new password once more.")), EqualTo("new", _l("The two new passwords differ."))],
        render_kw={"autocomplete": "new-password", "dir": "ltr"},
    )
