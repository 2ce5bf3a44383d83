"""Bytes to text: UTF-8 with or without its mark, UTF-16 with it, or Windows-1255 as old Hebrew systems write."""

from __future__ import annotations

import codecs
import re
from typing import Final

from survey_app.readers.table import Unreadable
from translations import gettext as _

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: Of the characters beyond ASCII in a Windows-1255 file, at least this part are Hebrew letters or usual signs.
_PLAUSIBLE: Final = 0.8
_USUAL: Final = re.compile(r"[א-ת₪\u200e\u200f\u00a0–—‘’“”„…״׳•°½¼×]")
_FOREIGN: Final = re.compile(r"[^\x00-\x7f]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(content: bytes) -> str:
    """The text of a file. Raises Unreadable for anything that is no text in one of the encodings."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _checked(_decoded(content, encoding))
    try:
        return _checked(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        return _checked(_hebrew(content, error))


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise _damaged(content, error) from error


def _hebrew(content: bytes, first: UnicodeDecodeError) -> str:
    """Windows-1255, unless that reads as noise: a damaged UTF-8 file must not come in as nonsense."""
    try:
        text = content.decode("cp1255")
    except UnicodeDecodeError as error:
        raise _damaged(content, first) from error
    foreign = len(_FOREIGN.findall(text))
    if len(_USUAL.findall(text)) < foreign * _PLAUSIBLE:
        raise _damaged(content, first)
    return text


def _damaged(content: bytes, error: UnicodeDecodeError) -> Unreadable:
    line = content.count(b"\n", 0, error.start) + 1
    return Unreadable(
        _(
            "The file is neither UTF-8 nor Windows-1255 text; the first damaged character is in line %(line)s."
            " Save it again as CSV UTF-8 or as XLSX.",
            line=line,
        )
    )


def _checked(text: str) -> str:
    if _CONTROL.search(text):
        raise Unreadable(_("This is no text file, workbook or XML. Save the table as CSV UTF-8 or as XLSX."))
    return text
