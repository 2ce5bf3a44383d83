"""What is never taken: columns of money and identity, free text in codes and bands, identity numbers as references."""

from __future__ import annotations

import pytest

from survey_app.outreach import never


@pytest.mark.parametrize(
    "name",
    [
        *("birthdate", "birth_date", "teudat_zehut", "zehut", "id_number", "idNumber", "national_id", "עו״ש", 'עו"ש'),
        *(
            "הלוואות",
            "סכום משכנתא",
            "net worth",
            "netWorth",
            "b a l a n c e",
            "B_A_L_A_N_C_E",
            "my b-a-l-a-n-c-e",
            "vip",
        ),
        *("address", "כתובת", "account number", "מספר חשבון", "תאריך לידה", "account_balances", "יתרה"),
    ],
)
def test_columns_that_are_never_taken(name: str) -> None:
    assert never.column(name)


@pytest.mark.parametrize("name", ["email address", "כתובת מייל", "shoe size", "time", "שעה", "phone", "a b"])
def test_columns_that_are_none_of_these(name: str) -> None:
    assert not never.column(name)


@pytest.mark.parametrize(
    "text", ["deposit", "loan", "פתיחת חשבון", "בירור יתרה", "עו״ש", "K-12/3", "new_card", "إيداع", "кредит", "2026"]
)
def test_codes(text: str) -> None:
    assert never.is_code(text)


@pytest.mark.parametrize(
    "text",
    [
        *("balance 50000 054-1112223", "balance 400", "b a l a n c e 400", "יתרה 3500", "12345", "12-34-567", "x" * 41),
        *(
            "one two three four five",
            "segment gold",
            "VIP",
            "לקוח VIP",
            "dana@example.com",
            "a.b",
            "a\nb",
            "=1+1",
            "3,500",
        ),
    ],
)
def test_no_codes(text: str) -> None:
    assert not never.is_code(text)


@pytest.mark.parametrize("text", ["25-34", "65+", "<1", "1-3", "10+", "5–10", "עד 5", "up to 5", "New", "ותיק"])
def test_bands(text: str) -> None:
    assert never.is_band(text)


@pytest.mark.parametrize("text", ["balance 90000", "34", "1987-2001", "25-34 054", "90000+", "seven", "<"])
def test_no_bands(text: str) -> None:
    assert not never.is_band(text)


@pytest.mark.parametrize(
    "text", ["123456782", "12345678-2", "1234 5678 2", "000000018", "00000018", "123456782.0", "١٢٣٤٥٦٧٨٢"]
)
def test_identity_numbers(text: str) -> None:
    assert never.identity_number(text)


@pytest.mark.parametrize("text", ["123456789", "C-123456782", "1234567824", "0000000", "000000000", "10432", ""])
def test_other_references(text: str) -> None:
    assert not never.identity_number(text)
