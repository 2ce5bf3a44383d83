"""A month's pack: asked for, made, sent by schedule, cut to its reader, and let go of."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from reports.rounding import strict_json
from survey_app import db, jobs
from survey_app.audit import Actor
from survey_app.cli import main
from survey_app.commands import packs, reviews
from survey_app.errors import Gone, NotFound, UserError
from survey_app.models import Decision, Entry, Job, Letter, User
from survey_app.outgoing import packs as outgoing
from survey_app.permissions import scope_of
from survey_app.queries import packs as queries
from survey_app.queries import reviews as review_queries
from survey_app.queries.visibility import visible
from survey_app.transaction import transaction
from tests.commands.packing import ALL, DECIDED, MONTH, SAID, STATED, People, ask, bank, content, pack_of, people, words
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

__all__ = ["people"]

pytestmark = pytest.mark.usefixtures("frozen_clock")


# ---- asked for -------------------------------------------------------------------------------------------------------


def test_a_pack_is_asked_for_once_and_made_in_the_background(any_database: db.Database) -> None:
    boss = bank()["boss"]
    number = ask(boss)
    assert ask(boss) == number, "pressed twice"
    assert ask(boss, ["pdf"]) != number
    assert (pack_of(number).state, pack_of(number).files) == ("waiting", {})
    jobs.run_ready()
    made = pack_of(number)
    assert (made.state, made.done, made.error) == ("ready", 4, "")
    assert [made.files[kind][0] for kind in ALL] == [
        "review-2026-10.pdf", "review-2026-10.xlsx", "review-2026-10.zip", "review-2026-10.json"
    ]  # fmt: skip
    assert all(len(content(number, kind)) == made.files[kind][2] for kind in ALL)
    with db.reading() as session:
        assert session.scalar(select(func.count()).where(Letter.kind == packs.LETTER)) == 0
        assert session.scalar(select(func.count()).select_from(Entry).where(Entry.act == "pack.ask")) == 3
    assert ask(boss) != number, "a new wish after the first was fulfilled is a new pack"


def test_the_files_say_what_the_page_says(people: People) -> None:
    number = ask(people["boss"])
    jobs.run_ready()
    with db.reading() as session:
        data = visible(session, review_queries.review(session, MONTH).data, scope_of(people["boss"]))
    assert content(number, "json") == strict_json(data).encode()
    said = words(content(number, "pdf"))
    assert all(part in said for part in ("סניף מספר 0", "סניף מספר 2", DECIDED, SAID, STATED, "בנק לבדיקה"))
    with zipfile.ZipFile(io.BytesIO(content(number, "csv"))) as archive:
        table = archive.read("ranking.csv").decode("utf-8-sig")
    for row in data["branches"]:
        assert f"{row['service']['index']!r}" in table or row["service"]["index"] is None
        assert row["name"] in table


def test_everybody_gets_what_they_may_see(people: People) -> None:
    made = {name: ask(people[name], language=people[name].language) for name in ("boss", "north", "branch")}
    jobs.run_ready()
    said = {name: words(content(number, "pdf")) for name, number in made.items()}
    shown = {name: {i for i in range(3) if f"סניף מספר {i}" in text} for name, text in said.items()}
    assert shown == {"boss": {0, 1, 2}, "north": {1, 2}, "branch": {0}}
    assert {name for name, text in said.items() if SAID in text} == {"boss"}
    assert {name for name, text in said.items() if DECIDED in text} == {"boss", "north"}
    assert {name for name, text in said.items() if STATED in text} == {"boss", "branch"}
    assert "Monthly review, October 2026" in said["north"]
    for name, number in made.items():
        names = {row["name"] for row in json.loads(content(number, "json"))["branches"]}
        assert names - {None} == {f"סניף מספר {i}" for i in shown[name]}


def test_who_sees_less_today_is_not_given_what_was_made_before(people: People) -> None:
    number = ask(people["boss"])
    jobs.run_ready()
    with db.reading() as session:
        assert queries.own(session, people["boss"], MONTH, number).id == number
        for user, month in ((people["branch"], MONTH), (people["boss"], "2026-09")):
            with pytest.raises(NotFound):
                queries.own(session, user, month, number)
    with setting() as make:
        boss = make.session.get_one(User, people["boss"].id)
        boss.role, boss.branch_id = "branch_manager", people["branch"].branch_id
    with db.reading() as session:
        boss = session.get_one(User, people["boss"].id)
        with pytest.raises(Gone):
            queries.own(session, boss, MONTH, number)
        assert queries.of_reader(session, boss, MONTH) == []


@pytest.mark.parametrize(("formats", "language", "month", "raised"), [
    ([], "he", MONTH, UserError), (["exe"], "he", MONTH, UserError), (["pdf"], "fr", MONTH, UserError),
    (["pdf"], "he", "2026-13", NotFound), (["pdf"], "he", "2027-01", NotFound),
])  # fmt: skip
def test_what_cannot_be_made_is_refused(
    people: People, formats: list[str], language: str, month: str, raised: type[UserError]
) -> None:
    with pytest.raises(raised), transaction(Actor.user(people["boss"]), "pack.ask") as session:
        packs.ask(session, people["boss"], month, formats, language)


def test_a_month_of_nothing_and_a_reader_who_left_get_no_files(people: People) -> None:
    empty, gone = ask(people["boss"], month="2020-01"), ask(people["branch"])
    with setting() as make:
        make.session.get_one(User, people["branch"].id).active = False
    jobs.run_ready()
    assert [(pack_of(one).state, pack_of(one).error) for one in (empty, gone)] == [
        ("failed", "no_data"), ("failed", "not_permitted")
    ]  # fmt: skip


def test_a_worker_that_dies_is_followed_by_one_that_goes_on(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    number = ask(people["boss"], ["csv", "json"])
    written: list[str] = []
    writers = dict(outgoing.WRITERS)

    def dies(found: Any) -> bytes:
        raise SystemExit

    monkeypatch.setattr(outgoing, "WRITERS", writers | {"json": dies})
    with pytest.raises(SystemExit):
        outgoing.work({"pack": number})
    assert (pack_of(number).state, list(pack_of(number).files)) == ("running", ["csv"])

    def noted(kind: str) -> Callable[[Any], bytes]:
        def write(found: Any) -> bytes:
            written.append(kind)
            return writers[kind](found)

        return write

    monkeypatch.setattr(outgoing, "WRITERS", {kind: noted(kind) for kind in writers})
    outgoing.work({"pack": number})
    assert (pack_of(number).state, written) == ("ready", ["json"]), "what stands is not made again"
    outgoing.work({"pack": number})
    assert written == ["json"]


def test_a_fault_of_ours_is_a_failed_pack_and_no_endless_job(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(found: Any) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(outgoing, "WRITERS", {**outgoing.WRITERS, "pdf": breaks})
    number = ask(people["boss"])
    jobs.run_ready()
    assert (pack_of(number).state, pack_of(number).error) == ("failed", "ZeroDivisionError")
    with db.reading() as session:
        assert set(session.scalars(select(Job.state).where(Job.kind == packs.MAKE))) == {"done"}


# ---- signed ----------------------------------------------------------------------------------------------------------


def test_a_signed_month_gives_the_same_bytes_for_ever(people: People, frozen_clock: FrozenClock) -> None:
    with transaction(Actor.user(people["boss"]), "review.sign", month=MONTH) as session:
        reviews.sign(session, people["boss"], MONTH)
    first = ask(people["boss"])
    jobs.run_ready()
    pages = words(content(first, "pdf"))
    frozen_clock.move_to(frozen_clock.moment + timedelta(days=9))
    again = ask(people["boss"])
    jobs.run_ready()
    for kind in ALL:
        assert content(first, kind) == content(again, kind), kind
    with setting() as make:
        make.session.get_one(Decision, "d1").text = "אחר לגמרי"
    later = ask(people["boss"])
    jobs.run_ready()
    for kind in ("csv", "json"):
        assert content(first, kind) == content(later, kind), kind
    assert words(content(later, "pdf")) != pages
    assert hashlib.sha256(content(first, "pdf")).digest() != hashlib.sha256(content(later, "pdf")).digest()


def test_a_signature_does_not_make_files_of_the_same_numbers_old(people: People) -> None:
    before = pack_of(ask(people["boss"], ["json"]))
    jobs.run_ready()
    with transaction(Actor.user(people["boss"]), "review.sign", month=MONTH) as session:
        reviews.sign(session, people["boss"], MONTH)
    with db.reading() as session:
        found = queries.material(session, session.get_one(User, people["boss"].id), MONTH)
    assert found.data["state"] == "signed"
    assert found.digest == pack_of(before.id).digest
    found.data["organisation"]["surveys"]["n"] += 1
    assert queries.digest(found.data) != found.digest


# ---- the command -----------------------------------------------------------------------------------------------------


def test_the_command_writes_the_same_file(people: People, tmp_path: Path) -> None:
    number = ask(people["branch"], ["json"])
    jobs.run_ready()
    url = db.current().url.render_as_string(hide_password=False)
    out = tmp_path / "a.json"
    given = ["pack", MONTH, "--as", "branch@example.com", "--format", "json", "--out", str(out), "--database", url]
    found = CliRunner().invoke(main, given)
    assert found.exit_code == 0, found.output
    assert out.read_bytes() == content(number, "json")
    for email, code in (("nobody@example.com", 2), ("shopper@example.com", 2)):
        assert CliRunner().invoke(main, [*given[:3], email, *given[4:]]).exit_code == code
