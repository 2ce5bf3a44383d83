"""What mystery shoppers say of themselves: the hours of their week, and days on which they make no visits."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.programmes import refuse
from forms.shoppers import AbsenceForm, OwnTimesForm
from survey_app import clock
from survey_app.commands import shoppers as commands
from survey_app.commands.shoppers import Profile
from survey_app.errors import UserError
from survey_app.field.rules import WEEKDAYS
from survey_app.models import ShopperProfile
from survey_app.permissions import Permission
from survey_app.queries import certificates
from survey_app.queries import shopper_list as queries
from survey_app.transaction import transaction
from survey_app.web.field_words import DAYS, STANDINGS
from survey_app.web.security import requires
from survey_app.web.shoppers import absent
from survey_app.web.support import actor, current_user, read_session

blueprint = Blueprint("shopper_self", __name__, url_prefix="/shops/me")

_DAYS: Final = [(day, DAYS[day]) for day in WEEKDAYS]


@blueprint.get("")
@requires(Permission.DO_SHOPS)
def show() -> ResponseReturnValue:
    """A shopper's own hours, absences and certificates."""
    return _page()


def _page(
    *, hours: OwnTimesForm | None = None, away: AbsenceForm | None = None, status: int = 200
) -> ResponseReturnValue:
    session, number = read_session(), current_user().id
    page = render_template(
        "pages/shoppers/mine.html",
        times=hours or _times(None),
        absence=away or AbsenceForm(None),
        absences=queries.absences(session, number, clock.today()),
        certified=certificates.of_shopper(session, number),
        standings=STANDINGS,
        done=request.args.get("done", ""),
    )
    return make_response(page, status)


def _times(sent: Any) -> OwnTimesForm:
    row: Any = read_session().get(ShopperProfile, current_user().id) or Profile()
    return OwnTimesForm(sent, days=_DAYS, availability=row.availability, discreet=row.discreet)


@blueprint.post("/times")
@requires(Permission.DO_SHOPS)
def times() -> ResponseReturnValue:
    """A shopper writes the hours of the week."""
    form = _times(request.form)
    if form.validate():
        try:
            with transaction(actor(), "shopper.times") as session:
                commands.choose_times(
                    session, current_user().id, form.availability.data, discreet=bool(form.discreet.data)
                )
            return redirect(url_for("shopper_self.show", done="saved"), 303)
        except UserError as error:
            places = [("availability", message) for _place, message in error.places]
            refuse(form, places, error.message)
    return _page(hours=form, status=422)


@blueprint.post("/absences")
@requires(Permission.DO_SHOPS)
def absence() -> ResponseReturnValue:
    """A shopper is away for some days."""
    form = AbsenceForm(request.form)
    if absent(current_user().id, form):
        return redirect(url_for("shopper_self.show", done="away", _anchor="absences"), 303)
    return _page(away=form, status=422)


@blueprint.post("/absences/<int:number>/remove")
@requires(Permission.DO_SHOPS)
def absence_over(number: int) -> ResponseReturnValue:
    """A shopper is here after all."""
    with transaction(actor(), "shopper.absence_over") as session:
        commands.remove_absence(session, current_user().id, number)
    return redirect(url_for("shopper_self.show", done="removed", _anchor="absences"), 303)
