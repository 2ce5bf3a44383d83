"""An employee's own page: what customers say, the own score over time, and everything that waits to be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, current_app, render_template, url_for

from reports import bonus as statement
from reports import months as calendar
from reports import opening, wording
from survey_app import clock
from survey_app.errors import NotFound
from survey_app.loop.subjects import SUBJECTS
from survey_app.models import Agent
from survey_app.permissions import Permission
from survey_app.queries import bonus, organisation, recognition, thanks, training
from survey_app.queries import my_work as queries
from survey_app.web.appeals import STATES as APPEALS
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.reviews import reader_review
from survey_app.web.security import requires
from survey_app.web.support import current_user, read_session
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("my_work", __name__, url_prefix="/me")

#: Months of the own trend on the page.
TREND: Final = 6
#: What became of "it was not me".
CLAIMS: Final[Mapping[str, tuple[Any, str]]] = {
    "": (_l("Kept with the case"), ""),
    "claimed": (_l("Waits for the manager"), "warn"),
    "confirmed": (_l("Confirmed: the answer was moved"), "good"),
    "refused": (_l("Not confirmed"), ""),
}
SAID: Final[Mapping[str, Any]] = {"account": _l("My account"), "not_me": _l('"It was not me"')}
TRAININGS: Final[Mapping[str, Any]] = {
    "course": _l("Course"),
    "quiz": _l("Knowledge quiz"),
    "coaching": _l("Coaching talk"),
}


def _agent() -> Agent:
    agent = current_user().agent
    if agent is None:
        raise NotFound(_("This user serves no customers."))
    return agent


def _address(endpoint: str) -> str:
    """The address of a page that stands apart from this room; empty where there is none."""
    return url_for(endpoint) if endpoint in current_app.view_functions else ""


def _score(agent: Agent) -> dict[str, Any]:
    """The employee's own numbers of the last full month, the months before it, and the statement of the bonus."""
    review, data = reader_review(clock.last_full_month())
    row = next((one for one in data["agents"] if one["code"] == agent.code), None)
    stated = next((one for one in bonus.of(read_session(), data).rows if one.code == agent.code), None)
    trend: list[tuple[str, float]] = []
    if row is not None:
        values = row["trend"]["csat"]
        months = data["settings"]["trend_months"]
        trend = [(month, value) for month, value in zip(months, values, strict=True) if value is not None]
    return {
        "review": review,
        "settings": data["settings"],
        "row": row,
        "statement": stated,
        "said": statement.STATEMENTS,
        "trend": trend[-TREND:][::-1],
        "target": data["settings"]["policy"]["agent_target"],
    }


@blueprint.get("")
@requires(Permission.SEE_MY_WORK)
def index() -> str:
    """Everything of one's own on one page, each part with its link."""
    session, user, agent = read_session(), current_user(), _agent()
    policy = organisation.policy(session)
    month = clock.last_full_month()
    return render_template(
        "pages/my_work/index.html",
        agent=agent,
        score=_score(agent),
        wording=wording,
        window=opening.window,
        cases=queries.own_cases(session, user),
        subjects=SUBJECTS,
        promises=queries.promises(session, user),
        promise_months=queries.MONTHS,
        thanks=thanks.own(session, agent.id, limit=queries.FEW),
        words=queries.words(session, agent.id, month, policy),
        least=policy.least_comments,
        lessons=queries.lessons(session, user),
        told=queries.said(session, user),
        told_names=SAID,
        claims=CLAIMS,
        appeals=queries.appeals(session, agent.id),
        appeal_names=APPEALS,
        trainings=queries.trainings(session, agent.id),
        training_names=TRAININGS,
        titles=training.titles(session),
        quizzes_at=_address("quizzes.index"),
        recognised=recognition.own(session, user),
        to_answer=recognition.to_answer(session, user),
        today=clock.today(),
    )


@blueprint.get("/thanks")
@requires(Permission.SEE_MY_WORK)
def all_thanks() -> str:
    """Every word of thanks."""
    session, agent = read_session(), _agent()
    found = thanks.own(session, agent.id, limit=PAGE, offset=(asked() - 1) * PAGE)
    pages = paging(found.total)
    if pages.number != asked():
        found = thanks.own(session, agent.id, limit=PAGE, offset=pages.offset)
    return render_template("pages/my_work/thanks.html", found=found, pages=pages)


@blueprint.get("/words")
@requires(Permission.SEE_MY_WORK)
def all_words() -> str:
    """Everything that customers wrote of the employee, as far as so many answered."""
    session, agent = read_session(), _agent()
    policy, month = organisation.policy(session), clock.last_full_month()
    found = queries.words(session, agent.id, month, policy, limit=PAGE, offset=(asked() - 1) * PAGE)
    pages = paging(found.total)
    if pages.number != asked():
        found = queries.words(session, agent.id, month, policy, limit=PAGE, offset=pages.offset)
    first = calendar.span(month, policy.agent_window)[0]
    return render_template(
        "pages/my_work/words.html", found=found, pages=pages, least=policy.least_comments, first=first, last=month
    )
