"""Posters, desk cards and table tents as PDF: a QR code, the short code in big digits, and what a customer should know.

Typeset by typst as tagged PDF/UA-1. Everything that differs is handed over as JSON and never becomes part of the
source; the faces are ours, so that a page looks the same wherever it is made.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import segno
import typst
from sqlalchemy.orm import Session

from survey_app.errors import UserError
from survey_app.models import CollectionPoint
from survey_app.outgoing.posters.words import Words, words
from survey_app.outreach import codes
from survey_app.queries import organisation, outreach
from translations import DEFAULT, LANGUAGES, localised
from translations import gettext as _

_HERE: Final = Path(__file__).parent
#: Direction of a letter -> a language that runs so, among those of branches' names.
_DIRECTIONS: Final = {"R": "he", "AL": "ar", "L": "en"}


@dataclass(frozen=True)
class Size:
    """One format: what a face is measured in, and how wide its QR code is with its quiet border, both in mm."""

    unit: float
    qr: float


#: The symbol itself is at least 35 mm on A4 and 25 mm on the smaller ones: read from an arm's length.
SIZES: Final = {"a4": Size(1.0, 92), "a5": Size(0.7, 62), "tent": Size(0.62, 46)}
#: Most pages in one file: a minute's patience and some megabytes.
MOST: Final = 500
#: Pixels of a preview per inch.
PREVIEW_PPI: Final = 60


@dataclass(frozen=True)
class Look:
    """How a poster is to look. ``second`` is a language beside Hebrew, or empty."""

    size: str = "a4"
    language: str = DEFAULT
    second: str = ""

    def __post_init__(self) -> None:
        """UserError for a size or language that there is not."""
        if self.size not in SIZES:
            raise UserError(_("Sizes: %(sizes)s.", sizes=", ".join(SIZES)), [("size", "")])
        if self.language not in LANGUAGES or self.second not in {"", *LANGUAGES}:
            raise UserError(_("Languages: %(languages)s.", languages=", ".join(LANGUAGES)), [("language", "")])
        if self.second and (self.language != DEFAULT or self.second == DEFAULT):
            raise UserError(_("A second language stands beside Hebrew only."), [("second", "")])

    @property
    def languages(self) -> list[str]:
        """The languages in the order in which they stand."""
        return [self.language, *([self.second] if self.second else [])]


@dataclass(frozen=True)
class Poster:
    """One point as a poster needs it."""

    code: str
    #: Whole address behind the QR code, and the short one that is typed, without ``https://``.
    link: str
    address: str
    branch: str
    #: What tells staff where it belongs.
    foot: str
    anonymous: bool


@dataclass(frozen=True)
class Batch:
    """Posters of one organisation."""

    posters: Sequence[Poster]
    organisation: dict[str, str]
    synthetic: bool
    #: Language -> how a customer makes sure that it is genuine, where the organisation says so.
    verify: dict[str, str]


def gathered(session: Session, points: Sequence[CollectionPoint], link_url: str) -> Batch:
    """What the posters of some points say. UserError where there is nothing to print, or too much for one file."""
    if not points:
        raise UserError(_("There is nothing to print: no poster, desk stand or link in use was chosen."))
    if len(points) > MOST:
        raise UserError(
            _("One file holds at most %(most)s pages; %(number)s were chosen.", most=MOST, number=len(points))
        )
    bank = organisation.organisation(session)
    return Batch(
        [poster(one, link_url) for one in points],
        {language: localised(bank.name, language) for language in LANGUAGES},
        bank.synthetic,
        dict(outreach.policy(session).verify),
    )


def poster(point: CollectionPoint, link_url: str) -> Poster:
    """One point as a poster needs it."""
    return Poster(
        code=point.code,
        link=f"{link_url}/b/{point.code}",
        address=re.sub(r"^https?://", "", link_url) + "/b",
        branch=point.branch.name,
        foot=" · ".join(part for part in (point.branch.code, point.label) if part),
        anonymous=point.campaign.privacy == "anonymous",
    )


def pdf(batch: Batch, look: Look) -> bytes:
    """One PDF/UA-1 file with a page for each poster."""
    made = _compiler().compile(format="pdf", sys_inputs=_inputs(batch, look), pdf_standards="ua-1")
    if not isinstance(made, bytes):
        raise TypeError("typst gives one file for a PDF")
    return made


def preview(batch: Batch, look: Look) -> bytes:
    """The first page as a PNG."""
    one = Batch(batch.posters[:1], batch.organisation, batch.synthetic, batch.verify)
    made = _compiler().compile(format="png", ppi=PREVIEW_PPI, sys_inputs=_inputs(one, look))
    first = made[0] if isinstance(made, list) else made
    if not isinstance(first, bytes):
        raise TypeError("typst gives one picture a page")
    return first


def zipped(batch: Batch, look: Look) -> bytes:
    """A zip with one PDF for each poster, named by its branch and code."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in batch.posters:
            name = f"{one.foot.partition(' ')[0] or 'branch'}-{one.code}-{look.size}-{'-'.join(look.languages)}.pdf"
            alone = Batch([one], batch.organisation, batch.synthetic, batch.verify)
            archive.writestr(re.sub(r"[^\w.-]", "_", name), pdf(alone, look))
    return written.getvalue()


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_HERE / "fonts"])


def _compiler() -> typst.Compiler:
    # One for each file: a compiler is no thing to share between the server's threads, its fonts are.
    return typst.Compiler(_HERE / "poster.typ", root=_HERE, font_paths=_fonts())


def _inputs(batch: Batch, look: Look) -> dict[str, str]:
    said = {
        (language, anonymous): words(
            language,
            organisation=batch.organisation.get(language, ""),
            anonymous=anonymous,
            synthetic=batch.synthetic,
            verify=batch.verify.get(language, ""),
        )
        for language in look.languages
        for anonymous in sorted({one.anonymous for one in batch.posters})
    }
    document = {
        "title": _("Survey posters") if len(batch.posters) > 1 else batch.posters[0].branch,
        "author": batch.organisation.get(look.language, ""),
        "languages": look.languages,
        "size": look.size,
        "unit": SIZES[look.size].unit,
        "pages": [_page(one, [said[language, one.anonymous] for language in look.languages], look)
                  for one in batch.posters],
    }  # fmt: skip
    return {"data": json.dumps(document, ensure_ascii=False)}


def _page(one: Poster, texts: Sequence[Words], look: Look) -> dict[str, Any]:
    return {
        "qr": qr_svg(one.link),
        "qr_size": SIZES[look.size].qr,
        "code": codes.grouped(one.code),
        "address": one.address,
        # A long domain shrinks until it fits on one line.
        "shrink": min(1.0, 30 / max(1, len(one.address))),
        "branch": _named(one.branch),
        "foot": _named(one.foot),
        "words": [text.as_data(one.address, one.code) for text in texts],
    }


def _named(name: str) -> dict[str, str]:
    """A name with the language whose direction its first letter has."""
    strong = next((kind for kind in map(unicodedata.bidirectional, name) if kind in _DIRECTIONS), "R")
    return {"text": name, "language": _DIRECTIONS[strong]}


def qr_svg(link: str) -> str:
    """A QR code at error level Q, which reads with a quarter of it dirty, and its quiet border of four modules."""
    drawn = io.BytesIO()
    segno.make(link, error="q", micro=False, boost_error=False).save(
        drawn, kind="svg", border=4, xmldecl=False, svgclass=None, lineclass=None, light="#fff"
    )
    return drawn.getvalue().decode()
