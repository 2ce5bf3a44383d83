"""The meeting about a month: its day and agenda, its beginning, and the customers' stories that it hears.

What is projected in the room is :mod:`survey_app.web.presenter`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.meeting import DayForm, StoryForm
from survey_app import clock
from survey_app.commands import meeting as commands
from survey_app.commands import stories
from survey_app.errors import UserError
from survey_app.models import Decision
from survey_app.permissions import Permission, may
from survey_app.queries import decisions, reviews, stories_chosen
from survey_app.queries import meeting as queries
from survey_app.queries.meeting import Agenda
from survey_app.queries.stories_chosen import SATISFIED, UNSATISFIED, Chosen
from survey_app.transaction import transaction
from survey_app.web.meeting_words import ENDS, STATES, WORKED, place
from survey_app.web.paging import PAGE, paging
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, safe_next, scope, stop_reading
from translations import lazy_gettext as _l

blueprint = Blueprint("meeting", __name__)

#: What is said after an act.
SAID: Final[Mapping[str, Any]] = {
    "day": _l("The day of the meeting was set."),
    "brought": _l("The words were brought to the meeting."),
    "out": _l("The words were taken out of the meeting."),
    "first": _l("The meeting hears these words first."),
}
#: Which words to choose from -> what the tab is called.
CUTS: Final[Mapping[str, Any]] = {
    UNSATISFIED: _l("Not satisfied"),
    SATISFIED: _l("Satisfied"),
    "all": _l("All"),
}


@dataclass(frozen=True)
class Seen:
    """What the sections of a month's page show of its meeting."""

    agenda: Agenda
    #: What the last meeting decided, with what is open of older ones; and what was decided about this month.
    before: list[Decision]
    made: list[Decision]
    stories: list[Chosen]
    #: Whether the reader may read minutes: they speak of all branches.
    minutes: bool


@blueprint.app_template_global("meeting_of")
def meeting_of(month: str) -> Seen:
    """The meeting about a month as far as the reader sees it; read once for a page."""
    known: dict[str, Seen] = g.setdefault("meetings", {})
    if month not in known:
        session, user = read_session(), current_user()
        reads = may(user, Permission.SEE_DECISIONS)
        known[month] = Seen(
            agenda=queries.agenda(session, month),
            before=decisions.before(session, user, month) if reads else [],
            made=decisions.of_month(session, user, month) if reads else [],
            stories=stories_chosen.chosen(session, user, month),
            minutes=reads_minutes(),
        )
    return known[month]


def reads_minutes() -> bool:
    """Whether the reader sees the whole organisation's review, and with it what was said of every branch."""
    user = current_user()
    return scope().everything and may(user, Permission.SEE_REVIEW)


@blueprint.app_template_global("brought")
def brought(month: str) -> set[tuple[str, str]]:
    """(response, question) of the words that are at a month's meeting already."""
    known: dict[str, set[tuple[str, str]]] = g.setdefault("brought", {})
    if month not in known:
        known[month] = stories_chosen.keys(read_session(), month)
    return known[month]


@blueprint.app_template_global("decision_words")
def decision_words(one: Decision) -> dict[str, Any]:
    """What a decision's badges say: what became of it, and whether it worked."""
    state = "late" if decisions.is_late(one) else one.state
    return {"state": ENDS[state], "worked": WORKED.get(one.worked), "late": state == "late"}


# ---- the agenda ------------------------------------------------------------------------------------------------------


@blueprint.get("/reviews/<month>/meeting")
@requires(Permission.RUN_MEETING)
def show(month: str) -> str:
    """The meeting's day, its agenda with what was said, and the way into the room."""
    found = queries.agenda(read_session(), month)
    return _page(found.month, DayForm(meets_on=found.meets_on if found.day_was_set else None))


def _page(month: str, form: DayForm) -> str:
    seen = meeting_of(month)
    return render_template(
        "pages/meeting/show.html",
        month=month,
        meeting=seen,
        agenda=seen.agenda,
        form=form,
        states=STATES,
        today=clock.today(),
        said=SAID.get(request.args.get("done", "")),
    )


@blueprint.post("/reviews/<month>/meeting/day")
@requires(Permission.RUN_MEETING)
def set_day(month: str) -> ResponseReturnValue:
    """Set the day, or leave it to the settings again."""
    form = DayForm(request.form)
    month = reviews.parse_month(month)
    if form.validate():
        try:
            with transaction(actor(), "meeting.day", month=month) as session:
                commands.set_day(session, month, form.meets_on.data)
        except UserError as problem:
            place(form, problem)
    if form.errors:
        stop_reading()
        return _page(month, form), 422
    return redirect(url_for("meeting.show", month=month, done="day"), 303)


@blueprint.post("/reviews/<month>/meeting/begin")
@requires(Permission.RUN_MEETING)
def begin(month: str) -> ResponseReturnValue:
    """Begin the review and go into the room. Sent twice, the first time stands."""
    with transaction(actor(), "meeting.begin", month=month) as session:
        commands.begin(session, current_user(), month)
    return redirect(url_for("presenter.first", month=month), 303)


# ---- stories ---------------------------------------------------------------------------------------------------------


@blueprint.get("/reviews/<month>/stories")
@requires(Permission.RUN_MEETING)
def choose(month: str) -> str:
    """The month's words to choose from, and those that the meeting hears."""
    return _stories(reviews.parse_month(month))


def _stories(month: str, problem: UserError | None = None) -> str:
    session, user = read_session(), current_user()
    cut = request.args.get("cut", UNSATISFIED)
    cut = cut if cut in CUTS else "all"
    search = request.args.get("q", "")
    total = stories_chosen.candidates(session, user, month, cut=cut, search=search, limit=0).total
    pages = paging(total)
    found = stories_chosen.candidates(session, user, month, cut=cut, search=search, limit=PAGE, offset=pages.offset)
    return render_template(
        "pages/meeting/stories.html",
        month=month,
        agenda=queries.agenda(session, month),
        chosen=stories_chosen.chosen(session, user, month),
        rows=found.rows,
        pages=pages,
        cut=cut,
        cuts=CUTS,
        search=search,
        most=stories.MOST,
        problem=problem.message if problem else "",
        said=SAID.get(request.args.get("done", "")),
    )


@blueprint.post("/reviews/<month>/stories")
@requires(Permission.RUN_MEETING)
def bring(month: str) -> ResponseReturnValue:
    """Bring a customer's words to the meeting. Sent twice, they are there once."""
    form = StoryForm(request.form)
    month = reviews.parse_month(month)
    if not form.validate():
        return _stories(month, UserError(form.error_summary[0][1])), 422
    return _done(
        month,
        "brought",
        lambda session: stories.bring(session, current_user(), month, *_key(form), form.note.data or ""),
    )


@blueprint.post("/reviews/<month>/stories/out")
@requires(Permission.RUN_MEETING)
def take_out(month: str) -> ResponseReturnValue:
    """Take words out of the meeting again."""
    form = StoryForm(request.form)
    return _done(reviews.parse_month(month), "out", lambda session: stories.take_out(session, month, *_key(form)))


@blueprint.post("/reviews/<month>/stories/first")
@requires(Permission.RUN_MEETING)
def put_first(month: str) -> ResponseReturnValue:
    """Let the meeting hear these words first."""
    form = StoryForm(request.form)
    return _done(reviews.parse_month(month), "first", lambda session: stories.put_first(session, month, *_key(form)))


def _key(form: StoryForm) -> tuple[str, str]:
    return form.response.data or "", form.question.data or ""


def _done(month: str, act: str, do: Any) -> ResponseReturnValue:
    """Do an act on a month's stories and go back to where it was asked for."""
    try:
        with transaction(actor(), f"story.{act}", month=month) as session:
            do(session)
    except UserError as problem:
        stop_reading()
        return _stories(month, problem), problem.status
    return redirect(safe_next(request.form.get("next")) or url_for("meeting.choose", month=month, done=act), 303)
