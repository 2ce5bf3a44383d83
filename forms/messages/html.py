"""An e-mail as a page: no table, no picture, nothing fetched from anywhere, readable by day and by night.

Colours of text and ground are left to the reader's own program, which knows whether the room is dark; only the button
has both. Styles stand in the tags, because mail programs drop style sheets.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from translations import direction

_FONT = "font-family:Rubik,Arial,Helvetica,sans-serif;font-size:16px;line-height:1.6"
#: 16 px of line at 1.25 and 14 px above and below: 48 px high, which a thumb finds.
_BUTTON = (
    "display:inline-block;padding:14px 28px;line-height:20px;min-width:44px;border-radius:6px;"
    "background-color:#0b5394;color:#ffffff;font-weight:bold;text-decoration:none"
)
_SMALL = "font-size:14px;line-height:1.6"


def page(
    *,
    language: str,
    title: str,
    org: str,
    paragraphs: Sequence[str],
    button: str,
    link: str,
    footer: Sequence[str],
    stop: str,
    stop_link: str,
) -> str:
    """The page; every text is escaped here."""
    way = direction(language)
    side = "right" if way == "rtl" else "left"
    said = "".join(f'<p style="margin:0 0 16px">{_lines(one)}</p>\n' for one in paragraphs)
    small = "".join(
        f'<p dir="auto" style="margin:0 0 8px;text-align:{side};{_SMALL}">{escape(one)}</p>\n' for one in footer
    )
    if stop_link:
        address = escape(stop_link)
        small += (
            f'<p style="margin:0"><a href="{address}" style="display:inline-block;padding:12px 0;{_SMALL}">'
            f"{escape(stop)}</a></p>\n"
        )
    return (
        f'<!doctype html>\n<html lang="{language}" dir="{way}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="supported-color-schemes" content="light dark">\n'
        f"<title>{escape(title)}</title>\n</head>\n"
        f'<body style="margin:0;padding:0">\n<div dir="{way}" lang="{language}" '
        f'style="max-width:560px;margin:0 auto;padding:24px 16px;text-align:{side};{_FONT}">\n'
        f'<p style="margin:0 0 8px;font-weight:bold">{escape(org)}</p>\n'
        f'<h1 style="margin:0 0 16px;font-size:22px;line-height:1.35">{escape(title)}</h1>\n{said}'
        f"{_leading(button, link) if link else ''}"
        f'<hr style="border:0;border-top:1px solid #888888;margin:24px 0 16px">\n{small}</div>\n</body>\n</html>\n'
    )


def _leading(button: str, link: str) -> str:
    """The button, and the address in full for whoever's program shows none."""
    return (
        f'<p style="margin:24px 0"><a href="{escape(link)}" style="{_BUTTON}">{escape(button)}</a></p>\n'
        f'<p style="margin:0 0 24px;{_SMALL}"><bdi dir="ltr">{escape(link)}</bdi></p>\n'
    )


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.splitlines())
