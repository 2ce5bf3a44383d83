"""Files that come with a page of questions: looked at one by one, so that one that is refused costs nothing else.

The page must have been asked for with a good ticket; what may come with it is counted for each ticket.
"""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from flask import current_app, request
from flask_limiter import RateLimitExceeded
from werkzeug.datastructures import MultiDict

from forms.questionnaire.build import PageForm
from forms.questionnaire.definition import Question
from survey_app.commands import evidence
from survey_app.commands.attaching import Files
from survey_app.commands.evidence import Arrived, Sent
from survey_app.errors import UserError
from survey_app.queries.evidence import FILE_TYPES
from survey_app.queries.tickets import OPEN, Ticket
from survey_app.web.security import limiter
from survey_app.web.sending import taken_away
from translations import gettext as _

#: How the inputs that files are chosen with are named, after their question.
ADD: Final = "_add"
#: Pages with files that may be sent for one ticket, and by one address over open links, which cost nothing to begin.
OFTEN = "60 per hour"


@dataclass
class Arrival:
    """What came with a page: the files that were taken, those to take away, and what is to be said of the others."""

    added: dict[str, list[Arrived]] = field(default_factory=lambda: defaultdict(list))
    removed: dict[str, list[str]] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def files(self) -> Files:
        """What is to be written down of them."""
        return Files(dict(self.added), self.removed)

    def into(self, sent: MultiDict[str, str], questions: Sequence[Question]) -> None:
        """Let the page's form see the new files, as many as there is room for: what was asked for has come."""
        for question in questions:
            if question.code in self.added:
                ids = [*sent.getlist(question.code), *(one.file_id for one in self.added[question.code])]
                sent.setlist(question.code, ids[: evidence.most_of(question)])

    def kept(self, sent: MultiDict[str, str], answers: Mapping[str, Any], said: Mapping[str, list[str]]) -> None:
        """What became of the files once they were written down: the page is shown again with what is kept."""
        for code in self.removed:
            ids = answers.get(code)
            sent.setlist(code, ids if isinstance(ids, list) else [])
        for code, messages in said.items():
            self.faults[code].extend(messages)

    def tell(self, form: PageForm) -> None:
        """Put what is to be said beside the questions."""
        for drawn in form:
            drawn.errors = [*self.faults.get(drawn.name, []), *drawn.errors]


def receive(ticket: Ticket, questions: Sequence[Question]) -> Arrival:
    """Look at every file that was sent with a page of these questions. What is taken is in the store afterwards."""
    arrival = Arrival()
    asked = [question for question in questions if question.type in FILE_TYPES]
    chosen = {one.code: [file for file in request.files.getlist(one.code + ADD) if file.filename] for one in asked}
    too_often = any(chosen.values()) and not _may_send(ticket)
    for question in asked:
        arrival.removed[question.code] = taken_away(request.form, question)
        for place, file in enumerate(chosen[question.code], start=1):
            try:
                if too_often:
                    raise UserError(_("Too many files were sent. Please wait an hour before adding more."))
                if place > evidence.most_of(question):
                    raise UserError(_("There is no room for more than %(max)s here.", max=evidence.most_of(question)))
                sent = Sent(file.filename or "", file.stream)
                arrival.added[question.code].append(
                    evidence.receive(question, sent, place, visit=ticket.assignment is not None)
                )
            except UserError as error:
                arrival.faults[question.code].append(error.message)
    return arrival


def _may_send(ticket: Ticket) -> bool:
    """Count a page with files, and whether there were more of them than a person sends.

    Of an open link's visitor only a keyed digest of the address is kept, for an hour.
    """
    who = ticket.response_id
    if ticket.link == OPEN:
        key = str(current_app.config["SECRET_KEY"]).encode()
        who = hmac.digest(key, (request.remote_addr or "").encode(), "sha256").hex()
    try:
        with limiter.limit(OFTEN, key_func=lambda: who):
            return True
    except RateLimitExceeded:
        return False
