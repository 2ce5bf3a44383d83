"""The programme of the bank's mystery visits and the people who make them, through the commands of the coordinator."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from forms.questionnaire import library
from forms.questionnaire.definition import dump
from reports import months as calendar
from survey_app import clock
from survey_app.commands import certifying, programmes, questionnaires, scenarios, shoppers, staff_notices
from survey_app.commands.shoppers import Profile
from survey_app.commands.staff_notices import Told
from survey_app.demo import files
from survey_app.demo.bank import Bank
from survey_app.demo.shops import QUESTIONNAIRE
from survey_app.demo.storing import ACTOR, Stored
from survey_app.field import risks
from survey_app.field.rules import Rules
from survey_app.models import Programme, Version
from survey_app.permissions import Role
from survey_app.transaction import transaction

CODE: Final = "branch_visits"
#: Every fifth shopper travels far, every seventh works only some days, every ninth needed a second try at the quiz.
_FAR, _PARTLY, _TWICE = 5, 7, 9
_REACH_KM, _FAR_KM = 60, 250
#: A certificate of the demo bank counts for so long that none ran out; one of the newest shoppers has none yet.
_DAYS: Final = 3650
_RIGHT: Final = {"Q1": "yes", "Q2": "no", "Q3": "no", "Q4": "yes", "Q5": "no"}


def rules() -> Rules:
    """The rules of the demo's programme."""
    return Rules.load({**files.document("field")["rules"], "certificate_days": _DAYS})


def store(bank: Bank, stored: Stored) -> int:
    """The programme as it began with the bank's first month; gives its id. The clock stands before its first visit."""
    texts = files.document("field")
    first = calendar.first_day(bank.months[0])
    coordinator = stored.users[Role.FIELD_COORDINATOR]
    with clock.moved_to(clock.start_of(first)), transaction(ACTOR, "demo.programme") as session:
        # What shoppers are told of their answers here is what they are told of their reports.
        told = {"privacy": dump(library.load(QUESTIONNAIRE))["privacy"]}
        quiz, _changed = questionnaires.bring_in(session, {**files.document("quiz"), **told}, publish=True)
        programmes.create(
            session,
            code=CODE,
            name=texts["programme"]["name"],
            campaign_id=stored.campaigns[QUESTIONNAIRE],
        )
        programmes.describe(session, CODE, name=texts["programme"]["name"], quiz_code="shopper_quiz")
        programmes.set_rules(session, CODE, rules())
        for scenario in files.document("scenarios"):
            risk: dict[str, Any] = texts["risks"].get(scenario["code"], {})
            answers = {code: code in risk.get("yes", ()) for code in risks.QUESTIONS}
            scenarios.check_risks(session, scenario["code"], answers, note=risk.get("note", ""), by=coordinator.id)
        programmes.set_scenarios(session, CODE, dict.fromkeys(stored.scenarios, 1))
        programme = programmes.begin(session, CODE)
        _tell_staff(session, bank, stored, programme, coordinator.id)
        _describe(session, bank, stored)
        _certify(session, stored, programme, quiz)
        return programme.id


def _tell_staff(session: Session, bank: Bank, stored: Stored, programme: Programme, by: int) -> None:
    """Every branch was told before the first visit; one that opened later, by then."""
    texts = files.document("field")
    told: dict[tuple[str, date], list[int]] = {}
    for place in bank.branches:
        way = texts["ways"][place.index % len(texts["ways"])]
        day = max(place.opened, calendar.first_day(bank.months[0]))
        told.setdefault((way, day), []).append(stored.branches[place.index].id)
    for (way, day), branches in told.items():
        notice = Told(told_on=day, way=way, names_recorded=True, note=texts["notice"])
        staff_notices.record(session, programme, branches, notice, by=by)


def _describe(session: Session, bank: Bank, stored: Stored) -> None:
    """Profiles: where each lives, how far each travels, who works only in the mornings; nobody's true details."""
    texts = files.document("field")["shoppers"]
    rng = bank.rng("profiles")
    open_now = [place for place in bank.branches if place.closed is None]
    for i, shopper in enumerate(stored.shoppers):
        home = open_now[i * 7 % len(open_now)]
        shift = rng.uniform(-0.03, 0.03, 2)
        mornings = {day: [["08:00", "14:00"]] for day in ("sun", "mon", "tue", "wed", "thu")}
        shoppers.save(
            session,
            shopper.id,
            name=shopper.name,
            language=shopper.language or "he",
            profile=Profile(
                payroll_ref=f"7{i + 1:04d}",
                phone=f"050-555-{i + 1:04d}",
                languages=("he", "ar") if i % 4 == 1 else ("he", "ru") if i % 4 == 2 else ("he", "en"),
                home_area=home.city,
                latitude=round(home.latitude + float(shift[0]), 4),
                longitude=round(home.longitude + float(shift[1]), 4),
                availability=mornings if i % _PARTLY == _PARTLY - 1 else {},
                # The demo's own shopper goes everywhere, so that there is always something to do.
                reach_km=_FAR_KM if i % _FAR == 0 else _REACH_KM,
                most_a_day=3,
                most_a_month=14,
                rating=texts["ratings"][i % len(texts["ratings"])],
                note=texts["note"] if i % 3 == 0 else "",
            ),
        )
    _keep_away(session, bank, stored)


def _keep_away(session: Session, bank: Bank, stored: Stored) -> None:
    """Conflicts of interest of two shoppers, and the days on which they are away."""
    texts, branch = files.document("field"), stored.branches[bank.branches[-1].index]
    places = {"branch": branch.id, "region": branch.region_id}
    for shopper, conflict in zip(stored.shoppers[-1:-3:-1], texts["conflicts"], strict=True):
        place, reason = conflict["place"], conflict["reason"]
        shoppers.add_conflict(session, shopper.id, place=place, value=places[place], reason=reason, until=None)
        shoppers.add_absence(session, shopper.id, bank.today + timedelta(days=3), bank.today + timedelta(days=9))


def _certify(session: Session, stored: Stored, programme: Programme, version: Version) -> None:
    """Everybody passed the quiz, some at the second try; the newest shopper has still to take it."""
    for i, shopper in enumerate(stored.shoppers[:-1]):
        wrong = {**_RIGHT, "Q2": "yes", "Q3": "yes"}
        for seen, answers in enumerate([wrong, _RIGHT] if i % _TWICE == _TWICE - 1 else [_RIGHT]):
            certifying.take(session, programme, shopper.id, version, answers, seen=seen)
