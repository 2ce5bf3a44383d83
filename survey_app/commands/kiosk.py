"""What a branch's tablet sends: taken once under the id it was minted with, or kept aside for staff, never lost.

The tablet's script mirrors the questionnaire's rules; what counts is read here by the same forms that a web page goes
through, under the version of the questionnaire that was shown.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from forms.questionnaire.build import open_form
from reports import months
from survey_app import clock
from survey_app.audit import Actor
from survey_app.commands import responses
from survey_app.commands.upserts import insert_missing
from survey_app.errors import Gone, NotFound, UserError
from survey_app.models import Assignment, CollectionPoint, Draft, Invitation, Response, SetAside, TabletReceipt
from survey_app.models.campaign import ANONYMOUS
from survey_app.models.outreach import KIOSK
from survey_app.outreach import codes
from survey_app.queries import kiosk as queries
from survey_app.queries import points
from survey_app.queries.kiosk import TabletTicket
from survey_app.transaction import transaction
from translations import LANGUAGES, direction, speaking
from translations import gettext as _
from translations import lazy_gettext as _l

RECEIVED, ASIDE = "received", "aside"
#: Why answers could not be taken.
REASONS: Final[Mapping[str, Any]] = {
    "closed": _l("The survey, the branch or the point took no more answers on that day."),
    "version": _l("They were given under a version of the questionnaire that is not known here."),
    "faulty": _l("An answer is missing or does not fit."),
    "taken_id": _l("The number under which the tablet sent them belongs to something else."),
}
#: A tablet that was offline for longer than this has a wrong clock.
OLDEST: Final = timedelta(days=60)
#: Months for which it is remembered what was taken, beside the present one.
REMEMBERED: Final = 3
LAYOUTS: Final = frozenset({"row", "stack"})
_ID: Final = re.compile(r"[0-9a-f]{32}")
_MOST_NAMES, _MOST_VALUES, _LONGEST = 500, 100, 20_000


@dataclass(frozen=True)
class Sent:
    """What a tablet sent, read and bounded."""

    response_id: str
    version: int
    seed: str
    language: str
    #: How long ago the tablet finished it, in seconds.
    age: int
    #: Name of a field -> what stood in it, as a form sends it.
    fields: Mapping[str, list[str]]
    layout: str
    #: The point's code, since a tablet may hold answers of before its address was changed.
    point: str

    @property
    def at(self) -> datetime:
        """When it was finished."""
        return clock.now() - min(timedelta(seconds=self.age), OLDEST)

    @property
    def day(self) -> date:
        """The day of the visit."""
        return clock.local(self.at).date()


def read(body: Any) -> Sent:
    """What a tablet's JSON says. UserError for anything that no tablet of ours sends."""
    try:
        fields = {
            str(name): [str(one) for one in values]
            for name, values in body["answers"].items()
            if isinstance(values, list)
        }
        sent = Sent(
            response_id=str(body["id"]),
            version=int(body["version"]),
            seed=str(body["seed"]),
            language=str(body["language"]),
            age=max(0, int(body["age"])),
            fields=fields,
            layout=str(body.get("layout", "")),
            point=str(body.get("point", "")),
        )
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise _no_answers() from error
    longest = max((len(one) for values in fields.values() for one in values), default=0)
    many = len(fields) > _MOST_NAMES or any(len(values) > _MOST_VALUES for values in fields.values())
    if not _ID.fullmatch(sent.response_id) or not _ID.fullmatch(sent.seed) or many or longest > _LONGEST:
        raise _no_answers()
    if sent.language not in LANGUAGES or not 0 < sent.version < 1_000_000:
        raise _no_answers()
    return sent


def _no_answers() -> UserError:
    return UserError(_("This is not what a tablet sends."))


def take(session: Session, number: int, body: Any, *, by_staff: bool = False) -> str:
    """Take what the tablet of a point sent: :data:`RECEIVED`, or :data:`ASIDE` where it cannot become a response.

    The same id sent again, at once or a week later, answers the same and stores nothing new. ``by_staff`` takes what
    came after its survey, its branch or its point had closed. UserError for what is no answer at all.
    """
    sent = read(body)
    point = _point(session, number, sent.point)
    if _was_taken(session, point, sent):
        return RECEIVED
    kept = session.get(SetAside, sent.response_id)
    if kept is not None and not by_staff:
        return ASIDE
    reason = _try(session, point, sent, by_staff=by_staff)
    if reason:
        _set_aside(session, point, sent, body, reason)
        return ASIDE
    if point.campaign.privacy == ANONYMOUS:
        receipt = {"digest": _digest(sent), "month": months.of(clock.today())}
        insert_missing(session, TabletReceipt, [receipt], ["digest"])
    session.execute(delete(SetAside).where(SetAside.id == sent.response_id))
    session.flush()
    return RECEIVED


def _point(session: Session, number: int, code: str) -> CollectionPoint:
    """The tablet's point, held: what two requests send under one id is looked at one after the other.

    Answers that a tablet held when it became another branch's are still those of the point that they name.
    """
    named = session.scalar(
        select(CollectionPoint.id).where(CollectionPoint.code == codes.plain(code), CollectionPoint.kind == KIOSK)
    )
    point = session.get(CollectionPoint, named or number, with_for_update=True)
    if point is None:
        raise NotFound(_("There is no such collection point."))
    return point


def _digest(sent: Sent) -> str:
    return hashlib.sha256(sent.response_id.encode()).hexdigest()


def _was_taken(session: Session, point: CollectionPoint, sent: Sent) -> bool:
    if point.campaign.privacy == ANONYMOUS:
        return session.get(TabletReceipt, _digest(sent)) is not None
    found = session.get(Response, sent.response_id)
    return found is not None and found.point_id == point.id


def _try(session: Session, point: CollectionPoint, sent: Sent, *, by_staff: bool) -> str:
    """Make a response of it; gives why it could not, or nothing. What was begun is undone then."""
    if _is_anothers(session, sent.response_id):
        return "taken_id"
    try:
        with session.begin_nested(), speaking(sent.language):
            if not by_staff:
                _refuse_late(point, sent)
            ticket = queries.ticket(
                session, point, response_id=sent.response_id, seed=sent.seed, day=sent.day, number=sent.version
            )
            _store(session, ticket, sent)
    except Gone:
        return "closed"
    except NotFound:
        return "version"
    except UserError:
        return "faulty"
    return ""


def _refuse_late(point: CollectionPoint, sent: Sent) -> None:
    """Gone where the point took no answers when these were given; what was given in time may come later."""
    if point.retired_at is not None and sent.at >= point.retired_at:
        points.refuse_retired(point)
    if not point.campaign.runs_on(sent.day) or not point.branch.open_on(sent.day):
        raise Gone(_("This survey has ended. Thank you for wanting to answer."))


def _is_anothers(session: Session, response_id: str) -> bool:
    owners = (
        select(Response.id).where(Response.id == response_id),
        select(Draft.response_id).where(Draft.response_id == response_id),
        select(Invitation.response_id).where(Invitation.response_id == response_id),
        select(Assignment.response_id).where(Assignment.response_id == response_id),
    )
    return any(session.scalar(one) is not None for one in owners)


def _store(session: Session, ticket: TabletTicket, sent: Sent) -> None:
    offered = list(ticket.definition.languages)
    language = sent.language if sent.language in offered else offered[0]
    answers: dict[str, Any] = {}
    for code, given, faults in _pages(ticket, language, sent.fields):
        if faults:
            raise UserError(_("Some answers are missing or do not fit."), faults)
        answers = {name: value for name, value in {**answers, **given}.items() if value is not None}
        responses.save_page(session, ticket, answers, language, page=code)
    responses.submit(
        session,
        ticket,
        language=language,
        channel=ticket.link,
        presentation={
            "first": "lowest",
            "direction": direction(language),
            "layout": sent.layout if sent.layout in LAYOUTS else "unknown",
        },
    )


def _pages(
    ticket: TabletTicket, language: str, fields: Mapping[str, list[str]]
) -> Iterator[tuple[str, dict[str, Any], list[tuple[str, str]]]]:
    """Every page with what stood on it and what is wrong there, each read in the light of those before."""
    before: dict[str, Any] = {}
    sent = MultiDict([(name, one) for name, values in fields.items() for one in values])
    for page in queries.asked_pages(ticket.definition, ticket.context):
        form = open_form(ticket.definition, page, language, ticket.context, before, sent)
        form.validate()
        given = {code: value for code, value in form.page_answers.items() if code not in form.unread}
        before |= {code: value for code, value in given.items() if value is not None}
        yield page.code, given, form.error_summary


def _set_aside(session: Session, point: CollectionPoint, sent: Sent, body: Any, reason: str) -> None:
    kept = session.get(SetAside, sent.response_id)
    if kept is None:
        content = {name: body[name] for name in ("id", "version", "seed", "language", "answers")}
        content |= {"layout": sent.layout, "point": point.code}
        if point.campaign.privacy != ANONYMOUS:
            content["day"] = sent.day.isoformat()
        month = months.of(sent.day)
        kept = SetAside(id=sent.response_id, point_id=point.id, content=content, reason=reason, month=month)
        session.add(kept)
    kept.reason = reason
    session.flush()


def take_aside(session: Session, response_id: str) -> str:
    """Try once more to take what was kept aside, also what came too late. NotFound: there is no such thing any more."""
    kept = session.get(SetAside, response_id, with_for_update=True)
    if kept is None:
        raise NotFound(_("These answers are not here any more."))
    age = _age(kept)
    return take(session, kept.point_id, {**kept.content, "age": age}, by_staff=True)


def _age(kept: SetAside) -> int:
    """How long ago it was finished: by its day, or as far as the month tells where no day is kept."""
    known = kept.content.get("day")
    day = date.fromisoformat(known) if known else min(clock.today(), months.last_day(kept.month))
    return max(0, int((clock.now() - clock.start_of(day)).total_seconds()))


def drop_aside(session: Session, response_id: str) -> None:
    """Delete what was kept aside for good; the second time there is nothing left to do."""
    session.execute(delete(SetAside).where(SetAside.id == response_id))
    session.flush()


def forget() -> None:
    """Every night: forget which anonymous answers were taken long ago."""
    with transaction(Actor.respondent(), "receipt.sweep") as session:
        sweep_receipts(session)


def sweep_receipts(session: Session) -> int:
    """Forget which anonymous answers were taken long ago; gives how many."""
    oldest = months.shift(months.of(clock.today()), -REMEMBERED)
    gone = session.scalars(delete(TabletReceipt).where(TabletReceipt.month < oldest).returning(TabletReceipt.digest))
    return len(gone.all())
