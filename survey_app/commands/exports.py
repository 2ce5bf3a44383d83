"""Responses out: prepared in one reading session, recorded in the audit trail, then streamed.

The trail says how many responses of which questionnaire left, in which form and for which period: numbers and
references only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from sqlalchemy.orm import Session

from forms.questionnaire.exchange.answers.formats import FORMS
from survey_app import db
from survey_app.audit import Actor
from survey_app.errors import NotFound, UserError
from survey_app.permissions import Scope
from survey_app.queries import exports
from survey_app.queries.exports import Export, Wish
from survey_app.queries.exports_anonymous import anonymous
from survey_app.transaction import transaction
from translations import gettext as _


@dataclass(frozen=True)
class Outgoing:
    """A file on its way: its name, what kind it is, and its pieces. Whoever takes it closes it."""

    name: str
    media_type: str
    export: Export
    pieces: Iterator[bytes]
    _held: ExitStack

    def close(self) -> None:
        """Give the reading session back, whether or not all was taken; nothing is left behind."""
        close = getattr(self.pieces, "close", None)
        if close is not None:
            close()
        self._held.close()


def prepare(session: Session, code: str, wish: Wish, scope: Scope) -> Export:
    """What would leave. NotFound for an unknown questionnaire and for one that nobody could answer yet."""
    found = exports.source(session, code)
    if found is None:
        raise NotFound(_("The questionnaire %(code)s has not been published yet.", code=code))
    read = anonymous if found.anonymous else exports.confidential
    return read(session, found, wish, scope)


def begin(code: str, form: str, wish: Wish, *, actor: Actor, scope: Scope) -> Outgoing:
    """Open a file of responses and record that it leaves. UserError: nothing fits the wish, or it is too much.

    The reading session stays open until the file is closed, so that everything in it is of one moment.
    """
    with ExitStack() as held:
        session = held.enter_context(db.reading())
        export = prepare(session, code, wish, scope)
        written = FORMS[form]
        if form != "codebook" and not export.count:
            raise UserError(_("No responses fit."))
        if not written.fits(export.sheet, export.count):
            raise UserError(_("This is more than a file of this kind holds. Choose CSV, or a shorter period."))
        count = 0 if form == "codebook" else export.count
        with transaction(
            actor,
            "responses.export",
            questionnaire=code,
            form=form,
            responses=count,
            since=wish.since,
            until=wish.until,
            branches=sorted(wish.branches),
            regions=sorted(wish.regions),
            states=sorted(wish.states),
            words=wish.texts,
        ):
            pass
        pieces = written.write(export.sheet, export.records())
        name = f"{code}-codebook.csv" if form == "codebook" else f"{code}-responses.{written.suffix}"
        return Outgoing(name, written.media_type, export, pieces, held.pop_all())
