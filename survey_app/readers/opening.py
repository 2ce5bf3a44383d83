"""Opening a file: its size, and by its first bytes (never its name) which reader it needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from survey_app.readers import delimited, json_lines, markup, workbook
from survey_app.readers.table import Table, Unreadable, no_rows
from survey_app.readers.text import decode
from translations import gettext as _

MEGABYTE: Final = 1_000_000
MOST_BYTES: Final = 50 * MEGABYTE
_XML_STARTS: Final = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<\x00", b"\xfe\xff\x00<")


def _not_this(content: bytes) -> Table:
    raise Unreadable(
        _("Files of this kind cannot be imported. Save the table as CSV UTF-8 or as XLSX and import that.")
    )


#: First bytes → reader. The second is the old workbook format, in which encrypted new workbooks are wrapped as well.
_READERS: Final[tuple[tuple[bytes, Callable[[bytes], Table]], ...]] = (
    (b"PK\x03\x04", workbook.read),
    (b"\xd0\xcf\x11\xe0", workbook.read),
    (b"%PDF", _not_this),
    (b"\x1f\x8b", _not_this),
    (b"\x89PNG", _not_this),
    (b"\xff\xd8\xff", _not_this),
)


def read_bytes(path: Path) -> bytes:
    """The content of a file up to 50 MB. Raises Unreadable where it is missing, closed to us, too large or empty."""
    try:
        if path.is_dir():
            raise Unreadable(_("%(name)s is a folder. Name the file in it.", name=path.name))
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise Unreadable(
                _(
                    "The file has %(size)s MB; files up to %(most)s MB can be imported. Split it.",
                    size=-(-size // MEGABYTE),
                    most=MOST_BYTES // MEGABYTE,
                )
            )
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise Unreadable(_("There is no file %(name)s.", name=str(path))) from error
    except OSError as error:
        raise Unreadable(_("The file %(name)s cannot be opened. Check its permissions.", name=str(path))) from error
    if not content.strip():
        raise no_rows()
    return content


def open_table(content: bytes) -> Table:
    """The table in a file. Raises Unreadable, saying what to do, for anything that is none."""
    for start, read in _READERS:
        if content.startswith(start):
            return read(content)
    if content.lstrip()[:4].startswith(_XML_STARTS):
        return markup.read(content.lstrip())
    text = decode(content)
    return json_lines.read(text) if json_lines.looks_so(text) else delimited.read(text)
