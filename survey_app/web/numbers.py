"""Whole numbers in addresses, queries and forms: those that no database holds are no numbers of ours.

Solved once, under every view: an address with one leads nowhere (404), a query or a form with one says as much as one
with a word in the number's place.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Flask, Request, Response, current_app, request
from sqlalchemy.exc import DataError
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import IntegerConverter, Map, ValidationError

from survey_app.web import errors

#: The largest whole number that every column of ours holds, and its digits.
MOST: Final = 2**31 - 1
_DIGITS: Final = len(str(MOST))


def whole(text: str) -> int:
    """The number that a text writes. ValueError for none, and for one that no column holds."""
    value = int(text)
    if not -MOST <= value <= MOST:
        raise ValueError(text)
    return value


class BoundedInteger(IntegerConverter):
    """``<int:…>`` of an address."""

    def __init__(self, rules: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(rules, *args, **{"max": MOST, **kwargs})

    def to_python(self, value: str) -> Any:
        """The number, where it has no more digits than one of ours."""
        if len(value.lstrip("0")) > _DIGITS or len(value) > 10 * _DIGITS:
            raise ValidationError
        return super().to_python(value)


class _Values(ImmutableMultiDict[str, str]):
    """What an address asks for or a form sends, with ``type=int`` read by :func:`whole`."""

    def get(self, key: Any, default: Any = None, type: Any = None) -> Any:  # type: ignore[override]  # noqa: A002
        return super().get(key, default, whole if type is int else type)

    def getlist(self, key: Any, type: Any = None) -> Any:  # noqa: A002
        return super().getlist(key, whole if type is int else type)


class BoundedRequest(Request):
    """A request whose numbers fit into the database."""

    parameter_storage_class = _Values


def install(app: Flask) -> None:
    """Bound the numbers of every view; what is left over is answered as a fault of whoever sent it."""
    app.request_class = BoundedRequest
    app.url_map.converters["int"] = BoundedInteger
    for kind in (OverflowError, DataError):
        app.register_error_handler(kind, _too_large)


def _too_large(error: Exception) -> Response:
    current_app.logger.warning(
        "a value that the database cannot hold: %s at %s", type(error).__name__, request.endpoint
    )
    status = 404 if request.method in {"GET", "HEAD"} else 422
    return errors.page(status)
