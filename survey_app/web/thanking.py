"""The address of the thanks: it carries a secret of its own, since ids of responses stand on the pages of the staff.

Whoever knows an id alone can neither open the page of thanks nor add to the answers in the customer's name.
"""

from __future__ import annotations

import hmac
from typing import Final

from flask import current_app, url_for

#: Hexadecimal digits of a mark: 128 bits.
_LENGTH: Final = 32


def mark(response_id: str) -> str:
    """The secret part of a response's thank-you address, made from the installation's key."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"thanks\x1f{response_id}".encode(), "sha256").hexdigest()[:_LENGTH]


def is_marked(response_id: str, given: str) -> bool:
    """Whether an address carries the mark of its response."""
    return hmac.compare_digest(given.encode(), mark(response_id).encode())


def address(response_id: str, language: str | None = None) -> str:
    """Where a response's sender is thanked. Only its sender may be led there."""
    return url_for("thanks.show", response_id=response_id, secret=mark(response_id), lang=language)
