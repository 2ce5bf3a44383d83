"""Logging in and out, language and password of one's own account."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.account import LoginForm, PasswordForm
from survey_app.audit import Actor
from survey_app.commands import accounts, profile
from survey_app.errors import UserError
from survey_app.permissions import Permission
from survey_app.transaction import transaction
from survey_app.web import resume
from survey_app.web.security import limiter, log_in, log_out, public, requires
from survey_app.web.support import actor, current_user, read_session, safe_next, visitor
from translations import activate
from translations import gettext as _

blueprint = Blueprint("account", __name__)

#: Refused logins only: per address, and per account wherever they come from.
PER_ADDRESS = "15 per 5 minutes"
PER_ACCOUNT = "30 per hour"


def _refused(response: Response) -> bool:
    return response.status_code == 422


def _account_tried() -> str:
    return "account:" + request.form.get("email", "").strip().lower()


@blueprint.route("/login", methods=["GET", "POST"])
@public(session=True)
@limiter.limit(PER_ADDRESS, methods=["POST"], deduct_when=_refused)
@limiter.limit(PER_ACCOUNT, key_func=_account_tried, methods=["POST"], deduct_when=_refused)
def login() -> ResponseReturnValue:
    """The login page. It leads on to ``next``, or to what was being sent when the last login ended."""
    target = safe_next(request.values.get("next"))
    if request.method == "GET" and visitor() is not None:
        return redirect(target or url_for("home.index"))
    form = LoginForm(request.form if request.method == "POST" else None)
    if request.method == "POST" and form.validate():
        user = accounts.authenticate(read_session(), form.email.data or "", form.password.data or "")
        if user is not None:
            with transaction(Actor.user(user), "account.login"):
                pass
            log_in(user)
            activate(user.language)
            kept = resume.read(request.form.get("resume"))
            if kept is not None:
                return make_response(render_template("pages/resume.html", kept=kept))
            return redirect(target or url_for("home.index"), 303)
        form.form_errors.append(_("E-mail or password is not right."))
    status = 422 if form.error_summary else 200
    return resume.login_page(form, target, request.form.get("resume"), status)


@blueprint.post("/logout")
@requires(Permission.HAVE_ACCOUNT)
def logout() -> ResponseReturnValue:
    """End the session."""
    log_out()
    return redirect(url_for("account.login", left=1), 303)


@blueprint.get("/account")
@requires(Permission.HAVE_ACCOUNT)
def show() -> str:
    """One's own account."""
    return _page(PasswordForm())


def _page(form: PasswordForm) -> str:
    return render_template("pages/account.html", form=form, user=current_user())


@blueprint.post("/account/language")
@requires(Permission.HAVE_ACCOUNT)
def language() -> ResponseReturnValue:
    """Read the interface in another language."""
    with transaction(actor(), "account.language") as session:
        profile.choose_language(session, current_user().id, request.form.get("language", ""))
    return redirect(safe_next(request.form.get("next")) or url_for("account.show"), 303)


@blueprint.post("/account/password")
@requires(Permission.HAVE_ACCOUNT)
@limiter.limit(PER_ADDRESS, deduct_when=_refused)
def password() -> ResponseReturnValue:
    """A new password; every other session of the account ends."""
    form = PasswordForm(request.form)
    if form.validate() and not profile.knows_password(current_user(), form.current.data or ""):
        form.current.errors = [_("This is not the password in use.")]
    if not form.error_summary:
        try:
            with transaction(actor(), "account.password") as session:
                user = profile.change_password(session, current_user().id, form.new.data or "")
            log_in(user)
            return redirect(url_for("account.show", saved="password"), 303)
        except UserError as error:
            form.new.errors = [error.message]
    return make_response(_page(form), 422)
