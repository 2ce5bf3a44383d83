"""The forms of a section, a scale and an index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from wtforms import BooleanField, Field, RadioField, StringField
from wtforms.validators import ValidationError

from forms.base import Form
from forms.editor.conditions import Asked
from forms.editor.fields import NumberField, RuleField, WordsField, options
from forms.editor.lists import index_field, points_field, words_field
from forms.questionnaire.answers import clean
from forms.questionnaire.document import Index, Questionnaire
from forms.questionnaire.editing import (
    change_index,
    change_scale,
    change_scale_here,
    change_section,
    find_scale,
    find_section,
    rename_scale,
)
from forms.questionnaire.editing.codes import CODE
from translations import gettext as _
from translations import lazy_gettext as _l

TECHNICAL: Final = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}


def _code(label: Any = None) -> StringField:
    return StringField(label or _l("Code"), render_kw={**TECHNICAL, "maxlength": 60})


def well_formed(field: Field) -> str:
    """A typed code; ValidationError where it is none."""
    typed = clean(field.data or "")
    if not CODE.fullmatch(typed):
        message = _("A code begins with a Latin letter; letters, digits, points, hyphens and underscores follow.")
        raise ValidationError(message)
    return typed


class PartForm(Form):
    """A part being edited."""

    questionnaire: Questionnaire
    #: The code of the part, where it has one.
    part: str

    def apply(self, questionnaire: Questionnaire) -> Questionnaire:
        """The questionnaire with the part as it is filled in here; without fields nothing changes."""
        return questionnaire

    @property
    def new_code(self) -> str:
        """The code that the part has once this is saved."""
        return clean(self["code"].data or "") if "code" in self else self.part


def made(kind: type[PartForm], fields: Mapping[str, Any], questionnaire: Questionnaire, part: str = "") -> Any:
    return type(kind.__name__, (kind,), {**fields, "questionnaire": questionnaire, "part": part})


# ---- a section -------------------------------------------------------------------------------------------------------


class SectionForm(PartForm):
    """Heading, points and rule of a section."""

    code = _code()
    scored = BooleanField(_l("Scored: its questions earn points"))
    points = NumberField(_l("Points of the section"), least=1, most=100_000)
    page_size = NumberField(_l("Most questions on one page"), least=1, most=100)

    def validate_code(self, field: Field) -> None:
        """A section's code is its own."""
        typed = well_formed(field)
        if typed != self.part and any(one.code == typed for one in self.questionnaire.sections):
            raise ValidationError(_("The code '%(code)s' is taken already.", code=typed))

    def apply(self, questionnaire: Questionnaire) -> Questionnaire:
        changes = {name: self[name].data for name in ("title", "scored", "points", "page_size", "shown_if")}
        return change_section(questionnaire, self.part, code=clean(self.code.data or ""), **changes)


def section_form(questionnaire: Questionnaire, code: str, formdata: Any = None) -> PartForm:
    """The form of a section."""
    section = find_section(questionnaire, code)
    fields = {
        "title": WordsField(_l("Heading"), questionnaire.languages, rows=1),
        "shown_if": RuleField(_l("Asked only where"), Asked(questionnaire)),
    }
    names = ("code", "title", "scored", "points", "page_size", "shown_if")
    values = {name: getattr(section, name) for name in names}
    found: PartForm = made(SectionForm, fields, questionnaire, code)(formdata, **values)
    return found


# ---- a scale ---------------------------------------------------------------------------------------------------------

ALL, HERE = "all", "here"


class ScaleForm(PartForm):
    """The answers of a scale, and for which questions the change is meant."""

    code = _code()
    lists = ("points", "anchors", "extra")
    #: The question that the scale is edited for; empty where it is edited by itself.
    question: str

    def validate_code(self, field: Field) -> None:
        """A scale's code is its own."""
        typed = well_formed(field)
        if typed != self.part and typed in self.questionnaire.scales:
            raise ValidationError(_("The code '%(code)s' is taken already.", code=typed))

    def validate_max(self, field: Field) -> None:
        """A scale by its ends has no more steps than a person can choose from."""
        low, high = self["min"].data, field.data
        if low is not None and high is not None and not 0 < high - low <= 100:
            raise ValidationError(_("The highest number is above the lowest, by at most 100."))

    @property
    def only_here(self) -> bool:
        """Whether the change is for one question alone."""
        return bool(self.question) and "who" in self and self["who"].data == HERE

    def apply(self, questionnaire: Questionnaire) -> Questionnaire:
        lists = {name: self[name].data for name in self.lists}
        scale = replace(find_scale(questionnaire, self.part), min=self["min"].data, max=self["max"].data, **lists)
        if self.only_here:
            return change_scale_here(questionnaire, self.question, scale)
        changed = change_scale(questionnaire, scale)
        return rename_scale(changed, self.part, clean(self.code.data or ""))


def scale_form(
    questionnaire: Questionnaire, code: str, formdata: Any = None, *, question: str = "", shared: int = 0
) -> PartForm:
    """The form of a scale; ``shared`` questions use it, ``question`` is the one it is edited for."""
    scale = find_scale(questionnaire, code)
    languages = questionnaire.languages
    fields: dict[str, Any] = {
        "points": points_field(languages, scored=True),
        "min": NumberField(_l("Or all numbers from"), least=-100, most=1000),
        "max": NumberField(_l("to"), least=-100, most=1000),
        "anchors": words_field(_l("Words under some of the numbers"), languages),
        "extra": words_field(_l("Answers outside the scale"), languages),
        "question": question,
    }
    if question and shared > 1:
        fields["who"] = RadioField(
            _l("This scale is shared. Change it"),
            choices=options(
                [(ALL, _l("for every question that uses it")), (HERE, _l("only here: this question gets a copy"))]
            ),
        )
    values = {name: getattr(scale, name) for name in ("code", "points", "min", "max", "anchors", "extra")}
    found: PartForm = made(ScaleForm, fields, questionnaire, code)(formdata, who=ALL, **values)
    return found


# ---- an index --------------------------------------------------------------------------------------------------------


class IndexForm(PartForm):
    """A measure of one's own: which questions, with which weights."""

    code = _code()
    least = NumberField(_l("How many must be answered (empty: half)"), least=1, most=1000)
    series = StringField(_l("Series"), render_kw={**TECHNICAL, "maxlength": 20})

    def validate_code(self, field: Field) -> None:
        """An index's code is its own, in small letters as the format wants it."""
        typed = well_formed(field)
        if typed.lower() != typed or not typed.replace("_", "").isalnum() or len(typed) > 40:
            raise ValidationError(_("The code of an index is small Latin letters, digits and underscores."))
        if typed != self.part and typed in self.questionnaire.indexes:
            raise ValidationError(_("The code '%(code)s' is taken already.", code=typed))

    def validate_questions(self, field: Field) -> None:
        """An index without a question measures nothing."""
        if not field.data:
            raise ValidationError(_("Name at least one question."))

    def apply(self, questionnaire: Questionnaire) -> Questionnaire:
        index = Index(
            code=clean(self.code.data or ""),
            title=self["title"].data,
            questions=self["questions"].data,
            least=self["least"].data,
            series=clean(self.series.data or "") or "1",
        )
        return change_index(questionnaire, index, code=self.part)


def index_form(questionnaire: Questionnaire, code: str, formdata: Any = None) -> PartForm:
    """The form of an index, or of a new one for an empty code."""
    index = questionnaire.indexes.get(code) or Index(code="", title={}, questions=())
    fields = {
        "title": WordsField(_l("Name"), questionnaire.languages, rows=1),
        "questions": index_field(Asked(questionnaire)),
    }
    values = {name: getattr(index, name) for name in ("code", "title", "questions", "least", "series")}
    part = code if code in questionnaire.indexes else ""
    found: PartForm = made(IndexForm, fields, questionnaire, part)(formdata, **values)
    return found
