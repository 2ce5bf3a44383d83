"""An attack on anonymity: whoever has the whole database, and knows when each person answered, tries to match.

The attacker's knowledge is more than anybody has: the moment of every answer, to the second. What is measured is how
far the responses' side gives that away: by equal values in any two columns, and by any order that rows stand in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import inspect, text

from survey_app import db

#: Tables that hold a response, with the column that says of which.
OF_RESPONSE: Final = {
    "response": "id",
    "answer": "response_id",
    "score": "response_id",
    "evidence": "response_id",
    "comment_key": "response_id",
}
#: Tables that one engine alone has.
OF_SQLITE: Final = frozenset({"comment_key"})
#: Tables that lead to a ticket and from it.
OF_TICKET: Final = {
    "invitation": "id",
    "message": "invitation_id",
    "contact_event": "invitation_id",
    "selection": "invitation_id",
}
#: What a response and its ticket share by nature: the month and branch that it says, and what follows from them.
BY_NATURE: Final = frozenset({"campaign_id", "branch_id"})
Values = Mapping[str, frozenset[str]]


def tables() -> dict[str, list[dict[str, str]]]:
    """Every row of every table, every value as text; what is empty is left out."""
    with db.reading() as session:
        return {
            table: [
                {name: str(value) for name, value in row._mapping.items() if value is not None}
                for row in session.execute(text(f'SELECT * FROM "{table}"'))  # noqa: S608 - our own table names
            ]
            for table in inspect(session.get_bind()).get_table_names()
        }


def gathered(
    rows: Mapping[str, Sequence[Mapping[str, str]]], owners: Mapping[str, str]
) -> dict[str, dict[str, set[str]]]:
    """Owner -> ``table.column`` -> its values there."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for table, owner in owners.items():
        for row in rows.get(table, ()):
            for name, value in row.items():
                if owner in row:
                    found[row[owner]][f"{table}.{name}"].add(value)
    return found


def tickets() -> dict[str, dict[str, set[str]]]:
    """Ticket -> all that is known of it, its customer and visit included."""
    rows = tables()
    found = gathered(rows, OF_TICKET)
    for invited in rows["invitation"]:
        for table, key in (("customer", "customer_id"), ("interaction", "interaction_id")):
            for row in rows[table]:
                if row["id"] == invited.get(key):
                    for name, value in row.items():
                        found[invited["id"]][f"{table}.{name}"].add(value)
    return found


def responses() -> dict[str, dict[str, set[str]]]:
    """Response -> all that is stored of it."""
    return gathered(tables(), OF_RESPONSE)


def guessed_by_values(truth: Mapping[str, str]) -> Iterator[tuple[str, str, float]]:
    """For any two columns: how many of the guesses would be right, on average, if equal values were taken for a match.

    ``truth``: response -> its ticket, all of one branch and month. A guess is one of the tickets with an equal value,
    or any of them where none has.
    """
    told, known = responses(), tickets()
    wanted = list(truth.values())
    ours = sorted({column for one in truth for column in told[one] if column.split(".")[1] not in BY_NATURE})
    theirs = sorted({column for one in wanted for column in known[one] if column.split(".")[1] not in BY_NATURE})
    for here in ours:
        for there in theirs:
            right = 0.0
            for response, ticket in truth.items():
                values = told[response].get(here, set())
                equal = [one for one in wanted if values & known[one].get(there, set())] or wanted
                right += (ticket in equal) / len(equal)
            yield here, there, right


@dataclass(frozen=True)
class Orders:
    """Every order in which the engine gives its rows, stores them, or says when they were written."""

    database: db.Database
    #: Name of the order -> response ids in it.
    found: dict[str, list[str]] = field(default_factory=dict)

    def look(self) -> dict[str, list[str]]:
        """All of them."""
        for table, owner in OF_RESPONSE.items():
            if table in OF_SQLITE and not self.database.is_sqlite:
                continue
            self._of(table, owner, f'SELECT {owner} FROM "{table}"', "as it comes")  # noqa: S608 - our own names
            _ENGINES[self.database.is_sqlite](self, table, owner)
        if self.database.is_sqlite:  # the keys under which words are indexed
            self._of("comment_key", "response_id", "SELECT response_id FROM comment_key ORDER BY key", "key")
        return {name: order for name, order in self.found.items() if order}

    def _of(self, table: str, owner: str, statement: str, name: str) -> None:
        with db.reading() as session:
            rows = [str(row[0]) for row in session.execute(text(statement))]
        self.found[f"{table}: {name}"] = list(dict.fromkeys(rows))

    def _postgres(self, table: str, owner: str) -> None:
        for order in (
            "ctid",
            "xmin::text::bigint",
            "xmin::text::bigint, cmin::text::bigint",
            "cmin::text::bigint, ctid",
        ):
            statement = f'SELECT {owner} FROM "{table}" ORDER BY {order}'  # noqa: S608 - our own names
            self._of(table, owner, statement, order)

    def _sqlite(self, table: str, owner: str) -> None:
        """Where the ids stand in the file: within a page the cells lie in the order in which they were written."""
        path = Path(str(self.database.url.database))
        ids = dict.fromkeys(one for one in self.found[f"{table}: as it comes"])
        for name, whole in (("file", path.read_bytes()), ("log", _bytes(Path(f"{path}-wal")))):
            for end, where in (("first", whole.find), ("last", whole.rfind)):
                places = {one: where(one.encode()) for one in ids}
                there = [one for one in sorted(places, key=lambda one: places[one]) if places[one] >= 0]
                self.found[f"{table}: {end} in the {name}"] = there


_ENGINES: Final[Mapping[bool, Callable[[Orders, str, str], None]]] = {
    True: Orders._sqlite,
    False: Orders._postgres,
}


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def correlation(order: Sequence[str], moments: Mapping[str, float]) -> float:
    """Spearman's rank correlation of an order with the moments of answering, between −1 and 1; ties share ranks."""
    ids = [one for one in order if one in moments]
    times = sorted(moments[one] for one in ids)
    ranks = [times.index(moments[one]) + (times.count(moments[one]) - 1) / 2 for one in ids]
    count = len(ids)
    middle = (count - 1) / 2
    top = sum((place - middle) * (rank - middle) for place, rank in enumerate(ranks))
    down = sum((place - middle) ** 2 for place in range(count)) * sum((rank - middle) ** 2 for rank in ranks)
    return float(top / down**0.5) if down else 0.0


def right_by_order(order: Sequence[str], truth: Mapping[str, str], moments: Mapping[str, float]) -> int:
    """How many are matched rightly where the first row is given to whoever answered first, and so on."""
    ids = [one for one in order if one in truth]
    by_time = sorted(ids, key=lambda one: moments[one])
    return sum(truth[one] == truth[other] for one, other in zip(ids, by_time, strict=True))
