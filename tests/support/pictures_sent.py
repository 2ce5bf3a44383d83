"""Files as people send them: pictures made on the spot, documents of every sort, and what only claims to be one."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from PIL import Image

#: The place that a phone notes in its pictures.
LATITUDE, LONGITUDE = 32.0853, 34.7818
CAMERA = "Pocket Eye 7"


def picture(form: str = "JPEG", size: tuple[int, int] = (640, 480), colour: str = "teal", **more: object) -> bytes:
    """A plain picture."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, form, **more)
    return out.getvalue()


def phone_picture(size: tuple[int, int] = (400, 300), colour: str = "teal") -> bytes:
    """What a phone held upright makes: lying on its side, with a note how to turn it, its place, camera and moment."""
    lying = Image.new("RGB", size, colour)
    lying.paste("red", (0, 0, size[0] // 4, size[1]))  # becomes the top once it is turned
    notes = Image.Exif()
    notes[0x0112] = 6
    notes[0x010F] = CAMERA
    notes[0x0132] = "2026:11:05 10:15:00"
    place = notes.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (LATITUDE, 0.0, 0.0), "E", (LONGITUDE, 0.0, 0.0)
    out = io.BytesIO()
    lying.save(out, "JPEG", exif=notes, comment=b"taken by somebody")
    return out.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that unfolds to gigabytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(10_000))) + chunk(b"IEND", b"")
    )


HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(64)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def packed(*names: str, **contents: bytes) -> bytes:
    """A packed document with these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        for name, content in {**dict.fromkeys(names, b""), **contents}.items():
            parts.writestr(name, content)
    return out.getvalue()


DOCX = packed("[Content_Types].xml", "word/document.xml")
