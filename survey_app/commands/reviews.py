"""Signing a month, and restating it when what it was computed from is corrected."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey_app import clock
from survey_app.commands import facts
from survey_app.errors import Conflict, NotFound
from survey_app.models import MonthlyReview, PendingRestatement, Restatement, SignedInputs, User
from survey_app.models.review import SIGNED
from survey_app.queries import computing, organisation, provisional, reviews
from survey_app.queries.signed import code_version, digest
from translations import format_date
from translations import gettext as _

#: Numbers of a branch that a restatement names when they moved, as paths into the report's data.
_PUBLISHED: Final = (
    ("surveys", "n"),
    ("surveys", "csat"),
    ("surveys", "nps"),
    ("surveys", "ease"),
    ("shops", "n"),
    ("shops", "score"),
    ("shops", "critical_failures"),
    ("service", "index"),
    ("profit", "contribution"),
    ("profit", "index"),
    ("composite",),
    ("rank", "median"),
    ("tier",),
)


def sign(session: Session, user: User, month: str, ready: computing.Ready | None = None) -> MonthlyReview:
    """Freeze a month's report as it stands now, with what it was computed from.

    ``ready`` was computed before the transaction, so that nobody waits for it; it is taken where nothing was written
    since. Conflict when the month is signed already or has not closed yet.
    """
    month = reviews.parse_month(month)
    if session.get(MonthlyReview, month) is not None:
        raise Conflict(_("The month %(month)s was already signed.", month=month))
    closes = clock.closes_on(month, organisation.policy(session).closes_on_working_day)
    if clock.today() < closes:
        raise Conflict(_("The month %(month)s closes on %(date)s.", month=month, date=format_date(closes)))
    _nothing_to_wait_for(session, month)
    facts.hold(session)
    if ready is None or ready.standing != computing.standing(session) or ready.report.data["month"] != month:
        ready = computing.ready(session, month, SIGNED)
    if _is_empty(ready.report.data["organisation"]):
        raise Conflict(_("There is nothing to sign: the month %(month)s has no data.", month=month))
    numbers = ready.numbers
    signed = MonthlyReview(
        month=month,
        signed_at=clock.now(),
        signed_by_id=user.id,
        numbers=numbers,
        digest=digest(numbers),
        inputs_digest=ready.digest,
        code_version=code_version(),
    )
    session.add(signed)
    try:
        session.flush()
        session.add(SignedInputs(month=month, inputs=ready.inputs, tables=ready.tables))
        session.flush()
    except IntegrityError as error:
        raise Conflict(_("The month %(month)s was already signed.", month=month)) from error
    return signed


def _nothing_to_wait_for(session: Session, month: str) -> None:
    """Conflict where the sign-off waits for appeals [policy] and a visit of the month may still be appealed against."""
    if organisation.policy(session).appeals_at_closing != provisional.WAIT:
        return
    found = provisional.appealable(session, month)
    if found.appeals:
        raise Conflict(_("The month waits: appeals against its visits are not decided yet."))
    if found.count and found.until is not None:
        raise Conflict(
            _("The month waits: its visits may be appealed against until %(date)s.", date=format_date(found.until))
        )


def _is_empty(organisation_block: Mapping[str, Any]) -> bool:
    """Whether no window of the organisation holds anything: no answer, no visit, no month of profit."""
    counts = (
        organisation_block[part][count] for part, count in (("surveys", "n"), ("shops", "n"), ("profit", "months"))
    )
    return not any(counts)


def is_due(pending: PendingRestatement, least: int) -> bool:
    """Whether corrections may be shown: survey answers only in batches of at least ``least``, so that nobody can

    subtract one report from another and read a single answer; shops and profit alone at once.
    """
    return pending.responses >= least or (pending.responses == 0 and pending.others > 0)


def restate(session: Session, month: str, prepared: computing.Prepared | None = None) -> Restatement | None:
    """Store what corrections changed in a signed month; None while its batch is too small to be shown.

    ``prepared`` was computed before the transaction, as for :func:`sign`.
    """
    signed = session.get(MonthlyReview, month)
    if signed is None:
        raise NotFound(_("The month %(month)s was not signed.", month=month))
    pending = session.get(PendingRestatement, month, with_for_update=True)
    if pending is None or not is_due(pending, organisation.policy(session).least_surveys):
        return None
    before = session.scalar(
        select(Restatement.numbers).where(Restatement.month == month).order_by(Restatement.id.desc()).limit(1)
    )
    if prepared is None or prepared.standing != computing.standing(session):
        prepared = reviews.restated(session, month)
    restatement = Restatement(
        month=month,
        at=clock.now(),
        responses=pending.responses,
        others=pending.others,
        changes=list(changes(json.loads(before or signed.numbers), prepared.report.data)),
        numbers=prepared.numbers,
    )
    session.add(restatement)
    session.delete(pending)
    session.flush()
    return restatement


def changes(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every published number of a branch that moved: ``{branch, number, was, now}``."""
    older = {branch["code"]: branch for branch in was["branches"]}
    for branch in now["branches"]:
        for path in _PUBLISHED:
            before, after = _at(older.get(branch["code"]), path), _at(branch, path)
            if before != after:
                yield {"branch": branch["code"], "number": ".".join(path), "was": before, "now": after}


def _at(branch: Mapping[str, Any] | None, path: tuple[str, ...]) -> Any:
    found: Any = branch
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found
