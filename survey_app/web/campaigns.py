"""Campaigns: the list, one campaign in words, and what is done to it as a whole. Planning is ``campaign_plan``."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.campaign import WhatForm
from survey_app import clock
from survey_app.commands import campaigns as commands
from survey_app.errors import NotFound, UserError
from survey_app.kinds import KINDS
from survey_app.models import Campaign
from survey_app.models.campaign import ACTIVE, CONFIDENTIAL, ENDED, PAUSED, PLANNED
from survey_app.permissions import Permission
from survey_app.queries import campaign_list, campaign_plans
from survey_app.queries import campaigns as queries
from survey_app.queries import questionnaires as catalogue
from survey_app.queries.outreach import policy
from survey_app.queries.readiness import Installation
from survey_app.transaction import transaction
from survey_app.web import campaign_words as words
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.questionnaires.frame import PRIVACY
from survey_app.web.security import requires
from survey_app.web.support import actor, read_session, settings, stop_reading
from translations import gettext as _
from translations import lazy_gettext as _l
from translations import localised

blueprint = Blueprint("campaigns", __name__, url_prefix="/campaigns")

#: State -> its name and the sort of badge.
STATES: Final[Mapping[str, tuple[Any, str]]] = {
    ACTIVE: (_l("Open"), "good"),
    PLANNED: (_l("Being planned"), "warn"),
    PAUSED: (_l("Paused"), "warn"),
    ENDED: (_l("Ended"), ""),
}
#: What was done -> what is said of it on the page that follows.
DONE: Final[Mapping[str, Any]] = {
    "opened": _l("The campaign is open. It invites by its plan from now on."),
    "changed": _l("The changed plan is in force."),
    "paused": _l("The campaign is paused. Nobody new is invited; whoever was invited can still answer."),
    "went_on": _l("The campaign goes on."),
    "ended": _l("The campaign has ended. It takes no answers any more."),
    "copied": _l("This is a copy. Its dates and draws are its own."),
    "words": _l(
        "The words are saved, but a campaign cannot be opened with them: what is wrong stands beside each field."
    ),
    "discarded": _l("The campaign was thrown away."),
}


#: What the form of a new campaign is known by, so that it begins one campaign however often it is sent.
TOKEN: Final = re.compile(r"[0-9a-f]{32}")


def installation() -> Installation:
    """What this installation can send through."""
    return Installation.of(settings())


def find(code: str) -> Campaign:
    """The campaign of an address; 404 for one that is unknown or reaches no customers."""
    found = queries.by_code(read_session(), code)
    if not KINDS[found.questionnaire.kind].public:
        raise NotFound(_("There is no campaign %(code)s.", code=code))
    return found


@blueprint.get("")
@requires(Permission.SEE_CAMPAIGNS)
def index() -> str:
    """Campaigns by state and words of the name, fifty at a time."""
    state = request.args.get("state", "")
    wanted = {"state": state if state in STATES else "", "search": request.args.get("search", "").strip()[:100]}
    session = read_session()
    rows, total = campaign_list.listing(session, **wanted, limit=PAGE, offset=(asked() - 1) * PAGE)
    pages = paging(total)
    if pages.number != asked():
        rows, total = campaign_list.listing(session, **wanted, limit=PAGE, offset=pages.offset)
    return render_template(
        "pages/campaigns/index.html",
        rows=rows,
        pages=pages,
        wanted=wanted,
        states=STATES,
        kinds=KINDS,
        title_of=queries.title,
        said=DONE.get(request.args.get("done", "")),
        none_yet=not total and not any(wanted.values()),
    )


@blueprint.get("/<code>")
@requires(Permission.SEE_CAMPAIGNS)
def show(code: str) -> str:
    """One campaign in words."""
    campaign, session = find(code), read_session()
    standing, plan = campaign_plans.in_force(campaign), campaign_plans.plan_of(campaign)
    definition = campaign_plans.definition_of(session, campaign)
    shown = standing or (plan.rules if plan.waiting else None)
    return render_template(
        "pages/campaigns/show.html",
        campaign=campaign,
        title=queries.title(campaign),
        states=STATES,
        kind=KINDS[campaign.questionnaire.kind],
        privacy=PRIVACY[campaign.privacy],
        counts=campaign_list.counted(session, [campaign])[0],
        plan=plan,
        told=words.told(session, campaign, shown, definition) if shown is not None else (),
        in_force=standing is not None,
        waiting=words.differences(standing, plan.rules) if standing is not None and plan.waiting else (),
        texts_wait=plan.waiting and dict(plan.texts) != dict(campaign.texts),
        said=DONE.get(request.args.get("done", "")),
        acts=[one for one in ACTS.values() if campaign.state in one.start],
        over=campaign.closes is not None and campaign.closes < clock.today(),
    )


# ---- a new one -------------------------------------------------------------------------------------------------------


def what_choices() -> dict[str, Any]:
    """What the first step offers: questionnaires that the public answers, and both modes of privacy."""
    session = read_session()
    offered = [
        (one.code, localised(one.title))
        for one in catalogue.catalogue(session)
        if KINDS[one.kind].public and one.archived_at is None and catalogue.newest_published(session, one.id)
    ]
    return {
        "questionnaires": sorted(offered, key=lambda one: one[1]),
        "modes": [(code, name) for code, (name, _meaning) in PRIVACY.items()],
    }


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.PLAN_CAMPAIGNS)
def new() -> ResponseReturnValue:
    """The first step of a plan that does not stand yet."""
    choices = what_choices()
    if not choices["questionnaires"]:
        return render_template("pages/campaigns/nothing_to_ask.html")
    form = WhatForm(
        request.form if request.method == "POST" else None,
        **choices,
        opens=clock.today(),
        invitation_days=14,
        privacy=CONFIDENTIAL,
        questionnaire=request.args.get("questionnaire", ""),
    )
    if request.method == "GET" or not form.validate():
        return _new_page(form), 200 if request.method == "GET" else 422
    try:
        with transaction(actor(), "campaign.plan") as session:
            code = _planned(session, form)
    except UserError as error:
        words.into(form, error)
        return _new_page(form), error.status
    return redirect(url_for("campaign_plan.step", code=code, step="whom"), 303)


def _planned(session: Any, form: WhatForm) -> str:
    """The code of the new campaign, or of the one that this very form began before: it says what was sent last."""
    token, columns = _token(), {field.name: field.data for field in form}
    made = campaign_plans.begun_with(session, token, columns["questionnaire"]) or commands.plan(
        session,
        name=columns["name"],
        questionnaire=columns["questionnaire"],
        opens=columns["opens"],
        privacy=columns["privacy"],
        token=token,
    )
    return commands.save(session, made.code, made.revision, columns=columns).code


def _token() -> str:
    """The token that a form was made with; a new one for a new form."""
    sent = request.form.get("token", "")
    return sent if TOKEN.fullmatch(sent) else secrets.token_hex(16)


def _new_page(form: WhatForm) -> str:
    return render_template(
        "pages/campaigns/what.html",
        campaign=None,
        form=form,
        steps=words.STEPS,
        at_step="what",
        privacy=PRIVACY,
        policy=policy(read_session()),
        stale=None,
        locked="",
        revision=0,
        token=_token(),
    )


# ---- acts on a whole campaign ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ActOn:
    """Something done to a campaign after asking once more."""

    name: str
    label: Any
    question: Any
    #: What it means, in sentences.
    means: tuple[Any, ...]
    start: frozenset[str]
    run: Callable[..., Any]
    done: str
    danger: bool = False


ACTS: Final[Mapping[str, ActOn]] = {
    one.name: one
    for one in (
        ActOn(
            "pause", _l("Pause"), _l("Pause “%(name)s”?"),
            (_l("Nobody new is invited, and messages that have not left wait."),
             _l("Whoever was invited can still answer, and posters keep working."),
             _l("It can go on at any time.")),
            frozenset({ACTIVE}), commands.pause, "paused",
        ),
        ActOn(
            "go-on", _l("Go on"), _l("Go on with “%(name)s”?"),
            (_l("Customers are invited again by the plan that is in force."),),
            frozenset({PAUSED}), commands.go_on, "went_on",
        ),
        ActOn(
            "end", _l("End"), _l("End “%(name)s” for good?"),
            (_l("Nobody is invited any more, and messages that have not left never will."),
             _l("Links and posters say that the survey has ended; answers that were begun cannot be finished."),
             _l("Its responses and reports stay. It cannot be opened again; a copy of it can.")),
            frozenset({ACTIVE, PAUSED}), commands.end, "ended", danger=True,
        ),
        ActOn(
            "discard", _l("Throw away"), _l("Throw “%(name)s” away?"),
            (_l("The plan is lost. It was never opened, so nobody was asked by it."),),
            frozenset({PLANNED}), commands.discard, "discarded", danger=True,
        ),
    )
}  # fmt: skip


@blueprint.route("/<code>/<any('pause', 'go-on', 'end', 'discard'):name>", methods=["GET", "POST"])
@requires(Permission.PLAN_CAMPAIGNS)
def act(code: str, name: str) -> ResponseReturnValue:
    """Ask once more, then do it."""
    campaign, wanted = find(code), ACTS[name]
    if request.method == "GET":
        return _act_page(campaign, wanted)
    more = {"installation": installation()} if name == "go-on" else {}
    try:
        with transaction(actor(), f"campaign.{name.replace('-', '_')}", campaign=code) as session:
            wanted.run(session, code, **more)
    except UserError as error:
        return _act_page(campaign, wanted, error), error.status
    stop_reading()
    if name == "discard":
        return redirect(url_for("campaigns.index", done=wanted.done), 303)
    return redirect(url_for("campaigns.show", code=code, done=wanted.done), 303)


def _act_page(campaign: Campaign, wanted: ActOn, error: UserError | None = None) -> str:
    return render_template(
        "pages/campaigns/act.html",
        campaign=campaign,
        title=queries.title(campaign),
        act=wanted,
        possible=campaign.state in wanted.start,
        states=STATES,
        faults=[("", message) for _place, message in error.places] or [("", error.message)] if error else [],
    )


@blueprint.post("/<code>/copy")
@requires(Permission.PLAN_CAMPAIGNS)
def copy(code: str) -> ResponseReturnValue:
    """A new plan that begins as this one stands."""
    find(code)
    with transaction(actor(), "campaign.copy", campaign=code) as session:
        made = commands.copy(session, code).code
    return redirect(url_for("campaign_plan.step", code=made, step="what", done="copied"), 303)
