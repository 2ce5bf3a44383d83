"""What fills the places of a questionnaire's texts for one person: names, days, and what they answered before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from markupsafe import Markup

from forms.questionnaire.build import render_text
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.rules import words_beside
from forms.questionnaire.types import quoted
from survey_app.models import NO_AGENT, Agent, Branch
from survey_app.queries import departments, notices, organisation
from survey_app.web.filling import Filling
from survey_app.web.support import read_session
from translations import format_date, localised, speaking
from translations import gettext as _

Words = Callable[[str | Mapping[str, str]], Markup | str]
#: An earlier answer is named by this and its question's code.
ANSWER: Final = "answer:"


def _branch(filling: Filling) -> str:
    return filling.ticket.branch.name


def _unit(filling: Filling) -> str:
    """Whose service is asked about: the branch's, or a department's."""
    department = departments.asked_about(read_session(), filling.ticket.campaign.id)
    return localised(department.name, filling.language) if department is not None else _branch(filling)


def _organisation(filling: Filling) -> str:
    return organisation.organisation_name(read_session(), filling.language)


def _date(filling: Filling) -> str:
    day = filling.ticket.visited_on
    with speaking(filling.language):
        return format_date(day) if day else ""


def _agent(filling: Filling) -> str:
    found = read_session().get(Agent, filling.ticket.agent_id) if filling.ticket.agent_id != NO_AGENT else None
    with speaking(filling.language):
        return found.name if found is not None else _("the service representative")


def _officer(filling: Filling) -> str:
    return notices.officer(organisation.organisation(read_session()), filling.language)


_FILLED: Final[Mapping[str, Callable[[Filling], str]]] = {
    "branch": _branch,
    "unit": _unit,
    "org": _organisation,
    "date": _date,
    "agent": _agent,
    "officer": _officer,
}


class Values(Mapping[str, object]):
    """Values by name, each looked up only where a text names it: those known by name, and earlier answers in words."""

    def __init__(
        self,
        known: Mapping[str, Callable[[], object]],
        definition: Definition,
        counting: Mapping[str, Any],
        language: str,
    ) -> None:
        self._known, self._definition, self._counting, self._language = known, definition, counting, language

    def __getitem__(self, name: str) -> object:
        if name.startswith(ANSWER):
            return self._answer(name.removeprefix(ANSWER))
        return self._known[name]()

    def _answer(self, code: str) -> str:
        """An answer in words, those written beside a choice such as "Other" in the choice's place."""
        question, value = self._definition.by_code[code], self._counting[code]
        beside = self._counting.get(question.other_code)
        if beside is not None and not isinstance(value, list) and words_beside(question, value):
            return str(beside)
        return quoted(question, value, self._language)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def words_of(filling: Filling) -> Words:
    """Fills the places of a questionnaire's texts, each value kept in its direction and never read as markup."""
    known = {name: partial(look_up, filling) for name, look_up in _FILLED.items()}
    return partial(render_text, values=Values(known, filling.definition, filling.counting, filling.language))


class _Live(Values):
    """The same for a page that holds the whole questionnaire: a script puts earlier answers in."""

    def _answer(self, code: str) -> Markup:
        return Markup('<span data-answer="{}">…</span>').format(code)


def words_live(filling: Filling) -> Words:
    """Fills the places of texts of a page on which earlier answers are still being given."""
    known = {name: partial(look_up, filling) for name, look_up in _FILLED.items()}
    return partial(render_text, values=_Live(known, filling.definition, filling.counting, filling.language))


def words_told(definition: Definition, answers: Mapping[str, Any], branch: Branch, language: str) -> Words:
    """The same for staff who read what was answered about a branch."""
    known: dict[str, Callable[[], object]] = {
        "branch": lambda: branch.name,
        "unit": lambda: branch.name,
        "org": lambda: organisation.organisation_name(read_session(), language),
    }
    return partial(render_text, values=Values(known, definition, answers, language))
