"""A branch's pages: why it stands there, notes on its months, comments found, figures opened to their receipts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from reports.receipts import FIGURES
from survey_app.models import Branch, Entry, TrendNote, Version
from survey_app.web import branch_view
from tests.support.factories import setting
from tests.web.staff.conftest import Person, answers

LogIn = Callable[[str], Person]
BRANCH = "/reviews/2026-10/branches/101"
COMMENTS = f"{BRANCH}/comments"


def test_a_branch_s_page_leads_through_itself_and_to_every_receipt(as_: LogIn) -> None:
    page = as_("management").text(BRANCH)
    parts = re.findall(r'<li><a href="#([a-z]+)"', page)
    assert len(parts) > 5
    for part in parts:
        assert f'id="{part}"' in page
    for figure in ("csat", "nps", "ease", "shops", "profit", "service", "rank"):
        assert f'href="{BRANCH}/receipt/{figure}"' in page
    assert "&lt;b&gt;אדיב&lt;/b&gt;" in page, "a comment is text"
    assert 'href="/reviews/2026-10/branches/101/comments?theme=courtesy"' in page


@pytest.mark.parametrize("name", ["management", "region", "analyst"])
def test_every_figure_opens_to_its_receipt(as_: LogIn, name: str) -> None:
    person = as_(name)
    for figure in FIGURES:
        page = person.text(f"{BRANCH}/receipt/{figure}")
        if figure in ("csat", "rank"):
            assert ("/responses?" in page) == (name == "analyst"), "single responses are for who may read them"
    assert "<dd>90" in person.text(f"{BRANCH}/receipt/csat"), "thirty answers in each of three months"


def test_what_is_not_there_is_not_found(as_: LogIn) -> None:
    manager = as_("branch")
    assert manager.get(f"{BRANCH}/receipt/csat").status_code == 404, "another branch's"
    assert manager.get(COMMENTS).status_code == 404
    assert manager.get(f"{BRANCH.replace('101', '104')}/receipt/height").status_code == 404
    assert as_("agent").get(COMMENTS).status_code == 403


def test_comments_are_searched_and_cut(as_: LogIn) -> None:
    with setting() as make:
        place = make.session.query(Branch).filter_by(code="101").one()
        version = (
            make.session.query(Version).filter(Version.definition["code"].as_string() == "post_visit_branch").one()
        )
        make.responses(
            version=version,
            branch=place,
            visited_on=date(2026, 10, 20),
            state="counted",
            answers=[answers(False, f"חיכיתי בתור {number} דקות לנציג") for number in range(60)],
            context={"link": "personal"},
        )
    person = as_("management")
    assert person.text(f"{COMMENTS}?q=תור").count("<blockquote") == 50
    assert 'rel="next"' in person.text(f"{COMMENTS}?q=תור")
    assert person.text(f"{COMMENTS}?q=תור&page=2").count("<blockquote") == 10
    assert person.text(f"{COMMENTS}?q=תור&page=99").count("<blockquote") == 10, "the last page there is"
    assert person.text(f"{COMMENTS}?q=תור").count("ל[שם]</blockquote>") == 50, "names are hidden outside the branch"
    assert "<blockquote" not in person.text(f"{COMMENTS}?q=נציג"), "and nothing is found by them"
    assert person.text(f"{COMMENTS}?theme=courtesy").count("<blockquote") == 3
    assert person.text(f"{COMMENTS}?satisfied=yes").count("<blockquote") == 3
    assert "<blockquote" not in person.text(f"{COMMENTS}?q=אין")
    assert "<blockquote" not in person.text(f'{COMMENTS}?q="*')
    assert 'value="&#34;*"' in person.text(f'{COMMENTS}?q="*'), "what was typed stays"


@pytest.mark.parametrize("path", [BRANCH, f"{COMMENTS}?theme=courtesy"])
def test_a_comment_is_brought_to_the_meeting_and_the_page_says_so(as_: LogIn, path: str) -> None:
    person = as_("management")
    page = person.text(path)
    fields = {name: re.findall(f'name="{name}" value="([^"]+)"', page)[0] for name in ("response", "question", "next")}
    fields["next"] = fields["next"].replace("&amp;", "&")
    answer = person.post(path, "/reviews/2026-10/stories", **fields)
    assert answer.status_code == 303, answer.text[:500]
    assert 'role="status"' in person.text(answer.headers["Location"])
    assert "/stories" not in as_("region").text(path), "who runs no meeting brings nothing"


def test_comments_of_a_few_are_held_back(as_: LogIn) -> None:
    person = as_("management")
    for path in ("/reviews/2026-10/branches/105", "/reviews/2026-10/branches/105/comments?q=מעט"):
        assert "<blockquote" not in person.text(path)


def test_a_note_is_kept_once_shown_and_taken_back(as_: LogIn, database: Any) -> None:
    person = as_("management")
    fields = {"month": "2026-09", "measure": "all", "words": "הסניף <עבר> לבניין חדש", "rebases": "y"}
    for _twice in range(2):
        answer = person.post(BRANCH, f"{BRANCH}/notes", **fields)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{BRANCH}?done=noted#trend")
    page = person.text(BRANCH)
    assert page.count("&lt;עבר&gt;") == 1
    assert "&lt;עבר&gt;" in as_("region").text(BRANCH)
    assert "/notes/" not in as_("region").text(BRANCH), "a reader takes nothing back"
    (number,) = re.findall(rf'action="{BRANCH}/notes/(\d+)/remove"', page)
    for _twice in range(2):
        assert person.post(BRANCH, f"{BRANCH}/notes/{number}/remove").status_code == 303
    assert "&lt;עבר&gt;" not in person.text(BRANCH)
    with setting() as make:
        trail = [entry.act for entry in make.session.query(Entry) if entry.act.startswith("trend.")]
        assert trail.count("trend.note") == 2
        assert make.session.query(TrendNote).count() == 0


def test_a_note_without_words_comes_back_with_what_was_chosen(as_: LogIn) -> None:
    answer = as_("analyst").post(BRANCH, f"{BRANCH}/notes", month="2026-08", measure="nps", words=" ", everybody="y")
    assert answer.status_code == 422
    assert '<option selected value="2026-08">' in answer.text
    assert 'href="#words"' in answer.text
    assert '<details class="data adding" open>' in answer.text
    assert (
        as_("management").post(BRANCH, f"{BRANCH}/notes", month="2031-01", measure="all", words="x").status_code == 422
    )


@pytest.mark.parametrize("name", ["region", "branch", "agent", "shopper"])
def test_only_management_and_analysis_note(as_: LogIn, name: str) -> None:
    person = as_(name)
    assert person.post("/account", f"{BRANCH}/notes", month="2026-10", measure="all", words="x").status_code == 403
    assert person.post("/account", f"{BRANCH}/notes/1/remove").status_code == 403


def _row(code: str, group: str | None, index: float | None, *, hidden: bool = False) -> dict[str, Any]:
    peer = {"group": group} if group else None
    return {"code": code, "name": f"סניף {code}", "peer": peer, "service": {"index": index}, "hidden": hidden}


def test_peers_are_points_without_names() -> None:
    rows = [
        _row("1", "גדול", 101.4), _row("2", "גדול", 96.2), _row("3", "גדול", 130.6), _row("4", "קטן", 90.0),
        _row("5", "גדול", None), _row("6", None, 99.0), _row("7", "גדול", 99.0, hidden=True),
    ]  # fmt: skip
    review: Any = SimpleNamespace(data={"branches": rows})
    found = branch_view.peers(review, rows[0], {"1"})
    assert found is not None
    assert (found.own, found.others, found.low, found.high) == (101, [96, 131], 80, 131)
    assert branch_view.peers(review, rows[3], {"4"}) is None, "nobody else is in the group"
    assert branch_view.peers(review, rows[5], {"6"}) is None


def test_the_one_peer_that_a_reader_does_not_know_by_name_is_no_point() -> None:
    rows = [_row(str(number), "גדול", 90.0 + 5 * number) for number in range(1, 5)]
    review: Any = SimpleNamespace(data={"branches": rows})
    found = branch_view.peers(review, rows[0], {"1", "2", "3"})
    assert found is not None
    assert found.others == [100, 105], "the fourth would be known by its group"
    assert branch_view.peers(review, rows[0], {"1", "2"}).others == [100, 105, 110]  # type: ignore[union-attr]
