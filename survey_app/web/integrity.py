"""Data quality: what came in an unusual way, what is skewed by who was asked, and excluding it with a reason.

The page marks and asks; it accuses nobody. Anonymous responses stand in groups only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from forms.integrity import ReasonForm
from reports import integrity as method
from reports import months
from survey_app import clock
from survey_app.commands import integrity as commands
from survey_app.errors import UserError
from survey_app.models import Agent
from survey_app.outreach.flags import FLAGS
from survey_app.permissions import Permission
from survey_app.queries import integrity as queries
from survey_app.queries import organisation
from survey_app.queries.integrity import ANY, INVITED, Wanted
from survey_app.queries.tickets import OPEN
from survey_app.transaction import transaction
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.responses import STATES
from survey_app.web.security import requires
from survey_app.web.support import actor, read_session, stop_reading
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("integrity", __name__, url_prefix="/integrity")

#: Months that the page may look back over, the present one included.
PERIODS: Final[Mapping[int, Any]] = {1: _l("This month"), 3: _l("Three months"), 12: _l("Twelve months")}
WAYS: Final[Mapping[str, Any]] = {OPEN: _l("By an open link"), INVITED: _l("By invitation")}
#: What was done, by the word in the address.
DONE: Final[Mapping[str, Any]] = {
    "excluded": _l("The responses are excluded. They stay here, marked, and can count again."),
    "reinstated": _l("The responses count again."),
}


def _period() -> int:
    chosen = request.args.get("months", 3, type=int)
    return chosen if chosen in PERIODS else 3


def _since(period: int) -> str:
    return months.shift(clock.current_month(), 1 - period)


@blueprint.get("")
@requires(Permission.CHECK_RESPONSES)
def index() -> str:
    """Marks by kind, crowds, devices, and who was asked."""
    session, period = read_session(), _period()
    since = _since(period)
    return render_template(
        "pages/integrity/index.html",
        period=period,
        periods=PERIODS,
        flags=FLAGS,
        marked=queries.marked(session, since),
        crowds=queries.crowds(session, since),
        devices=queries.device_days(session, since),
        contact=queries.contact(session, since),
        agents=queries.open_against_invited(session, since, by_agent=True),
        branches=queries.open_against_invited(session, since, by_agent=False),
        codes=organisation.codes(session),
        least=method.LEAST,
        crowd=method.CROWD,
        day_of=lambda moment: clock.local(moment).date().isoformat(),
    )


@blueprint.get("/responses")
@requires(Permission.CHECK_RESPONSES)
def listed() -> str:
    """Responses one by one, by what is unusual about them."""
    return _list()


def _list(
    form: ReasonForm | None = None, chosen: frozenset[str] = frozenset(), problem: UserError | None = None
) -> str:
    session, period = read_session(), _period()
    wanted, asked_for, fault = _wanted(period)
    rows, total = queries.listed(session, wanted, limit=PAGE, offset=(asked() - 1) * PAGE)
    pages = paging(total)
    if not rows and total:
        rows, total = queries.listed(session, wanted, limit=PAGE, offset=pages.offset)
    return render_template(
        "pages/integrity/responses.html",
        rows=rows,
        pages=pages,
        asked_for=asked_for,
        wanted=wanted,
        fault=fault,
        period=period,
        periods=PERIODS,
        flags=FLAGS,
        any_flag=ANY,
        ways=WAYS,
        states=STATES,
        local=clock.local,
        form=form or ReasonForm(),
        chosen=chosen,
        problem=problem,
        done=DONE.get(request.args.get("done", ""), ""),
    )


def _wanted(period: int) -> tuple[Wanted, dict[str, str], str]:
    """The filters of the address, as typed and as understood, and what could not be understood."""
    session = read_session()
    typed = {name: request.args.get(name, "").strip() for name in ("flag", "branch", "agent", "way", "state", "day")}
    flag = typed["flag"] if typed["flag"] in {*FLAGS, ANY} else ""
    branch_id = agent_id = None
    fault = ""
    if typed["branch"]:
        try:
            branch_id = organisation.branch_by_code(session, typed["branch"]).id
        except UserError as error:
            fault, branch_id = error.message, 0
    if typed["agent"]:
        agent_id = session.scalar(select(Agent.id).where(Agent.code == typed["agent"]))
        if agent_id is None:
            fault, agent_id = fault or _("There is no service representative %(code)s.", code=typed["agent"]), 0
    way = typed["way"] if typed["way"] in WAYS else ""
    state = typed["state"] if typed["state"] in STATES else ""
    found = Wanted(_since(period), flag, branch_id, agent_id, way, state, _day(typed["day"]))
    return found, typed, fault


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


@blueprint.post("/responses")
@requires(Permission.CHECK_RESPONSES)
def change() -> ResponseReturnValue:
    """Exclude the chosen responses with a reason, or let them count again. Filters stay as they are."""
    ids = list(dict.fromkeys(request.form.getlist("chosen")))
    again = request.form.get("act") == "reinstate"
    form = ReasonForm(request.form)
    if not again and not form.validate():
        return _list(form, frozenset(ids)), 422
    try:
        if again:
            with transaction(actor(), "response.reinstate", responses=ids) as session:
                commands.reinstate(session, ids)
        else:
            with transaction(actor(), "response.exclude", responses=ids) as session:
                commands.exclude(session, ids, form.reason.data or "")
    except UserError as problem:
        stop_reading()
        return _list(form, frozenset(ids), problem), problem.status
    return redirect(_back("reinstated" if again else "excluded"), 303)


def _back(done: str) -> str:
    filters: dict[str, Any] = {name: value for name, value in request.args.items() if name != "done"}
    return url_for("integrity.listed", **filters, done=done)


@blueprint.get("/groups")
@requires(Permission.CHECK_RESPONSES)
def groups() -> str:
    """Marked anonymous responses, in groups that are large enough."""
    return _groups()


def _groups(form: ReasonForm | None = None, at: str = "", problem: UserError | None = None) -> str:
    period = _period()
    found = queries.groups(read_session(), _since(period))
    pages = paging(len(found))
    return render_template(
        "pages/integrity/groups.html",
        groups=found[pages.offset : pages.offset + PAGE],
        pages=pages,
        period=period,
        periods=PERIODS,
        flags=FLAGS,
        form=form or ReasonForm(),
        at=at,
        problem=problem,
        done=DONE.get(request.args.get("done", ""), ""),
    )


@blueprint.post("/groups")
@requires(Permission.CHECK_RESPONSES)
def change_group() -> ResponseReturnValue:
    """Exclude a whole group with a reason, or let it count again."""
    again = request.form.get("act") == "reinstate"
    form, key = ReasonForm(request.form), request.form.get("group", "")
    if not again and not form.validate():
        return _groups(form, key), 422
    try:
        chosen = _group(key)
        _whole_group(chosen, form.reason.data or "", again=again)
    except UserError as problem:
        stop_reading()
        return _groups(form, key, problem), problem.status
    return redirect(url_for("integrity.groups", months=_period(), done="reinstated" if again else "excluded"), 303)


def _group(key: str) -> queries.Group:
    campaign, branch, month, flag = [*key.split(":"), "", "", "", ""][:4]
    if not campaign.isdecimal() or not branch.isdecimal():
        raise UserError(_("There is no such group, or too few responses are in it."))
    return commands.group(read_session(), int(campaign), int(branch), month, flag)


def _whole_group(chosen: queries.Group, reason: str, *, again: bool) -> None:
    """All of a group, some at a time; the entries name the group and how many, never a response."""
    about = {"branch": chosen.branch.id, "month": chosen.month, "flag": chosen.flag, "campaign": chosen.campaign_id}
    least_left = chosen.count.excluded if again else chosen.count.counted
    for _turn in range(1 + least_left // commands.BATCH):
        act = "response.reinstate_group" if again else "response.exclude_group"
        with transaction(actor(), act, **about) as session:
            if again:
                changed = commands.reinstate_group(session, chosen)
            else:
                changed = commands.exclude_group(session, chosen, reason)
        if changed < commands.BATCH:
            break
