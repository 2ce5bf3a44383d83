"""Loads the demo bank, step by step, through the commands that everything else uses."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, datetime
from itertools import chain
from typing import Final

from sqlalchemy import func, select

from reports import months as calendar
from survey_app import clock, db, seals
from survey_app.audit import Actor
from survey_app.commands import case_opening, invitations, models, responses, reviews
from survey_app.config import Settings
from survey_app.db import Database
from survey_app.demo import (
    case_plan,
    cases,
    coordination,
    departments,
    drafting,
    employees,
    field_records,
    files,
    filled,
    incidents,
    judged,
    leaving,
    loyalty,
    meetings,
    money,
    others,
    paying,
    programme,
    promises,
    pulse,
    reaching,
    recognition,
    removals,
    shops,
    storing,
    surveys,
    thanks,
    truth,
    visits,
    visits_told,
    voices,
)
from survey_app.demo.bank import Bank, PlannedBranch
from survey_app.demo.planning import plan
from survey_app.demo.storing import ACTOR, Stored
from survey_app.demo.summary import Summary
from survey_app.errors import Conflict, Forbidden
from survey_app.models import Branch, Campaign, Organisation, Response
from survey_app.models.response import COUNTED
from survey_app.permissions import Role
from survey_app.transaction import transaction
from translations import LANGUAGES, localised
from translations import gettext as _

Progress = Callable[[str, float], None]

_QUESTIONNAIRE: Final = "post_visit_branch"
#: So many of the last months have what models say in them; the older ones were signed before there were any.
_WITH_MODELS: Final = 4
#: How much of the whole is behind when a step begins, as measured with 60 branches and 15 months.
_SURVEYS_FROM, _VISITS_FROM, _REACHING_FROM, _SIGNING_FROM = 0.06, 0.56, 0.64, 0.72
#: Answers that an analyst later found to come from one device, so that a signed month has a restatement.
_EXCLUDED: Final = 12
_REASON: Final = "התשובות נשלחו ממכשיר אחד בתוך שעה"


def _silent(step: str, share: float) -> None:
    """Progress that nobody watches."""


def load(
    settings: Settings,
    *,
    branches: int = 60,
    months: int = 15,
    seed: int = 7,
    progress: Progress = _silent,
    database: Database | None = None,
) -> Summary:
    """Store a synthetic bank in an empty database and say how to look at it.

    ``months`` full months before today's, and what there is of today's. The same seed, numbers and day give the same
    facts; passwords and tokens are random every time. ``progress`` is called with the step and the share done (0–1).
    Forbidden in production, Conflict where the database already has data.
    """
    if settings.production:
        raise Forbidden(_("The demo bank is loaded only for a loopback address and never in production."))
    with db.bound(database) if database is not None else nullcontext(), seals.bound_for(settings):
        _refuse_data()
        return _load(plan(branches, months, seed, clock.today()), progress)


def _refuse_data() -> None:
    with db.reading() as session:
        if session.get(Organisation, 1) is not None or session.scalar(select(Branch.id).limit(1)) is not None:
            raise Conflict(_("The database is not empty; the demo bank needs one of its own."))


def _load(bank: Bank, progress: Progress) -> Summary:
    now = clock.now()
    stored = Stored()
    show = next(iter(bank.with_role("drop")), bank.branches[0])
    progress(_("Branches and people"), 0.0)
    true = truth.draw(bank)
    # The bank asks its customers from the first day of its first month on.
    with clock.moved_to(clock.start_of(calendar.first_day(bank.months[0]))), transaction(ACTOR, "demo.bank") as session:
        storing.organisation(session, bank, stored)
        storing.open_questionnaires(session, stored)
    with transaction(ACTOR, "demo.users") as session:
        storing.users(session, bank, stored, show)
    storing.remember_versions(stored)
    with transaction(ACTOR, "demo.campaign") as session:
        reaching.open_campaign(session, bank, stored)
        reaching.make_points(session, bank, stored, show, now)
    recent = reaching.Recent(bank, stored)
    stored.marks = recent
    with transaction(ACTOR, "demo.drafts") as session:
        drafting.store(session, stored.users[Role.ANALYST])

    drawn = surveys.draw(bank, true)
    watch = case_plan.Watch()
    answered = watch(
        chain(
            filled.surveys(bank, true, drawn, now),
            others.recoveries(bank, true, drawn, now),
            others.calls(bank, true, now),
            leaving.answers(bank, now),
        )
    )
    total = 0
    for total in storing.respond(answered, stored):
        share = total / max(len(drawn), 1)
        progress(_("Customer surveys"), min(_SURVEYS_FROM + (_VISITS_FROM - _SURVEYS_FROM) * share, _VISITS_FROM))

    for batch in storing.batches(watch.unasked):
        with transaction(ACTOR, "demo.signals") as session:
            case_opening.signal(session, [stored.plain(one) for one in batch])

    progress(_("Mystery visits and profit"), _VISITS_FROM)
    made = shops.draw(bank, true, now)
    stored.programme = programme.store(bank, stored)
    visits.store(bank, made, stored, now)
    field_records.store(bank, made, stored)
    coordination.store(bank, stored, now)
    judged.store(bank, made, stored, show, now)
    paying.store(bank, stored, now)
    coordination.quiet(now)
    with transaction(ACTOR, "demo.profit") as session:
        storing.profit(session, money.draw(bank, true), stored)
    tokens = _invite(bank, show, stored)
    progress(_("Invitations, messages and calls"), _REACHING_FROM)
    reaching.store(bank, visits_told.tell(bank, recent.answered, now), stored, now)
    total += pulse.store(bank, stored)
    with transaction(ACTOR, "demo.departments") as session:
        departments.store(session, bank, stored)
    thanks.store(bank, stored)
    cases.store(bank, case_plan.draw(bank, watch, now), stored, now)
    removals.store(stored, now)
    promises.store(bank, stored, now)
    loyalty.store(bank, stored)
    incidents.store(bank, stored, show, now)
    total += voices.store(bank, stored, show.index)
    total += employees.store(bank, true, stored) + employees.ask_about_departments(bank, stored)
    employees.learn(bank, stored)

    _review(bank, stored, show, now, progress)
    employees.plan(bank, stored)
    voices.bring_one(stored, bank.months[-1])
    recognition.store(bank, stored, show, now)
    coordination.quiet(now)
    progress(_("Done"), 1.0)
    return Summary(
        organisation=localised(files.document("bank")["name"]),
        branches=len(bank.branches),
        agents=len(bank.agents),
        surveys=total,
        shops=len(made),
        month=bank.months[-1],
        branch_code=show.code,
        tokens=tokens,
        logins=tuple(stored.logins),
    )


def _invite(bank: Bank, show: PlannedBranch, stored: Stored) -> dict[str, str]:
    """Personal links that nobody has used yet, one in every language: language → token."""
    team = bank.teams[bank.months[-1]][show.index]
    agent = stored.agents[team[0]].id if team else 0
    day = _last_open_day(bank, show)
    with transaction(ACTOR, "demo.invitations") as session:
        campaign = session.get_one(Campaign, stored.campaigns[_QUESTIONNAIRE])
        branch = session.get_one(Branch, stored.branches[show.index].id)
        return {
            language: invitations.invite(session, campaign, branch, day, agent, language).token
            for language in LANGUAGES
        }


def _last_open_day(bank: Bank, show: PlannedBranch) -> date:
    for month in (calendar.of(bank.today), *reversed(bank.months)):
        days = surveys.open_days(bank, show, month)
        if days:
            return date.fromordinal(days[-1])
    return bank.today


def _review(bank: Bank, stored: Stored, show: PlannedBranch, now: datetime, progress: Progress) -> None:
    """Hold the meeting about every month but the last full one, sign it there, and correct the last signed one."""
    held = meetings.Meetings(bank, stored, show, now)
    signed: list[str] = []
    for at, month in enumerate(bank.months[:-1]):
        progress(_("Signing the months"), _SIGNING_FROM + (1 - _SIGNING_FROM) * at / len(bank.months))
        if month in bank.months[-_WITH_MODELS:]:
            models.make_fresh(month)
        if held.hold(month):
            signed.append(month)
    if signed:
        _correct(show, stored, signed[-1])
    # Last of all that changes a number, so that the first hour has nothing to make anew.
    for month in (bank.months[-1], clock.current_month()):
        models.make(month)
    held.prepare_last(bank.months[-1])
    coordination.quiet(now)


def _correct(show: PlannedBranch, stored: Stored, month: str) -> None:
    """An analyst keeps a batch of one branch's answers out of a signed month, which is then restated.

    The branch that most answered, and not the one that is shown round: with a batch less, the months of a small branch
    could not be shown any more, and its change of the last month with them.
    """
    analyst = stored.users[Role.ANALYST]
    counted = (
        Response.month == month,
        Response.campaign_id == stored.campaigns[_QUESTIONNAIRE],
        Response.state == COUNTED,
    )
    with db.reading() as session:
        largest = session.scalar(
            select(Response.branch_id)
            .where(*counted, Response.branch_id != stored.branches[show.index].id)
            .group_by(Response.branch_id)
            .order_by(func.count().desc(), Response.branch_id)
            .limit(1)
        )
        doubtful = session.scalars(
            select(Response.id).where(*counted, Response.branch_id == largest).order_by(Response.id).limit(_EXCLUDED)
        ).all()
    if len(doubtful) < _EXCLUDED:
        return
    for response_id in doubtful:
        with transaction(Actor.user(analyst), "response.exclude", response=response_id) as session:
            responses.exclude(session, response_id, _REASON)
    with transaction(ACTOR, "review.restate", month=month) as session:
        reviews.restate(session, month)
