"""The voice of the customer: one stream of all that customers say, its themes, tags, the meeting, messages by file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from reports import lexicon
from reports import months as calendar
from survey_app import clock
from survey_app.commands import stories
from survey_app.commands import voices as commands
from survey_app.commands.imports import HANDLERS
from survey_app.commands.imports.engine import run_import
from survey_app.commands.imports.handler import Options
from survey_app.commands.imports.report import Summary
from survey_app.errors import UserError
from survey_app.loop.voices import LONGEST_TAG, SOURCES, WAYS, tidy_tag
from survey_app.permissions import Permission
from survey_app.queries import organisation, reviews
from survey_app.queries import voices as queries
from survey_app.queries.voices import Wanted
from survey_app.readers import Unreadable
from survey_app.transaction import transaction
from survey_app.web.security import limiter, requires, takes
from survey_app.web.support import actor, current_user, read_session, safe_next, scope, stop_reading
from translations import LANGUAGES
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("voices", __name__, url_prefix="/voices")

#: A file may be as large as this; the request a little larger.
MOST_BYTES: Final = 20_000_000
MOST_SENT: Final = MOST_BYTES + 200_000
#: How far back -> what the choice is called; in months, this one included.
PERIODS: Final[Mapping[str, Any]] = {
    "": _l("All the time"),
    "1": _l("This month"),
    "3": _l("Three months"),
    "12": _l("Twelve months"),
}
#: What is said after an act.
SAID: Final[Mapping[str, Any]] = {
    "tagged": _l("The tag was put on."),
    "untagged": _l("The tag was taken off."),
    "brought": _l("The words were brought to the meeting."),
    "erased": _l("The words were deleted."),
}
#: Columns of a file of messages -> what they say.
COLUMNS: Final[Mapping[str, Any]] = {
    "key": _l("The file's own number of the message"),
    "written_on": _l("Day it was written"),
    "words": _l("What the customer said"),
    "channel, branch, agent, language": _l(
        "How it came, about which branch and who served, in which language; each may be empty"
    ),
    "consent": _l("Whether meetings may hear the words; empty for no"),
    "customer_name": _l("Taken out of the words and kept nowhere"),
}
#: Characters of a search.
LONGEST_SEARCH: Final = 200


@blueprint.record_once
def _globals(state: Any) -> None:
    """Macros of the meeting, which know nothing of a page, name the sources as well."""
    state.app.jinja_env.globals["voice_sources"] = SOURCES


@blueprint.get("")
@requires(Permission.HEAR_CUSTOMERS)
def index() -> str:
    """The stream, newest first, cut as the address says."""
    return _page()


def _page(problem: UserError | None = None) -> str:
    session, user, wanted = read_session(), current_user(), _wanted()
    after = request.args.get("after", "")
    page = queries.stream(session, user, wanted, after)
    month = _meeting_month(session)
    return render_template(
        "pages/voices/index.html",
        page=page,
        wanted=wanted,
        period=_period(),
        periods=PERIODS,
        sources={code: SOURCES[code].name for code in queries.sources_of(user)},
        themes=lexicon.THEMES,
        tags=queries.tags(session, user),
        languages_of={code: LANGUAGES[code] for code in LANGUAGES},
        ways={code: way.name for code, way in WAYS.items()},
        branches=organisation.branches(session, scope()),
        codes=organisation.codes(session),
        after=after,
        meeting_month=month,
        longest_tag=LONGEST_TAG,
        problem=problem,
        said=SAID.get(request.args.get("done", "")),
    )


def _meeting_month(session: Session) -> str:
    """The month whose meeting comes next: the last full one until it is signed, then this one."""
    last = clock.last_full_month()
    signed = any(one.month == last and one.signed is not None for one in reviews.months(session))
    return clock.current_month() if signed else last


def _wanted() -> Wanted:
    """How the address cuts the stream; what it does not know cuts nothing."""
    given = request.args
    return Wanted(
        source=_known("source", SOURCES),
        branch=given.get("branch", "").strip()[:LONGEST_SEARCH],
        theme=_known("theme", lexicon.THEMES),
        tag=tidy_tag(given.get("tag", ""))[:LONGEST_TAG],
        language=_known("language", LANGUAGES),
        search=given.get("q", "").strip()[:LONGEST_SEARCH],
        since=_since(),
    )


def _known(name: str, among: Any) -> str:
    value = request.args.get(name, "")
    return value if value in among else ""


def _period() -> str:
    return _known("period", PERIODS)


def _since() -> date | None:
    months = _period()
    if not months:
        return None
    return calendar.first_day(calendar.shift(clock.current_month(), 1 - int(months)))


@blueprint.get("/themes")
@requires(Permission.HEAR_CUSTOMERS)
def themes() -> str:
    """What customers speak of: how many pieces of each theme, of every source that the reader hears."""
    session, user, wanted = read_session(), current_user(), _wanted()
    if "period" not in request.args:
        wanted = Wanted(source=wanted.source, since=calendar.first_day(calendar.shift(clock.current_month(), -2)))
    counts, total, more = queries.theme_counts(session, user, wanted)
    return render_template(
        "pages/voices/themes.html",
        counts=counts,
        total=total,
        more=more,
        most=max(counts.values(), default=1),
        themes=lexicon.THEMES,
        wanted=wanted,
        period=request.args.get("period", "3"),
        periods=PERIODS,
        sources={code: SOURCES[code].name for code in queries.sources_of(user)},
    )


# ---- acts on one piece -----------------------------------------------------------------------------------------------


@blueprint.post("/tag")
@requires(Permission.HEAR_CUSTOMERS)
def tag() -> ResponseReturnValue:
    """Put a tag on a piece."""
    typed = request.form.get("tag", "")
    return _act("tag", "tagged", lambda session: commands.tag(session, current_user(), *_key(), typed))


@blueprint.post("/untag")
@requires(Permission.HEAR_CUSTOMERS)
def untag() -> ResponseReturnValue:
    """Take a tag off a piece."""
    typed = request.form.get("tag", "")
    return _act("untag", "untagged", lambda session: commands.untag(session, current_user(), *_key(), typed))


@blueprint.post("/bring")
@requires(Permission.RUN_MEETING)
def bring() -> ResponseReturnValue:
    """Bring a piece to the meeting of a month."""
    source, ref, question = _key()
    month, note = reviews.parse_month(request.form.get("month", "")), request.form.get("note", "")
    agreed = request.form.get("agreed") == "yes"

    def do(session: Session) -> None:
        stories.bring(session, current_user(), month, ref, question, note, source=source, agreed=agreed)

    return _act("bring", "brought", do, month=month, source=source, agreed=agreed)


@blueprint.post("/erase")
@requires(Permission.IMPORT_VOICES)
def erase() -> ResponseReturnValue:
    """Delete a message, as its customer asked."""
    number = request.form.get("ref", type=int) or 0
    return _act("erase", "erased", lambda session: commands.erase_message(session, current_user(), number))


def _key() -> tuple[str, str, str]:
    return request.form.get("source", ""), request.form.get("ref", ""), request.form.get("question", "")


def _act(act: str, done: str, do: Callable[[Session], None], **details: Any) -> ResponseReturnValue:
    """Do something about a piece and go back to where it was asked for."""
    try:
        with transaction(actor(), f"voice.{act}", **details) as session:
            do(session)
    except UserError as problem:
        stop_reading()
        return _page(problem), problem.status
    back = safe_next(request.form.get("next")) or url_for("voices.index")
    anchor = request.form.get("at", "")
    joined = f"{back}{'&' if '?' in back else '?'}{urlencode({'done': done})}"
    return redirect(f"{joined}#{anchor}" if anchor.isalnum() else joined, 303)


# ---- messages by file ------------------------------------------------------------------------------------------------


@blueprint.get("/import")
@requires(Permission.IMPORT_VOICES)
def bring_in() -> str:
    """Where a file of messages is brought."""
    return _import_page()


def _import_page(fault: str = "", summary: Summary | None = None) -> str:
    return render_template(
        "pages/voices/import.html",
        fault=fault,
        summary_of_file=summary,
        most=MOST_BYTES // 1_000_000,
        columns=COLUMNS.items(),
    )


@blueprint.post("/import")
@requires(Permission.IMPORT_VOICES)
@takes(MOST_SENT, form="voices.bring_in")
@limiter.limit("60 per hour")
def upload() -> ResponseReturnValue:
    """Take a file of messages in: good rows are kept, the others are told with their reasons."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _import_page(_("Choose a file.")), 422
    content = sent.read(MOST_BYTES + 1)
    sent.close()
    if len(content) > MOST_BYTES:
        return _import_page(_("The file is larger than %(most)s MB.", most=MOST_BYTES // 1_000_000)), 422
    try:
        summary = _taken(content, Path(sent.filename).name)
    except Unreadable as error:
        return _import_page(error.message), 422
    stop_reading()
    return _import_page("", summary), 422 if summary.refused else 200


def _taken(content: bytes, name: str) -> Summary:
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / (name.replace("\0", "") or "file")
        kept.write_bytes(content)
        return run_import(
            HANDLERS["messages"],
            kept,
            actor=actor(),
            refused_to=Path(folder) / "refused.csv",
            options=Options(user_id=current_user().id),
        )
