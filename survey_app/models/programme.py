"""Mystery-shopping programmes and the people who make the visits: charter, rules, notices, profiles, certificates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base
from survey_app.models.campaign import Campaign
from survey_app.models.organisation import Branch, Region
from survey_app.models.people import PERSONAL, User
from survey_app.models.questionnaire import Questionnaire

DRAFT, ACTIVE, CLOSED = "draft", "active", "closed"


class Programme(Base):
    """One programme of mystery visits: what it is for, which questionnaire, and the rules of its fieldwork."""

    __tablename__ = "programme"
    __audited__ = True
    __table_args__ = (CheckConstraint("state IN ('draft', 'active', 'closed')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    #: Language -> name.
    name: Mapped[dict[str, Any]]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    state: Mapped[str] = mapped_column(default=DRAFT)
    #: Language -> {purpose, use, never}: what it is for, how its results are used, what they never decide.
    charter: Mapped[dict[str, Any]] = mapped_column(default=dict, info={"document": True})
    #: What differs from the defaults of :class:`survey_app.field.rules.Rules`.
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: The quiz that a shopper passes before the first visit; None: no certificate is needed.
    quiz_id: Mapped[int | None] = mapped_column(ForeignKey("questionnaire.id"))
    #: Counts the saves, so that two people notice each other.
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    campaign: Mapped[Campaign] = relationship()
    quiz: Mapped[Questionnaire | None] = relationship()
    scenarios: Mapped[list[ProgrammeScenario]] = relationship(
        back_populates="programme", order_by="ProgrammeScenario.scenario_id"
    )


class ProgrammeScenario(Base):
    """A scenario that a programme plays, and its share of the visits."""

    __tablename__ = "programme_scenario"
    __audited__ = True
    __table_args__ = (CheckConstraint("share > 0", name="share"),)

    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), primary_key=True)
    scenario_id: Mapped[int] = mapped_column(ForeignKey("scenario.id"), primary_key=True)
    #: Relative to the shares of the programme's other scenarios.
    share: Mapped[int] = mapped_column(default=1)

    programme: Mapped[Programme] = relationship(back_populates="scenarios")


class StaffNotice(Base):
    """When and how a branch's staff were told of a programme. No visit is made there before that day."""

    __tablename__ = "staff_notice"
    __audited__ = True
    __table_args__ = (UniqueConstraint("programme_id", "branch_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"), index=True)
    #: The first day on which a visit may be made: staff had been told by then.
    told_on: Mapped[date]
    #: How they were told: a code of :data:`survey_app.field.notices.WAYS`.
    way: Mapped[str]
    #: Whether the notice says that reports name the employee who served.
    names_recorded: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="", info=PERSONAL)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]

    branch: Mapped[Branch] = relationship()
    recorded_by: Mapped[User | None] = relationship()


class ShopperProfile(Base):
    """What coordination knows of a mystery shopper beside the account."""

    __tablename__ = "shopper_profile"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("latitude IS NULL OR latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude IS NULL OR longitude BETWEEN -180 AND 180", name="longitude"),
        CheckConstraint("most_a_day >= 1 AND most_a_month >= 1", name="limits"),
        CheckConstraint("rating IS NULL OR rating BETWEEN 1 AND 5", name="rating"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    #: Number under which payroll knows the person.
    payroll_ref: Mapped[str] = mapped_column(default="", info=PERSONAL)
    phone: Mapped[str] = mapped_column(default="", info=PERSONAL)
    #: Languages in which the person can be served in a branch.
    languages: Mapped[list[Any]] = mapped_column(default=list)
    #: Home area: a town's name and a point in it, never an address.
    home_area: Mapped[str] = mapped_column(default="", info=PERSONAL)
    latitude: Mapped[float | None] = mapped_column(info=PERSONAL)
    longitude: Mapped[float | None] = mapped_column(info=PERSONAL)
    #: Weekday (``sun`` … ``sat``) -> [[from, until], …] as ``HH:MM``; empty: any time.
    availability: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: How far the person travels, in kilometres as the crow flies.
    reach_km: Mapped[int] = mapped_column(default=40)
    most_a_day: Mapped[int] = mapped_column(default=3)
    most_a_month: Mapped[int] = mapped_column(default=12)
    #: 1–5, the coordinator's judgement; None: none yet.
    rating: Mapped[float | None]
    note: Mapped[str] = mapped_column(default="", info=PERSONAL)
    #: Neutral name, icon and notices on the phone.
    discreet: Mapped[bool] = mapped_column(default=True)

    user: Mapped[User] = relationship()


class Conflict(Base):
    """Why a shopper visits no branch of a bank, of a region, or one branch: own account, relatives, former work."""

    __tablename__ = "conflict"
    __audited__ = True
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN bank <> '' THEN 1 ELSE 0 END) + (CASE WHEN region_id IS NOT NULL THEN 1 ELSE 0 END)"
            " + (CASE WHEN branch_id IS NOT NULL THEN 1 ELSE 0 END) = 1",
            name="one_place",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shopper_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    bank: Mapped[str] = mapped_column(default="")
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"))
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"))
    #: A code of :data:`survey_app.field.conflicts.REASONS`.
    reason: Mapped[str]
    until: Mapped[date | None]

    region: Mapped[Region | None] = relationship()
    branch: Mapped[Branch | None] = relationship()


class Absence(Base):
    """Days on which a shopper takes no visits: both days included."""

    __tablename__ = "absence"
    __audited__ = True
    __table_args__ = (CheckConstraint("until >= since", name="until_after_since"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shopper_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    since: Mapped[date]
    until: Mapped[date]


class Certification(Base):
    """One try at a programme's quiz. The newest passed one counts until its last day."""

    __tablename__ = "certification"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("score BETWEEN 0 AND 10000", name="score"),
        Index("ix_certification_programme_id_shopper_id", "programme_id", "shopper_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    shopper_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    #: Question code -> stored value.
    answers: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)
    #: In hundredths of a point of 100.
    score: Mapped[int]
    passed: Mapped[bool]
    at: Mapped[datetime]
    #: The last day on which it counts; None where it was not passed.
    good_until: Mapped[date | None]
    #: Coordination let the shopper begin again: the try no longer counts against the limit.
    set_aside: Mapped[bool] = mapped_column(default=False)
