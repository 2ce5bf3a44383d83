"""Words of messages: their length on the network, their places, what must not stand in them, in four languages."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.messages import Values, asks_to_stop, check, compose, defaults, lint, parts
from forms.messages.compose import CHANNELS, KINDS, PLACE, PLACES, fill
from forms.messages.data import banned, texts
from forms.questionnaire import library
from translations import LANGUAGES, speaking

CODES = ["", *sorted({one.questionnaire for one in library.messages().sms.values()})]
NIKUD = re.compile(r"[\u0591-\u05bd\u05bf-\u05c7]")
HEBREW = re.compile(r"[\u05d0-\u05ea]")
#: As long as names and links are expected to be: the library's messages are counted with the same.
WORST = {
    language: Values(
        org="בנק הדוגמאות"[:12],
        branch="קריית שמונה מזרח א׳",
        date="16.11.2026",
        link="https://s.bank.co.il/s/Zm9vYmFyYmF6cXV4",
        stop_link="https://s.bank.co.il/s/Zm9vYmFyYmF6cXV4/stop",
        verify="1-800-000-000",
    )
    for language in LANGUAGES
}


# ---- parts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", "GSM-7", 0, 0),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("a" * 159 + "€", "GSM-7", 161, 2),
        # An escape and its letter are not torn apart: the 153rd place of the first part stays empty.
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),
        ("é[]{}", "GSM-7", 9, 1),
        ("ê", "UCS-2", 1, 1),
        ("ש" * 70, "UCS-2", 70, 1),
        ("ש" * 71, "UCS-2", 71, 2),
        ("ש" * 134, "UCS-2", 134, 2),
        ("ש" * 135, "UCS-2", 135, 3),
        ("😀" * 35, "UCS-2", 70, 1),
        ("😀" * 36, "UCS-2", 72, 2),
        # A pair is not torn apart either.
        ("😀" * 67, "UCS-2", 134, 3),
        ("a" * 69 + "ש", "UCS-2", 70, 1),
    ],
)
def test_parts(text: str, encoding: str, units: int, count: int) -> None:
    found = parts(text)
    assert (found.encoding, found.units, found.count) == (encoding, units, count)
    assert found.fits == (count <= 2)


@given(st.text(max_size=400), st.text(max_size=20))
def test_more_text_never_takes_fewer_parts(text: str, more: str) -> None:
    assert parts(text).count <= parts(text + more).count
    assert parts(text).units >= len(text)


# ---- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_the_shipped_words_have_no_fault(code: str) -> None:
    found = check({}, channels=[*CHANNELS, "phone"], languages=list(LANGUAGES), worst=WORST, questionnaire=code)
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_message_is_whole_in_every_language(channel: str, kind: str, language: str) -> None:
    values = WORST[language]
    made = compose({}, channel, kind, language, values, "post_visit_branch")
    for text in (made.text, made.html, made.subject):
        assert not PLACE.search(re.sub(r"<style.*", "", text)), "no place is left open"
        assert not NIKUD.search(text)
    assert values.link in made.text
    assert values.branch in made.text
    assert values.org in made.text
    assert (made.html != "") == (made.subject != "") == (channel == "email")
    if channel == "email":
        assert values.stop_link in made.html
        assert values.verify in made.html
        assert f'lang="{language}"' in made.html
    other = compose({}, channel, "reminder" if kind == "invitation" else "invitation", language, values, "")
    assert other.text != made.text


def test_what_hebrew_says_is_neutral() -> None:
    said = [text for code in CODES for channel in CHANNELS for kind in KINDS
            for text in defaults(channel, kind, "he", code).values()]  # fmt: skip
    said += [one["he"] for one in texts()["footer"].values()]
    for text in said:
        assert not re.search(r"[\u05d0-\u05ea][/.][\u05d0-\u05ea]", text), text
        assert not re.search(r"\b(לחץ|לחצו|הקלק|השב|השיבו|מלא|מלאו|היכנס|היכנסו)\b", text), text


def test_a_campaign_s_own_words_come_first_part_by_part() -> None:
    own = {"email": {"invitation": {"he": {"subject": "שתי דקות על הביקור", "body": "  "}}}}
    made = compose(own, "email", "invitation", "he", WORST["he"])
    assert made.subject == "שתי דקות על הביקור"
    assert "לשפר את השירות" in made.text, "an empty part is none"
    assert compose(own, "email", "reminder", "he", WORST["he"]).subject != made.subject


def test_names_keep_their_direction_only_where_they_must() -> None:
    hebrew, english = WORST["he"], Values("Bank", "Center", "1/2/2026", "https://x.example/s/1")
    assert "\u2068" not in fill("{org} {branch} {link}", hebrew, "he")
    assert "\u2068" not in fill("{org} {branch} {link}", english, "en")
    assert fill("{branch}", hebrew, "en") == f"\u2068{hebrew.branch}\u2069"
    assert fill("{branch} {link}", english, "he") == "\u2068Center\u2069 https://x.example/s/1"
    assert parts(compose({}, "sms", "invitation", "en", english).text).encoding == "GSM-7"


def test_the_way_out_is_said_as_it_is() -> None:
    values = WORST["he"]
    assert compose({}, "sms", "invitation", "he", values).text.endswith("להסרה: הסר")
    silent = Values(values.org, values.branch, values.date, values.link, replies=False)
    assert compose({}, "sms", "invitation", "he", silent).text.endswith("להסרה: בקישור")


class Tags(HTMLParser):
    """Tags of a page with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.seen.append((tag, dict(attrs)))


def test_the_page_of_an_e_mail_fetches_nothing() -> None:
    reader = Tags()
    reader.feed(compose({}, "email", "invitation", "he", WORST["he"]).html)
    names = {tag for tag, _attributes in reader.seen}
    assert not names & {"img", "script", "link", "iframe", "table", "style"}
    assert all("src" not in attributes for _tag, attributes in reader.seen)
    assert {attributes.get("href") for tag, attributes in reader.seen if tag == "a"} == {
        WORST["he"].link, WORST["he"].stop_link,
    }  # fmt: skip
    assert ("html", {"lang": "he", "dir": "rtl"}) in reader.seen


def test_the_page_of_an_e_mail_trusts_nothing() -> None:
    own = {"email": {"invitation": {"he": {"body": "<b>x</b>\nשורה\n\n& {branch}", "button": "<i>"}}}}
    values = Values('בנק "א"', "<script>", "1.1.2026", "https://x.example/s/1?a=1&b=2")
    html = compose(own, "email", "invitation", "he", values).html
    assert "<b>" not in html
    assert "<script>" not in html
    assert "&lt;b&gt;x&lt;/b&gt;<br>שורה" in html
    assert "a=1&amp;b=2" in html


# ---- what must not stand there ---------------------------------------------------------------------------------------

FRAME = "{org}: %s {link} {stop}"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("השתתפו בהגרלה", "בהגרלה"),
        ("אפשר לזכות בפרסים", "לזכות"),
        ("עם הנחה של 10", "הנחה"),
        ("כרטיסי אשראי חדשים", "כרטיסי אשראי"),
        ("ומשכנתא זולה", "ומשכנתא"),
        ("win a prize", "win"),
        ("a Gift for you", "Gift"),
        ("10% off today", "% off"),
        ("credit cards", "credit cards"),
        ("اربحوا معنا", "اربحوا"),
        ("والهدية لكم", ""),
        ("هدية لكم", "هدية"),
        ("خصومات كبيرة", "خصومات"),
        ("розыгрыш призов", "розыгрыш"),
        ("Скидка для вас", "Скидка"),
        ("новая ипотека", "ипотека"),
    ],
)
def test_advertising_is_found_in_every_language(words: str, found: str) -> None:
    problems = lint(FRAME % words)
    if found:
        assert found in {one.found for one in problems}
        for one in problems:
            assert (FRAME % words)[slice(*one.span)] == one.found


@pytest.mark.parametrize(
    "words",
    [
        "איך היה בסניף {branch}?", "הנחיות הביטחון ברורות", "שירות מהיר", "איך הייתה הפנייה", "הפרסום באתר",
        "how was the window desk?", "winter hours", "we dealt with your case", "sale-free",
        "как прошёл визит?", "كيف كانت الزيارة؟", "הצעה לשיפור", "ביקרת ב־{date}",
    ],
)  # fmt: skip
def test_plain_words_are_left_alone(words: str) -> None:
    if words == "sale-free":
        assert [one.found for one in lint(FRAME % words)] == ["sale"]
    else:
        assert lint(FRAME % words) == []


@pytest.mark.parametrize("sort", banned())
def test_every_sort_has_words_in_every_language(sort: str) -> None:
    for language in LANGUAGES:
        for word in banned()[sort][language]:
            text = FRAME % word.rstrip("*")
            assert lint(text), (sort, language, word)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{org} {link}", "{stop}"),
        ("{org} {stop}", "{link}"),
        ("{link} {stop}", "{org}"),
        ("{org} {link} {stop} {name}", "{name}"),
        ("{org} {link} {stop} }", "brace"),
        ("{org} {link} {stop} היה נעים!!", "exclamation"),
        ("{org} {link} {stop} https://bit.ly/abc", "hides"),
        ("{org} {link} {stop} bank.co.il/offer-x", "personal"),
        ("", "Nothing"),
    ],
)
def test_what_is_missing_or_foreign(text: str, message: str) -> None:
    with speaking("en"):
        problems = lint(text)
    assert any(message in one.message for one in problems), problems


def test_the_organisation_s_product_names_are_found() -> None:
    found = lint(FRAME % "מי שהצטרף לזהב פלוס", ["זהב פלוס"])
    assert [one.found for one in found] == ["לזהב פלוס"]
    assert lint(FRAME % "זהבית שירתה היטב", ["זהב"]) == []


def test_too_long_is_told_with_the_place_and_the_branch() -> None:
    own = {"sms": {"invitation": {"he": {"text": FRAME % ("מילה " * 20)}}}}
    with speaking("en"):
        (found,) = check(own, channels=["sms"], languages=["he"], worst=WORST, kinds=["invitation"])
    assert found.place == "sms.invitation.he.text"
    assert WORST["he"].branch in found.message
    assert "3 parts" in found.message


def test_the_subject_of_an_e_mail_needs_no_link() -> None:
    assert lint("איך היה?", channel="email", part="subject") == []
    assert lint("איך היה {link}", channel="email", part="subject") != []


@pytest.mark.parametrize("word", [*texts()["stop"]["word"].values(), *texts()["stop"]["also"]])
def test_every_word_that_ends_invitations_is_understood(word: str) -> None:
    assert asks_to_stop(word)
    assert asks_to_stop(f"  {word.upper()}! ")
    assert not asks_to_stop(f"x{word}")


@given(st.text(max_size=200))
def test_any_text_can_be_looked_at(text: str) -> None:
    for one in lint(text, ["מוצר"]):
        assert text[slice(*one.span)] == one.found
    asks_to_stop(text)
    fill(text, WORST["he"], "he")


def test_places_are_those_that_are_filled() -> None:
    text = " ".join(f"{{{name}}}" for name in PLACES)
    assert not PLACE.search(fill(text, WORST["he"], "he"))
    assert fill("{name}", WORST["he"], "he") == "{name}"
