"""What people send is made safe: pictures are written anew, documents told by their content, all else refused."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from survey_app.errors import UserError
from survey_app.readers import papers, pictures
from tests.support.pictures_sent import CAMERA, DOCX, HEIC, PDF, bomb, packed, phone_picture, picture
from translations import speaking


def opened(content: bytes) -> Image.Image:
    """A kept picture."""
    found = Image.open(io.BytesIO(content))
    found.load()
    return found


def test_a_picture_is_turned_and_tells_nothing_more() -> None:
    sent = phone_picture()
    assert CAMERA.encode() in sent
    kept = pictures.clean(sent)
    found = opened(kept)
    assert (found.format, found.size) == ("JPEG", (300, 400))
    assert found.getpixel((150, 20))[0] > 200, "what was at the side is at the top"  # type: ignore[index]
    assert found.getexif() == {}
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(found.info)
    assert not any(note in kept for note in (CAMERA.encode(), b"2026:11", b"somebody", b"Exif"))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_every_form_becomes_a_picture_of_ours(form: str) -> None:
    assert opened(pictures.clean(picture(form))).format == "JPEG"


def test_a_large_picture_is_made_smaller() -> None:
    assert max(opened(pictures.clean(picture(size=(6_000, 3_000)))).size) == pictures.LONGEST
    assert max(opened(pictures.small(pictures.clean(picture(size=(3_000, 1_000))))).size) == pictures.SMALL


def test_what_cannot_be_seen_through_is_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (255, 0, 0, 0)).save(out, "PNG")
    assert opened(pictures.clean(out.getvalue())).getpixel((20, 20)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16"])
def test_every_sort_of_colour_is_read(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (40, 40)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert opened(pictures.clean(out.getvalue())).mode == "RGB"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HEIC, "JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "WebP"),
        (b"GIF89a" + bytes(40), "WebP"),
        (picture()[:400], "damaged"),
        (b"\xff\xd8\xff" + bytes(200), "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "damaged"),
        (bomb(), "pixels"),
        (bomb(7_000, 7_000), "pixels"),
        (PDF, "WebP"),
        (b"", "WebP"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(content: bytes, said: str) -> None:
    with speaking("en"), pytest.raises(UserError) as refused:
        pictures.clean(content)
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (PDF, ".pdf"),
        (picture("PNG"), ".jpg"),
        ("שלום\nעולם".encode(), ".txt"),
        ("שלום".encode("windows-1255"), ".txt"),
        (b"a,b\r\n1,2\r\n", ".txt"),
        (DOCX, ".docx"),
        (packed("[Content_Types].xml", "xl/workbook.xml"), ".xlsx"),
        (packed("[Content_Types].xml", "ppt/presentation.xml"), ".pptx"),
        (packed(mimetype=b"application/vnd.oasis.opendocument.text"), ".odt"),
    ],
)
def test_a_document_is_told_by_its_content(content: bytes, suffix: str) -> None:
    sort, kept = papers.sniff(content)
    assert sort.suffix == suffix
    assert papers.named("../../etc/x\u202egpj.exe", sort, 1) == f"xgpj{suffix}"
    assert (kept == content) is (suffix != ".jpg")


@pytest.mark.parametrize(
    "content",
    [
        b"MZ" + bytes(100),
        b"\x7fELF" + bytes(100),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100),
        packed("a.txt"),
        packed("word/document.xml"),
        packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        b"PK\x03\x04" + bytes(100),
        b"words\x00and nothing",
        HEIC,
    ],
)
def test_every_other_sort_is_refused(content: bytes) -> None:
    with pytest.raises(UserError):
        papers.sniff(content)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("C:\\Users\\me\\חזית.JPEG", "חזית.jpg"),
        ("photo", "photo.jpg"),
        (".htaccess", "3.jpg"),
        ("", "3.jpg"),
        ("a" * 300 + ".png", "a" * 80 + ".jpg"),
        ("x\r\nSet-Cookie: a.jpg", "xSet-Cookie: a.jpg"),
    ],
)
def test_a_name_is_made_fit_to_be_shown(given: str, name: str) -> None:
    assert papers.named(given, papers.JPEG, 3) == name
