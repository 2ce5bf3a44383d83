"""Certificates: a shopper tries a quiz, coordination lets somebody try again or takes a certificate away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from forms.questionnaire.score import score
from survey_app import clock
from survey_app.errors import Conflict, UserError
from survey_app.models import Certification, Programme, User, Version
from survey_app.permissions import Permission, may
from survey_app.queries import certificates, programmes, questionnaires
from translations import gettext as _

#: Hundredths of a point of 100.
POINT = 100


def take(
    session: Session, programme: Programme, shopper_id: int, version: Version, answers: Mapping[str, Any], *, seen: int
) -> Certification:
    """Record one try at the quiz and judge it.

    ``seen`` is how many tries there were when the page was shown: the same page sent twice is one try, the earlier.
    Conflict when no try is left.
    """
    # Two taps, or two phones, must not use up two tries: whoever comes second waits here.
    shopper = session.get(User, shopper_id, with_for_update=True)
    if shopper is None or not may(shopper, Permission.DO_SHOPS):
        raise UserError(_("This user is not an active mystery shopper."))
    if programme.quiz_id is None or version.questionnaire_id != programme.quiz_id:
        raise Conflict(_("This programme has no such quiz."))
    standing = certificates.standing(session, programme, shopper_id)
    if len(standing.tries) > seen:
        return standing.tries[seen]
    if not standing.may_try:
        raise Conflict(_("No try is left. Field coordination can let you try again."))
    rules = programmes.rules(programme)
    definition = questionnaires.definition(version)
    card = score(definition, answers, certificates.context(shopper_id, clock.today()))
    reached = card.total or 0
    passed = reached >= rules.pass_mark * POINT
    made = Certification(
        programme_id=programme.id,
        shopper_id=shopper_id,
        version_id=version.id,
        answers=dict(answers),
        score=reached,
        passed=passed,
        at=clock.now(),
        good_until=clock.today() + timedelta(days=rules.certificate_days) if passed else None,
    )
    session.add(made)
    session.flush()
    return made


def let_try_again(session: Session, programme: Programme, shopper_id: int) -> int:
    """Let a shopper begin again: tries that failed no longer count against the limit. How many those were."""
    session.get(User, shopper_id, with_for_update=True)
    made = session.execute(
        update(Certification)
        .where(
            Certification.programme_id == programme.id,
            Certification.shopper_id == shopper_id,
            Certification.passed.is_(False),
            Certification.set_aside.is_(False),
        )
        .values(set_aside=True)
    )
    session.flush()
    return int(getattr(made, "rowcount", 0))


def withdraw(session: Session, programme: Programme, shopper_id: int) -> None:
    """Let a shopper's certificate count no longer, from today on; a new one takes the quiz again."""
    yesterday = clock.today() - timedelta(days=1)
    session.get(User, shopper_id, with_for_update=True)
    found = session.scalars(
        select(Certification).where(
            Certification.programme_id == programme.id,
            Certification.shopper_id == shopper_id,
            Certification.passed,
            Certification.good_until > yesterday,
        )
    ).all()
    if not found:
        raise Conflict(_("There is no certificate that counts."))
    for one in found:
        one.good_until = yesterday
    session.flush()
