"""The job board on a shopper's phone: open visits near them, asking for one, and giving one back in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from survey_app.commands import giving
from survey_app.errors import NotFound, UserError
from survey_app.models import Claim, ShopperProfile, User
from survey_app.permissions import Permission
from survey_app.queries import board as queries
from survey_app.queries import candidates, worklists
from survey_app.transaction import transaction
from survey_app.web.paging import PAGE, Pages, asked
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, stop_reading
from survey_app.web.visits import ASSIGNMENTS
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("board", __name__, url_prefix="/shops")

#: The longest reason for giving a visit back, in characters.
LONGEST: Final = 500
#: As far as the shopper's profile says.
REACH: Final = "reach"
ORDERS: Final[Mapping[str, Any]] = {
    queries.BY_DISTANCE: _l("Nearest first"),
    queries.BY_DAY: _l("Soonest first"),
    queries.BY_FEE: _l("Highest fee first"),
}
#: What was just done, in words.
DONE: Final[Mapping[str, Any]] = {
    "given": _l("The visit is yours. It is among your visits now."),
    "asked": _l("Field coordination has your request and decides about it. You hear of it by e-mail."),
    "waiting": _l("You are on the waiting list. Should the visit become free, it is your turn."),
    "declined": _l("This visit is not shown to you any more."),
    "withdrawn": _l("Done. The visit is on the board as before."),
    "handed_back": _l("The visit was handed back. Thank you for telling in time."),
}
#: What the address keeps from one act to the next.
_FILTERS: Final = ("within", "order", "declined")
ACTS: Final[Mapping[str, Callable[[Session, int, User], Claim]]] = {
    "claim": giving.claim,
    "decline": giving.decline,
    "withdraw": giving.withdraw,
}


@blueprint.get("/board")
@requires(Permission.DO_SHOPS)
def index() -> str:
    """Open visits near the shopper."""
    return _page()


def _page(fault: str = "") -> str:
    session, user = read_session(), current_user()
    profile = session.get(ShopperProfile, user.id)
    home = profile is not None and profile.latitude is not None and profile.longitude is not None
    reach = profile.reach_km if profile is not None and home else 0
    within, order = _within(reach), request.args.get("order", "")
    order = order if order in ORDERS else queries.BY_DISTANCE if home else queries.BY_DAY
    found = queries.board(
        session,
        user.id,
        within=within,
        order=order,
        declined=request.args.get("declined") == "1",
        limit=PAGE,
        offset=(asked() - 1) * PAGE,
    )
    return render_template(
        "pages/board/index.html",
        board=found,
        pages=Pages(asked(), found.total),
        home=home,
        reach=reach,
        within=within,
        wanted=request.args.get("within", REACH if home else ""),
        distances=queries.WITHIN,
        order=order,
        orders=ORDERS,
        declined=request.args.get("declined") == "1",
        reasons=candidates.REASONS,
        full=any(candidates.HOLDS_ENOUGH in one.reasons for one in found.notices),
        done=DONE.get(request.args.get("done", "")),
        fault=fault,
    )


def _within(reach: int) -> int:
    """The distance that the address asks for, in kilometres; 0: however far."""
    typed = request.args.get("within", REACH)
    if typed == REACH:
        return reach
    return int(typed) if typed.isascii() and typed.isdecimal() and int(typed) in queries.WITHIN else 0


@blueprint.post("/board/<int:number>/<act>")
@requires(Permission.DO_SHOPS)
def act(number: int, act: str) -> ResponseReturnValue:
    """Ask for a visit, decline it, or take either back."""
    if act not in ACTS:
        raise NotFound(_("There is no such page."))
    user = current_user()
    try:
        with transaction(actor(), f"board.{act}", assignment=number) as session:
            state = ACTS[act](session, number, user).state
    except UserError as error:
        stop_reading()
        return _page(error.message), error.status
    kept: dict[str, Any] = {name: request.args[name] for name in _FILTERS if name in request.args}
    return redirect(url_for("board.index", **kept, done=state), 303)


@blueprint.route("/<int:number>/hand-back", methods=["GET", "POST"])
@requires(Permission.DO_SHOPS)
def hand_back(number: int) -> ResponseReturnValue:
    """Give a visit back before its deadline."""
    user = current_user()
    if request.method == "GET":
        return _hand_back(number)
    try:
        with transaction(actor(), "shop.hand_back", assignment=number) as session:
            giving.hand_back(session, number, user, note=request.form.get("note", "")[:LONGEST])
    except NotFound:
        raise
    except UserError as error:
        stop_reading()
        return _hand_back(number, error.message), error.status
    return redirect(url_for("board.index", done="handed_back"), 303)


def _hand_back(number: int, fault: str = "") -> str:
    visit = worklists.shop(read_session(), number, current_user().id)
    return render_template(
        "pages/board/hand_back.html",
        visit=visit,
        possible=giving.may_hand_back(visit),
        begun=bool(worklists.drafted(read_session(), [visit.response_id])),
        states=ASSIGNMENTS,
        fault=fault,
        longest=LONGEST,
    )
