"""Documents that people send, told by their content: a short list of sorts is taken, everything else is refused.

Nothing is opened here beyond what tells the sort. A name is never trusted, only made fit to be shown.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from survey_app.errors import UserError
from survey_app.readers import pictures
from translations import gettext as _

#: Characters of a name that are kept.
_NAME: Final = 80
#: Bytes at the end of a PDF within which it says that it ends.
_PDF_END: Final = 2_048
#: Parts of a packed document that are looked at.
_PARTS: Final = 5_000


@dataclass(frozen=True)
class Sort:
    """One sort of document."""

    media_type: str
    suffix: str


JPEG: Final = Sort("image/jpeg", ".jpg")
PDF: Final = Sort("application/pdf", ".pdf")
TEXT: Final = Sort("text/plain", ".txt")
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
#: The part that tells an office document of one family -> its sort.
_PACKED: Final[Mapping[str, Sort]] = {
    "word/document.xml": Sort(_OFFICE + "wordprocessingml.document", ".docx"),
    "xl/workbook.xml": Sort(_OFFICE + "spreadsheetml.sheet", ".xlsx"),
    "ppt/presentation.xml": Sort(_OFFICE + "presentationml.presentation", ".pptx"),
}
#: What an open document says of itself in its first part -> its sort.
_OPEN: Final[Mapping[bytes, Sort]] = {
    b"application/vnd.oasis.opendocument." + kind: Sort(f"application/vnd.oasis.opendocument.{kind.decode()}", suffix)
    for kind, suffix in ((b"text", ".odt"), (b"spreadsheet", ".ods"), (b"presentation", ".odp"))
}
#: Encodings of plain text, the surest first.
_ENCODINGS: Final = ("utf-8-sig", "windows-1255")


def sniff(content: bytes) -> tuple[Sort, bytes]:
    """The sort of a document and the bytes to keep: a picture is written anew. UserError for any other sort."""
    if pictures.is_picture(content) or pictures.is_heic(content):
        return JPEG, pictures.clean(content)
    found = PDF if content.startswith(b"%PDF-") else _packed(content) or (TEXT if _is_text(content) else None)
    if found is None:
        raise UserError(_("This sort of file is not taken. Choose a PDF, a picture, a text or an Office document."))
    return found, content


def proof(content: bytes) -> tuple[Sort, bytes]:
    """The same for what supports a claim: a picture that was decoded and written anew, or a PDF; nothing else.

    A PDF is told by its head, its objects and its end, since nothing here draws it.
    """
    if pictures.is_picture(content) or pictures.is_heic(content):
        return JPEG, pictures.clean(content)
    if not content.startswith(b"%PDF-"):
        raise UserError(_("Only a picture (JPEG, PNG or WebP) or a PDF is taken here."))
    if b"%%EOF" not in content[-_PDF_END:] or b" obj" not in content:
        raise UserError(_("This PDF is damaged. Save it again and add that."))
    return PDF, content


def _packed(content: bytes) -> Sort | None:
    if not content.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = set(parts.namelist()[:_PARTS])
            if any(PurePosixPath(name).name.lower() == "vbaproject.bin" for name in names):
                raise UserError(_("This document holds programs (macros). Save it without them and add it again."))
            if "mimetype" in names:
                with parts.open("mimetype") as said:
                    return _OPEN.get(said.read(100).strip())
            found = next((sort for name, sort in _PACKED.items() if name in names), None)
            return found if "[Content_Types].xml" in names else None
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError, ValueError) as error:
        raise UserError(_("This file is damaged or protected by a password.")) from error


def _is_text(content: bytes) -> bool:
    """Whether it reads as text: known characters, and no others that control anything but lines."""
    if any(byte < 32 and byte not in b"\t\n\r\f" for byte in content) or 127 in content:
        return False
    for encoding in _ENCODINGS:
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def named(filename: str, sort: Sort | None, place: int) -> str:
    """A name to show: the last part of what was given, without invisible characters, with the ending of what it is.

    Without a sort it keeps its own ending; without any name it is its ``place``.
    """
    last = PurePosixPath(filename.replace("\\", "/")).name
    seen = "".join(one for one in last if unicodedata.category(one)[0] != "C")
    if sort is not None and "." in seen:
        seen = seen.rpartition(".")[0]
    stem = " ".join(seen.split())[:_NAME].strip(". ")
    return (stem or str(place)) + (sort.suffix if sort is not None else "")
