"""The watched folder: a file is taken once it is whole, moved while it is worked on, and laid down with a report.

    FOLDER/             where files are dropped
    FOLDER/working/     a file that somebody claimed, as ``CLAIM--NAME``: the move is the claim, and only one makes it
    FOLDER/done/        taken in, with a report and the refused rows beside it; destroyed after a week
    FOLDER/refused/     not taken in, with what to do beside it; destroyed after a month

A process may be killed between any two steps: a claimed file without a run is claimed again, one with a finished run is
laid down again. Rows that are told twice on the way are stored once.
"""

from __future__ import annotations

import os
import re
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog

from survey_app import clock, files
from survey_app.audit import Actor
from survey_app.commands.feeding import keeping, runs, sheets
from survey_app.commands.feeding.sorts import SORTS
from survey_app.config import Settings
from survey_app.db import reading
from survey_app.errors import UserError
from survey_app.models import ImportRun
from survey_app.outreach.faults import Fault
from survey_app.queries import feed
from survey_app.readers import Unreadable
from survey_app.transaction import transaction
from translations import gettext as _

log = structlog.get_logger()
ACTOR: Final = Actor.system("folder")
SORT: Final = SORTS["interactions"]
WORKING, TAKEN, REFUSED = "working", "done", "refused"
#: Endings of files that are taken; and what a sender may call a file that is not whole yet.
ENDINGS: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xls"})
PARTIAL: Final = ".part"
#: How long a file must have kept its size before it is taken to be whole.
STILL: Final = timedelta(seconds=50)
#: After so long a claim without a run was left by a process that was killed.
ABANDONED: Final = timedelta(minutes=15)
#: How long files stay after they were taken in, or were not.
KEPT: Final = {TAKEN: timedelta(days=7), REFUSED: timedelta(days=30)}
_CLAIM: Final = re.compile(r"([0-9a-f]{32})--(.+)", re.ASCII | re.DOTALL)


@dataclass(frozen=True)
class _Seen:
    """A file as it was when it was looked at."""

    inode: int
    size: int
    changed: int
    since: float


#: Files as this process last saw them, and names seen as partial: it takes two looks to know that one is whole.
_seen: dict[Path, _Seen] = {}
_partial: set[Path] = set()
_looking = threading.Lock()


def watch() -> int:
    """Look into the folder of the settings, where there is one; returns how many files were claimed."""
    folder = Settings.load().feed_dir
    return look(Path(folder)) if folder else 0


def look(folder: Path) -> int:
    """Lay down what is finished, claim what is whole. Files that cannot be taken are laid into ``refused``."""
    with _looking:
        for name in (WORKING, TAKEN, REFUSED):
            _own(folder / name)
        for path in _claimed(folder):
            _guarded(partial(_settle, folder, path))
        whole = [path for path in sorted(_files(folder)) if _is_whole(path)]
        for path in set(_seen) - set(_files(folder)):
            del _seen[path]
    return sum(_guarded(partial(_claim, folder, path)) is True for path in whole)


def _own(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or not folder.is_dir():
        raise NotADirectoryError(folder)


def _guarded(act: Callable[[], object]) -> object:
    """What an act gives. One file that makes trouble does not keep the others waiting."""
    try:
        return act()
    except Exception:
        log.exception("a file of the watched folder could not be worked on")
        return None


def _files(folder: Path) -> Iterator[Path]:
    """What lies in the folder to be taken: plain files only, no links, nothing hidden or partial."""
    current: set[Path] = set()
    with os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            if entry.name.startswith((".", "~")) or not entry.is_file(follow_symlinks=False):
                continue
            if path.suffix.lower() == PARTIAL:
                current.add(path.with_suffix(""))
            elif path.suffix.lower() in ENDINGS:
                yield path
    _partial.update(current)


def _is_whole(path: Path) -> bool:
    """Whether a file has kept its size, or was given its name by the sender just now, in place of a partial one."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    if path in _partial and not path.with_name(path.name + PARTIAL).exists():
        _partial.discard(path)
        return True
    now = clock.now().timestamp()
    before = _seen.get(path)
    same = before and (before.inode, before.size, before.changed) == (found.st_ino, found.st_size, found.st_mtime_ns)
    if before is None or not same:
        _seen[path] = _Seen(found.st_ino, found.st_size, found.st_mtime_ns, now)
        return False
    return now - before.since >= STILL.total_seconds()


# ---- claiming --------------------------------------------------------------------------------------------------------


def _claim(folder: Path, path: Path, name: str = "") -> bool:
    """Move a file to where only we work on it, and begin its run; False where another was faster."""
    claim, name = uuid4().hex, name or _short(path)
    mine = folder / WORKING / f"{claim}--{name}"
    try:
        path.rename(mine)
    except FileNotFoundError:
        return False
    _seen.pop(path, None)
    _guarded(partial(_begin, folder, mine, claim, name))
    return True


def _short(path: Path) -> str:
    """A file's name, cut where it leaves no room for what stands before and behind it."""
    return path.stem.encode()[:150].decode(errors="ignore") + path.suffix


def _begin(folder: Path, path: Path, claim: str, name: str) -> None:
    try:
        kept = keeping.keep(_content(path), SORT)
    except UserError as error:
        _refuse(folder, path, name, error.message)
        return
    try:
        with transaction(ACTOR, "feed.folder", rows=kept.rows) as session:
            run = runs.begin(session, SORT, kept, filename=name, claim=claim)
            if not path.exists():
                raise FileNotFoundError(path)  # it was taken for abandoned, and somebody else has it by now
            log.info("a file of the watched folder is taken in", run=run.id)
    except BaseException:
        files.store().delete(kept.file_id)
        raise


def _content(path: Path) -> bytes:
    """The bytes of a plain file, never of what a link points to. Raises Unreadable."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Unreadable(_("The file cannot be opened. Check its permissions.")) from error
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable(_("This is no plain file."))
        return stream.read(keeping.MOST_BYTES + 1)


# ---- laying down -----------------------------------------------------------------------------------------------------


def _claimed(folder: Path) -> list[Path]:
    with os.scandir(folder / WORKING) as entries:
        return sorted(Path(entry.path) for entry in entries if _CLAIM.fullmatch(entry.name))


def _settle(folder: Path, path: Path) -> None:
    """Lay a finished file down; claim one again that was left before its run began."""
    found = _CLAIM.fullmatch(path.name)
    if found is None:
        return
    claim, name = found.groups()
    with reading() as session:
        run = feed.by_claim(session, [claim]).get(claim)
    if run is None:
        with suppress(FileNotFoundError):
            if clock.now().timestamp() - path.lstat().st_ctime > ABANDONED.total_seconds():
                _claim(folder, path, name)
    elif run.state == feed.DONE:
        _lay_down(folder, path, name, run)


def _lay_down(folder: Path, path: Path, name: str, run: ImportRun) -> None:
    nothing = run.refused and not run.added and not run.unchanged
    target = folder / (REFUSED if nothing else TAKEN) / f"{run.id}-{name}"
    if run.report.get("pieces"):
        _write(target.with_name(f"{target.name}.refused.csv"), b"".join(sheets.refused(run)))
    _write(target.with_name(f"{target.name}.report.txt"), "\n".join(report(run)).encode() + b"\n")
    _move(path, target)


def _refuse(folder: Path, path: Path, name: str, message: str) -> None:
    stamp = clock.local(clock.now()).strftime("%Y%m%d-%H%M%S")
    target = folder / REFUSED / f"{stamp}-{name}"
    said = [_("The file %(file)s was not taken in.", file=name), message,
            _("Mend it and put it into the folder again.")]  # fmt: skip
    _write(target.with_name(f"{target.name}.report.txt"), "\n".join(said).encode() + b"\n")
    _move(path, target)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a report is written beside its place and then given its name."""
    beside = path.with_name(f".{uuid4().hex}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        target.write(content)
    beside.rename(path)


def _move(path: Path, target: Path) -> None:
    with suppress(FileNotFoundError):  # another worker has laid it down
        path.rename(target)
        os.utime(target, (clock.now().timestamp(), clock.now().timestamp()), follow_symlinks=False)


def report(run: ImportRun) -> list[str]:
    """What became of a file, line by line, in the reader's language."""
    said = [
        _("Run %(run)s: %(file)s", run=run.id, file=run.filename),
        _("Added: %(count)s", count=f"{run.added:,}"),
        _("Here already, the same: %(count)s", count=f"{run.unchanged:,}"),
        _("Refused: %(count)s", count=f"{run.refused:,}"),
    ]
    if run.report.get("forbidden"):
        names = ", ".join(run.report["forbidden"])
        said.append(_("These columns may not be sent and were not read: %(names)s.", names=names))
    if run.report.get("unknown"):
        said.append(
            _("These columns are not known and were left out: %(names)s.", names=", ".join(run.report["unknown"]))
        )
    for part in ("refused", "remarks"):
        for one in feed.reasons(run, part):
            fault = Fault.from_json(one["fault"])
            said.append(
                _(
                    "%(count)s rows, the first in row %(row)s: %(message)s",
                    count=f"{one['times']:,}",
                    row=one["row"],
                    message=f"{fault.field}: {fault.message}" if fault.field else fault.message,
                )
            )
    return said


def tidy() -> int:
    """Destroy files whose time in ``done`` and ``refused`` is over; returns how many."""
    folder = Settings.load().feed_dir
    return _tidy(Path(folder)) if folder else 0


def _tidy(folder: Path) -> int:
    gone = 0
    for name, kept in KEPT.items():
        place = folder / name
        if not place.is_dir() or place.is_symlink():
            continue
        for path in place.iterdir():
            with suppress(FileNotFoundError):
                found = path.lstat()
                if stat.S_ISREG(found.st_mode) and clock.now().timestamp() - found.st_mtime > kept.total_seconds():
                    path.unlink()
                    gone += 1
    return gone
