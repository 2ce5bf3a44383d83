"""A questionnaire and its document: the parts, and the way from plain data to them and back.

``load(dump(q)) == q`` always; ``dump(load(d)) == d`` for every document that does not spell out defaults.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from forms.questionnaire import plain, schema
from forms.questionnaire.document import (
    Automation,
    Confirmation,
    FollowUp,
    Index,
    IndexPart,
    Privacy,
    Questionnaire,
    Section,
    Thanks,
    Wording,
)
from forms.questionnaire.errors import DefinitionError, Problem
from forms.questionnaire.parts import (
    COMMENT,
    DEFAULT_LANGUAGE,
    OTHER,
    Answers,
    Band,
    Choice,
    Context,
    Question,
    Rule,
    Scale,
    Statement,
    Stored,
    Text,
    Value,
)
from forms.questionnaire.reading import read_yaml
from translations import gettext as _

__all__ = [
    "COMMENT",
    "DEFAULT_LANGUAGE",
    "OTHER",
    "Answers",
    "Automation",
    "Band",
    "Choice",
    "Confirmation",
    "Context",
    "DefinitionError",
    "FollowUp",
    "Index",
    "IndexPart",
    "Privacy",
    "Problem",
    "Question",
    "Questionnaire",
    "Rule",
    "Scale",
    "Section",
    "Statement",
    "Stored",
    "Text",
    "Thanks",
    "Value",
    "Wording",
    "dump",
    "load",
    "read_yaml",
]


def _question_data(data: Any) -> Iterator[Mapping[str, Any]]:
    """Every question of a document, wherever it stands."""
    if isinstance(data, Mapping):
        if "code" in data and "type" in data:
            yield data
            yield from data.get("statements", ())
            return
        for value in data.values():
            yield from _question_data(value)
    elif isinstance(data, list):
        for value in data:
            yield from _question_data(value)


def _doubled(codes: list[str], place: str) -> list[Problem]:
    return [
        Problem(f"{place}.{code}", _("the code '%(code)s' is used %(count)s times", code=code, count=count))
        for code, count in Counter(codes).items()
        if count > 1
    ]


def _loose_ends(data: Mapping[str, Any]) -> list[Problem]:
    """What the schema cannot see: codes used twice and scales that are not there."""
    questions = list(_question_data(data))
    scales = data.get("scales", {})
    found = _doubled([question["code"] for question in questions], "questions")
    found += _doubled([section["code"] for section in data["sections"]], "sections")
    codes = {question["code"] for question in questions}
    for question in questions:
        name = question.get("scale")
        if name is not None and name not in scales:
            message = schema.unknown(_("unknown scale '%(scale)s'", scale=name), name, scales)
            found.append(Problem(f"questions.{question['code']}.scale", message))
        for ending in (COMMENT, OTHER):
            if question["code"].endswith(ending) and question["code"].removesuffix(ending) in codes:
                message = _("codes that end with %(ending)s are kept for the words beside an answer", ending=ending)
                found.append(Problem(f"questions.{question['code']}", message))
    return found


def load(data: Mapping[str, Any]) -> Questionnaire:
    """The questionnaire of a document.

    Raises DefinitionError with every place and message where the document departs from the format, uses a code twice or
    names a scale it does not have. Whether the questionnaire may be published is ``check.problems``'s business.
    """
    found = schema.problems(data) or _loose_ends(data)
    if found:
        raise DefinitionError(found)
    scales = {code: plain.read(Scale, {"code": code, **one}, {}) for code, one in data.get("scales", {}).items()}
    questionnaire: Questionnaire = plain.read(Questionnaire, data, {"scales": scales})
    return questionnaire


def dump(questionnaire: Questionnaire) -> dict[str, Any]:
    """The document of a questionnaire, ready for JSON or YAML: keys in the format's order, defaults left out."""
    document: dict[str, Any] = plain.write(questionnaire)
    return document
