"""What the customer is told about the own case: by letters that are queued here and leave in the hours for customers.

Nothing is sent to whoever took the consent back. That a letter was sent is no contact: the customer was not reached by
it, and no clock stops.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.letters import CUSTOMER_LETTERS, MOST_PARTS
from forms.messages import parts
from survey_app import clock
from survey_app.commands import letters
from survey_app.commands.cases import log
from survey_app.errors import Conflict, UserError
from survey_app.models import Case, Invitation, Letter, User
from survey_app.outreach import phones
from survey_app.outreach.policy import Outreach
from survey_app.permissions import ROLE_NAMES, Role
from survey_app.queries.outreach import policy
from translations import gettext as _
from translations import speaking

SMS, EMAIL = "sms", "email"
#: Characters that the name and the address of a text message may take beside its words.
_ADDRESS: Final = 120
#: The most characters of an e-mail.
LONGEST: Final = 4_000


def ways(case: Case, rules: Outreach) -> dict[str, str]:
    """How a customer can be written to: channel -> address; empty where the contact allows nothing or is not wanted."""
    if case.consent_withdrawn_at is not None:
        return {}
    messages = bool(case.phone) and phones.reach(case.phone, rules.telephone_only_prefixes) == phones.SMS
    return {**({SMS: case.phone} if messages else {}), **({EMAIL: case.email} if case.email else {})}


def way(session: Session, case: Case) -> tuple[str, str] | None:
    """The channel and the address that a customer is written to by: as the survey reached her, else by text message."""
    open_to = ways(case, policy(session))
    asked = session.scalar(select(Invitation.channel).where(Invitation.response_id == case.response_id))
    channel = asked if asked in open_to else next(iter(open_to), None)
    return (channel, open_to[channel]) if channel is not None else None


def received(session: Session, case: Case) -> Letter | None:
    """Tell the customer that the case was opened, and by when somebody calls; once a case."""
    return _tell(session, case, "case_received", f"case_received:{case.id}", {"until": _until(case)})


def taken(session: Session, case: Case, by: User) -> Letter | None:
    """«בטיפולי»: tell the customer who took the case personally; once for each who did."""
    with speaking(case.language):
        role = str(ROLE_NAMES[Role(by.role)])
    return _tell(session, case, "case_taken", f"case_taken:{case.id}:{by.id}", {"manager": by.name, "role": role})


def solved(session: Session, case: Case) -> Letter | None:
    """Tell the customer that the work is done, with the page where it can be said whether it is solved."""
    return _tell(session, case, "case_solved", f"case_solved:{case.id}:{case.reopened}", {})


def reopened(session: Session, case: Case) -> Letter | None:
    """Tell the customer that the case is open again, and by when somebody calls."""
    return _tell(session, case, "case_reopened", f"case_reopened:{case.id}:{case.reopened}", {"until": _until(case)})


def write(
    session: Session,
    case_id: int,
    by_id: int,
    *,
    text: str,
    channel: str = "",
    revision: int | None = None,
) -> Letter:
    """Send the customer words of one's own, by a channel or the one that suits; they stay in the case's log.

    UserError for no words or too many; Conflict where the customer cannot be written to, or does not want it.
    """
    case = log.hold(session, case_id, revision)
    log.not_named(session, case, by_id)
    found = ways(case, policy(session))
    if case.consent_withdrawn_at is not None:
        raise Conflict(_("The customer asked not to be contacted."))
    if not found:
        raise Conflict(_("There is no mobile number and no e-mail to write to: please call, or write by post."))
    if channel and channel not in found:
        raise UserError(_("The customer cannot be written to this way."), [("channel", "")])
    words = text.strip()
    _fits(words, channel or next(iter(found)))
    chosen = channel or next(iter(found))
    letter = _queue(session, case, "case_words", f"case_words:{case.id}:{case.revision}", {"text": words},
                    (chosen, found[chosen]))  # fmt: skip
    log.note(session, case, "told", by_id, words=words, channel=chosen, letter=letter.id if letter else None)
    session.flush()
    if letter is None:  # pragma: no cover - the revision is held and makes the key new
        raise Conflict(_("This was sent already."))
    return letter


def _fits(words: str, channel: str) -> None:
    if not words:
        message = _("Please write something here.")
        raise UserError(message, [("text", message)])
    if len(words) > LONGEST or (channel == SMS and parts(words + "x" * _ADDRESS).count > MOST_PARTS):
        message = _("This is too long for the message: please shorten it, or call.")
        raise UserError(message, [("text", message)])


def _until(case: Case) -> str:
    return clock.local(case.escalates_at or case.due_at).date().isoformat()


def _tell(session: Session, case: Case, kind: str, key: str, values: Mapping[str, Any]) -> Letter | None:
    found = way(session, case)
    letter = _queue(session, case, kind, key, values, found) if found is not None else None
    if letter is not None:
        log.note(session, case, "told", channel=letter.channel, letter=letter.id, kind=kind)
        session.flush()
    return letter


def _queue(
    session: Session, case: Case, kind: str, key: str, values: Mapping[str, Any], found: tuple[str, str]
) -> Letter | None:
    if not CUSTOMER_LETTERS[kind].case:  # pragma: no cover - a slip of the programmer
        raise ValueError(f"{kind} is no letter about a case")
    return letters.queue_to_customer(
        session,
        kind=kind,
        key=key,
        values=dict(values),
        address=found[1],
        channel=found[0],
        language=case.language,
        case_id=case.id,
    )
