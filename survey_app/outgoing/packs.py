"""The files of a month's pack: written out of what their reader may see, outside of any transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from reports import pack_page, pack_tables
from reports.documents import csv, pdf, xlsx
from reports.rounding import strict_json
from survey_app import clock, contents
from survey_app.audit import Actor
from survey_app.commands import packs as commands
from survey_app.db import reading
from survey_app.errors import UserError
from survey_app.meeting.packs import FORMATS
from survey_app.models import Pack, User
from survey_app.outgoing.carrier import Attachment
from survey_app.permissions import scope_of
from survey_app.queries import packs as queries
from survey_app.queries import reviews
from survey_app.queries.packs import Material
from survey_app.transaction import transaction
from translations import format_month, speaking
from translations import gettext as _

log = structlog.get_logger()
#: Making files records nothing and changes no number: the asking stands in the trail.
ACTOR: Final = Actor.respondent()
#: The faces of everything that we print.
FONTS: Final = Path(__file__).parent / "posters" / "fonts"
#: Bytes beyond which files do not travel with a letter: mail servers refuse ten megabytes and their wrapping.
MOST_ATTACHED: Final = 7_000_000
#: Format -> the ending of its file's name.
ENDINGS: Final = {"pdf": "pdf", "xlsx": "xlsx", "csv": "zip", "json": "json"}


def _pdf(found: Material) -> bytes:
    return pdf.write(pack_page.document(found.data, found.beside), FONTS)


def _xlsx(found: Material) -> bytes:
    page = pack_page.document(found.data, found.beside)
    remarks = [part for part in (found.beside.organisation, page["state"], page["scope"], page["synthetic"]) if part]
    return xlsx.write(pack_tables.together(found.data, found.beside).values(), page["title"], remarks)


def _csv(found: Material) -> bytes:
    return csv.zipped(pack_tables.numbers(found.data, found.beside).values())


def _json(found: Material) -> bytes:
    return strict_json(found.data).encode()


#: Format -> its bytes, in the active language. CSV and JSON hold the numbers alone, which no meeting moves.
WRITERS: Final[Mapping[str, Callable[[Material], bytes]]] = {"pdf": _pdf, "xlsx": _xlsx, "csv": _csv, "json": _json}


def name_of(month: str, kind: str) -> str:
    """The name of a file; it tells nothing to whoever sees a list of attachments."""
    return f"review-{month}.{ENDINGS[kind]}"


def write(session: Session, user: User, month: str, kind: str, language: str) -> bytes:
    """One file of a month as a reader may see it. UserError where the month has no numbers, NotFound for no month."""
    with speaking(language):
        found = queries.material(session, user, month)
        _not_empty(found)
        return WRITERS[kind](found)


def _not_empty(found: Material) -> None:
    if found.empty:
        raise UserError(
            _("There is nothing to put into files: %(month)s has no data.", month=format_month(found.month))
        )


def work(payload: Mapping[str, Any]) -> None:
    """Make the pack of a job. A file that stands already is not made again."""
    pack_id = str(payload["pack"])
    with transaction(ACTOR, "pack.begin") as session:
        begun = commands.begin(session, pack_id)
        language = begun.language if begun is not None else ""
    if begun is None:
        return
    try:
        with speaking(language):
            _make(begun)
    except UserError:
        _fail(pack_id, "no_data")
    except Exception as error:
        log.exception("a pack could not be made", pack=pack_id)
        _fail(pack_id, type(error).__name__)


def _make(pack: Pack) -> None:
    with reading() as session:
        user = session.get_one(User, pack.user_id)
        # Moved since the pack was taken up: what is read now is not what its row says that it shows.
        same = queries.reach(scope_of(user)) == pack.reach
        found = queries.material(session, user, pack.month) if same else None
    if found is None:
        _fail(pack.id, "not_permitted")
        return
    _not_empty(found)
    for kind in pack.formats:
        if kind not in pack.files:
            content = WRITERS[kind](found)
            # Written before the row names it: nobody waits for a disk, or an object store, inside the transaction.
            key = contents.store().put(content)
            with transaction(ACTOR, "pack.file") as writing:
                commands.file_made(writing, pack.id, kind, name_of(pack.month, kind), content, key, found.digest)
    with transaction(ACTOR, "pack.finish") as writing:
        commands.finish(writing, pack.id)


def _fail(pack_id: str, reason: str) -> None:
    with transaction(ACTOR, "pack.fail") as session:
        commands.fail(session, pack_id, reason)


def hourly() -> None:
    """Put the packs that are due in line, call failed what was lost, let go of what was kept long enough."""
    month = clock.last_full_month()
    with reading() as session:
        wanted = bool(queries.due(session, month, 1)) and (
            reviews.review(session, month).data["overall"]["code"] != "no_data"
        )
    acts = [commands.forget, commands.call_lost]
    if wanted:
        acts.append(lambda session: commands.put_in_line(session, month))
    for act in acts:
        left = 1
        while left:
            with transaction(ACTOR, "pack.hourly") as writing:
                left = act(writing)


def attachments(session: Session, values: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """The files that travel with the letter of a pack; none where only a link is wanted, or they are too large."""
    pack = session.get(Pack, str(values.get("pack", ""))) if values.get("attached") else None
    if pack is None or not queries.may_open(pack, pack.user):
        return ()
    if sum(size for _name, _key, size in pack.files.values()) > MOST_ATTACHED:
        return ()
    found = []
    for kind, (name, key, _size) in sorted(pack.files.items()):
        try:
            found.append(Attachment(name, FORMATS[kind], contents.store().read(key)))
        except UserError:
            # Gone or damaged: the letter's link says so to its reader.
            log.warning("a file of a pack could not be attached", pack=pack.id, kind=kind)
    return tuple(found)


#: What each kind of job does.
WORK: Final[Mapping[str, Callable[[Mapping[str, Any]], None]]] = {commands.MAKE: work, commands.SCHEDULED: work}
