"""What every page of fed files shares: taking an uploaded file, and telling of its run."""

from __future__ import annotations

from contextlib import closing
from typing import Any, Final

from flask import request

from survey_app import files
from survey_app.commands.feeding import keeping, runs
from survey_app.commands.feeding.sorts import SORTS
from survey_app.models import ImportRun
from survey_app.outreach.faults import Fault
from survey_app.queries import feed
from survey_app.readers import Unreadable
from survey_app.transaction import transaction
from survey_app.web.support import actor, current_user, read_session
from translations import gettext as _
from translations import lazy_gettext as _l
from translations import ngettext

#: Beside the file there are only a few small fields.
MOST_SENT: Final = keeping.MOST_BYTES + 100_000
#: Files that one person may bring: reading one is work.
OFTEN: Final = "120 per hour"
STATES: Final = {
    feed.RUNNING: (_l("Being taken in"), "warn"),
    feed.DONE: (_l("Taken in"), "good"),
    feed.FAILED: (_l("Stopped"), "bad"),
}
#: Reasons shown on a page, and refused rows shown as examples.
SHOWN: Final = 20


def bring(sort: str, *, whole: bool = False) -> int:
    """Keep the file that was sent and begin its run; the run's number. Unreadable, saying what to do."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Unreadable(_("Choose a file."))
    with closing(sent):
        kept = keeping.keep(sent.read(keeping.MOST_BYTES + 1), SORTS[sort])
    try:
        with transaction(actor(), "feed.upload", sort=sort, rows=kept.rows) as session:
            return runs.begin(
                session, SORTS[sort], kept, filename=sent.filename, user_id=current_user().id, whole=whole
            ).id
    except BaseException:
        files.store().delete(kept.file_id)
        raise


def progress(run: ImportRun) -> dict[str, Any] | None:
    """What a worker is doing for a run: words, share (0–100), and whether anybody still does it. None for nothing."""
    if run.state != feed.RUNNING:
        return None
    words = _("%(done)s of %(total)s rows taken in", done=f"{run.done:,}", total=f"{run.rows:,}")
    share = min(100, 100 * run.done // run.rows) if run.rows else 0
    return {"share": share, "words": words, "stopped": not feed.at_work(read_session(), run.id)}


def said(run: ImportRun, part: str) -> list[dict[str, Any]]:
    """Why rows were refused, or what of them was left out, with the file's own names of columns."""
    names = dict(run.report.get("columns", []))
    return [
        {
            "times": one["times"],
            "row": one["row"],
            "column": names.get(fault.field, fault.field),
            "message": fault.message,
        }
        for one in feed.reasons(run, part)[:SHOWN]
        for fault in [Fault.from_json(one["fault"])]
    ]


def removed(run: ImportRun) -> str:
    """How many a file that was the whole list took off it; empty where it took nobody."""
    gone = run.report.get("removed", 0)
    return ngettext("%(num)s address left the list.", "%(num)s addresses left the list.", gone) if gone else ""
