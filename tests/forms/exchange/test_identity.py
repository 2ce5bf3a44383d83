"""Out and in again is the same questionnaire: every library document, every type, and random ones."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from pyxform.builder import create_survey_element_from_dict
from pyxform.xls2json import workbook_to_json
from pyxform.xls2json_backends import DefinitionData, xlsx_to_dict

from forms.questionnaire import library
from forms.questionnaire.check import problems
from forms.questionnaire.definition import Questionnaire, dump, load, read_yaml
from forms.questionnaire.exchange import documents, xlsform
from tests.forms.everything import everything
from tests.forms.samples import asked, question, questionnaire
from tests.forms.strategies import questionnaires

ALL_TYPES = Path(__file__).resolve().parents[2] / "data" / "questionnaires" / "all_types.yaml"
SAMPLES = {
    **{code: library.load(code) for code in library.codes()},
    "all_types": load(read_yaml(ALL_TYPES.read_bytes())),
    "everything": load(everything()),
}
MANY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
every_sample = pytest.mark.parametrize("questionnaire", SAMPLES.values(), ids=list(SAMPLES))


def xform(content: bytes) -> str:
    """What ODK would make of a workbook. pyxform raises for anything that is no form."""
    json = workbook_to_json(DefinitionData(**xlsx_to_dict(BytesIO(content))), form_name="data", warnings=[])
    return str(create_survey_element_from_dict(json).to_xml(validate=False, pretty_print=False))


@every_sample
def test_a_form_read_again_is_the_questionnaire(questionnaire: Questionnaire) -> None:
    found = xlsform.read(xlsform.write(questionnaire))
    assert found.document == dump(questionnaire)
    assert load(found.document) == questionnaire
    assert found.notes == []


@every_sample
def test_a_form_is_a_form_to_odk(questionnaire: Questionnaire) -> None:
    made = xform(xlsform.write(questionnaire))
    assert all(f"/{one.code}" in made for one in questionnaire.questions)


@every_sample
def test_documents_read_again_are_the_questionnaire(questionnaire: Questionnaire) -> None:
    for write in (documents.write_yaml, documents.write_json):
        written = write(questionnaire)
        assert documents.read(written) == dump(questionnaire)
        assert write(load(documents.read(written))) == written


@MANY
@given(questionnaires())
def test_any_form_read_again_is_the_questionnaire(questionnaire: Questionnaire) -> None:
    assert problems(questionnaire) == []
    content = xlsform.write(questionnaire)
    found = xlsform.read(content)
    assert found.document == dump(questionnaire)
    assert load(found.document) == questionnaire
    assert found.notes == []
    xform(content)


@MANY
@given(questionnaires())
def test_any_document_read_again_is_the_questionnaire(questionnaire: Questionnaire) -> None:
    assert load(documents.read(documents.write_yaml(questionnaire))) == questionnaire
    assert load(documents.read(documents.write_json(questionnaire))) == questionnaire


def test_an_early_end_is_relevance_of_what_follows() -> None:
    ends = questionnaire(
        asked(
            question("a", "int"),
            question("b", "int", shown_if={"gt": ["a", 3]}, ends_if={"lt": ["b", 2]}),
            question("c", "int", shown_if={"any": [{"answered": "a"}, {"empty": "b"}]}),
        ),
        asked(question("d", "int"), code="next"),
        follow_up={"consent": question("e", "checkbox")},
    )
    content = xlsform.write(ends)
    rows = {row.get("name"): row.get("relevant") for row in xlsx_to_dict(BytesIO(content))["survey"]}
    over = "not(${a} > 3 and ${b} < 2)"
    assert {name: rows[name] for name in ("c", "d", "next", "e", "follow_up")} == {
        "c": f"(${{a}} != '' or ${{b}} = '') and {over}",
        "d": None,
        "next": over,
        "e": None,
        "follow_up": None,
    }
    assert load(xlsform.read(content).document) == ends
    assert "questions.b.ends_if" not in dict(xlsform.losses(ends))


def test_the_same_questionnaire_is_the_same_file() -> None:
    one = SAMPLES["all_types"]
    assert xlsform.write(one) == xlsform.write(load(dump(one)))
