"""The texts of a questionnaire in two languages, text by text: what a page of translation is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from forms.questionnaire import places, translating
from forms.questionnaire.definition import DEFAULT_LANGUAGE
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.translating import Part
from survey_app.models import Questionnaire
from survey_app.queries import questionnaires as queries
from survey_app.web.questionnaires.frame import draft_of, in_force, text_id, version_of
from translations import lazy_gettext as _l

#: Texts on one page: what can be written in one sitting, and far less than a form may hold.
PAGE: Final = 40
#: Which texts are shown.
SHOWN: Final = {
    "all": _l("All texts"),
    "missing": _l("Missing"),
    "doubtful": _l("In doubt"),
    "outdated": _l("Hebrew changed since"),
}


@dataclass(frozen=True)
class Row:
    """One text: its source, what the language says, and what stands in the field."""

    place: str
    thing: str
    name: str
    part: str
    source: str
    stored: str
    value: str
    doubt: str
    outdated: bool
    #: What somebody else wrote meanwhile where this text was being written as well.
    theirs: str | None = None
    error: str = ""

    @property
    def id(self) -> str:
        """The id of its field."""
        return text_id(self.place)

    @property
    def lines(self) -> int:
        """How many lines its field needs, about."""
        longest = max(len(self.source), len(self.value))
        return min(12, max(1, -(-longest // 45), self.source.count("\n") + 1))


class Sides:
    """The texts of a questionnaire in a language, and those of them that the address asks for."""

    def __init__(self, questionnaire: Questionnaire, language: str) -> None:
        self.questionnaire = questionnaire
        self.language = language
        self.draft = draft_of(questionnaire)
        self.version = self.draft or version_of(questionnaire, None)
        self.definition: Definition = queries.definition(self.version)
        self.parts: list[Part] = translating.parts(self.definition)
        before = in_force(questionnaire) if self.draft is not None else None
        self._outdated = (
            translating.outdated(queries.definition(before), self.definition, language) if before else frozenset()
        )
        #: The language to translate from; Hebrew itself is written beside the next one there is.
        self.source = DEFAULT_LANGUAGE
        if language == DEFAULT_LANGUAGE:
            self.source = next((code for code in self.definition.languages if code != language), DEFAULT_LANGUAGE)

    def rows(self, typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None) -> list[Row]:
        """Every text, with what was typed in place of what is stored where something was."""
        typed, errors = typed or {}, errors or {}
        found = []
        for part in self.parts:
            for place, text in part.texts:
                stored = text.get(self.language, "")
                value = typed.get(place, stored)
                source = text.get(self.source, "") if self.source != self.language else ""
                hebrew = self.language == DEFAULT_LANGUAGE
                found.append(
                    Row(
                        place,
                        places.locate(self.definition, place).thing,
                        places.text_name(place),
                        part.key,
                        source,
                        stored,
                        value,
                        "" if hebrew else translating.doubt(source, value),
                        place in self._outdated,
                        error=errors.get(place, ""),
                    )
                )
        return found

    def counts(self, rows: list[Row]) -> dict[str, int]:
        """How many texts each choice of the filter shows."""
        return {name: sum(FILTERS[name](row) for row in rows) for name in SHOWN}


#: Which texts a choice of the filter shows.
FILTERS: Final[Mapping[str, Callable[[Row], bool]]] = {
    "all": lambda row: True,
    "missing": lambda row: not row.stored.strip(),
    "doubtful": lambda row: bool(row.doubt),
    "outdated": lambda row: row.outdated,
}
