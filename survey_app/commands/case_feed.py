"""Cases that another system tells of, such as the register of complaints: each is opened once, by its external key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands.cases import telling as case_telling
from survey_app.commands.cases.opening import Opening, open_case
from survey_app.commands.interactions import ADDED, KNOWN, REFUSED, Outcome
from survey_app.commands.placing import Placed, Places
from survey_app.loop.accusations import accused_of
from survey_app.loop.levels import WANTED
from survey_app.loop.subjects import SUBJECTS
from survey_app.models import Case, Customer
from survey_app.outreach import addresses, never, phones, telling
from survey_app.outreach.faults import Fault
from survey_app.outreach.telling import Told, Wrong
from survey_app.queries.loop import policy
from translations import DEFAULT, LANGUAGES
from translations.spelling import broken, tidy, typeset

#: Fields of a case, and the longest text of each, in characters.
MOST: Final[Mapping[str, int]] = {
    "key": 100,
    "branch": 40,
    "agent": 60,
    "subject": 40,
    "wanted": 40,
    "words": 4_000,
    "customer": addresses.MOST_REF,
    "name": 200,
    "phone": 60,
    "email": 300,
    "language": 40,
    "at": 60,
}
REQUIRED: Final = ("key", "branch")
#: Rows of one transaction: with their owners, clocks and letters it stays short.
BATCH: Final = 20
#: What stands before an external key among the keys of cases.
_KEY: Final = "api:"


def receive(session: Session, rows: Sequence[Any]) -> list[Outcome]:
    """Open the cases that were told of; what became of each, in their order. At most :data:`BATCH` rows.

    A key that was told before is known: nothing changes, whatever else stands in the row, since the case is worked on
    here. A row that cannot be taken is refused with everything that is wrong; the others are taken.
    """
    if len(rows) > BATCH:
        raise ValueError(f"{len(rows)} rows are more than one transaction takes")
    outcomes: dict[int, Outcome] = {}
    read: dict[int, tuple[Told, list[Fault], dict[str, str]]] = {}
    for at, row in enumerate(rows):
        try:
            read[at] = _read(row)
        except Wrong as wrong:
            outcomes[at] = Outcome(_key(row), REFUSED, tuple(wrong.faults))
    places = Places(session, [told for told, _remarks, _texts in read.values()])
    for at, (told, remarks, texts) in read.items():
        try:
            placed = places.place(told, remarks)
        except Wrong as wrong:
            outcomes[at] = Outcome(told.key, REFUSED, tuple(wrong.faults))
            continue
        outcomes[at] = _open(session, placed, texts)
    return [outcomes[at] for at in range(len(rows))]


def _open(session: Session, placed: Placed, texts: Mapping[str, str]) -> Outcome:
    told = placed.told
    standing = session.scalar(select(Case.id).where(Case.external_id == told.key))
    if standing is not None:
        return Outcome(told.key, KNOWN)
    customer = session.scalar(select(Customer).where(Customer.ref == told.customer)) if told.customer else None
    spoken = told.language or (customer.language if customer is not None else "")
    case = open_case(
        session,
        Opening(
            key=f"{_KEY}{told.key}",
            source="api",
            external_id=told.key,
            branch_id=placed.branch_id,
            agent_id=placed.agent_id,
            subject=texts["subject"] or accused_of([texts["words"]]) or "other",
            wanted=texts["wanted"],
            words=texts["words"],
            customer_id=customer.id if customer is not None else None,
            language=spoken if spoken in LANGUAGES else DEFAULT,
            name=told.name or (customer.name if customer is not None else ""),
            phone=told.phone or (customer.phone if customer is not None else ""),
            email=told.email or (customer.email if customer is not None else ""),
        ),
    )
    # The days for a complaint are counted from when the customer complained, wherever that was.
    case.complaint_due_on = told.day + timedelta(days=policy(session).complaint_days)
    case_telling.received(session, case)
    return Outcome(told.key, ADDED, placed.remarks)


def _key(row: Any) -> str:
    key = row.get("key") if isinstance(row, dict) else None
    readable = isinstance(key, str | int) and not isinstance(key, bool) and not broken(str(key))
    return str(key)[: MOST["key"]] if readable else ""


def _read(row: Any) -> tuple[Told, list[Fault], dict[str, str]]:
    if not isinstance(row, dict):
        raise Wrong([Fault("", "not_a_case")])
    texts, faults = _texts(row)
    faults += _unfit(texts, {fault.field for fault in faults})
    moment: datetime | Fault = telling.moment(texts["at"]) if texts["at"] else clock.now()
    if isinstance(moment, Fault):
        raise Wrong([*faults, moment])
    if faults:
        raise Wrong(faults)
    parsed, remarks = _parsed(texts)
    told = Told(
        key=texts["key"],
        customer=texts["customer"],
        branch=telling.reference(texts["branch"]),
        at=moment,
        name=typeset(texts["name"]),
        agent=texts["agent"],
        **parsed,
    )
    return told, remarks, texts


def _texts(row: Mapping[str, Any]) -> tuple[dict[str, str], list[Fault]]:
    """What was sent, as text, and the fields that are none, unwanted or too long."""
    faults = [_unwanted(str(name)[:60]) for name in row if name not in MOST]
    texts = dict.fromkeys(MOST, "")
    for name, most in MOST.items():
        value = row.get(name)
        if value is None:
            continue
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or broken(value):
            faults.append(Fault(name, "not_text"))
            continue
        texts[name] = value.strip() if name == "words" else tidy(value)
        if len(texts[name]) > most:
            faults.append(Fault(name, "too_long", {"most": most}))
    return texts, faults


def _unfit(texts: Mapping[str, str], wrong: set[str]) -> list[Fault]:
    """Fields that are missing, and codes that there are not. ``wrong``: fields that were refused already."""
    faults = [Fault(name, "missing") for name in REQUIRED if not texts[name] and name not in wrong]
    if texts["subject"] and texts["subject"] not in SUBJECTS:
        faults.append(Fault("subject", "unknown_code", {"choices": ", ".join(SUBJECTS)}))
    if texts["wanted"] not in WANTED:
        faults.append(Fault("wanted", "unknown_code", {"choices": ", ".join(one for one in WANTED if one)}))
    if never.identity_number(texts["customer"]):
        faults.append(Fault("customer", "identity_number"))
    return [fault for fault in faults if fault.field not in wrong]


_PARSED: Final[tuple[tuple[str, Callable[[str], str | None], str], ...]] = (
    ("phone", phones.normal, "phone_left_out"),
    ("email", addresses.email, "email_left_out"),
    ("language", telling.language, "language_left_out"),
)


def _parsed(texts: Mapping[str, str]) -> tuple[dict[str, str], list[Fault]]:
    """Contact and language in their stored spelling, and what of it cannot be read."""
    found = {name: read(texts[name]) if texts[name] else "" for name, read, _remark in _PARSED}
    remarks = [Fault(name, remark) for name, _read, remark in _PARSED if found[name] is None]
    return {name: value or "" for name, value in found.items()}, remarks


def _unwanted(name: str) -> Fault:
    if broken(name):
        return Fault("", "not_text")
    return Fault(name, "forbidden_field" if never.column(name) else "unknown_field", {"name": name})
