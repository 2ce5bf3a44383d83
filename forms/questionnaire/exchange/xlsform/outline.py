"""The rows of the survey sheet as a tree of groups and questions, each with the code it has here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pyxform.xls2json import RE_BEGIN_CONTROL, RE_END_CONTROL

from forms.questionnaire.errors import DefinitionError, Problem
from forms.questionnaire.exchange.xlsform.kinds import Asked, asked
from forms.questionnaire.exchange.xlsform.overlay import Extra
from forms.questionnaire.exchange.xlsform.sheets import Row
from forms.questionnaire.parts import COMMENT, OTHER
from forms.questionnaire.rules import FACT, FACTS
from translations import gettext as _
from translations import isolate_ltr

#: Hidden rows of this name stand for what is known about a response besides its answers.
FACT_NAME: Final = "fact."
#: Groups in groups, at the most.
MOST_DEEP: Final = 20
_FITS: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")
_TRUE: Final = frozenset({"yes", "true", "true()"})


@dataclass(eq=False)
class Item:
    """A question's row."""

    row: Row
    name: str
    asked: Asked
    parent: Group
    code: str = ""


@dataclass(eq=False)
class Group:
    """A group's row with what is in it; the form itself is a group without a row."""

    row: Row
    name: str
    parent: Group | None = None
    repeats: bool = False
    code: str = ""
    inner: list[Group | Item] = field(default_factory=list)

    def items(self) -> Iterator[Item]:
        """Every question in it, in groups of it too."""
        for one in self.inner:
            if isinstance(one, Item):
                yield one
            else:
                yield from one.items()

    def groups(self) -> Iterator[Group]:
        """Every group in it, outer ones first."""
        for one in self.inner:
            if isinstance(one, Group):
                yield one
                yield from one.groups()


def _refuse(row: Row, message: str) -> DefinitionError:
    return DefinitionError([Problem(_("survey, row %(row)s", row=row.number), message)])


def _name(row: Row) -> str:
    kind, name = row.get("type"), row.get("name")
    if name:
        return name
    if kind not in {"note", "audit"}:
        raise _refuse(row, _("The question has no name."))
    return f"note_{row.number}" if kind == "note" else kind


def _typed(rows: Sequence[Row]) -> Iterator[Row]:
    """The rows that say something: remarks and rows switched off are passed over."""
    for row in rows:
        if row.get("disabled").lower() in _TRUE:
            continue
        if row.get("type"):
            yield row
        elif row.get("name") or row.get("label"):
            raise _refuse(row, _("The question has no type."))


def outline(rows: Sequence[Row]) -> Group:
    """The tree. Raises DefinitionError, naming the rows, where a group does not close, a name is missing or doubled."""
    root = here = Group(Row(1, {}), "")
    deep = 0
    seen: dict[tuple[int, str], int] = {}
    for row in _typed(rows):
        kind = row.get("type")
        if RE_END_CONTROL.search(kind):
            if here.parent is None:
                raise _refuse(row, _("A group ends here that never began."))
            here, deep = here.parent, deep - 1
            continue
        name = _name(row)
        first = seen.setdefault((id(here), name), row.number)
        if first != row.number:
            raise _refuse(
                row,
                _(
                    "The name %(name)s stands twice, in rows %(first)s and %(second)s.",
                    name=isolate_ltr(name),
                    first=first,
                    second=row.number,
                ),
            )
        begins = RE_BEGIN_CONTROL.search(kind)
        if begins is None:
            here.inner.append(Item(row, name, asked(kind), here))
            continue
        deep += 1
        if deep > MOST_DEEP:
            raise _refuse(row, _("Groups are nested too deep."))
        group = Group(row, name, here, repeats=begins["type"] != "group")
        here.inner.append(group)
        here = group
    if here.parent is not None:
        raise _refuse(here.row, _("The group %(name)s does not end.", name=isolate_ltr(here.name)))
    return root


def fact_of(name: str) -> str | None:
    """The fact that a hidden row of this name stands for, as rules call it; None for any other row."""
    fact = name.removeprefix(FACT_NAME)
    return FACT + fact if fact != name and fact in FACTS else None


class Codes:
    """Our codes for the names of a form, and which of them have none.

    ``missing`` says of a name why it cannot be looked at. Rows set ``aside`` get no code of their own.
    """

    def __init__(self, root: Group, extra: Extra, aside: frozenset[Item] = frozenset()) -> None:
        self.notes: list[Problem] = []
        self.by_name: dict[str, str] = {}
        self.missing: dict[str, str] = {}
        self.taken: set[str] = set()
        things: list[Any] = [*(item for item in root.items() if item not in aside), *root.groups()]
        # Names that fit come first, so that a mended one gives way to them.
        for mended in (False, True):
            for thing in things:
                stated = extra.hint("names", thing.name)
                fits = stated is not None or self._fits(thing)
                if fits is mended or thing.code:
                    continue
                thing.code = stated if isinstance(stated, str) else thing.name if fits else self._mend(thing)
                self.taken.add(thing.code)
                if isinstance(thing, Item):
                    self._keep(thing)

    def _fits(self, thing: Item | Group) -> bool:
        return bool(_FITS.fullmatch(thing.name)) and thing.name not in self.taken and not self._is_kept(thing.name)

    def _is_kept(self, code: str) -> bool:
        return any(code.endswith(ending) and code.removesuffix(ending) in self.taken for ending in (COMMENT, OTHER))

    def _keep(self, item: Item) -> None:
        if item.name in self.by_name:
            self.missing[item.name] = _("the name stands in two groups")
        else:
            self.by_name[item.name] = item.code

    def _mend(self, thing: Item | Group) -> str:
        base = re.sub(r"[^A-Za-z0-9_.-]+", "_", thing.name).strip("_.-")[:50]
        if not base or not base[0].isalpha():
            base = f"q_{base}" if base else f"q{thing.row.number}"
        if self._is_kept(base):
            base += "_text"
        code = next(one for one in (base, *(f"{base}_{n}" for n in range(2, 10_000))) if one not in self.taken)
        if thing.name:
            message = _("The name %(name)s is now %(code)s.", name=isolate_ltr(thing.name), code=isolate_ltr(code))
            self.notes.append(Problem(f"questions.{code}", message))
        return code
