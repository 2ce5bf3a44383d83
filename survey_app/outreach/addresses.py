"""Addresses of people in one spelling, so that a list of them can be asked: a reference, a telephone or an e-mail."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from survey_app.outreach import phones
from translations.spelling import tidy

#: What stands before an organisation's own reference, so that it is never taken for a telephone.
REF: Final = "ref:"
MOST_REF: Final = 100
_MOST_EMAIL: Final = 254
#: How much of the end of a reference may be shown.
_LAST: Final = 3
_EMAIL: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,}")


def email(text: str) -> str | None:
    """An e-mail address in lower case, without marks of direction; None for what is none."""
    found = tidy(text).removeprefix("mailto:").lower()
    good = len(found) <= _MOST_EMAIL and _EMAIL.fullmatch(found) and ".." not in found and found[0] != "."
    return found if good else None


def reference(text: str) -> str | None:
    """A reference as an address; None for an empty or endless one."""
    found = tidy(text).removeprefix(REF).strip()
    return f"{REF}{found}" if 0 < len(found) <= MOST_REF else None


def normal(text: str) -> str | None:
    """An address of any sort: with ``@`` an e-mail, with ``ref:`` a reference, else a telephone."""
    found = tidy(text)
    if "@" in found:
        return email(found)
    return reference(found) if found.startswith(REF) else phones.normal(found)


def of(ref: str | None, phone: str, mail: str) -> list[str]:
    """Everything one person is known by, from a reference and contact in their stored spelling."""
    return [*([f"{REF}{ref}"] if ref else []), *(one for one in (phone, mail) if one)]


def every(addresses: Iterable[str]) -> list[str]:
    """Addresses in one spelling and order, each once; what is none is left out."""
    return sorted({found for one in addresses if (found := normal(one)) is not None})


def masked_reference(ref: str | None) -> str:
    """The end of a reference: enough to tell two rows apart, too little to look somebody up."""
    return f"…{ref[-_LAST:]}" if ref and len(ref) > _LAST + 2 else "…" if ref else ""


def masked(address: str) -> str:
    """An address as staff without the right to see contacts may see it: enough to recognise, too little to use."""
    if address.startswith(REF):
        return f"{REF}{masked_reference(address.removeprefix(REF))}"
    name, at, domain = address.partition("@")
    if at:
        return f"{name[:1]}…@{domain}"
    return f"{address[:5]}…{address[-2:]}"
