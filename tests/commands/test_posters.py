"""Printed pages: read by a real decoder, in every size and language, tagged, and deaf to what is written in names."""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise

import pytest
import zxingcpp
from PIL import Image

from survey_app.errors import UserError
from survey_app.outgoing import posters
from survey_app.outgoing.posters import SIZES, Batch, Look, Poster
from survey_app.outgoing.posters.words import words
from survey_app.outreach import codes
from translations import LANGUAGES

CODE = "48291" + codes.check_digit("48291")
LINK = f"https://survey.example.co.il/b/{CODE}"
PPI = 150
LOOKS = [*[(language, "") for language in LANGUAGES], ("he", "ar"), ("he", "en"), ("he", "ru")]


def poster(**changes: object) -> Poster:
    given = {
        "code": CODE,
        "link": LINK,
        "address": "survey.example.co.il/b",
        "branch": "סניף Azrieli תל אביב",
        "foot": "101 · דלפק 3",
        "anonymous": False,
    }
    return Poster(**{**given, **changes})  # type: ignore[arg-type]


def batch(*some: Poster, verify: dict[str, str] | None = None) -> Batch:
    return Batch(some or (poster(),), dict.fromkeys(LANGUAGES, "בנק לבדיקה"), True, verify or {})


def picture(many: Batch, look: Look) -> Image.Image:
    made = posters._compiler().compile(format="png", ppi=PPI, sys_inputs=posters._inputs(many, look))
    return Image.open(io.BytesIO(made[0] if isinstance(made, list) else made)).convert("L")


@pytest.fixture(params=list(SIZES))
def size(request: pytest.FixtureRequest) -> str:
    """Every size."""
    return str(request.param)


@pytest.mark.parametrize(("language", "second"), LOOKS)
def test_the_printed_code_is_read_by_a_decoder(size: str, language: str, second: str) -> None:
    shown = picture(batch(), Look(size, language, second))
    found = zxingcpp.read_barcodes(shown, formats=zxingcpp.BarcodeFormat.QRCode)
    assert [one.text for one in found] == [LINK] * (2 if size == "tent" else 1)
    assert all(one.ec_level == "Q" for one in found)
    widths = [_width(one.position) for one in found]
    assert min(widths) >= (35 if size == "a4" else 25), widths


def _width(corners: zxingcpp.Position) -> float:
    """The narrowest side of a symbol in mm."""
    points = [(one.x, one.y) for one in (corners.top_left, corners.top_right, corners.bottom_right)]
    sides = [((x - a) ** 2 + (y - b) ** 2) ** 0.5 for (x, y), (a, b) in pairwise(points)]
    return min(sides) / PPI * 25.4


def test_it_is_still_read_small_tilted_and_smudged() -> None:
    shown = picture(batch(), Look("a5"))
    smudged = shown.copy()
    smudged.paste(0, (360, 430, 410, 480))
    for one in (shown.resize((shown.width // 2, shown.height // 2)), shown.rotate(11, fillcolor=255), smudged):
        assert [found.text for found in zxingcpp.read_barcodes(one)] == [LINK]


@pytest.mark.parametrize(("language", "second"), LOOKS)
def test_the_document_is_tagged_and_says_its_language(size: str, language: str, second: str) -> None:
    made = posters.pdf(batch(), Look(size, language, second))
    assert made.startswith(b"%PDF")
    for mark in (b"/MarkInfo", b"/StructTreeRoot", b"pdfuaid:part", f"/Lang({language}".encode()):
        assert mark in made.replace(b" (", b"("), mark


def test_every_point_is_a_page_of_its_own_and_fits_it(size: str) -> None:
    far = "a-very-long-domain-name.example.co.il/b"
    long = poster(branch="סניף " + "ארוך מאוד " * 4, address=far, foot="999 · " + "x" * 80)
    many = batch(poster(), long, poster(anonymous=True), verify=dict.fromkeys(LANGUAGES, "בירור: 1234*"))
    pages = posters._compiler().compile(format="png", ppi=20, sys_inputs=posters._inputs(many, Look(size, "he", "ru")))
    assert isinstance(pages, list)
    assert len(pages) == 3


def test_names_are_shown_and_never_run() -> None:
    evil = '#panic("x") $x$ \\ *b* [c] <a> "]; #read("poster.typ")'
    plain_ = picture(batch(poster(branch=evil, foot=evil)), Look())
    assert [one.text for one in zxingcpp.read_barcodes(plain_)] == [LINK]


def test_one_zip_holds_one_file_each() -> None:
    other = poster(code="57300" + codes.check_digit("57300"), foot="102")
    with zipfile.ZipFile(io.BytesIO(posters.zipped(batch(poster(), other), Look("a5", "he", "ar")))) as archive:
        assert archive.namelist() == [f"101-{CODE}-a5-he-ar.pdf", f"102-{other.code}-a5-he-ar.pdf"]
        assert all(archive.read(name).startswith(b"%PDF") for name in archive.namelist())


def test_a_preview_is_a_picture_of_the_first_page() -> None:
    assert Image.open(io.BytesIO(posters.preview(batch(poster(), poster()), Look("a4")))).size == (496, 702)


@pytest.mark.parametrize(
    "wish", [("a3", "he", ""), ("a4", "fr", ""), ("a4", "he", "he"), ("a4", "ar", "he"), ("a4", "he", "fr")]
)
def test_a_look_that_there_is_not_is_refused(wish: tuple[str, str, str]) -> None:
    with pytest.raises(UserError):
        Look(*wish)


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_a_poster_promises_what_holds_and_offers_nothing(language: str) -> None:
    open_ = words(language, organisation="x", anonymous=False, synthetic=True, verify="")
    hidden = words(language, organisation="x", anonymous=True, synthetic=False, verify="")
    assert open_.privacy != hidden.privacy
    assert open_.synthetic
    assert not hidden.synthetic
    assert all((open_.headline, open_.scan, open_.by_hand, open_.minutes, open_.safe))


def test_a_poster_speaks_the_four_languages_in_words_of_their_own() -> None:
    said = {
        language: words(language, organisation="", anonymous=True, synthetic=True, verify="") for language in LANGUAGES
    }
    for part in ("headline", "scan", "by_hand", "minutes", "safe", "privacy", "synthetic", "stick", "fold", "alt"):
        assert len({getattr(one, part) for one in said.values()}) == len(LANGUAGES), part
