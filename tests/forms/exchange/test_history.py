"""Files of other systems: what a column is, what a cell means, and what a row says, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.questionnaire import library
from forms.questionnaire.definition import Questionnaire, load
from forms.questionnaire.exchange.history import dates, mapping, matching, propose
from forms.questionnaire.exchange.history.mapping import Mapping, Part, Unfit
from forms.questionnaire.exchange.history.reading import Reading
from forms.questionnaire.exchange.history.reading import Unfit as Refused
from forms.questionnaire.exchange.history.source import QUALTRICS, TABLE, Column, Counting, Source

SURVEY = library.load("post_visit_branch")
CONTEXT = {"link": "personal", "no_branch": False}


def spread() -> Questionnaire:
    """A questionnaire with choices that files spread over columns."""
    words = {"he": "למה", "en": "Why did you come"}
    return load(
        {
            "format": 1,
            "code": "spread",
            "kind": "customer_survey",
            "title": {"he": "שאלון"},
            "languages": {"he": "source"},
            "sections": [
                {
                    "code": "all",
                    "questions": [
                        {
                            "code": "why",
                            "type": "multiple",
                            "text": words,
                            "choices": [
                                {"value": "cash", "text": {"he": "מזומן", "en": "Cash, coins"}},
                                {"value": "loan", "text": {"he": "הלוואה", "en": "Loan"}},
                                {"value": "other", "text": {"he": "אחר", "en": "Other"}, "other": True},
                            ],
                        },
                        {
                            "code": "order",
                            "type": "ranking",
                            "text": {"he": "דירוג", "en": "Rank"},
                            "choices": [{"value": one, "text": {"he": one}} for one in ("a", "b")],
                        },
                        {"code": "agree", "type": "consent", "text": {"he": "הסכמה"}},
                    ],
                }
            ],
        }
    )


def source(header: Sequence[str], *rows: Sequence[str], kind: str = TABLE, **more: dict[str, Any]) -> Source:
    """A file as it was counted; ``labels`` and ``values`` by column."""
    columns = []
    for at, name in enumerate(header):
        counting = Counting()
        for row in rows:
            counting.add(row[at])
        labels, values = more.get("labels", {}), more.get("values", {})
        columns.append(
            counting.column(name, labels.get(name, ""), values.get(name), more.get("missing", {}).get(name, ()))
        )
    return Source(kind, tuple(columns), len(rows), "digest")


def targets(found: Mapping) -> dict[str, str]:
    return {name: part.target for name, part in found.columns.items()}


@pytest.mark.parametrize(
    ("cell", "form", "day"),
    [
        ("2026-12-31", "iso", date(2026, 12, 31)),
        ("2026-12-31 23:30:00", "iso", date(2026, 12, 31)),
        ("2026-12-31T23:30:00Z", "iso", date(2027, 1, 1)),
        ("20261231", "iso", date(2026, 12, 31)),
        ("3/4/2026", "day_first", date(2026, 4, 3)),
        ("3.4.26 12:30", "day_first", date(2026, 4, 3)),
        ("2026-04-03", "day_first", date(2026, 4, 3)),
        ("3/4/2026 1:15 PM", "month_first", date(2026, 3, 4)),
        ("46387", "serial", date(2026, 12, 31)),
        ("46387.75", "serial", date(2026, 12, 31)),
        ("12/2026", "month", "2026-12"),
        ("2026-12", "month", "2026-12"),
        ("31/12/2026", "month", "2026-12"),
    ],
)
def test_a_date_is_read_as_its_column_writes_it(cell: str, form: str, day: dates.Day) -> None:
    assert dates.parse(cell, form, ZoneInfo("Asia/Jerusalem")) == day


@pytest.mark.parametrize(
    ("cell", "form"),
    [("31/2/2026", "day_first"), ("12/31/2026", "day_first"), ("1/1/1066", "day_first"), ("", "iso"), ("x", "serial")],
)
def test_a_date_that_is_none_is_refused(cell: str, form: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        dates.parse(cell, form)


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["1/2/2026", "13/2/2026"], "day_first"),
        (["1/2/2026", "2/13/2026"], "month_first"),
        (["1/2/2026"], "day_first"),
        (["2026-02-01", "2026-02-01 10:00"], "iso"),
        (["46387", "46388"], "serial"),
        (["2026-02"], "month"),
        (["1/2/2026", "soon"], ""),
        (["1/2/2026"] * 18 + ["24/2/2026", "31/2/2026"], "day_first"),
        (["1/2/2026"] * 18 + ["2/24/2026", "2/31/2026"], "month_first"),
        ([], ""),
    ],
)
def test_the_way_of_writing_dates_is_guessed_by_nearly_all_of_them(cells: list[str], form: str) -> None:
    assert dates.guess(cells) == form


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_none(text: str) -> None:
    for form in dates.FORMATS:
        try:
            assert dates.parse(text, form, UTC)
        except ValueError:
            continue


@pytest.mark.parametrize(
    ("code", "cell", "label", "value"),
    [
        ("pv1", "5", "", "5"),
        ("pv1", "5.0", "", "5"),
        ("pv1", "מרוצה", "", "4"),
        ("pv1", "Satisfied", "", "4"),
        ("pv1", "SATISFIED ", "", "4"),
        ("pv1", "4 - Satisfied", "", "4"),
        ("pv1", "4 (מרוצה)", "", "4"),
        ("pv1", "4 - Very satisfied", "", None),
        ("pv1", "1", "Satisfied", "4"),
        ("pv1", "9", "", None),
        ("pv7", "don't know", "", "dk"),
        ("pv7", "99", "לא יודע", "dk"),
        ("pv7", "N/A", "", None),
        ("pv8", "10", "10", "10"),
        ("pv8", "10", "Ten", None),
    ],
)
def test_a_cell_means_a_choice_only_beyond_doubt(code: str, cell: str, label: str, value: str | None) -> None:
    assert matching.choice_of(SURVEY.by_code[code], cell, label) == value


def test_values_in_order_need_as_many_choices() -> None:
    question = SURVEY.by_code["pv1"]
    assert matching.in_order(question, ["10", "9", "8", "7", "6"]) == dict(
        zip(["6", "7", "8", "9", "10"], "12345", strict=True)
    )
    assert matching.in_order(question, ["1", "2"]) is None


def test_choices_whose_words_hold_commas_stay_whole() -> None:
    why = spread().by_code["why"]
    assert matching.atoms(why, "Cash, coins,Loan", {}) == ["Cash, coins", "Loan"]
    assert matching.atoms(why, "cash; nonsense", {}) == ["cash", "nonsense"]


def test_columns_are_known_by_code_name_words_and_measure() -> None:
    asked = SURVEY.by_code["pv1"].text
    found = propose.propose(
        SURVEY,
        source(
            ["מזהה", "Branch Code", "תאריך ביקור", "PV5", "Q7", "NPS", "pv9_comment", "odd", "empty", "pv5 "],
            ["R1", "1", "13/2/2026", "3", "2", "9", "x", "y", "", "1"],
            labels={"Q7": f"7. {asked['en']}"},
        ),
    )
    assert targets(found) == {
        "מזהה": "response_id",
        "Branch Code": "branch",
        "תאריך ביקור": "date",
        "PV5": "question:pv5",
        "Q7": "question:pv1",
        "NPS": "question:pv8",
        "pv9_comment": "comment:pv9",
        "odd": "",
        "empty": "ignore",
        "pv5 ": "",
    }
    assert found.columns["תאריך ביקור"].format == "day_first"


def test_qualtrics_columns_map_themselves() -> None:
    header = [
        "StartDate",
        "EndDate",
        "RecordedDate",
        "ResponseId",
        "Finished",
        "Status",
        "UserLanguage",
        "Q1_1",
        "Q2_1",
    ]
    labels = {"Q1_1": "Why did you come - Selected Choice - Cash, coins", "Q2_1": "Rank - b"}
    row = [
        "2026-02-01 10:00:00",
        "2026-02-01 10:05:00",
        "2026-02-01 10:05:01",
        "R_1",
        "True",
        "IP Address",
        "EN",
        "Cash, coins",
        "1",
    ]
    found = propose.propose(spread(), source(header, row, kind=QUALTRICS, labels=labels))
    assert targets(found) == {
        "StartDate": "ignore",
        "EndDate": "date_else",
        "RecordedDate": "date",
        "ResponseId": "response_id",
        "Finished": "finished",
        "Status": "status",
        "UserLanguage": "language",
        "Q1_1": "choice:why:cash",
        "Q2_1": "choice:order:b",
    }
    assert found.columns["RecordedDate"].format == "iso"


def test_a_measure_is_known_by_the_words_of_its_column_as_well() -> None:
    found = propose.propose(SURVEY, source(["Q1", "Q2"], ["5", "9"], kind=QUALTRICS, labels={"Q2": "NPS"}))
    assert targets(found)["Q2"] == "question:pv8"


def read(questionnaire: Questionnaire, matched: Mapping, table: Source, row: Sequence[str]) -> Any:
    return Reading(questionnaire, matched, table, CONTEXT, UTC).read(row)


HEADER = ["id", "branch", "date", "pv1", "pv7", "pv9"]


def survey(*row: str, **parts: Part) -> Any:
    table = source(HEADER, row)
    matched = propose.propose(SURVEY, table)
    return read(SURVEY, Mapping({**matched.columns, **parts}), table, row)


def test_a_row_is_read_with_hard_to_say_and_no_answer_apart() -> None:
    found = survey("R1", "20-1", "13/2/2026", "5", "dk", "")
    assert found.about == {"response_id": "R1", "branch": "20-1"}
    assert (found.day, dict(found.answers)) == (date(2026, 2, 13), {"pv1": 5, "pv7": "dk"})
    skipped = Part("question", "pv7", no_answer=frozenset({"99"}))
    assert dict(survey("R1", "1", "13/2/2026", "5", "99", "", pv7=skipped).answers) == {"pv1": 5}


def test_everything_that_is_wrong_with_a_row_is_told_at_once() -> None:
    with pytest.raises(Refused) as told:
        survey("R1", "1", "31/2/2026", "9", "2", "x")
    assert [fault.column for fault in told.value.faults] == ["date", "pv1"]


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (Part("question", "pv7", refuse=frozenset({"99"})), "99"),
        (Part("question", "pv7"), "99"),
    ],
)
def test_a_value_that_nobody_explains_refuses_its_row(part: Part, message: str) -> None:
    with pytest.raises(Refused, match=message):
        survey("R1", "1", "13/2/2026", "5", "99", "", pv7=part)


def test_other_values_may_be_no_answer_when_somebody_says_so() -> None:
    part = Part("question", "pv7", others=mapping.NONE)
    assert dict(survey("R1", "1", "13/2/2026", "5", "99", "", pv7=part).answers) == {"pv1": 5}


def test_a_declared_missing_value_is_no_answer_unless_its_words_say_more() -> None:
    rows = (["1", "13/2/2026", "5", "97"], ["1", "13/2/2026", "5", "98"])
    table = source(
        ["branch", "date", "pv1", "pv7"],
        *rows,
        values={"pv7": {"97": "לא יודע", "98": "לא ענה"}},
        missing={"pv7": ["97", "98"]},
    )
    matched = propose.propose(SURVEY, table)
    assert [read(SURVEY, matched, table, row).answers.get("pv7") for row in rows] == ["dk", None]


def test_choices_of_one_question_are_put_together_again() -> None:
    form = spread()
    header = ["branch", "date", "why_cash", "why_loan", "order_a", "order_b", "agree"]
    row = ["1", "13/2/2026", "1", "0", "2", "1", "כן"]
    table = source(header, row)
    found = read(form, propose.propose(form, table), table, row)
    assert dict(found.answers) == {"why": ["cash"], "order": ["b", "a"], "agree": "yes"}


def test_an_unfinished_response_and_a_preview_are_refused() -> None:
    header = ["branch", "date", "Finished", "Status", "pv1"]
    for row in (["1", "13/2/2026", "False", "0", "5"], ["1", "13/2/2026", "1", "Survey Preview", "5"]):
        table = source(header, row, kind=QUALTRICS)
        with pytest.raises(Refused):
            read(SURVEY, propose.propose(SURVEY, table), table, row)


def test_an_answer_that_is_not_asked_refuses_the_row_or_is_counted() -> None:
    hidden = next(code for code, rule in SURVEY.conditions.items() if "pv1" in str(rule))
    option = str(SURVEY.by_code[hidden].options[0].value) if SURVEY.by_code[hidden].options else "x"
    row = ["1", "13/2/2026", "5", option]
    table = source(["branch", "date", "pv1", hidden], row)
    matched = propose.propose(SURVEY, table)
    with pytest.raises(Refused):
        read(SURVEY, matched, table, row)
    taken = read(SURVEY, Mapping(matched.columns, not_asked=mapping.DROP), table, row)
    assert (dict(taken.answers), taken.dropped) == ({"pv1": 5}, 1)


def test_a_mapping_is_the_same_after_writing_and_reading() -> None:
    part = Part(
        "question", "pv1", values={"a": "5"}, no_answer=frozenset({"99"}), refuse=frozenset({"z"}), others="none"
    )
    written = Mapping(
        {"Q": part, "D": Part("date", format="iso"), "C": Part("choice", "why", "cash"), "?": Part()},
        {"branch": "20-1"},
        frozenset({"-"}),
        mapping.REFUSE,
        mapping.DROP,
    )
    assert mapping.load(mapping.dump(written)) == written
    assert mapping.read_yaml(mapping.write_yaml(written).encode()) == written


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"\xff\xfe",
        b"- 1",
        b"format: 2",
        b"format: 1\nodd: 1",
        b"format: 1\ncolumns: []",
        b"format: 1\ncolumns: {a: {as: b}}",
        b"format: 1\ncolumns: {a: {as: date, format: x}}",
        b"format: 1\ncolumns: {a: {as: ignore, odd: 1}}",
        b"format: 1\ncolumns: {a: {as: question, values: [1]}}",
        b"format: 1\nfixed: {agent: x}",
        b"format: 1\nrequired: maybe",
        b"a: &x [*x]",
        b"a: " + b"[" * 5000,
        b"[" * 900_000 + b"]" * 900_000,
    ],
)
def test_a_document_that_is_no_mapping_is_refused(document: bytes) -> None:
    with pytest.raises(Unfit):
        mapping.read_yaml(document)


def test_what_is_missing_or_twice_is_named() -> None:
    table = source(["a", "b", "c"], ["1", "2", "3"])
    twice = Part("question", "pv1")
    found = mapping.problems(Mapping({"a": twice, "b": twice, "gone": Part("branch")}), table, SURVEY)
    assert {problem.place for problem in found} == {"b", "c", "gone", "date"}


def test_a_column_of_words_is_counted_in_bounded_memory() -> None:
    counting = Counting()
    for number in range(12_000):
        counting.add(f"words {number}")
    counting.add("x" * 500)
    found = counting.column("a")
    assert (found.counted, found.filled, len(found.values)) == (False, 12_001, 1_000)
    assert Column.from_json(found.to_json()) == found
