"""A month's pack: asked for, made, sent by schedule, cut to its reader, and let go of."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from reports import months
from reports.rounding import strict_json
from survey_app import clock, contents, db, jobs
from survey_app.audit import Actor
from survey_app.cli import main
from survey_app.commands import contents as keeping
from survey_app.commands import packs, reviews
from survey_app.config import Settings
from survey_app.errors import Gone, NotFound, UserError
from survey_app.models import BranchStatement, Decision, Entry, Job, Letter, Minutes, Pack, User
from survey_app.outgoing import letters as letters_out
from survey_app.outgoing import packs as outgoing
from survey_app.permissions import scope_of
from survey_app.queries import packs as queries
from survey_app.queries import reviews as review_queries
from survey_app.queries.visibility import visible
from survey_app.transaction import transaction
from tests.commands.acting import SURVEY
from tests.support.carriers import mail_server
from tests.support.clocks import FrozenClock
from tests.support.factories import setting

pytestmark = pytest.mark.usefixtures("frozen_clock")
MONTH = "2026-10"
ALL = ["pdf", "xlsx", "csv", "json"]
DECIDED, SAID, STATED = "להוסיף עמדה בבאר שבע", "דובר על התור", "הסניף שופץ באוקטובר"
People = dict[str, User]


def bank() -> People:
    """Three branches with surveys and profit in October, and a reader of each reach."""
    with setting() as make:
        make.organisation(name="בנק לבדיקה", synthetic=True, policy={})
        north = make.region(name="צפון")
        version = make.questionnaire(SURVEY)
        branches = [make.branch(code=f"20{i}", region=north if i else None, name=f"סניף מספר {i}") for i in range(3)]
        for number, branch in enumerate(branches):
            for month in months.span(MONTH, 4):
                make.responses(
                    version=version, branch=branch, visited_on=months.first_day(month).replace(day=5), state="counted",
                    answers=[{"pv1": 5 if n % (number + 2) else 2, "pv10": n % 11} for n in range(40)],
                    context={"link": "personal"},
                )  # fmt: skip
                make.profit(branch=branch, month=month, revenue=1000 + number, cost=700, target=200, headcount=5)
        people = {
            "boss": make.user(email="boss@example.com", role="management"),
            "north": make.user(email="north@example.com", role="region_manager", region=north, language="en"),
            "branch": make.user(email="branch@example.com", role="branch_manager", branch=branches[0]),
            "shopper": make.user(email="shopper@example.com", role="shopper"),
        }
        now = clock.now()
        boss = people["boss"].id
        make.session.add_all(
            [
                Minutes(month=MONTH, stop="story", words=SAID, at=now, by_id=boss),
                Decision(id="d1", month=MONTH, text=DECIDED, owner_id=boss, branch_id=branches[1].id,
                         due_on=date(2026, 12, 1), created_at=now, created_by_id=boss),
                BranchStatement(month=MONTH, branch_id=branches[0].id, words=STATED, at=now, by_id=people["branch"].id),
            ]
        )  # fmt: skip
    return people


@pytest.fixture
def people(database: db.Database) -> People:
    """The bank's people."""
    return bank()


def ask(user: User, formats: list[str] | None = None, language: str = "he", month: str = MONTH) -> str:
    with transaction(Actor.user(user), "pack.ask", month=month) as session:
        return packs.ask(session, user, month, formats or ALL, language).id


def pack_of(pack_id: str) -> Pack:
    with db.reading() as session:
        return session.get_one(Pack, pack_id)


def content(pack_id: str, kind: str) -> bytes:
    return contents.store().read(pack_of(pack_id).files[kind][1])


def words(made: bytes) -> str:
    with pypdfium2.PdfDocument(made) as found:
        return "\n".join(page.get_textpage().get_text_bounded() for page in found)


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


# ---- the schedule ----------------------------------------------------------------------------------------------------


def planned(people: People, role: str = "management", **more: Any) -> None:
    wanted: dict[str, Any] = {"working_day": 9, "formats": ["csv"], "attached": False, "active": True} | more
    with transaction(Actor.user(people["boss"]), "pack.plan", role=role) as session:
        packs.plan(session, role, **wanted)


def scheduled() -> list[Pack]:
    with db.reading() as session:
        return list(session.scalars(select(Pack).where(Pack.id.like("plan-%")).order_by(Pack.user_id)))


def test_the_schedule_sends_once_from_its_day_on(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    people = bank()
    planned(people)
    planned(people, "region_manager", working_day=10)
    planned(people, "branch_manager", active=False)
    ninth, tenth = clock.working_day("2026-11", 9), clock.working_day("2026-11", 10)
    seen = []
    for day in (ninth - timedelta(days=1), ninth, ninth, tenth, tenth + timedelta(days=8)):
        frozen_clock.move_to(clock.start_of(day) + timedelta(hours=10))
        outgoing.hourly()
        jobs.run_ready()
        seen.append([one.user_id for one in scheduled()])
    boss, north = people["boss"].id, people["north"].id
    assert seen == [[], [boss], [boss], [boss, north], [boss, north]]
    assert {one.state for one in scheduled()} == {"ready"}
    with db.reading() as session:
        letters = session.scalars(select(Letter).where(Letter.kind == packs.LETTER).order_by(Letter.user_id)).all()
    assert [(one.user_id, one.values["month"], one.values["attached"]) for one in letters] == [
        (boss, MONTH, False), (north, MONTH, False)
    ]  # fmt: skip


def test_a_month_of_nothing_is_sent_to_nobody(people: People, frozen_clock: FrozenClock) -> None:
    planned(people, working_day=1)
    frozen_clock.move_to(datetime(2029, 3, 14, 10, tzinfo=clock.TIME_ZONE))
    outgoing.hourly()
    assert scheduled() == []


@pytest.mark.parametrize("attached", [True, False])
def test_files_travel_with_the_letter_only_where_the_plan_says_so(people: People, attached: bool) -> None:
    planned(people, formats=["pdf", "csv"], attached=attached)
    outgoing.hourly()
    jobs.run_ready()
    with mail_server() as server:
        settings = Settings(smtp_url=server.url, mail_from="news@example.co.il", public_url="https://s.example.co.il")
        assert letters_out.run(settings) == {"sent": 1}
        (message,) = server.messages
    files = {part.get_filename(): part.get_content() for part in message.iter_attachments() if part.get_filename()}
    (made,) = scheduled()
    expected = {made.files[kind][0]: content(made.id, kind) for kind in ("csv", "pdf")} if attached else {}
    assert files == expected
    body = message.get_body(("plain",))
    assert body is not None
    assert "https://s.example.co.il/reviews/2026-10/pack" in body.get_content()
    assert "בנק" not in body.get_content() + str(message["Subject"])


def test_too_large_a_pack_stays_at_home(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    planned(people, attached=True)
    outgoing.hourly()
    jobs.run_ready()
    (made,) = scheduled()
    values = {"month": MONTH, "pack": made.id, "attached": True}
    with db.reading() as session:
        assert [one.name for one in outgoing.attachments(session, values)] == ["review-2026-10.zip"]
        monkeypatch.setattr(outgoing, "MOST_ATTACHED", 10)
        assert outgoing.attachments(session, values) == ()
        assert outgoing.attachments(session, {**values, "pack": "none"}) == ()


@pytest.mark.parametrize("change", [{"working_day": 0}, {"working_day": 21}, {"formats": []}, {"formats": ["doc"]}])
def test_a_plan_that_cannot_be_is_refused(people: People, change: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        planned(people, **change)
    with pytest.raises(UserError):
        planned(people, "shopper")
    with pytest.raises(UserError):
        planned(people, "agent")


# ---- the end ---------------------------------------------------------------------------------------------------------


def test_files_are_kept_for_a_while_and_then_gone(any_database: db.Database, frozen_clock: FrozenClock) -> None:
    boss = bank()["boss"]
    first = ask(boss, ["csv", "json"])
    jobs.run_ready()
    keys = [key for _name, key, _size in pack_of(first).files.values()]
    frozen_clock.move_to(frozen_clock.moment + timedelta(days=30))
    second = ask(boss, ["json"])
    jobs.run_ready()
    shared = pack_of(second).files["json"][1]
    assert shared in keys, "the same numbers are the same file"
    assert keeping.sweep_unnamed(timedelta()) == 0, "what a pack names is nobody's leftover"
    frozen_clock.move_to(frozen_clock.moment + timedelta(days=11))
    outgoing.hourly()
    with db.reading() as session:
        assert session.get(Pack, first) is None
        assert session.get(Pack, second) is not None
    assert [contents.store().has(key) for key in keys] == [key == shared for key in keys]


def test_what_no_worker_finished_is_called_failed(people: People, frozen_clock: FrozenClock) -> None:
    running, waiting = ask(people["boss"]), ask(people["branch"])
    with transaction(Actor.respondent(), "pack.begin") as session:
        assert packs.begin(session, running) is not None
    frozen_clock.move_to(frozen_clock.moment + timedelta(hours=3))
    outgoing.hourly()
    assert (pack_of(running).state, pack_of(waiting).state) == ("failed", "waiting")


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
