"""Files of interactions, exclusions and opt-outs: taken in row by row, resumed, refused rows kept, nothing more."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from survey_app import clock, db, files, jobs
from survey_app.audit import Actor
from survey_app.commands.feeding import folder, keeping, runs, sheets
from survey_app.commands.feeding.sorts import SORTS
from survey_app.models import Customer, Entry, Exclusion, ImportRun, Interaction, Job, OptOut
from survey_app.queries import feed
from survey_app.readers import Unreadable
from survey_app.transaction import transaction
from tests.commands.together import together
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

HEADER = "key,customer,phone,branch,agent,reason,at"
SORT = SORTS["interactions"]


@pytest.fixture
def _world(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    _made()


@pytest.fixture
def _here(database: db.Database, frozen_clock: FrozenClock) -> None:
    _made()


def _made() -> None:
    with setting() as make:
        make.organisation(name="בנק", synthetic=True, policy={})
        make.agent(code="A-1", branch=make.branch(code="461", region=None), since=date(2026, 1, 1))


def table(count: int, **changes: str) -> str:
    rows = [f"T-{n},C-{n % 50},054-123{n:04d},461,A-1,deposit,2026-11-15 10:30" for n in range(count)]
    return "\n".join([HEADER, *rows]) + "\n"


def begin(content: str | bytes, sort: str = "interactions", **options: Any) -> int:
    kept = keeping.keep(content.encode() if isinstance(content, str) else content, SORTS[sort])
    with transaction(Actor.system("test"), "feed.test") as session:
        return runs.begin(session, SORTS[sort], kept, filename="feed.csv", **options).id


def feed_in(content: str | bytes, sort: str = "interactions", **options: Any) -> ImportRun:
    run_id = begin(content, sort, **options)
    assert runs.bring_in(run_id)
    return found(run_id)


def found(run_id: int) -> ImportRun:
    with db.reading() as session:
        return session.get_one(ImportRun, run_id)


def count(model: type[Any]) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.usefixtures("_world")
def test_a_file_is_taken_in_and_not_kept() -> None:
    run = feed_in(table(1200) + "T-1,C-1,,461,,deposit,2026-11-15 10:30\nT-9999,C-9,,nowhere,,x,2026-11-15\n")
    assert (run.added, run.unchanged, run.refused, run.done, run.rows) == (1200, 1, 1, 1202, 1202)
    assert (run.state, run.file_id) == ("done", None)
    assert count(Interaction) == 1200
    assert list(files.store().kept(timedelta(days=-999))) == run.report["pieces"]
    again = feed_in(table(1200))
    assert (again.added, again.unchanged) == (0, 1200)


@pytest.mark.usefixtures("_world")
def test_a_killed_worker_goes_on_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = begin(table(900) + "T-1,C-8,,461,,other,2026-11-15 10:30\n")
    calls = 0

    def dies(done: int, total: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runs.bring_in(run_id, dies)
    half = found(run_id)
    assert 0 < half.done < 901
    assert count(Interaction) == half.added == half.done
    assert runs.bring_in(run_id)
    run = found(run_id)
    assert (run.added, run.refused, run.state) == (900, 1, "done")
    assert runs.bring_in(run_id)  # a job that comes again finds nothing to do


@pytest.mark.usefixtures("_world")
def test_two_workers_take_a_file_in_once() -> None:
    run_id = begin(table(800))
    results = together([lambda: runs.bring_in(run_id) for _ in range(3)])
    assert not [one for one in results if isinstance(one, Exception)]
    while found(run_id).state != "done":
        runs.bring_in(run_id)
    run = found(run_id)
    assert (run.added, run.unchanged, run.done) == (800, 0, 800)


@pytest.mark.usefixtures("_here")
def test_the_rest_is_left_to_another_turn() -> None:
    run_id = begin(table(600))
    assert not runs.bring_in(run_id, turn=0)
    assert 0 < found(run_id).done < 600
    assert jobs.run_ready() >= 1
    assert found(run_id).state == "done"


@pytest.mark.usefixtures("_here")
class TestWhatAFileHolds:
    def test_forbidden_columns_are_named_and_kept_nowhere(self, tmp_path: Path) -> None:
        content = (
            "key,customer,branch,at,balance,פלח לקוח,shoe size\n"
            "T-1,C-1,461,2026-11-15 10:30,987654321,VIPVIP,42\n"
            "T-2,C-1,nowhere,2026-11-15 10:30,987654321,VIPVIP,42\n"
        )
        run = feed_in(content)
        assert (run.added, run.refused) == (1, 1)
        assert run.report["forbidden"] == ["balance", "פלח לקוח"]
        assert run.report["unknown"] == ["shoe size"]
        everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert b"987654321" not in everything
        assert b"VIPVIP" not in everything

    def test_hebrew_headers_in_windows_1255(self) -> None:
        content = "מזהה;לקוח;טלפון;סניף;תאריך;שעה;סיבה\nT-1;C-1;0541234567;461;15/11/2026;10:30;הפקדה\n"
        run = feed_in(content.encode("cp1255"))
        assert run.added == 1
        with db.reading() as session:
            one = session.scalars(select(Interaction)).one()
            assert (one.reason, clock.local(one.at).hour, clock.local(one.at).minute) == ("הפקדה", 10, 30)

    def test_a_workbook(self) -> None:
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(["key", "customer", "phone", "branch", "at"])
        sheet.append([1001, 77, 541234567, 461, datetime(2026, 11, 15, 10, 30)])  # noqa: DTZ001
        stream = io.BytesIO()
        book.save(stream)
        assert feed_in(stream.getvalue()).added == 1
        with db.reading() as session:
            one = session.scalars(select(Interaction)).one()
            assert (one.key, clock.local(one.at).hour) == ("1001", 10)
            assert session.scalars(select(Customer.phone)).one() == "+972541234567"

    def test_refused_rows_come_back_with_reasons_and_can_be_mended(self) -> None:
        run = feed_in(f'{HEADER}\nT-1,C-1,=cmd(),nowhere,,x,soon\n"T-2,broken\nT-3,C-3,,461,,x,2026-11-15\n')
        assert (run.added, run.refused) == (1, 2)
        text = b"".join(sheets.refused(run)).decode("utf-8-sig")
        lines = text.splitlines()
        assert lines[0] == f"problem,{HEADER}"
        assert "at: " in lines[1]
        assert "'=cmd()" in lines[1]
        mended = text.replace("nowhere", "461").replace("soon", "2026-11-15")
        assert feed_in(mended).added == 1

    @pytest.mark.parametrize(
        "content",
        ["", "   ", "key,customer\nT-1,C-1\n", f"{HEADER}\n", "%PDF-1.4", "\x00\x01\x02", "PK\x03\x04broken",
         f"{HEADER},key\nT\n", f"{HEADER}\n{'x' * 131_073},C-1\n",
         '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    )  # fmt: skip
    def test_hostile_files_are_refused_whole_and_leave_nothing(self, content: str) -> None:
        with pytest.raises(Unreadable):
            keeping.keep(content.encode("latin-1", "replace"), SORT)
        assert list(files.store().kept(timedelta(days=-999))) == []

    def test_refused_rows_are_kept_a_week(self, frozen_clock: FrozenClock) -> None:
        run = feed_in(f"{HEADER}\nT-1,C-1,,nowhere,,x,2026-11-15\n")
        frozen_clock.move_to(clock.now() + timedelta(days=8))
        with transaction(Actor.system("test"), "sweep") as session:
            assert runs.sweep(session) == 1
        assert list(files.store().kept(timedelta(days=-999))) == []
        assert b"".join(sheets.refused(found(run.id))).count(b"\n") == 1

    def test_no_entry_of_the_audit_trail_holds_contact(self) -> None:
        feed_in(f"{HEADER}\nT-1,C-77,0541234567,461,,x,2026-11-15\nT-2,C-77,0541234567,no,,x,2026-11-15\n")
        with db.reading() as session:
            written = [str((entry.details, entry.changes)) for entry in session.scalars(select(Entry))]
        assert not any("541234567" in one or "C-77" in one for one in written)


@pytest.mark.usefixtures("_world")
def test_a_list_of_employees_as_a_whole() -> None:
    run = feed_in("phone,email,until\n0541234567,A@bank.example,31/12/2026\n,b@bank.example,\n?,,\n", "employees")
    assert (run.added, run.refused) == (2, 1)
    assert count(Exclusion) == 3
    kept = feed_in("email\nc@bank.example\n?\n", "employees", whole=True)
    assert count(Exclusion) == 4, "a row that cannot be read takes nobody off"
    assert "removed" not in kept.report
    run = feed_in("email\nc@bank.example\n", "employees", whole=True)
    assert run.report["removed"] == 3
    with db.reading() as session:
        assert session.scalars(select(Exclusion.address)).all() == ["c@bank.example"]


@pytest.mark.usefixtures("_world")
def test_a_file_of_opt_outs() -> None:
    run = feed_in("לקוח,טלפון\nC-1,\n,0541234567\n,\n,12\n", "opt_outs")
    assert (run.added, run.refused) == (2, 1)  # a row of nothing is no row
    assert feed_in("phone\n054-1234567\n", "opt_outs").unchanged == 1
    with db.reading() as session:
        assert {one.source for one in session.scalars(select(OptOut))} == {"file"}


# ---- the watched folder ----------------------------------------------------------------------------------------------


@pytest.fixture
def dropped(_here: None, tmp_path: Path) -> Path:
    place = tmp_path / "feed"
    place.mkdir()
    folder._seen.clear()
    folder._partial.clear()
    return place


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir() if path.is_file())


@pytest.fixture
def look(dropped: Path, frozen_clock: FrozenClock) -> Callable[[], int]:
    """The next minute's look, and what the worker does then."""

    def look() -> int:
        frozen_clock.move_to(clock.now() + timedelta(minutes=1))
        claimed = folder.look(dropped)
        jobs.run_ready()
        return claimed

    return look


def test_a_file_is_taken_once_it_keeps_its_size(dropped: Path, look: Callable[[], int]) -> None:
    path = dropped / "יום.csv"
    path.write_text(table(3))
    assert look() == 0
    path.write_text(table(5))
    assert look() == 0
    assert look() == 1
    assert names(dropped) == []
    look()
    assert names(dropped / "done") == ["1-יום.csv", "1-יום.csv.report.txt"]
    assert "5" in (dropped / "done" / "1-יום.csv.report.txt").read_text("utf-8")
    assert names(dropped / "working") == []
    assert count(Interaction) == 5


def test_a_file_that_gets_its_name_last_is_taken_at_once(dropped: Path, look: Callable[[], int]) -> None:
    partial = dropped / "a.csv.part"
    partial.write_text(table(2))
    assert look() == 0
    partial.rename(dropped / "a.csv")
    assert look() == 1
    assert count(Interaction) == 2


def test_what_cannot_be_taken_is_laid_aside_with_what_to_do(dropped: Path, look: Callable[[], int]) -> None:
    (dropped / "bad.csv").write_bytes(b"%PDF-1.4")
    (dropped / "endless.csv").write_text(f"{HEADER}\n{'x' * 131_073},C-1\n")
    (dropped / "none.csv").write_text(f"{HEADER}\nT-1,C-1,,nowhere,,x,2026-11-15\n")
    (dropped / "some.csv").write_text(f"{HEADER}\nT-1,C-1,,nowhere,,x,2026-11-15\nT-2,C-1,,461,,x,2026-11-15\n")
    for _ in range(4):
        look()
    assert [name.split("-", 2)[-1] for name in names(dropped / "refused")] == [
        "none.csv", "none.csv.refused.csv", "none.csv.report.txt", "bad.csv", "bad.csv.report.txt",
        "endless.csv", "endless.csv.report.txt",
    ]  # fmt: skip
    assert names(dropped / "done") == ["2-some.csv", "2-some.csv.refused.csv", "2-some.csv.report.txt"]


def test_links_folders_and_hidden_files_are_left_alone(dropped: Path, look: Callable[[], int], tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(table(1))
    (dropped / "link.csv").symlink_to(secret)
    (dropped / "folder.csv").mkdir()
    (dropped / ".hidden.csv").write_text(table(1))
    (dropped / "program.exe").write_text(table(1))
    assert [look() for _ in range(3)] == [0, 0, 0]
    assert count(Interaction) == 0
    assert secret.exists()


def test_a_link_that_takes_the_place_of_a_file_is_not_followed(dropped: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(table(1))
    link = tmp_path / "link.csv"
    link.symlink_to(secret)
    with pytest.raises(Unreadable):
        folder._content(link)


@pytest.mark.parametrize("place", ["working", "done", "refused"])
def test_a_folder_of_ours_that_is_a_link_is_refused(dropped: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (dropped / place).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotADirectoryError):
        folder.look(dropped)


def test_two_workers_do_not_take_the_same_file(dropped: Path) -> None:
    for name in (folder.WORKING, folder.TAKEN, folder.REFUSED):
        (dropped / name).mkdir()
    (dropped / "a.csv").write_text(table(3))
    results = together([lambda: folder._claim(dropped, dropped / "a.csv") for _ in range(4)])
    assert sorted(map(str, results)) == ["False"] * 3 + ["True"]
    assert count(ImportRun) == count(Job) == 1


def test_a_file_whose_worker_died_before_its_run_is_claimed_again(
    dropped: Path, look: Callable[[], int], frozen_clock: FrozenClock
) -> None:
    look()
    left = dropped / folder.WORKING / ("0" * 32 + "--a.csv")
    left.write_text(table(3))
    frozen_clock.move_to(datetime.fromtimestamp(left.stat().st_ctime, clock.TIME_ZONE) + timedelta(minutes=5))
    folder.look(dropped)
    assert count(ImportRun) == 0
    frozen_clock.move_to(clock.now() + timedelta(minutes=20))
    folder.look(dropped)
    jobs.run_ready()
    folder.look(dropped)
    assert names(dropped / "done") == ["1-a.csv", "1-a.csv.report.txt"]
    assert count(Interaction) == 3


def test_a_worker_that_died_while_laying_down_lays_down_again(
    dropped: Path, look: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    (dropped / "a.csv").write_text(table(2))
    look()
    look()
    with monkeypatch.context() as patch:
        patch.setattr(folder, "_move", lambda path, target: (_ for _ in ()).throw(OSError("killed")))
        look()
    assert names(dropped / "working") != []
    look()
    assert names(dropped / "working") == []
    assert names(dropped / "done") == ["1-a.csv", "1-a.csv.report.txt"]
    assert (count(Interaction), count(ImportRun)) == (2, 1)


def test_what_was_laid_down_is_destroyed_in_time(
    dropped: Path, look: Callable[[], int], frozen_clock: FrozenClock
) -> None:
    (dropped / "a.csv").write_text(table(1))
    for _ in range(4):
        look()
    frozen_clock.move_to(
        datetime.fromtimestamp((dropped / "done" / "1-a.csv.report.txt").stat().st_mtime, clock.TIME_ZONE)
    )
    assert folder._tidy(dropped) == 0
    frozen_clock.move_to(clock.now() + timedelta(days=8))
    assert folder._tidy(dropped) == 2
    assert names(dropped / "done") == []


@pytest.mark.usefixtures("_here")
def test_runs_are_read_page_by_page() -> None:
    feed_in(table(1))
    feed_in("email\nc@bank.example\n", "employees")
    with db.reading() as session:
        rows, total = feed.runs(session, ["interactions"], limit=10, offset=0)
        assert (len(rows), total) == (1, 1)
