"""A form's sheets → a questionnaire's document, and everything that could not be carried, question by question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from forms.questionnaire import figures, schema
from forms.questionnaire.errors import DefinitionError, Problem
from forms.questionnaire.exchange.xlsform import words
from forms.questionnaire.exchange.xlsform.assembling import Assembler, joined
from forms.questionnaire.exchange.xlsform.conditions import Reader
from forms.questionnaire.exchange.xlsform.constraints import RANGES, Constraint
from forms.questionnaire.exchange.xlsform.expressions import ExpressionError, fold, parse
from forms.questionnaire.exchange.xlsform.heading import head
from forms.questionnaire.exchange.xlsform.leftovers import left_over
from forms.questionnaire.exchange.xlsform.lists import Lists
from forms.questionnaire.exchange.xlsform.outline import Codes, Item, fact_of, outline
from forms.questionnaire.exchange.xlsform.overlay import Extra
from forms.questionnaire.exchange.xlsform.settling import Settler, standing
from forms.questionnaire.exchange.xlsform.shapes import Shapes
from forms.questionnaire.exchange.xlsform.sheets import Form, Row, texts
from forms.questionnaire.parts import OTHER, STANDING, Rule
from forms.questionnaire.types import TYPES
from translations import gettext as _
from translations import isolate, isolate_ltr

#: Choices of all questions together: one list may serve very many questions, but here each has its own.
MOST_CHOICES: Final = 30_000
#: Between these, whole numbers are counts of something.
_FEW: Final = figures.INT_RANGE
#: Digits behind the point where a form does not say how many.
_DIGITS: Final = 6
_YES: Final = frozenset({"yes", "true", "true()"})
_NO: Final = frozenset({"", "no", "false", "false()"})


class Interpreter:
    """Reads one form. ``extra`` says what our own sheet has to say about how to read it."""

    def __init__(self, form: Form, extra: Extra) -> None:
        self.form = form
        self.notes = list(form.notes)
        self.root = outline(form.survey)
        self.names = {one.name for one in self.root.items()} | {one.name for one in self.root.groups()}
        #: What is carried: the document of each question by its code; statements stand in for themselves.
        self.questions: dict[str, dict[str, Any]] = {}
        self.scales: dict[str, dict[str, Any]] = {}
        self.shapes = Shapes(form, extra, self.root, self.note)
        self.codes = Codes(self.root, extra, frozenset(item for rows in self.shapes.beside.values() for item in rows))
        self.notes += self.codes.notes
        self.extra = extra
        self.kept = self.shapes.carried(self.never)
        self.carried = {name: code for name, code in self.codes.by_name.items() if code in self.kept}
        self.lists = Lists(form, extra, self.words)
        self.notes += self.lists.notes
        self.settler = Settler(self.questions.get, lambda question: standing(question, self.scales))

    def note(self, place: str, message: str) -> None:
        """Keep something to tell."""
        self.notes.append(Problem(place, message))

    # Texts

    def words(self, text: str, place: str) -> str:
        """A text as ours; quoted answers that are not carried are told."""
        found, lost = words.read(text, self.carried.get)
        for name in lost:
            self.known(name, place)
            self.note(place, _("The words show %(name)s, which is not carried.", name=isolate_ltr(f"${{{name}}}")))
        return found

    def text(self, row: Row, place: str, *path: str) -> dict[str, str]:
        """A column's words per language."""
        return {language: self.words(said, place) for language, said in texts(row, self.form, *path)}

    # Rules

    def code(self, name: str) -> str:
        """Our name for a name in an expression."""
        if (fact := fact_of(name)) is not None:
            return fact
        if name in self.codes.missing:
            raise ExpressionError(self.codes.missing[name])
        if name not in self.carried:
            self.known(name, "survey")
            raise ExpressionError(_("it looks at %(name)s, which is not carried", name=isolate_ltr(name)))
        return self.carried[name]

    def known(self, name: str, place: str) -> None:
        """Refuse a name that no row has: it was misspelt, or its row was taken out."""
        if name.removeprefix("last-saved#") not in self.names:
            message = _("The form speaks of %(name)s, but no question is called so.", name=isolate_ltr(f"${{{name}}}"))
            raise DefinitionError([Problem(place, schema.unknown(message, name, self.names))])

    def never(self, row: Row) -> bool:
        """Whether a row's relevance holds for nobody."""
        try:
            return Reader(lambda name: name, own="").rule(parse(row.get("bind", "relevant") or "true()")) is False
        except ExpressionError:
            return False

    def rule(self, text: str, place: str, consequence: str, own: str | None = None) -> Rule | None:
        """An expression as a rule; None where there is none, and where it cannot be carried, which is told."""
        try:
            found = Reader(self.code, own).rule(parse(text))
        except ExpressionError as error:
            self.lost(place, text, str(error), consequence)
            return None
        return None if isinstance(found, bool) else self.settler.settle(found)

    def lost(self, place: str, text: str, reason: str, consequence: str) -> None:
        """Tell that an expression is not carried, why, and what follows from that."""
        self.note(
            place,
            _(
                "Not carried: %(expression)s, because %(reason)s. %(consequence)s",
                expression=isolate_ltr(text[:200]),
                reason=reason,
                consequence=consequence,
            ),
        )

    def relevance(self, row: Row, place: str) -> list[Rule]:
        """When a row is shown: no rule or one."""
        text = row.get("bind", "relevant")
        found = self.rule(text, f"{place}.shown_if", _("It is always shown.")) if text else None
        return [found] if found is not None else []

    # Questions

    def build(self) -> list[dict[str, Any]]:
        """All sections. Questions come first, since rules ask what kind of answer another one has."""
        self.check_lists()
        for item in self.root.items():
            if item.code in self.kept:
                self.questions[item.code] = self.question(item)
        for group in self.shapes.statements:
            for item in group.items():
                self.questions[item.code] = {"type": "scale", "scale": self.scale(item.asked.list)}
        for item in self.root.items():
            data = self.questions.get(item.code)
            if data is not None and item.parent not in self.shapes.statements:
                self.rules(item, data)
        for asked, rows in self.shapes.beside.items():
            if asked.code in self.kept:
                self.beside(self.questions[asked.code], rows)
        return Assembler(self).sections()

    def check_lists(self) -> None:
        """Refuse a list that is not there, and more choices than a questionnaire has once each question has its own."""
        total = 0
        for item in self.root.items():
            name = item.asked.list
            if name and name not in self.lists.by_name:
                message = _("The choices sheet has no list %(name)s.", name=isolate_ltr(name))
                raise DefinitionError([Problem(_("survey, row %(row)s", row=item.row.number), message)])
            total += len(self.lists.by_name[name]) if name else 0
        if total > MOST_CHOICES:
            message = _("The questions have more than %(max)s choices together.", max=MOST_CHOICES)
            raise DefinitionError([Problem("choices", message)])

    def question(self, item: Item) -> dict[str, Any]:
        """What a row says by itself; rules follow when every question is known."""
        place = f"questions.{item.code}"
        kind = self.shapes.kind(item)
        data: dict[str, Any] = {"code": item.code, "type": kind, "text": self.text(item.row, f"{place}.text", "label")}
        if not data["text"]:
            self.note(f"{place}.text", _("The question has no words."))
        if hint := self.text(item.row, f"{place}.hint", "hint"):
            data["hint"] = hint
        elif hint := self.text(item.row, f"{place}.hint", "guidance_hint"):
            data["hint"] = hint
            self.note(f"{place}.hint", _("The guidance now stands below the question for everybody."))
        if item.asked.list:
            self.listed(item, data, place)
        if kind == "number" and not item.asked.whole:
            data["decimals"] = _DIGITS
        self.shapes.parameters(item, data, self.scales)
        self.notes += left_over(item.row, place, data)
        return data

    def listed(self, item: Item, data: dict[str, Any], place: str) -> None:
        """Choices, or the scale that the list is."""
        name = item.asked.list
        if data["type"] in {"scale", "item"}:
            data["scale"] = self.scale(name)
            if item.row.get("choice_filter"):
                self.note(place, _("A scale always offers all its answers; the choice filter is not carried."))
        elif data["type"] == "consent":
            given = {one["value"]: one.get("text") for one in self.lists.choices(name)}
            standing_words = {
                one.value: {k: v for k, v in one.text.items() if k in self.languages()} for one in STANDING["consent"]
            }
            if given != standing_words:
                self.note(place, _("The words of a consent's two answers are the platform's own."))
        else:
            data["choices"] = self.lists.choices(name, or_other=item.asked.or_other)

    def scale(self, name: str) -> str:
        """The code of the scale that a list is; it is made when first used."""
        stated = self.extra.hint("lists", name)
        code = str(stated["scale"]) if isinstance(stated, Mapping) else Shapes.fitted(name)
        if code not in self.scales:
            self.scales[code] = self.lists.scale(name)
        return code

    def rules(self, item: Item, data: dict[str, Any]) -> None:
        """When a question is asked, must be answered, and what its answer must be like."""
        place, row = f"questions.{item.code}", item.row
        found = joined([*self.shapes.groups_rules(item, self.relevance), *self.relevance(row, place)])
        if found is not None:
            data["shown_if"] = found
        self.required(row, data, place)
        self.constraint(item, data, place)
        if "choices" in data and row.get("choice_filter"):
            self.filter(item, data, place)

    def required(self, row: Row, data: dict[str, Any], place: str) -> None:
        """``yes``, or a rule."""
        text = row.get("bind", "required")
        if text.lower() in _NO or "required" in TYPES[data["type"]].lacks:
            return
        if text.lower() in _YES:
            data["required"] = True
        elif (rule := self.rule(text, f"{place}.required_if", _("An answer is not demanded."))) is not None:
            data["required_if"] = rule

    def constraint(self, item: Item, data: dict[str, Any], place: str) -> None:
        """Bounds, patterns and rules over the own answer, with what is said where they are broken."""
        text = " and ".join(
            f"({one})" if item.asked.constraint else one
            for one in (item.asked.constraint, item.row.get("bind", "constraint"))
            if one
        )
        reading = Constraint(data, item.name, item.asked.whole, Reader(self.code, own=item.code))
        if text:
            try:
                rule = reading.read(text)
                if rule is not None:
                    data["valid_if"] = self.settler.settle(rule)
            except ExpressionError as error:
                self.lost(f"{place}.valid_if", text, str(error), _("Such answers are accepted."))
        self.bounds(item, data)
        if message := self.text(item.row, f"{place}.invalid", "bind", "jr:constraintMsg"):
            data["invalid"] = message

    def bounds(self, item: Item, data: dict[str, Any]) -> None:
        """Whole numbers between two small ones are counts; what a type has by itself is not written."""
        low, high = data.get("min"), data.get("max")
        stated = self.extra.hint("types", item.name)
        counted = data["type"] == "number" and stated is None and item.asked.whole and "decimals" not in data
        if counted and low is not None and high is not None and _FEW[0] <= low <= high <= _FEW[1]:
            data["type"] = "int"
        if data["type"] in RANGES:
            for key, own, widest in zip(("min", "max"), RANGES[data["type"]], figures.NUMBER_RANGE, strict=True):
                data.setdefault(key, widest)
                if data[key] == own and self.shapes.own:
                    del data[key]

    def filter(self, item: Item, data: dict[str, Any], place: str) -> None:
        """A choice filter as a rule of each choice."""
        text = item.row.get("choice_filter")
        kept = []
        try:
            tree = parse(text)
            names = {name for one in self.lists.by_name[item.asked.list] for name in one.columns}
            for choice, one in zip(data["choices"], self.lists.by_name[item.asked.list], strict=False):
                rule = Reader(self.code).rule(fold(tree, {**dict.fromkeys(names, ""), **one.columns}))
                if rule is False:
                    self.note(
                        f"{place}.choices.{one.name}", _("The choice filter never offers this choice; it is left out.")
                    )
                    continue
                if rule is not True:
                    choice["shown_if"] = self.settler.settle(rule)
                kept.append(choice)
        except ExpressionError as error:
            self.lost(f"{place}.choices", text, str(error), _("All choices are offered."))
            return
        data["choices"] = kept

    def beside(self, question: dict[str, Any], rows: Sequence[Item]) -> None:
        """A line for words beside a choice is part of the choice."""
        for item in rows:
            values = self.shapes.other_values(item)
            for choice in question["choices"]:
                if str(choice["value"]) in values:
                    choice["other"] = True
            said = self.text(item.row, f"questions.{question['code']}", "label")
            if any(one != self.shapes.other_words(language) for language, one in said.items()):
                told = isolate(next(iter(said.values())))
                self.note(
                    f"questions.{question['code']}{OTHER}",
                    _("This line now stands beside its choice; its own words are not carried: %(words)s", words=told),
                )

    def languages(self) -> list[str]:
        """The languages of the form, its own one first."""
        return list(dict.fromkeys((self.form.default, *(code for code in self.form.languages.values() if code))))


def interpret(form: Form, extra: Extra) -> tuple[dict[str, Any], list[Problem]]:
    """The document that the standard's columns say, and what of the form it does not hold."""
    interpreter = Interpreter(form, extra)
    sections = interpreter.build()
    if not any(section["questions"] for section in sections) and not extra.entries:
        raise DefinitionError([*interpreter.notes, Problem("survey", _("No question of this form can be carried."))])
    for kind, name in extra.hints:
        if kind == "lists" and name in interpreter.lists.by_name:
            interpreter.scale(name)
    document, notes = head(form, extra, interpreter.languages())
    if interpreter.scales:
        document["scales"] = interpreter.scales
    document["sections"] = sections
    return document, [*notes, *interpreter.notes]
