"""The first page after login: what there is to know and to do today, one card for each thing the role may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, render_template

from reports import opening, wording
from survey_app import clock
from survey_app.models.review import SIGNED
from survey_app.permissions import Permission, may
from survey_app.queries import (
    appeals,
    audit,
    branch_today,
    calls,
    certificates,
    decisions,
    giving_contacts,
    incidents,
    integrity,
    marks,
    meeting,
    organisation,
    previews,
    programmes,
    questionnaires,
    recognition,
    responses,
    reviews,
    thanks,
    worklists,
)
from survey_app.queries import today as field_today
from survey_app.queries.tasks import URGENCY
from survey_app.queries.visibility import visible
from survey_app.web import about, case_cards, support
from survey_app.web.field_words import STANDINGS
from survey_app.web.security import requires
from survey_app.web.support import current_user, read_session, scope
from survey_app.web.visits import ASSIGNMENTS

blueprint = Blueprint("home", __name__)

#: How many of a list a card shows.
FEW: Final = 5


def _review() -> Mapping[str, Any] | None:
    """The newest full month with anything in it, as far as the reader sees."""
    last = clock.last_full_month()
    known = [one for one in reviews.months(read_session()) if one.month <= last]
    if not known:
        return None
    session, reach = read_session(), scope()
    found = reviews.review(session, known[0].month)
    data = visible(session, found.data, reach)
    user = current_user()
    own_branch = user.branch.code if user.branch is not None and reach.reach == "branch" else None
    own_agent = user.agent.code if user.agent is not None and reach.reach == "agent" else None
    return {
        "review": found,
        "sentences": opening.opening(data),
        "branch": next((row for row in data["branches"] if own_branch and row["code"] == own_branch), None),
        "agent": next((row for row in data["agents"] if own_agent and row["code"] == own_agent), None),
        "settings": data["settings"],
        "wording": wording,
    }


def _to_sign() -> Mapping[str, Any] | None:
    session, today = read_session(), clock.today()
    closing_day = organisation.policy(session).closes_on_working_day
    waiting = [
        one.month
        for one in reviews.months(session)
        if one.signed is None and clock.closes_on(one.month, closing_day) <= today
    ]
    return {"months": waiting[:FEW], "count": len(waiting)} if waiting else None


def _shops() -> Mapping[str, Any]:
    return {"visits": worklists.shops(read_session(), current_user().id), "today": clock.today()}


def _quality() -> Mapping[str, Any]:
    rows, total = worklists.quality(read_session(), limit=FEW)
    return {"rows": [response for response, _assignment in rows], "total": total}


def _fieldwork() -> Mapping[str, Any]:
    month = clock.current_month()
    found = worklists.fieldwork(read_session(), month=month, limit=1)
    pressing = field_today.today(read_session()).pressing
    return {"month": month, "states": found.states, "names": ASSIGNMENTS, "pressing": pressing}


def _responses() -> Mapping[str, Any]:
    month = clock.current_month()
    return {"month": month, "total": responses.search(read_session(), month=month, limit=1)[1]}


def _drafts() -> Mapping[str, Any] | None:
    drafts = questionnaires.waiting(read_session())
    return {"drafts": drafts[:FEW], "count": len(drafts)} if drafts else None


def _audit() -> Mapping[str, Any]:
    return {"lines": audit.entries(read_session(), limit=FEW)[0]}


def _public_pages() -> Mapping[str, Any] | None:
    found = support.organisation()
    lacks = about.missing(found) if found is not None else []
    return {"lacks": lacks} if lacks else None


def _calls() -> Mapping[str, Any]:
    return {"desk": calls.desk(read_session(), current_user().id)}


def _integrity() -> Mapping[str, Any] | None:
    count = integrity.count_marked(read_session(), clock.current_month())
    return {"count": count} if count else None


def _charters() -> Mapping[str, Any] | None:
    # Whoever keeps them has them elsewhere; a shopper's first page may be seen by somebody in a branch.
    if may(current_user(), Permission.MANAGE_PROGRAMMES) or may(current_user(), Permission.DO_SHOPS):
        return None
    running = programmes.active(read_session())
    return {"programmes": running} if running else None


def _quizzes() -> Mapping[str, Any] | None:
    rows = [row for row in certificates.of_shopper(read_session(), current_user().id) if row[1].may_try]
    return {"rows": rows, "standings": STANDINGS} if rows else None


def _preview() -> Mapping[str, Any] | None:
    branch = current_user().branch
    if branch is None or not branch.ranked:
        return None
    session = read_session()
    window = previews.window(session, clock.last_full_month())
    if not window.open:
        return None
    statement = previews.statement(session, window.month, branch.id)
    return {"window": window, "answered": statement is not None and bool(statement.words)}


def _marks() -> Mapping[str, Any] | None:
    rows, total = marks.inbox(read_session(), current_user(), limit=1)
    return {"total": total, "since": rows[0].mark.at} if total else None


def _branch() -> Mapping[str, Any] | None:
    branch = current_user().branch
    return {"branch": branch} if branch is not None else None


def _appeals_to_decide() -> Mapping[str, Any] | None:
    found = appeals.to_decide(read_session(), current_user(), limit=FEW)
    return {"cases": found.cases, "total": found.total} if found.total else None


def _appeals_to_file() -> Mapping[str, Any] | None:
    offers = appeals.offers(read_session(), current_user())
    return {"offers": offers[:FEW], "count": len(offers)} if offers else None


def _decisions() -> Mapping[str, Any] | None:
    found = decisions.listed(read_session(), current_user(), decisions.MINE, limit=FEW)
    return {"rows": found.rows, "total": found.total, "late": found.late} if found.total else None


def _meeting() -> Mapping[str, Any] | None:
    """Months that nobody reviewed, the meeting that is under way or comes next, and what is late of the decisions."""
    session = read_session()
    unreviewed = meeting.unreviewed(session)
    agenda = meeting.agenda(session, clock.last_full_month())
    late = decisions.listed(session, current_user(), decisions.LATE, limit=0).total
    coming = agenda if agenda.state != SIGNED else None
    if not (unreviewed or late or coming):
        return None
    return {"unreviewed": unreviewed, "next": coming, "late": late}


def _branch_today() -> Mapping[str, Any] | None:
    user = current_user()
    return {"day": branch_today.today(read_session(), user), "urgency": URGENCY} if user.branch_id else None


def _my_work() -> Mapping[str, Any] | None:
    session, user = read_session(), current_user()
    if user.agent_id is None:
        return None
    count = thanks.own(session, user.agent_id, limit=0).total
    return {"thanks": count, "to_answer": recognition.to_answer(session, user)}


def _recognition() -> Mapping[str, Any] | None:
    count = len(recognition.waiting(read_session(), current_user()))
    return {"count": count} if count else None


def _incidents() -> Mapping[str, Any] | None:
    """Proposals that nobody looked at, and contacts that wait for this reader's approval."""
    session = read_session()
    proposals = incidents.listed(session, incidents.PROPOSED, limit=FEW)
    contacts = giving_contacts.waiting(session) if may(current_user(), Permission.APPROVE_GIVING) else []
    return {"proposals": proposals, "contacts": contacts} if proposals or contacts else None


@dataclass(frozen=True)
class Card:
    """One card: who gets it, the template under ``pages/home`` and what fills it (None: nothing to show today)."""

    permission: Permission
    name: str
    fill: Callable[[], Mapping[str, Any] | None]


CARDS: Final = (
    Card(Permission.SEE_TODAY, "branch_today", _branch_today),
    Card(Permission.SEE_MY_WORK, "my_work", _my_work),
    Card(Permission.DO_SHOPS, "shops", _shops),
    Card(Permission.DO_SHOPS, "quizzes", _quizzes),
    Card(Permission.WORK_CASES, "cases_mine", case_cards.mine),
    Card(Permission.LEAD_CASES, "cases_team", case_cards.team),
    Card(Permission.REMOVE_SCORES, "removals", case_cards.removals),
    Card(Permission.RUN_MEETING, "meeting", _meeting),
    Card(Permission.MANAGE_INCIDENTS, "incidents", _incidents),
    Card(Permission.SEE_DECISIONS, "decisions", _decisions),
    Card(Permission.SEE_REVIEW, "review", _review),
    Card(Permission.ANSWER_PREVIEW, "preview", _preview),
    Card(Permission.SIGN_REVIEW, "to_sign", _to_sign),
    Card(Permission.RECOGNISE, "recognition", _recognition),
    Card(Permission.ANSWER_MARKS, "marks", _marks),
    Card(Permission.REVIEW_SHOPS, "quality", _quality),
    Card(Permission.DECIDE_APPEALS, "appeals_decide", _appeals_to_decide),
    Card(Permission.FILE_APPEALS, "appeals_file", _appeals_to_file),
    Card(Permission.DO_SHOPS, "appeals_file", _appeals_to_file),
    Card(Permission.PLAN_FIELDWORK, "fieldwork", _fieldwork),
    Card(Permission.SEE_RESPONSES, "responses", _responses),
    Card(Permission.PUBLISH_QUESTIONNAIRE, "drafts", _drafts),
    Card(Permission.MANAGE_OUTREACH, "public_pages", _public_pages),
    Card(Permission.INTERVIEW, "calls", _calls),
    Card(Permission.CHECK_RESPONSES, "integrity", _integrity),
    Card(Permission.SEE_ORGANISATION, "branch", _branch),
    Card(Permission.HAVE_ACCOUNT, "charters", _charters),
    Card(Permission.SEE_AUDIT, "audit", _audit),
)


@blueprint.get("/")
@requires(Permission.HAVE_ACCOUNT)
def index() -> str:
    """Today."""
    user = current_user()
    filled = [(card.name, card.fill()) for card in CARDS if may(user, card.permission)]
    return render_template(
        "pages/home.html",
        cards=[(name, card) for name, card in filled if card is not None],
        name=user.name,
        today=clock.today(),
    )
