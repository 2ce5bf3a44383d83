"""Columns as data: a row of each kind is a frozen dataclass whose fields say what they are called and mean.

The documentation's tables, the header's synonyms and the reading of cells all come from these fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Final

from survey_app.commands.imports.parsers import PARSERS
from survey_app.readers import Unreadable
from translations import gettext as _
from translations import isolate
from translations.spelling import fold

#: Columns that the file of refused rows adds: read again, they say nothing.
OWN_COLUMNS: Final = ("problem",)


@dataclass(frozen=True)
class Column:
    """One column: its name in files, its type (a key of PARSERS), an example, and what it means, for the docs."""

    name: str
    attribute: str
    type: str
    required: bool
    example: str
    meaning: str
    synonyms: tuple[str, ...]


def column(kind: str, example: str, meaning: str, *synonyms: str, name: str = "") -> dict[str, Any]:
    """Metadata of a row's field. A field without a default must be filled; a default stands for an empty cell.

    The first of the ``synonyms`` is the Hebrew name. ``name`` is only for names that Python keeps for itself.
    """
    return {"column": (kind, example, meaning, synonyms, name)}


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """What every row has: where it stands, which columns its file has, and texts under names that no kind lists."""

    row: int
    given: frozenset[str] = frozenset()
    extra: Mapping[str, str] = field(default_factory=dict)


def columns(kind: type[Row]) -> tuple[Column, ...]:
    """The columns of a kind of row, in order."""
    found = []
    for one in fields(kind):
        if "column" in one.metadata:
            type_, example, meaning, synonyms, name = one.metadata["column"]
            required = one.default is MISSING and one.default_factory is MISSING
            found.append(Column(name or one.name, one.name, type_, required, example, meaning, synonyms))
    return tuple(found)


def named(kind: type[Row]) -> Mapping[str, Column]:
    """The columns by every name that a header may use for them."""
    return {key(name): one for one in columns(kind) for name in (one.name, *one.synonyms)}


def key(name: str) -> str:
    """What two ways of writing a column's name share."""
    return fold(name).replace("_", " ")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row: the attribute it is about (None: the row as a whole), and the words."""

    attribute: str | None
    message: str


class Refused(Exception):
    """A row cannot be taken, for these reasons."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


def gather(*checks: Callable[[], Any]) -> list[Any]:
    """What each check gives. Raises Refused with everything that any of them found wrong."""
    found: list[Any] = []
    problems: list[Problem] = []
    for check in checks:
        try:
            found.append(check())
        except Refused as refused:
            problems.extend(refused.problems)
    if problems:
        raise Refused(*problems)
    return found


@dataclass(frozen=True)
class Layout:
    """Where a file keeps the columns of a kind."""

    kind: type[Row]
    columns: tuple[Column, ...]
    #: Attribute → position in a record.
    positions: Mapping[str, int]
    #: Names in the file's own spelling, by position.
    header: tuple[str, ...]
    #: Positions of columns taken under their own names (question codes).
    extra: tuple[int, ...] = ()
    #: Names that mean nothing here.
    unknown: tuple[str, ...] = ()

    def label(self, attribute: str | None) -> str | None:
        """What the file calls a column; the documented name where it has none."""
        if attribute is None:
            return None
        at = self.positions.get(attribute)
        if at is not None:
            return self.header[at]
        return next((one.name for one in self.columns if one.attribute == attribute), attribute)

    def texts(self, cells: Sequence[str]) -> dict[str, str]:
        """The raw cells by attribute."""
        return {attribute: cells[at] for attribute, at in self.positions.items() if at < len(cells)}

    def extras(self, cells: Sequence[str]) -> dict[str, str]:
        """The filled cells of columns taken under their own names."""
        return {self.header[at]: cells[at] for at in self.extra if cells[at].strip()}


def parse(layout: Layout, row: int, texts: Mapping[str, str], extra: Mapping[str, str]) -> Row:
    """A row from its cells. Raises Refused with everything that is wrong, not only the first thing."""
    values: dict[str, Any] = {}
    problems = []
    for one in layout.columns:
        text = texts.get(one.attribute, "")
        if not text.strip():
            if one.required:
                problems.append(Problem(one.attribute, _("This must be filled in.")))
            continue
        try:
            values[one.attribute] = PARSERS[one.type](text)
        except ValueError as error:
            problems.append(Problem(one.attribute, f"{error} ({isolate(text.strip())})"))
    if problems:
        raise Refused(*problems)
    return layout.kind(row=row, given=frozenset(texts), extra=extra, **values)


def lay_out(
    kind: type[Row],
    header: tuple[str, ...],
    takes: Callable[[str], bool],
    asides: Mapping[str, str],
    passed_over: frozenset[str],
) -> Layout:
    """Find a kind's columns in a header.

    ``takes`` says which further names are wanted, ``asides`` which are kept for the kind's own reading and under which
    attribute, ``passed_over`` which are known to hold nothing of interest. Raises Unreadable when two columns mean the
    same or a required one is missing.
    """
    names = named(kind)
    positions: dict[str, int] = {}
    extra: list[int] = []
    unknown: list[str] = []
    for at, name in enumerate(header):
        one = names.get(key(name))
        if one is not None:
            if one.attribute in positions:
                raise Unreadable(
                    _(
                        "The columns %(one)s and %(other)s mean the same. Keep one of them.",
                        one=header[positions[one.attribute]],
                        other=name,
                    )
                )
            positions[one.attribute] = at
        elif key(name) in asides:
            positions[asides[key(name)]] = at
        elif takes(name):
            extra.append(at)
        elif name and key(name) not in passed_over and key(name) not in OWN_COLUMNS:
            unknown.append(name)
    require(kind, header)
    return Layout(kind, columns(kind), positions, header, tuple(extra), tuple(unknown))


def missing(kind: type[Row], header: Sequence[str]) -> Iterator[Column]:
    """Columns that a header must have and has not."""
    names = named(kind)
    there = {names[key(name)].name for name in header if key(name) in names}
    return (one for one in columns(kind) if one.required and one.name not in there)


def require(kind: type[Row], header: Sequence[str]) -> None:
    """Raise Unreadable when a header has not what a kind needs."""
    absent = list(missing(kind, header))
    if absent:
        raise Unreadable(
            _(
                "These columns are missing: %(missing)s. The first row names: %(found)s.",
                missing=", ".join(_called(one) for one in absent),
                found=", ".join(header),
            )
        )


def _called(one: Column) -> str:
    return f"{one.name} ({one.synonyms[0]})" if one.synonyms else one.name
