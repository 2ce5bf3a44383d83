"""Pages of a long list."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

#: Rows on one page.
PAGE = 50


@dataclass(frozen=True)
class Pages:
    """Where in a long list the page is."""

    number: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))

    @property
    def offset(self) -> int:
        """How many rows come before this page."""
        return (self.number - 1) * PAGE


def asked() -> int:
    """The page that the address asks for, from 1."""
    return max(1, request.args.get("page", 1, type=int))


def paging(total: int) -> Pages:
    """The page that the address asks for, kept inside a list of so many rows."""
    return Pages(min(asked(), Pages(1, total).pages), total)
