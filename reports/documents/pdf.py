"""A printed document → PDF/UA-1: tagged, its charts drawn as lines, the same bytes for the same document.

Typeset by typst. Everything that differs is handed over as JSON and never becomes part of the source.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import typst

from reports.documents.faces import drawable

#: What can be printed: a month's pack and whatever else is made of its blocks; a certificate.
PACK: Final = Path(__file__).with_name("pack.typ")
CERTIFICATE: Final = Path(__file__).with_name("certificate.typ")


def write(document: Mapping[str, Any], fonts: Path, source: Path = PACK) -> bytes:
    """The PDF of a document as :func:`reports.pack_page.document` gives one, or of another for its ``source``.

    ``fonts``: a folder of static TrueType fonts. Characters that none of them has are replaced first: a document for
    screen readers may hold none.
    """
    made = _compiler(fonts, source).compile(format="pdf", sys_inputs=_inputs(document, fonts), pdf_standards="ua-1")
    if not isinstance(made, bytes):
        raise TypeError("typst gives one file for a PDF")
    return made


def pictures(document: Mapping[str, Any], fonts: Path, ppi: float = 60, source: Path = PACK) -> list[bytes]:
    """The pages as PNG."""
    made = _compiler(fonts, source).compile(format="png", ppi=ppi, sys_inputs=_inputs(document, fonts))
    return [page for page in (made if isinstance(made, list) else [made]) if isinstance(page, bytes)]


def _inputs(document: Mapping[str, Any], fonts: Path) -> dict[str, str]:
    return {"data": json.dumps(_shown(document, partial(drawable, fonts=fonts)), ensure_ascii=False)}


def _shown(part: Any, clean: Any) -> Any:
    if isinstance(part, str):
        return clean(part)
    if isinstance(part, Mapping):
        return {key: _shown(value, clean) for key, value in part.items()}
    return [_shown(value, clean) for value in part] if isinstance(part, list | tuple) else part


@lru_cache(maxsize=2)
def _faces(fonts: Path) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts])


def _compiler(fonts: Path, source: Path) -> typst.Compiler:
    # One for each file: a compiler is no thing to share between threads, its fonts are.
    return typst.Compiler(source, root=source.parent, font_paths=_faces(fonts))
