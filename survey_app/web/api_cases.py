"""Cases of another system, as JSON: opened by it, and where each stands, without anybody's words or contact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, jsonify
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from survey_app.audit import Actor
from survey_app.commands import case_feed, tokens
from survey_app.db import reading
from survey_app.errors import Conflict
from survey_app.models import ApiToken, Case
from survey_app.transaction import transaction
from survey_app.web import api
from survey_app.web.security import limiter, public
from translations import gettext as _

blueprint = Blueprint("api_cases", __name__, url_prefix="/api/v1/cases")
blueprint.register_error_handler(api.Refused, api.refused)

ACT = "case.api"


@blueprint.post("")
@public
@limiter.limit(api.OFTEN, key_func=api.caller)
@limiter.limit(api.REFUSED_OFTEN, deduct_when=api.without_key)
def receive() -> Response:
    """Open one case, or up to 500."""
    token, body = api.token_of(), api.body()
    rows, one = api.rows_of("cases", body)
    call = api.call_of()
    for _attempt in range(2):
        try:
            return _answered(token, rows, one, call, body)
        except IntegrityError:
            # The same key or the same call at the same moment: it stands by now, and is known the second time.
            continue
    raise api.Refused(409, "in_progress", _("The same call is being worked on. Send it again in a moment."))


def _answered(token: ApiToken, rows: Sequence[Any], one: bool, call: str, body: bytes) -> Response:
    if call:
        with reading() as session:
            try:
                before = tokens.answered(session, token.id, call, body)
            except Conflict as error:
                raise api.Refused(422, "idempotency_key_reused", error.message) from error
        if before is not None:
            return api.said(before.status, before.answer, replayed=True)
    outcomes = []
    # Some rows a transaction: nobody waits for a list, and what is in stays in when a later part fails.
    for start in range(0, len(rows), case_feed.BATCH):
        part = rows[start : start + case_feed.BATCH]
        with transaction(Actor.respondent(), ACT) as session:
            outcomes += case_feed.receive(session, part)
    status, answer = api.status_of(outcomes, one), api.answer_of(outcomes)
    with transaction(Actor.respondent(), ACT) as session:
        tokens.note_use(session, token.id)
        if call:
            tokens.remember(session, token.id, call, body, status, answer)
    return api.said(status, answer)


@blueprint.get("/<path:key>")
@public
@limiter.limit(api.OFTEN, key_func=api.caller)
@limiter.limit(api.REFUSED_OFTEN, deduct_when=api.without_key)
def state(key: str) -> Response:
    """Where a case stands that another system told of."""
    api.token_of()
    with reading() as session:
        case = session.scalar(select(Case).where(Case.external_id == key))
        if case is None:
            raise api.Refused(404, "unknown_case", _("No case was told under this key."))
        return jsonify(
            key=case.external_id,
            number=case.id,
            state=case.state,
            level=case.level,
            subject=case.subject,
            outcome=case.outcome,
            closed_how=case.closed_how,
            reopened=case.reopened,
            merged_into=case.merged_into_id,
            overdue=case.overdue_since is not None,
            due_on=case.complaint_due_on.isoformat(),
            **{
                name: moment.isoformat() if moment is not None else None
                for name, moment in (
                    ("opened_at", case.opened_at),
                    ("contacted_at", case.contacted_at),
                    ("due_at", case.due_at),
                    ("done_at", case.done_at),
                    ("confirmed_at", case.confirmed_at),
                    ("closed_at", case.closed_at),
                )
            },
        )
