"""Somebody going through a draft with nothing stored: pages, forms, scores, and why a question is not asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from forms.questionnaire import build, places, rules
from forms.questionnaire.build import Page, PageForm
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.rule_words import rule_words
from forms.questionnaire.score import Scorecard, score
from forms.questionnaire.types import quoted
from survey_app import clock
from survey_app.permissions import Scope
from survey_app.queries import notices, organisation
from survey_app.web.support import read_session
from translations import format_date, localised
from translations import gettext as _
from translations import lazy_gettext as _l

#: Measures that stand for themselves, by the name of their line.
_HEADLINES: Final[Mapping[str, Any]] = {
    "csat": _l("Satisfied customers"),
    "nps": _l("Net promoter score"),
    "ease": _l("Ease, 0 to 100"),
}
#: What may be set for a trial: what rules can ask besides the answers.
FACTS: Final[Mapping[str, Any]] = {
    "open": _l("The respondent came by an open link"),
    "no_branch": _l("The case belongs to no branch"),
    "has_appointment": _l("The scenario has an appointment"),
    "has_account": _l("The scenario has an account"),
    "no_callback_promised": _l("No call-back was promised"),
}


@dataclass(frozen=True)
class Walk:
    """Somebody going through a draft: what they answered, and what is known of their case."""

    definition: Definition
    language: str
    answers: Mapping[str, Any]
    facts: frozenset[str]

    @cached_property
    def context(self) -> dict[str, Any]:
        """What the rules may ask besides the answers."""
        refs = [one for one in self.definition.questions if one.type == "ref"]
        return {
            "link": "open" if "open" in self.facts else "personal",
            "no_branch": "no_branch" in self.facts,
            "no_callback_promised": "no_callback_promised" in self.facts,
            "scenario": {name: name in self.facts for name in ("has_appointment", "has_account")},
            "today": clock.today().isoformat(),
            "seed": f"trial:{self.definition.digest}",
            "refs": {one.code: [("example", _("Example"))] for one in refs},
        }

    @cached_property
    def pages(self) -> list[Page]:
        """The pages that have something to ask, the call-back last."""
        return build.pages(self.definition, self.context, self.answers)

    @cached_property
    def every_page(self) -> list[Page]:
        """All pages, whatever is answered."""
        return build.pages(self.definition, self.context)

    def page(self, code: str) -> Page | None:
        """The page with a code, also one that nothing leads to yet."""
        return next((page for page in self.every_page if page.code == code), None)

    def page_with(self, question: str) -> Page | None:
        """The page that a question stands on, whatever is answered; a group of statements leads to its words."""
        return next((page for page in self.every_page if question in page.codes), None)

    def beside(self, page: Page, step: int) -> Page | None:
        """The next page (1) or the one before (−1) that has something to ask."""
        order = [one.code for one in self.every_page]
        offered = {one.code: one for one in self.pages}
        at = order.index(page.code)
        codes = order[at + 1 :] if step > 0 else reversed(order[:at])
        return next((offered[code] for code in codes if code in offered), None)

    def form(self, page: Page, sent: Any = None) -> PageForm:
        """The page's form."""
        return build.open_form(self.definition, page, self.language, self.context, self.answers, sent)

    @cached_property
    def card(self) -> Scorecard:
        """The scores of what was answered so far."""
        return score(self.definition, self.answers, self.context)

    @cached_property
    def measures(self) -> list[tuple[str, float]]:
        """What the answers so far measure, in words, 0–100 (a promoter score −100–100)."""
        found = []
        for line, value in self.card.lines.items():
            what = line.partition(":")[0]
            kind, _dot, code = what.partition(".")
            if kind == "question":
                found.append((places.name(self.definition, f"questions.{code}"), value / 100))
            elif kind == "index":
                found.append((places.name(self.definition, f"indexes.{code}"), value / 100))
            elif kind in _HEADLINES:
                found.append((str(_HEADLINES[kind]), value / 100))
        return found

    @cached_property
    def skipped(self) -> list[tuple[str, str, str]]:
        """(code, words, why) of every question that is not asked, given the answers so far."""
        shown = {question.code for question in rules.shown(self.definition, self.answers, self.context)}
        found = []
        for question in self.definition.questions:
            rule = self.definition.conditions.get(question.code)
            if question.code not in shown and rule is not None:
                words = localised(question.text) or question.code
                found.append((question.code, words, rule_words(rule, self.definition)))
        return found

    @cached_property
    def branch(self) -> str:
        """The name of a branch as an example: texts say "branch {branch}", so no description of one would do."""
        found = organisation.branches(read_session(), Scope(), limit=1)
        return found[0].name if found else "…"

    def words(self, text: Any) -> Any:
        """A text with its places filled in by examples."""
        values: dict[str, Any] = {
            "branch": self.branch,
            "unit": self.branch,
            "org": organisation.organisation_name(read_session(), self.language),
            "date": format_date(clock.today()),
            "agent": _("the service representative"),
            "contact": _("the contact"),
            "officer": notices.officer(organisation.organisation(read_session()), self.language),
            "url": "https://example.org",
        }
        for code, value in self.answers.items():
            question = self.definition.by_code.get(code)
            if question is not None:
                values[f"answer:{code}"] = quoted(question, value, self.language)
        return build.render_text(text, values)
