"""The monthly review: what each reader finds in it, and how a month is signed."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime

import pytest

from reports import months
from survey_app import clock
from survey_app.commands import facts as fact_commands
from survey_app.commands import responses as response_commands
from survey_app.commands import reviews as review_commands
from survey_app.models import Entry, MonthlyReview, PendingRestatement, Response
from survey_app.queries import reviews
from survey_app.web import ranking
from tests.support.clocks import FrozenClock
from tests.support.databases import Queries
from tests.support.factories import Make, setting
from tests.web.staff.conftest import Person, answers

LogIn = Callable[[str], Person]
PAGE = "/reviews/2026-10"


def rows(page: str) -> list[str]:
    """The codes of the branches in the ranking, in its order."""
    table = page.split('<table class="ranking')[1].partition("</table>")[0]
    return re.findall(r"branches/(\d+)\"", table)


def test_the_months(as_: LogIn) -> None:
    page = as_("management").text("/reviews")
    assert re.findall(r"/reviews/(\d{4}-\d{2})", page) == months.span("2026-10", 8)[::-1]


def test_management_reads_the_whole_month(as_: LogIn) -> None:
    page = as_("management").text(PAGE)
    assert "סניפים: 7" in page
    assert "בדירוג: 4" in page
    assert sorted(rows(page)) == ["101", "102", "103", "104"]
    hidden = page.split("לא בדירוג")[-1]
    for name, reason in {"אילת": "אין די תשובות", "דימונה": "אין די תשובות", "ערד": "אין נתונים"}.items():
        assert name in hidden
        assert reason in hidden
    assert "93%" in page  # 28 of 30 are content
    assert "3 חודשים" in page
    assert "החודש:" in page
    assert "אישור אוקטובר 2026" in page


def test_nothing_of_the_page_is_english(as_: LogIn) -> None:
    for path in ("/", PAGE, f"{PAGE}/branches/101", "/organisation", "/account", "/reviews"):
        page = as_("management").text(path)
        text = re.sub(r"<(script|style|title|bdi)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
        words = set(re.findall(r"[A-Za-z]{3,}", text)) - {
            "English",
            "NPS",
            "CES",
            "CSV",
            "Excel",
            "JSON",
            "PDF",
            "nbsp",
            "quot",
            "lt",
            "gt",
        }
        assert not words, f"{path}: {sorted(words)}"


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("sort=surveys", ["101", "102", "103", "104"]),
        ("sort=surveys&order=up", ["104", "103", "102", "101"]),
        ("sort=name", ["104", "101", "102", "103"]),
        ("region=צפון&sort=surveys", ["101", "102", "103"]),
        ("q=נצר", ["102"]),
        ("q=104", ["104"]),
        ("sort=nonsense&order=sideways&region=", None),
    ],
)
def test_filter_and_sort_by_the_address(as_: LogIn, query: str, order: list[str] | None) -> None:
    found = rows(as_("management").text(f"{PAGE}?{query}"))
    assert found == order if order else len(found) == 4


def test_a_sorted_column_says_so(as_: LogIn) -> None:
    page = as_("management").text(f"{PAGE}?sort=surveys")
    assert page.count("aria-sort") == 1
    assert 'aria-sort="descending"' in page


def test_a_filter_that_nothing_fits(as_: LogIn) -> None:
    assert "אין סניף בדירוג שמתאים לסינון" in as_("management").text(f"{PAGE}?q=ירושלים")


@pytest.mark.parametrize(
    ("month", "words"),
    [("2026-13", "אינו חודש"), ("last", "אינו חודש"), ("2026-12", "עדיין לא התחיל"), ("2126-01", "עדיין לא התחיל")],
)
def test_a_month_that_is_none(as_: LogIn, month: str, words: str) -> None:
    assert words in as_("management").text(f"/reviews/{month}", 404)


def test_a_month_without_data_is_honest(as_: LogIn) -> None:
    page = as_("management").text("/reviews/2020-01")
    assert "אין עדיין נתונים לחודש" in page or "אין נתונים לחודש" in page
    assert "<table" not in page


# ---- who sees what ---------------------------------------------------------------------------------------------------


def test_a_branch_sees_itself_by_name_and_others_as_points(as_: LogIn) -> None:
    person = as_("branch")
    page = person.text(PAGE)
    assert rows(page) == ["104"]
    assert "3 סניפים נוספים נכללים בדירוג" in page
    for other in ("חיפה ראשי", "נצרת", "עכו"):
        assert other not in page
    assert "מרחבים (CSV)" not in page
    assert person.get(f"{PAGE}/branches/104").status_code == 200
    assert person.get(f"{PAGE}/branches/101").status_code == 404
    assert person.get(f"{PAGE}/agents/A2").status_code == 200
    assert person.get(f"{PAGE}/agents/A1").status_code == 404
    assert person.get(f"{PAGE}/regions.csv").status_code == 404
    api = person.get("/api/v1/reviews/2026-10").text
    assert "חיפה" not in api
    assert json.loads(api)["branches"][0]["code"] == "104"


def test_a_region_sees_its_own(as_: LogIn) -> None:
    person = as_("region")
    assert sorted(rows(person.text(PAGE))) == ["101", "102", "103"]
    assert person.get(f"{PAGE}/branches/104").status_code == 404


def test_an_employee_sees_only_the_own_results(as_: LogIn) -> None:
    person = as_("agent")
    assert "ranking stack" not in person.text(PAGE)
    assert person.get(f"{PAGE}/branches/101").status_code == 404
    assert person.get(f"{PAGE}/agents/A2").status_code == 404
    own = person.text(f"{PAGE}/agents/A1")
    assert "93%" in own
    assert "משיבים: 120" in own


@pytest.mark.parametrize("name", ["shopper", "reviewer", "coordinator", "administrator", "privacy"])
def test_others_do_not_see_it(as_: LogIn, name: str) -> None:
    person = as_(name)
    for path in ("/reviews", PAGE, f"{PAGE}/branches/101", f"{PAGE}/report.json", "/api/v1/reviews/2026-10"):
        assert person.get(path).status_code == 403, path


def test_only_management_signs(as_: LogIn) -> None:
    for name in ("branch", "region", "analyst"):
        person = as_(name)
        assert f"{PAGE}/sign" not in person.text(PAGE)
        assert person.post("/account", f"{PAGE}/sign", confirm="y").status_code == 403


# ---- branch and employee ---------------------------------------------------------------------------------------------


def test_a_branch_s_page(as_: LogIn) -> None:
    page = as_("management").text(f"{PAGE}/branches/101")
    assert "<h1><bdi>חיפה ראשי</bdi></h1>" in page
    assert "טווח סביר" in page
    assert "השירות היה &lt;b&gt;אדיב&lt;/b&gt;" in page
    assert "{branch}" not in page
    assert "בתקופה הזאת לא היו ביקורי לקוח סמוי" in page


def test_few_answers_hide_comments_and_scores(as_: LogIn) -> None:
    page = as_("management").text(f"{PAGE}/branches/105")
    assert "מעט מדי</blockquote>" not in page
    assert "הערות מוצגות החל מ־10 תשובות" in page
    assert "מעט מדי משיבים" in page


@pytest.mark.parametrize("path", ["branches/999", "agents/Z9", "nothing.csv"])
def test_what_is_not_there(as_: LogIn, path: str) -> None:
    assert as_("management").get(f"{PAGE}/{path}").status_code == 404


# ---- files -----------------------------------------------------------------------------------------------------------


def test_the_ranking_as_csv(as_: LogIn) -> None:
    answer = as_("management").get(f"{PAGE}/ranking.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Disposition"] == "attachment; filename=ranking-2026-10.csv"
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(lines) == 1 + 7
    assert "חיפה ראשי" in {cell for line in lines for cell in line}


def test_the_page_the_file_and_the_api_say_the_same(as_: LogIn) -> None:
    person = as_("management")
    by_api = person.get("/api/v1/reviews/2026-10").json
    by_file = json.loads(person.get(f"{PAGE}/report.json").data)
    assert by_api == by_file
    assert by_api is not None
    with setting() as make:
        computed = reviews.review(make.session, "2026-10").data
    assert by_api["branches"] == computed["branches"]


# ---- sign-off --------------------------------------------------------------------------------------------------------


def test_signing_needs_a_deliberate_tick(as_: LogIn) -> None:
    person = as_("management")
    answer = person.post(PAGE, f"{PAGE}/sign")
    assert answer.status_code == 422
    assert 'href="#confirm"' in answer.text
    with setting() as make:
        assert make.session.get(MonthlyReview, "2026-10") is None


def test_signed_once_however_often_it_is_sent(as_: LogIn) -> None:
    person = as_("management")
    for _ in range(2):
        answer = person.post("/account", f"{PAGE}/sign", confirm="y")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?done=signed#sign-off")
    with setting() as make:
        assert make.session.query(Entry).filter_by(act="review.sign").count() == 1
    page = person.text(PAGE)
    assert "אישור החודש: <bdi>management</bdi>" in page
    assert f'action="{PAGE}/sign"' not in page
    assert "אושר" in person.text("/reviews")


def test_a_month_that_has_not_closed(as_: LogIn, frozen_clock: FrozenClock) -> None:
    frozen_clock.move_to(datetime(2026, 11, 3, 12, tzinfo=clock.TIME_ZONE))
    person = as_("management")
    assert f"{PAGE}/sign" not in person.text(PAGE)
    answer = person.post("/account", f"{PAGE}/sign", confirm="y")
    assert answer.status_code == 409
    assert "ייסגר" in answer.text or "נסגר" in answer.text


def test_a_correction_after_the_sign_off_is_a_restatement(as_: LogIn) -> None:
    person = as_("management")
    person.post(PAGE, f"{PAGE}/sign", confirm="y")
    before = person.get(f"{PAGE}/report.json").data
    with setting() as make:
        ids = [
            row.id
            for row in make.session.query(Response).filter_by(month="2026-10").order_by(Response.id)
            if row.branch.code == "101"
        ]
        for response_id in ids[:12]:
            response_commands.exclude(make.session, response_id, "נמסרו פעמיים")
    with setting() as make:
        assert make.session.get(PendingRestatement, "2026-10") is not None
        assert review_commands.restate(make.session, "2026-10") is not None
    page = person.text(PAGE)
    assert "תיקונים לאחר אישור" in page
    section = page.split("תיקונים לאחר אישור", 1)[1]
    assert "חיפה ראשי" in section
    assert "90" in section
    assert "78" in section
    assert person.get(f"{PAGE}/report.json").data == before
    with setting() as make:
        assert not list(fact_commands.check(make.session, "2026-10"))


# ---- the work behind it ----------------------------------------------------------------------------------------------


def test_queries_do_not_grow_with_the_branches(
    as_: LogIn, counting_queries: Callable[[], AbstractContextManager[Queries]]
) -> None:
    person = as_("management")

    def asked(path: str) -> int:
        with counting_queries() as queries:
            person.text(path)
        return len(queries)

    paths = ("/", "/reviews", PAGE, f"{PAGE}/branches/101", "/organisation")
    before = {path: asked(path) for path in paths}
    with setting() as make:
        _more(make)
    assert {path: asked(path) for path in paths} == before


def _more(make: Make) -> None:
    version = make.questionnaire("post_visit_branch")
    for number in range(200, 212):
        branch = make.branch(code=str(number), region=None)
        make.responses(
            version=version,
            branch=branch,
            visited_on=date(2026, 10, 4),
            state="counted",
            answers=[answers(n % 3 > 0, "תודה") for n in range(12)],
            context={"link": "personal"},
        )


def test_rows_without_a_value_come_last_either_way() -> None:
    def row(code: str, csat: float | None) -> dict[str, object]:
        return {"code": code, "name": code, "region": "", "hidden": False, "tier": None, "surveys": {"csat": csat}}

    given = [row("a", None), row("b", 50.0), row("c", 90.0)]
    for order, expected in {"down": "cba", "up": "bca"}.items():
        found = ranking.arrange(given, 3, sort="surveys", order=order)
        assert "".join(one["code"] for one in found.groups[0].rows) == expected
