"""What supports a claim, an appeal's evidence or a receipt: a picture that was decoded, or a PDF, and nothing else."""

from __future__ import annotations

import io

import pytest

from survey_app import db
from survey_app.commands import evidence, receipts
from survey_app.commands.appeals import FILE
from survey_app.commands.evidence import Arrived, Sent
from survey_app.errors import UserError
from tests.support.pictures_sent import PDF, picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def both(name: str, content: bytes) -> list[Arrived]:
    """The file as an appeal's evidence and as a receipt."""
    return [
        evidence.receive(FILE, Sent(name, io.BytesIO(content)), 1, proof=True),
        receipts.receive(Sent(name, io.BytesIO(content)), 1),
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("drawing.svg", SVG),
        ("evil.jpg", SVG),
        ("x.png", b"MZ\x90\x00garbage"),
        ("x.txt.png", b"words"),
        ("notes.txt", "מילים".encode()),
        ("cut.png", picture("PNG")[:60]),
        ("cut.pdf", b"%PDF-1.7 nothing"),
    ],
)
def test_anything_else_is_refused_by_its_name(database: db.Database, name: str, content: bytes) -> None:
    for receive in (
        lambda: evidence.receive(FILE, Sent(name, io.BytesIO(content)), 1, proof=True),
        lambda: receipts.receive(Sent(name, io.BytesIO(content)), 1),
    ):
        with pytest.raises(UserError, match=name.partition(".")[0]):
            receive()


def test_pictures_are_written_anew_and_a_pdf_is_kept(database: db.Database) -> None:
    for one in both("sign.png", picture("PNG")):
        assert (one.filename, one.media_type) == ("sign.jpg", "image/jpeg")
    for one in both("letter.pdf", PDF):
        assert (one.filename, one.media_type) == ("letter.pdf", "application/pdf")
