"""What every kind of import has in common, and what each must say for itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy.orm import Session

from survey_app.commands.imports.columns import Problem, Row
from survey_app.commands.imports.report import Outcome

R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Options:
    """What the person asked for besides the file."""

    #: Take one bank's branches only.
    bank: str | None = None
    #: The programme that the whole file is about, by its code.
    programme: str | None = None
    #: The published series that the whole file is about, by its number.
    series: int | None = None
    #: The incident whose people the whole file is about, by its number.
    incident: int | None = None
    #: Who brings the file, where a person does.
    user_id: int | None = None


class Handler(ABC, Generic[R]):
    """One import of one kind. It may keep what the database held when the import began and what the file said so far,
    but never the id of a row made during the import: that transaction may have been rolled back.
    """

    #: The kind's word on the command line, in the audit trail and in ImportRun.
    code: ClassVar[str]
    row: ClassVar[type[Row]]
    #: Names in headers that hold nothing of interest here.
    passed_over: ClassVar[frozenset[str]] = frozenset()
    #: Names in headers that :meth:`adapt` wants to see, and under which attribute.
    asides: ClassVar[Mapping[str, str]] = MappingProxyType({})
    #: Whether :meth:`screen` must see all rows together.
    whole: ClassVar[bool] = False

    def __init__(self, session: Session, options: Options) -> None:
        """Look up what rows will be checked against; ``session`` is for reading and gone afterwards."""
        self.options = options

    def takes(self, name: str) -> bool:
        """Whether a name in the header that no kind lists is wanted nevertheless."""
        return False

    def adapt(self, texts: dict[str, str]) -> dict[str, str]:
        """The cells by attribute, after another layout of the same facts was put into ours."""
        return texts

    def skips(self, texts: Mapping[str, str]) -> bool:
        """Whether a row, by its raw cells, is not what was asked for."""
        return False

    def settle(self, row: R) -> R:
        """The row checked against itself and what is known. Raises Refused."""
        return row

    @abstractmethod
    def key(self, row: R) -> Hashable:
        """What two rows of one file must not share."""

    def screen(self, rows: Sequence[R]) -> Mapping[int, Problem]:
        """What is wrong with rows when they are seen together: row number → problem. Only where ``whole``."""
        return {}

    @abstractmethod
    def apply(self, session: Session, rows: Sequence[R], run_id: int | None) -> list[Outcome]:
        """Write rows in an open transaction; one outcome each."""

    def finish(self, session: Session) -> bool:
        """Write what can only be written when every row is in; returns whether anything was."""
        return False

    def notices(self) -> list[str]:
        """What the person should know besides the counts."""
        return []


def assign(target: Any, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Set what differs; returns the names of the attributes that moved."""
    moved = tuple(name for name, value in values.items() if getattr(target, name) != value)
    for name in moved:
        setattr(target, name, values[name])
    return moved


HandlerClass = Callable[[Session, Options], Handler[Any]]
