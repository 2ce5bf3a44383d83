"""Questionnaires written for tests, in ``tests/data/questionnaires``: one holds every type and every key one sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from forms.questionnaire.definition import Questionnaire, load
from forms.questionnaire.reading import read_yaml

FOLDER: Final = Path(__file__).parents[1] / "data" / "questionnaires"
#: Every question type at least once, in four languages, ready to publish.
ALL_TYPES: Final = "all_types"


def document(name: str) -> dict[str, Any]:
    """The document of a questionnaire by its file's name, fresh for each call."""
    return dict(read_yaml((FOLDER / f"{name}.yaml").read_bytes()))


def questionnaire(name: str) -> Questionnaire:
    """The questionnaire of :func:`document`."""
    return load(document(name))
