"""Pictures that people send, made safe by decoding: what leaves here is a new JPEG that holds nothing but what is seen.

The picture is turned as the camera says, made smaller and written anew; place, camera, moment and every other note fall
away with the old file. Nothing is trusted by its name, and a picture that would fill the memory is refused before it is
decoded.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Final, TypeVar

from PIL import Image, ImageOps

from survey_app.errors import UserError
from survey_app.readers import jpeg
from translations import gettext as _

#: The longer side of a kept picture and of its small view, in pixels.
LONGEST: Final = 2_048
SMALL: Final = 320
#: Pixels of a picture that is still decoded, by its form: a phone's largest, and what screens and programs make.
MOST_PIXELS: Final[Mapping[str, int]] = {"JPEG": 64_000_000, "PNG": 32_000_000, "WEBP": 32_000_000}
_FORMATS: Final = tuple(MOST_PIXELS)
#: Pictures that are decoded at the same time: each takes some hundred megabytes for a moment.
_DECODING: Final = BoundedSemaphore(2)
_QUALITY: Final = 85
#: Brands of the container that phones of one maker write; there is no free decoder for it.
_HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif"})
Seen = TypeVar("Seen")
_SIGNATURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def is_heic(content: bytes) -> bool:
    """Whether it is a picture in a form that cannot be read here."""
    return content[4:8] == b"ftyp" and content[8:12] in _HEIC


def is_picture(content: bytes) -> bool:
    """Whether it begins like a picture that can be read here."""
    return content.startswith(_SIGNATURES) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept."""

    #: A JPEG that holds nothing but what is seen.
    content: bytes
    #: Perceptual hash, 16 hexadecimal digits, see :func:`likeness`.
    likeness: str


def clean(content: bytes) -> bytes:
    """The picture as a JPEG of our own. UserError for what is no picture, is broken or too large to be decoded."""
    return _decoded(content, _anew)


def kept(content: bytes) -> Picture:
    """The picture as evidence: byte for byte where it is a bare JPEG of ordinary size, else as a JPEG of our own.

    It is decoded to the last point either way. UserError as for :func:`clean`.
    """
    if jpeg.is_bare(content):
        seen = _decoded(content, _as_it_is)
        if seen is not None:
            return Picture(content, seen)
    anew = clean(content)
    return Picture(anew, _decoded(anew, likeness))


def likeness(picture: Image.Image) -> str:
    """Perceptual hash: whether each of 8 × 8 places is brighter than its neighbour, in 16 hexadecimal digits.

    The same scene, made smaller, lighter or compressed again, differs in a few of the 64 bits; another one in about
    half. Method: difference hash (dHash) over a picture of 9 × 8 grey points.
    """
    points = picture.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = (points[row * 9 + place] > points[row * 9 + place + 1] for row in range(8) for place in range(8))
    return f"{sum(bit << (63 - place) for place, bit in enumerate(bits)):016x}"


def _as_it_is(picture: Image.Image) -> str | None:
    """The likeness of a picture that may be kept as it is; None for one that is too large or not made of light."""
    if max(picture.size) > LONGEST or picture.mode not in {"RGB", "L"}:
        return None
    picture.load()
    return likeness(picture)


def _decoded(content: bytes, look: Callable[[Image.Image], Seen]) -> Seen:
    if is_heic(content):
        raise UserError(
            _("This picture cannot be read here. Save it as JPEG, or take a screenshot of it, and add that.")
        )
    if not is_picture(content):
        raise UserError(_("This is no picture that can be read here. Choose a JPEG, PNG or WebP."))
    try:
        with _DECODING, Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS[str(picture.format)]:
                raise Image.DecompressionBombError
            return look(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UserError(_("This picture has too many pixels. Make it smaller and add it again.")) from error
    except Exception as error:
        # A decoder that is fed a damaged or hostile file raises whatever it stumbles over.
        raise UserError(_("This picture is damaged. Take or save it again and add that.")) from error


def small(content: bytes) -> bytes:
    """A small view of a kept picture, as JPEG."""
    with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
        picture.draft("RGB", (SMALL, SMALL))
        picture.thumbnail((SMALL, SMALL))
        return _jpeg(picture)


def _anew(picture: Image.Image) -> bytes:
    picture.draft("RGB", (LONGEST, LONGEST))  # a JPEG is decoded no larger than it is needed
    turned = ImageOps.exif_transpose(picture)
    turned.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return _jpeg(turned)


def _jpeg(picture: Image.Image) -> bytes:
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        ground = Image.new("RGB", seen.size, "white")
        ground.paste(seen, mask=seen.getchannel("A"))
        picture = ground
    # A fresh picture with the same points: nothing that was noted beside them comes along.
    flat = picture.convert("RGB")
    bare = Image.new("RGB", flat.size)
    bare.paste(flat)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()
