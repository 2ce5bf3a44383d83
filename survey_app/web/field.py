"""The shopper's app on the phone: one document a language for the list of visits and for each visit, and its worker.

A document is complete in itself, so that it works with no connection; ``static/field-worker.js`` keeps the documents of
one user of the phone and shows them to nobody else. Without scripts the pages of :mod:`survey_app.web.shops` do it all.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from flask import Blueprint, Response, jsonify, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from survey_app import clock
from survey_app.commands import responses
from survey_app.errors import Conflict, NotFound
from survey_app.field.expenses import LONGEST_NOTE, SORTS, UNEXPLAINED
from survey_app.field.expenses import MOST as LARGEST_EXPENSE
from survey_app.field.rules import Rules
from survey_app.models import Assignment, ShopperProfile
from survey_app.permissions import Permission
from survey_app.queries import appeals, notices, programmes, tickets, worklists
from survey_app.queries import shops as queries
from survey_app.web import assets
from survey_app.web.field_door import NAMES, OPEN, PLAIN, speak
from survey_app.web.field_sheet import sheet
from survey_app.web.filling import Filling, spoken
from survey_app.web.security import requires
from survey_app.web.support import current_user, organisation, read_session
from survey_app.web.visits import ASSIGNMENTS
from survey_app.web.wording import words_live
from translations import LANGUAGES, current_language
from translations import gettext as _

blueprint = Blueprint("field", __name__, url_prefix="/shops")

#: Whom a document belongs to: the worker shows it to nobody else.
OWNER: Final = "X-Field-User"
#: Reported visits that the list still shows.
REPORTED: Final = 20
#: Open visits whose documents a phone keeps, soonest due first.
KEPT: Final = 20


def face() -> str:
    """Whether the app goes by its neutral name: so it does unless coordination chose otherwise."""
    profile = read_session().get(ShopperProfile, current_user().id)
    return PLAIN if profile is None or profile.discreet else OPEN


def _owned(page: str) -> Response:
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers[OWNER] = str(current_user().id)
    return answer


# ---- the list of visits ----------------------------------------------------------------------------------------------


@blueprint.get("/in/<language>")
@requires(Permission.DO_SHOPS)
def start(language: str) -> ResponseReturnValue:
    """The app's first screen in one language."""
    speak(language)
    return start_page()


def start_page(*, done: bool = False) -> Response:
    """The list of visits in the language in use; ``done`` shows those reported first, for a browser without scripts."""
    user = current_user()
    visits = worklists.shops(read_session(), user.id)
    reported = worklists.shops(read_session(), user.id, done=True, limit=REPORTED)
    late = queries.awaited(read_session(), [visit.id for visit in reported])
    appealable = appeals.offers(read_session(), user)
    return _owned(
        render_template(
            "pages/field/start.html",
            face=face(),
            app_name=NAMES[face()],
            visits=visits,
            reported=reported,
            done=done,
            awaited=[visit for visit in reported if visit.id in late],
            appealable=appealable,
            begun=worklists.drafted(read_session(), [visit.response_id for visit in visits]),
            facts={"user": str(user.id), "release": _start_release(visits, reported, late, appealable)},
            today=clock.today(),
            states=ASSIGNMENTS,
        )
    )


def _digest(*parts: object) -> str:
    text = json.dumps([assets.digest(), clock.today().isoformat(), *parts], default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _bank() -> list[object]:
    found = organisation()
    return [found.name, found.synthetic, found.details] if found is not None else []


def _shown(visit: Assignment) -> list[object]:
    """What documents say of a visit: another digest of it says that they are to be fetched anew."""
    branch, scenario, programme = visit.branch, visit.scenario, visit.programme
    return [
        *(visit.id, visit.response_id, visit.state, visit.window_from, visit.window_until, visit.hour_from),
        *(visit.hour_until, visit.fee, visit.expense_cap, visit.answer_by, visit.handback_until, branch.name),
        *(branch.address, branch.city, branch.hours, branch.latitude, branch.longitude, scenario.title),
        *(scenario.briefing, scenario.facts, programme.rules if programme is not None else {}),
    ]


def _start_release(
    visits: list[Assignment], reported: list[Assignment], late: set[int], appealable: list[appeals.Offer]
) -> str:
    until = [(one.response.id, one.until) for one in appealable]
    return _digest(_bank(), face(), [_shown(one) for one in (*visits, *reported)], sorted(late), until)


# ---- one visit -------------------------------------------------------------------------------------------------------


@blueprint.get("/<int:number>/in/<language>")
@requires(Permission.DO_SHOPS)
def visit(number: int, language: str) -> ResponseReturnValue:
    """A visit in one language: its briefing, the taps in the branch, the report and its sending."""
    speak(language)
    filling = _filling(number, language)
    found = filling.ticket.assignment
    if found is None:  # a ticket by assignment always has one
        raise NotFound(_("There is no such assignment."))
    rules = rules_of(found)
    report = sheet(filling, rules)
    return _owned(
        render_template(
            "pages/field/visit.html",
            face=face(),
            app_name=NAMES[face()],
            visit=found,
            rules=rules,
            filling=filling,
            questionnaire=filling.definition,
            leaves=report.leaves,
            extras=report.extras,
            facts=_facts(filling, found, rules, report.voids),
            voids=report.voids,
            sorts=SORTS,
            longest_note=LONGEST_NOTE,
            unexplained=UNEXPLAINED,
            words=words_live(filling),
            notice=notices.shown(read_session(), filling.definition, filling.notice_id),
            asked_back=queries.asked_back(read_session(), filling.ticket.response_id),
            today=clock.today(),
            states=ASSIGNMENTS,
            files={},
            without=frozenset(),
        )
    )


def _filling(number: int, language: str) -> Filling:
    """The shopper's own visit. NotFound: not theirs; Conflict: no longer theirs to write."""
    ticket = tickets.by_assignment(read_session(), number, current_user().id)
    saved = responses.draft(read_session(), ticket)
    said = spoken(ticket.definition, language)
    return Filling(ticket, said, saved.answers if saved else {}, saved.notice_id if saved else None)


def rules_of(visit: Assignment) -> Rules:
    """The rules under which a visit is made; those of before there were programmes are the usual ones."""
    return programmes.rules(visit.programme) if visit.programme is not None else Rules()


def _facts(filling: Filling, visit: Assignment, rules: Rules, voids: str) -> dict[str, Any]:
    """What the phone's scripts must know. The branch's place comes to the phone: the phone's never leaves it."""
    branch = visit.branch
    known = branch.latitude is not None and branch.longitude is not None
    return {
        "user": str(current_user().id),
        "number": visit.id,
        "id": visit.response_id,
        "version": filling.ticket.version.number,
        "state": visit.state,
        "round": 1 + queries.times_back(read_session(), visit.response_id),
        "release": _release(filling),
        "branch": branch.name,
        "zone": clock.TIME_ZONE.key,
        "window": [visit.window_from.isoformat(), visit.window_until.isoformat()],
        "position": rules.position,
        "near": rules.near_m,
        "place": [branch.latitude, branch.longitude] if known else None,
        "photos": rules.photos,
        "voids": voids,
        "cap": visit.expense_cap,
        "largest": LARGEST_EXPENSE,
        "receipts": {code: sort.receipt for code, sort in SORTS.items()},
    }


def _release(filling: Filling) -> str:
    """What a visit's documents are made of, its answers on the server aside: those come by the phone's own store."""
    ticket = filling.ticket
    found = ticket.assignment
    back = queries.asked_back(read_session(), ticket.response_id)
    shown = _shown(found) if found is not None else []
    version = (ticket.version.digest, ticket.version.number)
    return _digest(_bank(), face(), shown, version, back.id if back is not None else 0, sorted(filling.answers.items()))


# ---- what the worker asks for ----------------------------------------------------------------------------------------


@blueprint.get("/app/pages")
@requires(Permission.DO_SHOPS)
def pages() -> ResponseReturnValue:
    """Every document that a phone keeps for a user, with a digest each: visits first, the list of them last."""
    user = current_user()
    open_visits = worklists.shops(read_session(), user.id)
    reported = worklists.shops(read_session(), user.id, done=True, limit=REPORTED)
    groups = []
    for one in open_visits[:KEPT]:
        try:
            release = _release(_filling(one.id, current_language()))
        except (Conflict, NotFound):  # sent from elsewhere meanwhile, or its survey was never opened
            continue
        addresses = [url_for("field.visit", number=one.id, language=code) for code in LANGUAGES]
        groups.append({"name": one.response_id, "release": release, "addresses": addresses})
    addresses = [url_for("field.start", language=code) for code in LANGUAGES]
    late = queries.awaited(read_session(), [visit.id for visit in reported])
    release = _start_release(open_visits, reported, late, appeals.offers(read_session(), user))
    groups.append({"name": "start", "release": release, "addresses": addresses})
    neutral = [url_for("field_door.locked", language=code) for code in LANGUAGES]
    answer = jsonify({"user": str(user.id), "groups": groups, "neutral": neutral, "language": user.language})
    answer.headers[OWNER] = str(user.id)
    return answer
