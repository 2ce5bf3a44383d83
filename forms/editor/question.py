"""The form of one question: only the settings that its type has a use for, and those that are filled in anyway."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wtforms import BooleanField, Field, SelectField, StringField
from wtforms.validators import ValidationError

from forms.base import Form
from forms.editor.conditions import Asked
from forms.editor.fields import NumberField, RuleField, WordsField, options
from forms.editor.lists import bands_field, choices_field, statements_field
from forms.questionnaire import patterns
from forms.questionnaire.answers import clean
from forms.questionnaire.document import Questionnaire, Section
from forms.questionnaire.editing import change_question, question_codes, section_of
from forms.questionnaire.editing.codes import CODE
from forms.questionnaire.parts import VARIANTS, Question
from forms.questionnaire.types import SCORED, TYPES
from translations import gettext as _
from translations import lazy_gettext as _l
from translations import localised

#: A series is a short name.
SERIES_LONGEST: Final = 20
VARIANT_NAMES: Final[Mapping[str, Any]] = {
    "open_link": _l("Wording for an open link"),
    "no_branch": _l("Wording for a case without a branch"),
}
_DIRECTIONS: Final = (
    ("", _l("As the page")), ("auto", _l("As it is typed")), ("ltr", _l("Left to right")), ("rtl", _l("Right to left")),
)  # fmt: skip
_EVIDENCE: Final = (
    ("", _l("None")),
    ("text", _l("Words where points are lost")),
    ("photo_exterior_only", _l("Photographs from outside, without people")),
)


@dataclass(frozen=True)
class Setting:
    """One key of a question: how its field is made, and on which part of the page it stands."""

    panel: str
    make: Callable[[_Site], Field]


@dataclass(frozen=True)
class _Site:
    """What a field may depend on."""

    questionnaire: Questionnaire
    question: Question
    section: Section | None
    asked: Asked
    taken: frozenset[str]

    @property
    def languages(self) -> Mapping[str, str]:
        return self.questionnaire.languages

    @property
    def scored(self) -> bool:
        return self.section is not None and self.section.scored


def _words(label: Any, rows: int = 2) -> Callable[[_Site], Field]:
    return lambda site: WordsField(label, site.languages, rows=rows)


def _rule(label: Any, *, own: bool = False) -> Callable[[_Site], Field]:
    return lambda site: RuleField(label, site.asked, before="before-own" if own else "before")


def _flag(label: Any) -> Callable[[_Site], Field]:
    return lambda site: BooleanField(label)


def _number(label: Any, **more: Any) -> Callable[[_Site], Field]:
    return lambda site: NumberField(label, **more)


def _line(label: Any, *, described: str = "", **kw: Any) -> Callable[[_Site], Field]:
    more = {"aria-describedby": described} if described else {}
    line = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false", **kw, **more}
    return lambda site: StringField(label, render_kw=line)


def _scale(site: _Site) -> Field:
    named = [(code, _scale_name(site.questionnaire, code)) for code in site.questionnaire.scales]
    return SelectField(_l("Scale"), choices=options([("", ""), *named]))


def _scale_name(questionnaire: Questionnaire, code: str) -> str:
    """A scale as a list names it: its code, its ends."""
    steps = questionnaire.scales[code].steps
    ends = [localised(one.text) or str(one.value) for one in (steps[:1] + steps[-1:])]
    return f"{code}: {' … '.join(ends)}" if ends else code


_BETWEEN: Final = {"multiple": _l("choices"), "ranking": _l("choices"), "photo": _l("files"), "file": _l("files")}


def _end(least: Any, fewest: Any) -> Callable[[_Site], Field]:
    """The lowest or highest number, or how few or many may be chosen."""
    return lambda site: NumberField(
        fewest if site.question.type in _BETWEEN else least, decimals=site.question.type not in _BETWEEN
    )


#: Every key of a question in the order of the page. Those a type does not use are left out.
SETTINGS: Final[Mapping[str, Setting]] = {
    "code": Setting("words", _line(_l("Code"), maxlength=60)),
    "text": Setting("words", _words(_l("Text"))),
    "hint": Setting("words", _words(_l("Hint below it"))),
    "unit": Setting("answer", _words(_l("Unit"), 1)),
    "scale": Setting("answer", _scale),
    "choices": Setting(
        "answer", lambda site: choices_field(site.question, site.languages, site.asked, scored=site.scored)
    ),
    "statements": Setting("answer", lambda site: statements_field(site.languages, site.question.code, site.taken)),
    "order": Setting("answer", _flag(_l("In a random order, another for each respondent"))),
    "min": Setting("answer", _end(_l("Lowest number"), _l("At least so many"))),
    "max": Setting("answer", _end(_l("Highest number"), _l("At most so many"))),
    "decimals": Setting("answer", _number(_l("Decimals"), least=0, most=6)),
    "max_chars": Setting("answer", _number(_l("Longest text, in characters"), least=1, most=10_000)),
    "pattern": Setting("answer", _line(_l("Pattern that the text must fit"), maxlength=patterns.MAX_PATTERN)),
    "dir": Setting("answer", lambda site: SelectField(_l("Direction of what is typed"), choices=options(_DIRECTIONS))),
    "required": Setting("answer", _flag(_l("An answer is required"))),
    "required_if": Setting("rules", _rule(_l("An answer is required where"))),
    "shown_if": Setting("rules", _rule(_l("Asked only where"))),
    "valid_if": Setting("rules", _rule(_l("The answer fits where"), own=True)),
    "invalid": Setting("rules", _words(_l("What is said when it does not fit"), 1)),
    "ends_if": Setting("rules", _rule(_l("The questionnaire ends here where"), own=True)),
    "measure": Setting(
        "measure", _line(_l("What the answer measures"), maxlength=60, list="measures", described="measure-names")
    ),
    "points": Setting("measure", _number(_l("Points"), least=0, most=100_000)),
    "bands": Setting("measure", lambda site: bands_field()),
    "critical": Setting("measure", _flag(_l("Critical: an answer that earns nothing raises a flag"))),
    "critical_if": Setting("measure", _rule(_l("Critical where"), own=True)),
    "na_if": Setting("measure", _rule(_l("Not applicable where"))),
    "evidence": Setting("measure", lambda site: SelectField(_l("Evidence"), choices=options(_EVIDENCE))),
    "finding_if": Setting("measure", _rule(_l("A finding where"), own=True)),
    "finding": Setting("measure", _words(_l("The finding in words"), 1)),
    "voids": Setting("measure", _flag(_l("Ticking it takes the whole response out of every count"))),
    "answered_later": Setting("measure", _flag(_l("Answered later than the rest; its absence is no gap"))),
    "series": Setting("measure", _line(_l("Series"), maxlength=SERIES_LONGEST)),
}
PANELS: Final = ("words", "answer", "rules", "measure")
#: Keys that need points around them.
_SCORED: Final = SCORED | {"bands"}


def used_settings(question: Question, *, scored: bool) -> list[str]:
    """The keys a question's form shows: those its type uses (points only in a scored section), and those filled in."""
    usable = TYPES[question.type].settings
    shown = []
    for key in SETTINGS:
        filled = bool(getattr(question, key))
        if key in usable and (key not in _SCORED or scored or filled):
            shown.append(key)
    return shown


class QuestionForm(Form):
    """A question being edited. Made by :func:`question_form`."""

    question: Question
    site: _Site
    keys: list[str]
    code_fixed: bool

    @property
    def code_field(self) -> Field:
        """The field of the question's code."""
        return self["code"]

    def panel(self, name: str) -> list[Field]:
        """The fields of one part of the page."""
        return [self[key] for key in self.keys if SETTINGS[key].panel == name]

    @property
    def variants(self) -> list[Any]:
        """The wordings that replace the text in a situation."""
        return [self[f"variant_{name}"] for name in VARIANTS if f"variant_{name}" in self]

    def validate_code(self, field: Field) -> None:
        """A code keeps its meaning: well formed, nobody else's, and once published never another."""
        typed = clean(field.data or "")
        if typed == self.question.code:
            return
        if self.code_fixed:
            raise ValidationError(_("This question was published: its code stays."))
        if not CODE.fullmatch(typed):
            message = _("A code begins with a Latin letter; letters, digits, points, hyphens and underscores follow.")
            raise ValidationError(message)
        if typed in question_codes(self.site.questionnaire):
            raise ValidationError(_("The code '%(code)s' is taken already.", code=typed))

    def validate_pattern(self, field: Field) -> None:
        """A pattern that could run away is refused before it is saved."""
        if field.data and patterns.problem(field.data):
            raise ValidationError(_("This pattern is broken, or could take too long to judge."))

    def validate_series(self, field: Field) -> None:
        """A series is a short name."""
        typed = field.data or ""
        if not typed.replace("-", "").replace("_", "").isalnum() or not typed.isascii():
            raise ValidationError(_("A series is a short name of Latin letters, digits, hyphens and underscores."))

    def apply(self, questionnaire: Questionnaire) -> Questionnaire:
        """The questionnaire with the question as it is filled in here."""
        changes: dict[str, Any] = {key: self._value(key, questionnaire) for key in self.keys}
        if self.variants:
            words = {field.name.removeprefix("variant_"): field.data for field in self.variants}
            changes["variants"] = {name: text for name, text in words.items() if text}
        return change_question(questionnaire, self.question.code, **changes)

    def _value(self, key: str, questionnaire: Questionnaire) -> Any:
        data = self[key].data
        if key == "scale":
            return questionnaire.scales.get(data or "")
        if key == "order":
            return "random" if data else None
        if key in {"code", "series"}:
            return clean(data or "")
        if key in {"pattern", "dir", "evidence", "measure"}:
            return clean(data or "") or None
        return data


def question_form(
    questionnaire: Questionnaire, question: Question, formdata: Any = None, *, code_fixed: bool = False
) -> QuestionForm:
    """The form of a question as it stands, or as it was sent."""
    section = section_of(questionnaire, question.code)
    own = {question.code, *(one.code for one in question.statements)}
    taken = question_codes(questionnaire) - own | {question.code}
    site = _Site(questionnaire, question, section, Asked(questionnaire), taken)
    keys = used_settings(question, scored=site.scored)
    fields: dict[str, Any] = {key: SETTINGS[key].make(site) for key in keys}
    if "variants" in TYPES[question.type].settings:
        fields |= {f"variant_{name}": WordsField(VARIANT_NAMES[name], site.languages) for name in VARIANTS}
    made: type[QuestionForm] = type(
        "QuestionForm",
        (QuestionForm,),
        {**fields, "question": question, "site": site, "keys": keys, "code_fixed": code_fixed},
    )
    values = {key: getattr(question, key) for key in keys}
    values["scale"] = question.scale.code if question.scale else ""
    values |= {f"variant_{name}": question.variants.get(name, {}) for name in VARIANTS}
    return made(formdata, **values)
