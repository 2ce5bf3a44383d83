"""Planning a campaign step by step: ordinary forms that work without scripts, saved under a revision.

A save that saw an older revision comes back with everything typed and with what was changed meanwhile; sent once more
it is written on top. The last step shows what will happen and opens the campaign.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.campaign_names import CHANNELS
from forms.campaign_names import told as value_told
from reports.whole_numbers import whole
from survey_app.commands import campaigns as commands
from survey_app.commands.campaigns import Stale
from survey_app.errors import NotFound, UserError
from survey_app.models.campaign import ENDED, PLANNED
from survey_app.outreach.dispositions import LEFT_OUT
from survey_app.permissions import Permission
from survey_app.queries import campaigns as queries
from survey_app.queries.preflight import Preflight, preflight
from survey_app.queries.readiness import QUESTIONNAIRE, Check, checks
from survey_app.transaction import transaction
from survey_app.web import campaign_preview, campaign_sample
from survey_app.web import campaign_words as words
from survey_app.web.campaign_steps import STEPS, Site
from survey_app.web.campaigns import DONE, find, installation
from survey_app.web.security import requires, takes
from survey_app.web.support import actor, current_user, read_session, stop_reading
from translations import gettext as _

blueprint = Blueprint("campaign_plan", __name__, url_prefix="/campaigns")

CHECK: Final = "check"
#: The largest form, in bytes: the words of a channel in four languages, twice over.
LARGEST: Final = 500_000
#: Buttons that save.
SAVING: Final = frozenset({"", "next", "save"})


def _site(code: str) -> Site:
    campaign = find(code)
    if campaign.state == ENDED:
        raise NotFound(_("This campaign has ended. A copy of it can be planned anew."))
    return Site(campaign)


@blueprint.get("/<code>/plan/<any('what', 'whom', 'how', 'many', 'words', 'follow-up'):step>")
@requires(Permission.PLAN_CAMPAIGNS)
def step(code: str, step: str) -> ResponseReturnValue:
    """A step as it stands."""
    site = _site(code)
    return shown(site, step, STEPS[step].form(site, None))


def shown(
    site: Site, name: str, form: Any, status: int = 200, *, focus: str = "", stale: Stale | None = None
) -> ResponseReturnValue:
    """A step's page. ``stale``: what was changed while the form was open, which a second save writes over."""
    given: dict[str, Any] = {"locked": "", **STEPS[name].offers(site, form)}
    page = render_template(
        f"pages/campaigns/{STEPS[name].template}.html",
        campaign=site.campaign,
        title_of=queries.title(site.campaign),
        form=form,
        steps=words.STEPS,
        at_step=name,
        site=site,
        focus=focus,
        stale=words.changed(stale.changed) if stale is not None else None,
        stale_said=stale.message if stale is not None else "",
        stale_by=stale.changed.by if stale is not None else "",
        revision=stale.revision if stale is not None else _revision(site),
        back=_before(name),
        said=DONE.get(request.args.get("done", "")) if request.method == "GET" else None,
        **given,
    )
    return page, status


def _revision(site: Site) -> int:
    """The revision that a page was made of; a page that comes back keeps the one it was first shown with."""
    return request.form.get("revision", site.campaign.revision, type=int)


def _before(name: str) -> str:
    order = list(words.STEPS)
    return order[order.index(name) - 1] if order.index(name) else ""


@blueprint.post("/<code>/plan/<any('what', 'whom', 'how', 'many', 'words', 'follow-up'):step>")
@requires(Permission.PLAN_CAMPAIGNS)
@takes(LARGEST, form="campaign_plan.step")
def write(code: str, step: str) -> ResponseReturnValue:
    """Save a step and go on to the next; a button that saves nothing gives the page back changed."""
    site, page = _site(code), STEPS[step]
    form = page.form(site, request.form)
    do = request.form.get("do", "")
    if do not in SAVING:
        return shown(site, step, form, focus=page.rearrange(form, do))
    if not form.validate():
        return shown(site, step, form, 422)
    before = site.plan.texts
    try:
        with transaction(actor(), "campaign.save", campaign=code, step=step) as session:
            commands.save(session, code, _revision(site), **page.changes(site, form))
    except Stale as stale:
        stop_reading()
        return shown(_site(code), step, form, stale.status, stale=stale)
    except UserError as error:
        words.into(form, error)
        return shown(site, step, form, error.status)
    stop_reading()
    now = _site(code)
    if step == "words" and now.plan.texts != before and page.faulty(now):
        channel = request.args.get("channel") or None
        return redirect(url_for("campaign_plan.step", code=code, step=step, channel=channel, done="words"), 303)
    return redirect(_onward(now, step, do), 303)


def _onward(site: Site, name: str, do: str) -> str:
    """Where to go after saving: the next channel's words, else the next step."""
    code, order = site.campaign.code, list(words.STEPS)
    if do == "save":
        return url_for("campaign_plan.step", code=code, step=name, channel=request.args.get("channel") or None)
    if name == "words":
        worded = list(STEPS[name].offers(site, STEPS[name].form(site, None))["channels"])
        at = request.args.get("channel") or next(iter(worded), "")
        if at in worded[:-1]:
            return url_for("campaign_plan.step", code=code, step=name, channel=worded[worded.index(at) + 1])
    following = order[order.index(name) + 1]
    if following == CHECK:
        return url_for("campaign_plan.check", code=code)
    return url_for("campaign_plan.step", code=code, step=following)


# ---- the last step ---------------------------------------------------------------------------------------------------


@blueprint.get("/<code>/plan/check")
@requires(Permission.PLAN_CAMPAIGNS)
def check(code: str) -> ResponseReturnValue:
    """What will be sent to whom, when, at what cost and with what power; what stops it."""
    return checked(_site(code))


def checked(site: Site, status: int = 200, *, faults: Any = (), stale: Stale | None = None) -> ResponseReturnValue:
    """The last step's page."""
    session, campaign = read_session(), site.campaign
    found, reckoned = checks(session, campaign, site.plan, installation()), outlook(site)
    samples = [
        one
        for channel in site.plan.rules.channels
        for one in campaign_preview.shown(
            session,
            site.plan.rules,
            site.plan.texts,
            channel,
            site.languages,
            installation(),
            campaign.questionnaire.code,
            kinds=("invitation",),
        )
    ]
    page = render_template(
        "pages/campaigns/check.html",
        campaign=campaign,
        title_of=queries.title(campaign),
        site=site,
        steps=words.STEPS,
        at_step=CHECK,
        back=_before(CHECK),
        stops=[(one.message, address(site, one)) for one in found if one.stops],
        warnings=[(one.message, address(site, one)) for one in found if not one.stops] + _weak(site, reckoned),
        beside=_beside(reckoned),
        outlook=reckoned,
        counts=_counts(reckoned),
        samples=samples,
        room=campaign_preview.room,
        faults=faults,
        stale=words.changed(stale.changed) if stale is not None else None,
        stale_said=stale.message if stale is not None else "",
        stale_by=stale.changed.by if stale is not None else "",
        revision=campaign.revision,
        told=words.told(session, campaign, site.plan.rules, site.definition),
        first=campaign.state == PLANNED,
        sample_to=current_user().email,
        sample_open="email" in installation().channels,
        sent=request.args.get("sent", ""),
        channel_name=lambda one: CHANNELS[one],
        left_out_words=lambda one: LEFT_OUT.get(one, one),
        feed_address=url_for("feed.index") if "feed.index" in current_app.view_functions else "",
    )
    return page, status


def outlook(site: Site) -> Preflight:
    """What the plan would bring, reckoned from the feed so far."""
    plan = site.plan
    return preflight(read_session(), site.campaign, plan.rules, plan.texts, link_url=installation().link_url)


def _counts(reckoned: Preflight) -> dict[str, Any]:
    """Whole numbers for the page, which add up: who is invited and who is left out, and the ways of the invited."""
    invited, *left = whole([reckoned.total.invitations, *reckoned.left_out.values()])
    ways = whole([one.invitations for one in reckoned.channels], invited)
    return {
        "interactions": invited + sum(left),
        "invited": invited,
        "left_out": dict(zip(reckoned.left_out, left, strict=True)),
        "channels": dict(zip((one.channel for one in reckoned.channels), ways, strict=True)),
    }


def _beside(reckoned: Preflight) -> list[tuple[str, str]]:
    """Other open campaigns that invite some of the same customers."""
    return [
        (
            _(
                "The open campaign “%(name)s” asks in %(branches)s of the same branches (%(reasons)s). It invited "
                "%(invited)s customers in the last 28 days; whom it invites this campaign may not invite for a while. "
                "They are reckoned as invited a short while ago.",
                name=one.name,
                branches=one.branches,
                reasons=value_told("reasons", one.reasons),
                invited=one.invited,
            ),
            url_for("campaigns.show", code=one.code),
        )
        for one in reckoned.beside
    ]


def _weak(site: Site, reckoned: Preflight) -> list[tuple[str, str]]:
    """What a plan cannot tell: branches that stay under the base, and changes that would not be seen."""
    every, many = len(reckoned.branches), url_for("campaign_plan.step", code=site.campaign.code, step="many")
    if not reckoned.known or not every:
        return []
    said = []
    if 2 * reckoned.bases_reached < every:
        words = _(
            "Only %(count)s of %(all)s branches would reach the base of %(base)s answers.",
            count=reckoned.bases_reached,
            all=every,
            base=reckoned.base,
        )
        said.append((words, many))
    if not reckoned.changes_seen:
        points = site.plan.rules.detect
        said.append((_("In no branch would a change of %(points)s points be seen.", points=points), many))
    return said


def address(site: Site, one: Check) -> str:
    """Where a finding is mended; empty for what is mended outside the platform's pages."""
    code = site.campaign.code
    if one.step in STEPS:
        return url_for("campaign_plan.step", code=code, step=one.step) + one.at
    return {
        QUESTIONNAIRE: url_for("questionnaires.show", code=site.campaign.questionnaire.code),
        "policy": url_for("outreach_rules.show"),
    }.get(one.step, "")


@blueprint.post("/<code>/plan/open")
@requires(Permission.PLAN_CAMPAIGNS)
def open_(code: str) -> ResponseReturnValue:
    """Open the campaign, or put the changed plan into force."""
    site = _site(code)
    first = site.campaign.state == PLANNED
    try:
        with transaction(actor(), "campaign.open", campaign=code) as session:
            commands.open_(session, code, revision=request.form.get("revision", type=int), installation=installation())
    except Stale as stale:
        stop_reading()
        return checked(_site(code), stale.status, stale=stale)
    except UserError as error:
        return checked(
            site, error.status, faults=[("", message) for _place, message in error.places] or [("", error.message)]
        )
    # A second click finds the campaign open already; its form still says what the first was pressed for.
    done = "opened" if first or "first" in request.form else "changed"
    return redirect(url_for("campaigns.show", code=code, done=done), 303)


@blueprint.post("/<code>/plan/sample")
@requires(Permission.PLAN_CAMPAIGNS)
def sample(code: str) -> ResponseReturnValue:
    """Send the planner the e-mail as a customer will get it, in the language chosen."""
    site = _site(code)
    language = request.form.get("language", "")
    if language not in site.languages:
        language = site.languages[0] if site.languages else "he"
    try:
        campaign_sample.send(site, language, current_user().email)
    except UserError as error:
        return checked(site, error.status, faults=[("", error.message)])
    return redirect(url_for("campaign_plan.check", code=code, sent=language), 303)
