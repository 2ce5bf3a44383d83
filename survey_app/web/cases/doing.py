"""What each act on a case does with its form. Every act looks at the revision that the form was shown with."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from forms import cases as forms
from forms.cases import agorot
from survey_app.commands.cases import ending, log, moving, own_words, removals, telling, working
from survey_app.errors import NotFound, UserError
from survey_app.loop.states import NO_CONTACT
from survey_app.models import User
from survey_app.queries import cases
from survey_app.queries.cases import Seen


def _fresh(session: Session, seen: Seen, form: Any) -> int:
    """Refuse a form that showed an older case: Conflict. For acts that do not look at it themselves."""
    return int(log.hold(session, seen.case.id, form.revision.data or 0).id)


def contact(session: Session, seen: Seen, user: User, form: forms.ContactForm) -> None:
    working.contact(
        session, seen.case.id, user.id, channel=form.channel.data, reached=form.reached.data == "yes",
        words=form.words.data or "", next_step=form.next_step.data or "", next_on=form.next_on.data,
        revision=form.revision.data or 0,
    )  # fmt: skip


def agree(session: Session, seen: Seen, user: User, form: forms.AgreeForm) -> None:
    working.agree(
        session, seen.case.id, user.id, solution=form.solution.data or "", next_step=form.next_step.data or "",
        next_on=form.next_on.data, revision=form.revision.data or 0,
    )  # fmt: skip


def step(session: Session, seen: Seen, user: User, form: Any) -> None:
    working.set_step(
        session, seen.case.id, user.id, next_step=form.next_step.data or "", next_on=form.next_on.data,
        revision=form.revision.data or 0,
    )  # fmt: skip


def finish(session: Session, seen: Seen, user: User, form: forms.FinishForm) -> None:
    working.finish(
        session, seen.case.id, user.id, outcome=form.outcome.data, root_cause=form.root_cause.data,
        lesson=form.lesson.data or "", cost=agorot(form.cost.data), revision=form.revision.data or 0,
    )  # fmt: skip


def compensate(session: Session, seen: Seen, user: User, form: forms.CompensateForm) -> None:
    working.compensate(session, seen.case.id, user, agorot(form.amount.data), form.revision.data or 0)


def subject(session: Session, seen: Seen, user: User, form: forms.SubjectForm) -> None:
    working.set_subject(session, seen.case.id, user.id, form.subject.data, form.revision.data or 0)


def note(session: Session, seen: Seen, user: User, form: forms.NoteForm) -> None:
    working.add_note(session, _fresh(session, seen, form), user.id, form.words.data or "")


def account(session: Session, seen: Seen, user: User, form: forms.AccountForm) -> None:
    own_words.give_account(session, _fresh(session, seen, form), user, form.words.data or "")


def not_me(session: Session, seen: Seen, user: User, form: forms.NotMeForm) -> None:
    own_words.claim_not_me(session, _fresh(session, seen, form), user, form.words.data or "")


def decide_not_me(session: Session, seen: Seen, user: User, form: forms.DecideNotMeForm) -> None:
    agent_id = int(form.agent.data) if form.agent.data else None
    own_words.decide_not_me(session, _fresh(session, seen, form), user, agent_id, form.accept.data == "yes")


def assign(session: Session, seen: Seen, user: User, form: forms.AssignForm) -> None:
    moving.assign(session, seen.case.id, int(form.to.data), user.id, revision=form.revision.data or 0)


def adopt(session: Session, seen: Seen, user: User, form: Any) -> None:
    one = moving.adopt(session, _fresh(session, seen, form), user)
    telling.taken(session, one, user)


def write(session: Session, seen: Seen, user: User, form: forms.WriteForm) -> None:
    telling.write(
        session,
        seen.case.id,
        user.id,
        text=form.text.data or "",
        channel=form.channel.data,
        revision=form.revision.data or 0,
    )


def merge(session: Session, seen: Seen, user: User, form: forms.MergeForm) -> None:
    try:
        cases.of(session, form.into.data or 0, user)
    except NotFound as unknown:
        raise UserError(unknown.message, [("into", unknown.message)]) from unknown
    moving.merge(session, seen.case.id, form.into.data or 0, user.id, revision=form.revision.data or 0)


def reopen(session: Session, seen: Seen, user: User, form: forms.WhyForm) -> None:
    one = ending.reopen(session, _fresh(session, seen, form), form.words.data or "", user.id)
    telling.reopened(session, one)


def check(session: Session, seen: Seen, user: User, form: forms.CheckForm) -> None:
    ending.check(session, _fresh(session, seen, form), user, form.verdict.data, form.note.data or "")


def close(session: Session, seen: Seen, user: User, form: Any) -> None:
    ending.close(session, _fresh(session, seen, form), NO_CONTACT, user.id)


def erase(session: Session, seen: Seen, user: User, form: Any) -> None:
    ending.erase_contact(session, _fresh(session, seen, form), user.id)


def ask_removal(session: Session, seen: Seen, user: User, form: forms.WhyForm) -> None:
    removals.ask_removal(session, _fresh(session, seen, form), user, form.words.data or "")
