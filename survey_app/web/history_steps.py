"""One step on the way of historic responses: the run and its questionnaire, and how to go on to another step."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from forms.questionnaire.exchange.history import mapping as mappings
from forms.questionnaire.exchange.history.mapping import Mapping as Matching
from forms.questionnaire.exchange.history.source import Source
from survey_app.commands.history import keeping
from survey_app.commands.history.checking import Open, opened
from survey_app.models import ImportRun, Questionnaire
from survey_app.queries import history as queries
from survey_app.queries import questionnaires
from survey_app.queries.history import WAITING
from survey_app.web.support import read_session
from translations import isolate_ltr

_LATIN_END: Final = re.compile(r"[!-~][ -~]*$")


def named(filename: str) -> str:
    """A file's name for reading: ``.csv`` after Hebrew words stays behind the number before it."""
    return _LATIN_END.sub(lambda end: isolate_ltr(end[0]), filename)


class Step:
    """A run and its questionnaire, as one step of the way needs them."""

    def __init__(self, code: str, number: int) -> None:
        session = read_session()
        self.questionnaire: Questionnaire = questionnaires.by_code(session, code)
        self.run: ImportRun = queries.run(session, self.questionnaire.id, number)

    @property
    def filename(self) -> str:
        """The file's name; its Latin end keeps its order after Hebrew words."""
        return named(self.run.filename)

    @property
    def waiting(self) -> bool:
        """Whether anything can still be decided."""
        return self.run.state == WAITING

    @property
    def there(self) -> Open:
        """The questionnaire as responses are brought to it."""
        return opened(read_session(), self.questionnaire)

    @property
    def source(self) -> Source:
        """What the file is."""
        return keeping.source(self.run.file_id or "")

    @property
    def matching(self) -> Matching:
        """What was decided so far."""
        return mappings.load(self.run.mapping)

    def on(self, endpoint: str, **more: Any) -> ResponseReturnValue:
        """Go on to another step."""
        return redirect(url_for(endpoint, code=self.questionnaire.code, number=self.run.id, **more), 303)
