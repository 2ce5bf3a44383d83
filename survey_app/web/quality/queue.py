"""Reports that wait: to be read, for an answer that comes later, and with their shoppers; and what marks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.desk import ExtendForm
from survey_app import clock
from survey_app.commands import quality as commands
from survey_app.errors import UserError
from survey_app.field.flag_words import SORTS
from survey_app.field.limits import LIMITS
from survey_app.models.fieldwork import APPROVED, REJECTED, RETURNED
from survey_app.permissions import Permission
from survey_app.queries import desk
from survey_app.transaction import transaction
from survey_app.web.paging import PAGE, paging
from survey_app.web.quality.frame import ORDERS, blueprint, is_own, order_asked
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session
from translations import lazy_gettext as _l

#: What is said at the desk once a report was decided.
DECIDED: Final[Mapping[str, Any]] = {
    APPROVED: _l("The report was approved and counts from now on."),
    RETURNED: _l("The report went back to the shopper with the questions."),
    REJECTED: _l("The report was rejected and counts nowhere."),
    "last": _l("That was the last report of the queue."),
    "settled": _l("The two reports were compared; the visit goes on with one."),
    "adopted": _l("The report is the visit's own now, and waits for its review."),
    "read": _l("The second reading is kept. Thank you."),
}


@blueprint.get("")
@requires(Permission.REVIEW_SHOPS)
def index() -> str:
    """Reports that wait, overdue ones first and then by risk."""
    session = read_session()
    show = desk.LATER if request.args.get("show") == desk.LATER else desk.READY
    flag = request.args.get("mark", "") if request.args.get("mark", "") in SORTS else ""
    pages = paging(desk.total(session, show=show, flag=flag))
    waiting = desk.queue(session, show=show, order=order_asked(), flag=flag, limit=PAGE, offset=pages.offset)
    return render_template(
        "pages/quality/queue.html",
        waiting=waiting,
        pages=pages,
        show=show,
        mark=flag,
        order=order_asked(),
        orders=ORDERS,
        sorts=SORTS,
        overdue_days=desk.OVERDUE_DAYS,
        age=lambda moment: (clock.today() - clock.local(moment).date()).days if moment else None,
        outside=lambda response: not is_own(response),
        decided=DECIDED.get(request.args.get("decided", "")),
    )


@blueprint.get("/next")
@requires(Permission.REVIEW_SHOPS)
def following() -> ResponseReturnValue:
    """On to the next report that the reader may judge; to the queue when there is none."""
    order, after = order_asked(), request.args.get("after", "")
    found = desk.following(read_session(), current_user(), order=order, after=after)
    if found is None:
        return redirect(url_for("quality.index", order=order, decided="last" if after else None), 303)
    return redirect(url_for("quality.report", response_id=found, order=order), 303)


@blueprint.get("/sent-back")
@requires(Permission.REVIEW_SHOPS)
def sent_back() -> str:
    """Reports that are with their shoppers, the one that is due first on top."""
    return _sent_back()


def _sent_back(form: ExtendForm | None = None, failed: str = "") -> str:
    session = read_session()
    pages = paging(desk.counts(session, current_user()).returned)
    return render_template(
        "pages/quality/sent_back.html",
        visits=desk.sent_back(session, limit=PAGE, offset=pages.offset),
        pages=pages,
        today=clock.today(),
        form=form or ExtendForm(),
        failed=failed,
        extended=request.args.get("extended") == "1",
        outside=lambda visit: not desk.is_near(session, current_user(), visit.branch),
    )


@blueprint.post("/<response_id>/extend")
@requires(Permission.REVIEW_SHOPS)
def extend(response_id: str) -> ResponseReturnValue:
    """Give a shopper more time to answer."""
    form = ExtendForm(request.form)
    if not form.validate() or form.day.data is None:
        return _sent_back(form, response_id), 422
    try:
        with transaction(actor(), "quality.extend", response=response_id) as session:
            commands.extend(session, current_user(), response_id, form.day.data)
    except UserError as problem:
        form.day.errors = [problem.message]
        return _sent_back(form, response_id), problem.status
    return redirect(url_for("quality.sent_back", extended=1), 303)


@blueprint.get("/marks")
@requires(Permission.REVIEW_SHOPS, Permission.SEE_FIELD_QUALITY)
def limits() -> str:
    """Every automatic mark with its weight, and every limit with its reason."""
    return render_template("pages/quality/marks.html", sorts=SORTS, limits=LIMITS)
