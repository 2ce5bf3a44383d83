"""Contacts that give: planned by one person, approved by another, given to whoever agreed to it, within the cap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.letters import MOST_PARTS
from forms.messages import lint, parts
from survey_app import clock
from survey_app.commands.upserts import added
from survey_app.errors import Conflict, Forbidden, NotFound, UserError
from survey_app.loop.giving import APPROVED, CANCELLED, KINDS, PLANNED, SENT, worded
from survey_app.models import Branch, GivingContact, OfferConsent, User
from survey_app.queries.giving_contacts import telephone
from translations import DEFAULT, LANGUAGES
from translations import gettext as _

LONGEST_TITLE: Final = 120
LONGEST_WORDS: Final = 600
LONGEST_TENURE: Final = 40
#: A slip of the hand is no date.
_FURTHEST: Final = timedelta(days=366)


@dataclass(frozen=True)
class Wanted:
    """A contact as it is to be planned."""

    kind: str
    title: str
    planned_on: date
    words: Mapping[str, str] = field(default_factory=dict, repr=False)
    branch_id: int | None = None
    tenure: str = ""

    def problems(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it); empty when it can be planned."""
        found = []
        if self.kind not in KINDS:
            found.append(("kind", _("Choose one of the list.")))
        if not self.title.strip() or len(self.title) > LONGEST_TITLE:
            found.append(("title", _("Say in a few words what is given.")))
        if not clock.today() <= self.planned_on <= clock.today() + _FURTHEST:
            found.append(("planned_on", _("Choose a day from today on, at most a year ahead.")))
        if len(self.tenure) > LONGEST_TENURE:
            found.append(("tenure", _("Write at most %(max)s characters.", max=LONGEST_TENURE)))
        if not self.words.get(DEFAULT, "").strip():
            found.append((f"words_{DEFAULT}", _("Write what the customer reads, in Hebrew at least.")))
        return found + _faults(self.kind, self.words)


def _faults(kind: str, words: Mapping[str, str]) -> list[tuple[str, str]]:
    """What makes words unsendable; of a contact that is no advertisement also what would make it one."""
    found = []
    for language in LANGUAGES:
        text = words.get(language, "").strip()
        if not text:
            continue
        if len(text) > LONGEST_WORDS or parts(text).count > MOST_PARTS - 1:
            found.append(
                (f"words_{language}", _("Shorten the words: a text message holds %(max)s parts.", max=MOST_PARTS - 1))
            )
        elif "{" in text or "}" in text:
            message = _("Braces are not filled in here: write the words as they are to be read.")
            found.append((f"words_{language}", message))
        elif kind in KINDS and not KINDS[kind].advertising:
            said = lint(text, channel="email")
            if said:
                message = _(
                    "%(remark)s Whatever advertises is planned as a benefit, and says so.", remark=said[0].message
                )
                found.append((f"words_{language}", message))
    return found


def new_key() -> str:
    """A key for a form that is about to be shown."""
    return str(uuid4())


def plan(session: Session, user: User, key: str, wanted: Wanted) -> GivingContact:
    """Plan a contact; the one that stands where the form was sent before. UserError with the fields."""
    try:
        minted = str(UUID(key))
    except ValueError as error:
        raise UserError(_("The page was open for too long. Please send it again.")) from error
    standing = session.scalar(select(GivingContact).where(GivingContact.key == minted))
    if standing is not None:
        return standing
    _check(session, wanted)
    made = GivingContact(
        key=minted, state=PLANNED, created_by_id=user.id, created_at=clock.now(), revision=1, **_columns(wanted)
    )
    if not added(session, made):
        return session.scalars(select(GivingContact).where(GivingContact.key == minted)).one()
    return made


def change(session: Session, contact_id: int, user: User, wanted: Wanted, revision: int) -> GivingContact:
    """Plan a contact anew: an approval is lost with it, and who changed it is who wrote it."""
    found = _held(session, contact_id, revision)
    _need(found, PLANNED, APPROVED)
    _check(session, wanted)
    for name, value in _columns(wanted).items():
        setattr(found, name, value)
    found.state, found.approved_by_id, found.created_by_id = PLANNED, None, user.id
    return _counted(session, found)


def approve(session: Session, contact_id: int, user: User, revision: int) -> GivingContact:
    """Approve a contact; somebody else than who wrote it. Approved again, nothing changes.

    Forbidden for who wrote it; UserError for an advertisement where no telephone says how to refuse more of them.
    """
    found = _held(session, contact_id, None)
    if found.state == APPROVED:
        return found
    if found.revision != revision:
        raise Conflict(_stale())
    _need(found, PLANNED)
    if found.created_by_id == user.id:
        raise Forbidden(_("Somebody else than who wrote it approves it."))
    if KINDS[found.kind].advertising and not telephone(session):
        raise UserError(
            _("An advertisement says how to refuse more of them: enter the organisation's telephone first.")
        )
    if found.planned_on < clock.today():
        raise UserError(_("Its day has passed: choose another one first."))
    found.state, found.approved_by_id = APPROVED, user.id
    return _counted(session, found)


def cancel(session: Session, contact_id: int, revision: int | None = None) -> GivingContact:
    """Take a contact back that was not given yet. Cancelled again, nothing changes."""
    found = _held(session, contact_id, None)
    if found.state == CANCELLED:
        return found
    if revision is not None and found.revision != revision:
        raise Conflict(_stale())
    _need(found, PLANNED, APPROVED)
    found.state = CANCELLED
    return _counted(session, found)


def text_of(session: Session, contact: GivingContact, language: str) -> str:
    """What a customer reads."""
    return worded(contact.kind, contact.words, language, telephone(session))


def agree(session: Session, customer_id: int, on: date) -> bool:
    """A customer agrees to offers since a day; whether that is new. An earlier refusal is over with a later consent."""
    found = session.get(OfferConsent, customer_id, with_for_update=True)
    if found is None:
        session.add(OfferConsent(customer_id=customer_id, given_on=on))
        session.flush()
        return True
    if found.withdrawn_on is not None and on > found.withdrawn_on:
        found.given_on, found.withdrawn_on = on, None
        session.flush()
        return True
    return False


def withdraw(session: Session, customer_id: int, on: date) -> bool:
    """A customer takes the consent to offers back; whether there was one."""
    found = session.get(OfferConsent, customer_id, with_for_update=True)
    if found is None or found.withdrawn_on is not None or on < found.given_on:
        return False
    found.withdrawn_on = on
    session.flush()
    return True


def _held(session: Session, contact_id: int, revision: int | None) -> GivingContact:
    found = session.scalar(
        select(GivingContact)
        .where(GivingContact.id == contact_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(_("There is no such contact."))
    if revision is not None and found.revision != revision:
        raise Conflict(_stale())
    return found


def _stale() -> str:
    return _("Somebody else changed this contact meanwhile. What you wrote is still here: please check it.")


def _need(found: GivingContact, *states: str) -> None:
    if found.state not in states:
        raise Conflict(_("This contact was given or cancelled already."))


def _counted(session: Session, found: GivingContact) -> GivingContact:
    found.revision += 1
    session.flush()
    return found


def _columns(wanted: Wanted) -> dict[str, Any]:
    return {
        "kind": wanted.kind,
        "title": wanted.title.strip(),
        "words": {language: text.strip() for language, text in wanted.words.items() if text.strip()},
        "planned_on": wanted.planned_on,
        "branch_id": wanted.branch_id,
        "tenure": wanted.tenure.strip(),
    }


def _check(session: Session, wanted: Wanted) -> None:
    problems = wanted.problems()
    if wanted.branch_id is not None and session.get(Branch, wanted.branch_id) is None:
        problems.append(("branch", _("No branch has this code or name.")))
    if problems:
        raise UserError(problems[0][1], problems)


__all__ = [
    "APPROVED", "CANCELLED", "PLANNED", "SENT", "Wanted", "agree", "approve", "cancel", "change", "new_key", "plan",
    "text_of", "withdraw",
]  # fmt: skip
