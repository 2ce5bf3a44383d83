"""A questionnaire → the rows of a form: everything that XLSForm's own columns can say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from forms.questionnaire.document import Questionnaire, Section
from forms.questionnaire.exchange.xlsform import words
from forms.questionnaire.exchange.xlsform.conditions import TICKED
from forms.questionnaire.exchange.xlsform.constraints import written as constraint
from forms.questionnaire.exchange.xlsform.kinds import WRITTEN
from forms.questionnaire.exchange.xlsform.outline import FACT_NAME
from forms.questionnaire.exchange.xlsform.sayings import Speaker, Unsayable, quoted
from forms.questionnaire.exchange.xlsform.shapes import OTHER_WORDS
from forms.questionnaire.parts import DEFAULT_LANGUAGE, OTHER, Choice, Question, Rule, Scale, Text, Value
from forms.questionnaire.rules import FACT, FACTS
from forms.questionnaire.types import TYPES
from translations import LANGUAGES

#: One row of a sheet by heading.
Cells = dict[str, str]
#: Names that a form keeps for itself.
_KEPT: Final = frozenset({"meta", *(FACT_NAME + fact for fact in FACTS)})
#: Signs that no workbook carries, and the most of a cell.
_LOST: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")
MOST_CELL: Final = 30_000
_UNSAFE: Final = re.compile(r"\s|\$\{|[\x00-\x1f\ud800-\udfff\ufffe\uffff]")
#: Headings of columns that stand in every form, before and after the words.
FIRST: Final = ("type", "name")
LAST: Final = ("required", "relevant", "constraint", "appearance", "parameters", "choice_filter")


def cell(text: str) -> str:
    """A text as a workbook keeps it."""
    return _LOST.sub("", text)[:MOST_CELL]


class Writer:
    """Writes one questionnaire's rows; ``hints`` is what our own sheet says about how to read them."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire
        states = questionnaire.languages
        known = (
            code
            for code in (*(c for c, state in states.items() if state == "source"), DEFAULT_LANGUAGE)
            if code in states
        )
        self.default = next(known, next(iter(states)))
        self.languages = list(states)
        self.hints: dict[tuple[str, str], Any] = {}
        self.facts: dict[str, None] = {}
        self.survey: list[Cells] = []
        self.choices: list[Cells] = []
        self.names: dict[str, str] = {}
        self.taken: set[str] = set(_KEPT)
        self.lists: set[str] = set()
        #: That nothing ended before, and the questions whose end is said so.
        self.ended: list[Rule] = []
        self.ending: set[str] = set()
        self.speaker = Speaker(self.name)

    # Names

    def _own(self) -> Iterator[str]:
        """Every code that rules or words may name, and every line beside a choice."""
        for section in self.questionnaire.sections:
            for question in section.questions:
                yield question.code
                yield from (one.code for one in question.statements)
        extra = self.questionnaire.follow_up.questions if self.questionnaire.follow_up else ()
        praise = self.questionnaire.thanks.praise if self.questionnaire.thanks else None
        yield from (one.code for one in (*extra, *((praise,) if praise else ())))

    def _free(self, wish: str, taken: set[str]) -> str:
        """A name that is not taken yet, and is now. Some programs do not tell small letters from large ones."""
        found = next(one for one in _wishes(wish) if one.lower() not in taken)
        taken.add(found.lower())
        return found

    def _claim(self, code: str) -> str:
        """A name in the form for a code; told in our sheet where it is another."""
        name = self._free(code, self.taken)
        if name != code:
            self.hints["names", name] = code
        return name

    def name(self, code: str) -> str:
        """The form's name for a question or a fact that a rule looks at."""
        if code.startswith(FACT):
            self.facts[code[1:]] = None
            return FACT_NAME + code[1:]
        if code not in self.names:
            raise Unsayable(code)
        return self.names[code]

    # Cells

    def heading(self, column: str, language: str) -> str:
        """The heading of a translated column."""
        return f"{column}::{LANGUAGES[language]} ({language})"

    def texts(self, column: str, text: Text) -> Cells:
        """A text's cells, one per language."""
        return {
            self.heading(column, language): cell(words.write(said, self.names.get))
            for language, said in text.items()
            if language in self.languages
        }

    def _label(self, text: Text, code: str) -> Cells:
        """A label's cells. A form has no question without words, so its code stands in for them."""
        return self.texts("label", text) or {self.heading("label", self.default): code}

    def _said(self, rule: Rule | None) -> str:
        """A rule as an expression; empty where there is none or no words for it."""
        if rule is None:
            return ""
        try:
            return cell(self.speaker.say(rule))
        except Unsayable:
            return ""

    def _shown(self, rule: Rule | None, ended: Sequence[Rule]) -> str:
        """When something is shown: where its rule holds and nothing ended before."""
        parts = [one for one in (*([rule] if rule is not None else []), *ended) if self._said(one)]
        if len(parts) < 2:
            return self._said(parts[0]) if parts else ""
        return cell(" and ".join(self.speaker.within(one) for one in parts))

    def _end(self, section: Section, question: Question) -> None:
        """What follows a question that may end the questionnaire is asked where it did not."""
        if question.ends_if is None:
            return
        own = [one for one in (section.shown_if, question.shown_if, question.ends_if) if one is not None]
        rule = {"not": {"all": own} if len(own) > 1 else own[0]}
        if self._said(rule):
            self.ended.append(rule)
            self.ending.add(question.code)

    # Choices

    def _listed(self, wish: str, options: Iterable[Choice], columns: Mapping[Value, Cells] | None = None) -> str:
        """Write a list; returns its name."""
        name = self._free(wish, self.lists)
        odd: dict[str, Value] = {}
        taken: set[str] = set()
        for number, one in enumerate(options, start=1):
            value = str(one.value)
            given = f"c{number}" if not value or len(value) > 100 or _UNSAFE.search(value) else value
            if given in taken or given != value:
                given = next(one for one in _wishes(given) if one not in taken)
            taken.add(given)
            if given != value or (isinstance(one.value, str) and _is_digits(value)):
                odd[given] = one.value
            label = self.texts("label", one.text) or {self.heading("label", self.default): cell(value) or given}
            self.choices.append({"list_name": name, "name": given, **label, **((columns or {}).get(one.value, {}))})
        if odd:
            self.hints["values", name] = odd
        return name

    def _filter(self, question: Question) -> tuple[str, dict[Value, Cells]]:
        """A choice filter for the rules of choices, and the columns that it asks."""
        rules = {one.value: one.shown_if for one in question.choices}
        if not any(rules.values()):
            return "", {}
        simple = [rule["eq"] if rule and "eq" in rule else None for rule in rules.values()]
        others = {one[0] for one in simple if one is not None}
        if None not in simple and len(others) == 1 and all(_is_plain(one) for one in simple if one):
            other = others.pop()
            if other in self.names:
                column = f"when_{other}"
                values = {value: {column: str(one[1])} for value, one in zip(rules, simple, strict=True) if one}
                return f"{column}=${{{self.names[other]}}}", values
        parts, columns = ["offered='0'"], {}
        for value, rule in rules.items():
            columns[value] = {"offered": "0"}
            if rule is not None and self._said(rule):
                columns[value] = {"offered": str(len(parts))}
                parts.append(f"(offered='{len(parts)}' and {self.speaker.within(rule)})")
        return (" or ".join(parts), columns) if len(parts) > 1 else ("", {})

    # Questions

    def _type(self, question: Question, kind: str | None = None) -> Cells:
        standard = WRITTEN[kind or question.type]
        written = standard.type
        if question.type == "number" and question.decimals is None:
            written = "integer"
        return {"type": written, **({"appearance": standard.appearance} if standard.appearance else {})}

    def question(self, question: Question, ended: Sequence[Rule] = ()) -> None:
        """Write a question, with the line for words beside its choices; ``ended`` are ends within its own section."""
        if question.type == "statements" and question.statements and question.scale and question.scale.steps:
            self.statements(question, question.scale, ended)
            return
        name = self.names[question.code]
        chosen = question.type in _CHOSEN
        row = {
            **self._type(
                question, "line" if (chosen and not question.options) or question.type == "statements" else None
            )
        }
        row |= {"name": name, **self._label(question.text, question.code), **self.texts("hint", question.hint)}
        if chosen and question.options:
            row |= self._choosing(question)
        row |= {**self._rules(question), "relevant": self._shown(question.shown_if, ended)}
        self.survey.append({key: value for key, value in row.items() if value})
        if chosen and question.type != "ranking":
            self._beside(question, name)

    def _choosing(self, question: Question) -> Cells:
        """The list of a question, and what hangs on it."""
        if question.scale is not None:
            return {"type": f"select_one {self.scales[question.scale.code]}"}
        text, columns = self._filter(question)
        name = self._listed(question.code, question.options, columns)
        row = {"type": f"{WRITTEN[question.type].type} {name}", "choice_filter": text}
        if question.order == "random":
            row["parameters"] = "randomize=true"
        return row

    def _rules(self, question: Question) -> Cells:
        row = self._required(question)
        try:
            row["constraint"] = cell(constraint(question, replace_own(self.speaker, question.code), str))
        except Unsayable:
            plain = replace(question, valid_if=None, pattern=None, choices=())
            row["constraint"] = constraint(plain, self.speaker, str)
        return {**row, **self.texts("constraint_message", question.invalid)}

    def _required(self, question: Question) -> Cells:
        if "required" in TYPES[question.type].lacks:
            return {}
        return {"required": "yes" if question.required else self._said(question.required_if)}

    def _beside(self, question: Question, name: str) -> None:
        """The line for words beside a choice such as "Other"."""
        others = [one.value for one in question.choices if one.other]
        if not others or any(_UNSAFE.search(str(one)) or not str(one) for one in others):
            return
        asked = "selected(${{{name}}}, {value})" if question.type == "multiple" else "${{{name}}} = {value}"
        relevant = " or ".join(asked.format(name=name, value=quoted(str(one))) for one in others)
        text = {language: OTHER_WORDS[language] for language in self.languages}
        self.survey.append({"type": "text", "name": name + OTHER, **self.texts("label", text), "relevant": relevant})

    def statements(self, question: Question, scale: Scale, ended: Sequence[Rule]) -> None:
        """Write a group of statements: one screen, one question each on the same list."""
        name = self.names[question.code]
        self.hints["types", name] = "statements"
        group = {**self._type(question), "name": name, **self._label(question.text, question.code)}
        self.survey.append(
            {**group, **self.texts("hint", question.hint), **_said("relevant", self._shown(question.shown_if, ended))}
        )
        required = {key: value for key, value in self._required(question).items() if value}
        for one in question.statements:
            row = {"type": f"select_one {self.scales[scale.code]}", "name": self.names[one.code]}
            self.survey.append({**row, **self._label(one.text, one.code), **required})
        self.survey.append({"type": "end_group"})

    # The whole

    def _group(self, code: str, questions: Sequence[Question], section: Section | None = None) -> None:
        row = {"type": "begin_group", "name": self._claim(code)}
        if section is not None:
            shown = self._shown(section.shown_if, self.ended)
            row |= {**self.texts("label", section.title), **_said("relevant", shown)}
        self.survey.append(row)
        before = len(self.ended)
        for question in questions:
            # The follow-up hangs on its own rule only: who was let down early can still be called back.
            self.question(question, self.ended[before:])
            if section is not None:
                self._end(section, question)
        self.survey.append({"type": "end_group"})

    def write(self) -> None:
        """Write every row."""
        self.names = dict.fromkeys(self._own(), "")
        self.taken |= {(code + OTHER).lower() for code in self.names}
        self.names = {code: self._claim(code) for code in self.names}
        self.scales: dict[str, str] = {}
        for code, scale in self.questionnaire.scales.items():
            self.scales[code] = self._scale(code, scale)
        for section in self.questionnaire.sections:
            self._group(section.code, section.questions, section)
        if self.questionnaire.follow_up:
            self._group("follow_up", self.questionnaire.follow_up.questions)
        if self.questionnaire.thanks and self.questionnaire.thanks.praise:
            self._group("thanks", [self.questionnaire.thanks.praise])
        self.survey[:0] = [{"type": "hidden", "name": FACT_NAME + fact} for fact in self.facts]

    def _scale(self, code: str, scale: Scale) -> str:
        name = self._listed(code, (*scale.steps, *scale.extra))
        odd = {value: given for given, value in self.hints.get(("values", name), {}).items()}
        stated: dict[str, Any] = {"scale": code}
        if scale.extra:
            stated["outside"] = [odd.get(one.value, str(one.value)) for one in scale.extra]
        if not scale.points and scale.min is not None:
            stated["ends"] = True
        self.hints["lists", name] = stated
        return name

    def settings(self) -> Cells:
        """The settings sheet: title, identity, language, and a version that changes whenever the content does."""
        title = self.questionnaire.title.get(self.default, "")
        return {
            "form_title": cell(title.strip()) or self.questionnaire.code,
            "form_id": self.questionnaire.code,
            "version": self.questionnaire.digest[:12],
            "default_language": f"{LANGUAGES[self.default]} ({self.default})",
        }

    def headings(self) -> list[str]:
        """The columns of the survey sheet, in order; only those that something stands in."""
        translated = [
            self.heading(column, one) for column in ("label", "hint", "constraint_message") for one in self.languages
        ]
        used = {key for row in self.survey for key in row}
        labels = {self.heading("label", one) for one in self.languages}
        return [one for one in (*FIRST, *translated, *LAST) if one in used | labels | set(FIRST)]

    def choice_headings(self) -> list[str]:
        """The columns of the choices sheet, in order."""
        first = ["list_name", "name", *(self.heading("label", one) for one in self.languages)]
        return [*first, *dict.fromkeys(key for row in self.choices for key in row if key not in first)]


_CHOSEN: Final = frozenset({"scale", "item", "single", "dropdown", "multiple", "ranking", "consent"})


def _wishes(wish: str) -> Iterator[str]:
    """A name, and what it may be called where it is taken."""
    yield wish
    yield from (f"{wish}_{number}" for number in range(2, 10_000))


def _said(column: str, text: str) -> Cells:
    return {column: text} if text else {}


def _is_digits(value: str) -> bool:
    return value.removeprefix("-").isdigit()


def _is_plain(operand: Any) -> bool:
    """Whether a comparison is with a word or a whole number that a cell holds as it is."""
    name, value = operand
    if name.startswith(FACT) or isinstance(value, (bool, float, Mapping)):
        return False
    return not isinstance(value, str) or (bool(value) and not _UNSAFE.search(value) and value != TICKED)


def replace_own(speaker: Speaker, code: str) -> Speaker:
    """The same speaker for a question's own constraint, where its answer is written ``.``."""
    return Speaker(speaker.name, own=code)
