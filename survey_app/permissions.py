"""Who may do what, and who sees whose rank: two tables, nothing else in the code compares roles.

Every route declares one :class:`Permission`; every query takes a :class:`Scope`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from translations import lazy_gettext as _l

if TYPE_CHECKING:
    from survey_app.models.people import User


class Role(StrEnum):
    """What a user is here for. One user has one role."""

    ADMINISTRATOR = "administrator"
    MANAGEMENT = "management"
    REGION_MANAGER = "region_manager"
    BRANCH_MANAGER = "branch_manager"
    AGENT = "agent"
    FIELD_COORDINATOR = "field_coordinator"
    QUALITY_REVIEWER = "quality_reviewer"
    SHOPPER = "shopper"
    ANALYST = "analyst"
    PRIVACY_OFFICER = "privacy_officer"
    INTERVIEWER = "interviewer"
    DEPARTMENT_HEAD = "department_head"
    SERVICE_MANAGER = "service_manager"
    OMBUDSMAN = "ombudsman"


ROLE_NAMES: Final[Mapping[Role, Any]] = {
    Role.ADMINISTRATOR: _l("Administration"),
    Role.MANAGEMENT: _l("Management"),
    Role.REGION_MANAGER: _l("Region management"),
    Role.BRANCH_MANAGER: _l("Branch management"),
    Role.AGENT: _l("Service representative"),
    Role.FIELD_COORDINATOR: _l("Field coordination"),
    Role.QUALITY_REVIEWER: _l("Report review"),
    Role.SHOPPER: _l("Mystery shopper"),
    Role.ANALYST: _l("Analysis"),
    Role.PRIVACY_OFFICER: _l("Privacy officer"),
    Role.INTERVIEWER: _l("Telephone interviewer"),
    Role.DEPARTMENT_HEAD: _l("Department management"),
    Role.SERVICE_MANAGER: _l("Service management"),
    Role.OMBUDSMAN: _l("Ombudsman"),
}


class Permission(StrEnum):
    """One thing a route lets somebody do."""

    HAVE_ACCOUNT = "have_account"
    SEE_REVIEW = "see_review"
    SIGN_REVIEW = "sign_review"
    SEE_COMMENTS = "see_comments"
    SEE_RESPONSES = "see_responses"
    EXCLUDE_RESPONSE = "exclude_response"
    ERASE_RESPONSE = "erase_response"
    SEE_AUDIT = "see_audit"
    SEE_ORGANISATION = "see_organisation"
    SEE_QUESTIONNAIRES = "see_questionnaires"
    EDIT_QUESTIONNAIRE = "edit_questionnaire"
    PUBLISH_QUESTIONNAIRE = "publish_questionnaire"
    IMPORT_RESPONSES = "import_responses"
    EXPORT_RESPONSES = "export_responses"
    SEE_CAMPAIGNS = "see_campaigns"
    PLAN_CAMPAIGNS = "plan_campaigns"
    FEED_INTERACTIONS = "feed_interactions"
    SEE_CONTACTS = "see_contacts"
    APPROVE_FIELDS = "approve_fields"
    MANAGE_TOKENS = "manage_tokens"
    MANAGE_OUTREACH = "manage_outreach"
    PRINT_POINTS = "print_points"
    MANAGE_POINTS = "manage_points"
    INTERVIEW = "interview"
    CHECK_RESPONSES = "check_responses"
    PLAN_FIELDWORK = "plan_fieldwork"
    DO_SHOPS = "do_shops"
    REVIEW_SHOPS = "review_shops"
    SEE_SHOP_REPORT = "see_shop_report"
    MANAGE_PROGRAMMES = "manage_programmes"
    SEE_FIELD_QUALITY = "see_field_quality"
    FILE_APPEALS = "file_appeals"
    DECIDE_APPEALS = "decide_appeals"
    PAY_SHOPPERS = "pay_shoppers"
    RUN_MEETING = "run_meeting"
    SEE_DECISIONS = "see_decisions"
    SEE_ANALYSIS = "see_analysis"
    ANSWER_PREVIEW = "answer_preview"
    NOTE_TRENDS = "note_trends"
    MANAGE_BENCHMARKS = "manage_benchmarks"
    MANAGE_DEPARTMENTS = "manage_departments"
    ANSWER_MARKS = "answer_marks"
    GET_PACKS = "get_packs"
    PLAN_PACKS = "plan_packs"
    #: Closing the loop. To see and work cases as far as one's reach; to give them to others and check them; to take one
    #: personally; to take a score out, which needs two people; to set the ladder's clocks and limits.
    WORK_CASES = "work_cases"
    LEAD_CASES = "lead_cases"
    ADOPT_CASES = "adopt_cases"
    REMOVE_SCORES = "remove_scores"
    MANAGE_LOOP = "manage_loop"
    KEEP_PROMISES = "keep_promises"
    MANAGE_INCIDENTS = "manage_incidents"
    PLAN_GIVING = "plan_giving"
    APPROVE_GIVING = "approve_giving"
    SEE_LOYALTY = "see_loyalty"
    SEE_WALL = "see_wall"
    RECOGNISE = "recognise"
    SEE_BONUS = "see_bonus"
    SEE_MY_WORK = "see_my_work"
    SEE_TODAY = "see_today"
    SEE_EMPLOYEE_VOICE = "see_employee_voice"
    COACH = "coach"
    TAKE_QUIZZES = "take_quizzes"
    HEAR_CUSTOMERS = "hear_customers"
    LISTEN = "listen"
    IMPORT_VOICES = "import_voices"


_P = Permission
_EVERYBODY: Final = frozenset({_P.HAVE_ACCOUNT})
_REVIEW: Final = frozenset({
    _P.SEE_REVIEW, _P.SEE_COMMENTS, _P.SEE_SHOP_REPORT, _P.SEE_DECISIONS, _P.GET_PACKS
})  # fmt: skip

#: Whoever leads people who serve customers.
_LEADS: Final = frozenset({
    _P.WORK_CASES, _P.LEAD_CASES, _P.KEEP_PROMISES, _P.SEE_LOYALTY, _P.SEE_WALL, _P.SEE_EMPLOYEE_VOICE,
    _P.HEAR_CUSTOMERS, _P.LISTEN,
})  # fmt: skip

PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.ADMINISTRATOR: _EVERYBODY
    | {
        _P.SEE_ORGANISATION,
        _P.SEE_QUESTIONNAIRES,
        _P.EDIT_QUESTIONNAIRE,
        _P.PUBLISH_QUESTIONNAIRE,
        _P.SEE_AUDIT,
        _P.SEE_CAMPAIGNS,
        _P.FEED_INTERACTIONS,
        _P.MANAGE_TOKENS,
        _P.MANAGE_OUTREACH,
        _P.MANAGE_POINTS,
        _P.PRINT_POINTS,
        _P.MANAGE_DEPARTMENTS,
        _P.PLAN_PACKS,
        _P.MANAGE_LOOP,
    },
    Role.MANAGEMENT: _EVERYBODY
    | _REVIEW
    | _LEADS
    | {
        _P.ADOPT_CASES,
        _P.MANAGE_INCIDENTS,
        _P.APPROVE_GIVING,
        _P.SEE_BONUS,
        _P.RECOGNISE,
        _P.SIGN_REVIEW,
        _P.SEE_ORGANISATION,
        _P.SEE_QUESTIONNAIRES,
        _P.SEE_CAMPAIGNS,
        _P.SEE_FIELD_QUALITY,
        _P.DECIDE_APPEALS,
        _P.RUN_MEETING,
        _P.SEE_ANALYSIS,
        _P.NOTE_TRENDS,
        _P.MANAGE_DEPARTMENTS,
        _P.ANSWER_MARKS,
        _P.PLAN_PACKS,
    },
    Role.REGION_MANAGER: _EVERYBODY | _REVIEW | _LEADS | {_P.SEE_ORGANISATION, _P.ADOPT_CASES, _P.RECOGNISE},
    Role.BRANCH_MANAGER: _EVERYBODY
    | _REVIEW
    | _LEADS
    | {
        _P.SEE_ORGANISATION,
        _P.PRINT_POINTS,
        _P.FILE_APPEALS,
        _P.ANSWER_PREVIEW,
        _P.RECOGNISE,
        _P.SEE_BONUS,
        _P.COACH,
        _P.SEE_TODAY,
    },
    Role.AGENT: _EVERYBODY
    | {_P.SEE_REVIEW, _P.WORK_CASES, _P.KEEP_PROMISES, _P.SEE_WALL, _P.SEE_MY_WORK, _P.TAKE_QUIZZES},
    Role.FIELD_COORDINATOR: _EVERYBODY
    | {
        _P.PLAN_FIELDWORK,
        _P.MANAGE_PROGRAMMES,
        _P.PAY_SHOPPERS,
        _P.SEE_ORGANISATION,
        _P.SEE_SHOP_REPORT,
        _P.SEE_FIELD_QUALITY,
    },
    Role.QUALITY_REVIEWER: _EVERYBODY | {_P.REVIEW_SHOPS, _P.SEE_SHOP_REPORT, _P.SEE_FIELD_QUALITY, _P.DECIDE_APPEALS},
    Role.SHOPPER: _EVERYBODY | {_P.DO_SHOPS},
    Role.ANALYST: _EVERYBODY
    | _REVIEW
    | {
        _P.SEE_RESPONSES,
        _P.EXCLUDE_RESPONSE,
        _P.SEE_ORGANISATION,
        _P.SEE_QUESTIONNAIRES,
        _P.EDIT_QUESTIONNAIRE,
        _P.PUBLISH_QUESTIONNAIRE,
        _P.IMPORT_RESPONSES,
        _P.EXPORT_RESPONSES,
        _P.SEE_CAMPAIGNS,
        _P.PLAN_CAMPAIGNS,
        _P.FEED_INTERACTIONS,
        _P.MANAGE_OUTREACH,
        _P.MANAGE_POINTS,
        _P.PRINT_POINTS,
        _P.CHECK_RESPONSES,
        _P.SEE_FIELD_QUALITY,
        _P.SEE_ANALYSIS,
        _P.NOTE_TRENDS,
        _P.MANAGE_BENCHMARKS,
        _P.SEE_LOYALTY,
        _P.SEE_EMPLOYEE_VOICE,
        _P.HEAR_CUSTOMERS,
        _P.IMPORT_VOICES,
    },
    Role.PRIVACY_OFFICER: _EVERYBODY
    | {
        _P.SEE_RESPONSES,
        _P.ERASE_RESPONSE,
        _P.SEE_AUDIT,
        _P.SEE_ORGANISATION,
        _P.SEE_QUESTIONNAIRES,
        _P.SEE_CAMPAIGNS,
        _P.SEE_CONTACTS,
        _P.APPROVE_FIELDS,
    },
    Role.INTERVIEWER: _EVERYBODY | {_P.INTERVIEW},
    Role.DEPARTMENT_HEAD: _EVERYBODY | {_P.ANSWER_MARKS, _P.SEE_DECISIONS, _P.KEEP_PROMISES},
    Role.SERVICE_MANAGER: _EVERYBODY
    | _REVIEW
    | _LEADS
    | {
        _P.SEE_ORGANISATION,
        _P.SEE_CAMPAIGNS,
        _P.ADOPT_CASES,
        _P.REMOVE_SCORES,
        _P.MANAGE_LOOP,
        _P.MANAGE_INCIDENTS,
        _P.PLAN_GIVING,
        _P.RECOGNISE,
        _P.COACH,
        _P.IMPORT_VOICES,
    },
    Role.OMBUDSMAN: _EVERYBODY
    | {
        _P.SEE_ORGANISATION,
        _P.WORK_CASES,
        _P.LEAD_CASES,
        _P.ADOPT_CASES,
        _P.REMOVE_SCORES,
        _P.KEEP_PROMISES,
        _P.HEAR_CUSTOMERS,
    },
}

#: How far a role sees: the whole organisation, its region, its branch, or one agent's own results.
REACH: Final[Mapping[Role, str]] = {
    Role.REGION_MANAGER: "region",
    Role.BRANCH_MANAGER: "branch",
    Role.AGENT: "agent",
}

#: Who sees whose rank [policy]: for each reach, which branches are named, whether the others are unnamed points or left
#: out, and which agents are shown. ``own`` is the reader's own unit, ``all`` every one, ``none`` nobody.
VISIBILITY: Final[Mapping[str, Mapping[str, str]]] = {
    "organisation": {"branches": "all", "others": "points", "agents": "all"},
    "region": {"branches": "region", "others": "points", "agents": "region"},
    "branch": {"branches": "own", "others": "points", "agents": "own"},
    "agent": {"branches": "none", "others": "nothing", "agents": "self"},
}


@dataclass(frozen=True)
class Scope:
    """What a reader may see, as ids; every query that lists branches, agents or responses takes one."""

    reach: str = "organisation"
    region_id: int | None = None
    branch_id: int | None = None
    agent_id: int | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is held back."""
        return self.reach == "organisation"

    def names_branch(self, branch_id: int, region_id: int | None) -> bool:
        """Whether the reader may know which branch a result belongs to."""
        return _RULES[VISIBILITY[self.reach]["branches"]](self, branch_id, region_id)

    @property
    def shows_points(self) -> bool:
        """Whether branches that are not named stay on the map as points without a name."""
        return VISIBILITY[self.reach]["others"] == "points"

    def shows_agent(self, agent_id: int, branch_id: int, region_id: int | None) -> bool:
        """Whether the reader may see an agent's results."""
        rule = VISIBILITY[self.reach]["agents"]
        return agent_id == self.agent_id if rule == "self" else _RULES[rule](self, branch_id, region_id)


_Rule = Callable[[Scope, int, int | None], bool]
_RULES: Final[Mapping[str, _Rule]] = {
    "all": lambda scope, branch_id, region_id: True,
    "region": lambda scope, branch_id, region_id: region_id is not None and region_id == scope.region_id,
    "own": lambda scope, branch_id, region_id: branch_id == scope.branch_id,
    "none": lambda scope, branch_id, region_id: False,
}


def role_of(user: User) -> Role:
    """A user's role."""
    return Role(user.role)


def may(user: User, permission: Permission) -> bool:
    """Whether a user's role grants a permission."""
    return user.active and permission in PERMISSIONS[role_of(user)]


def scope_of(user: User) -> Scope:
    """How far a user sees."""
    reach = REACH.get(role_of(user), "organisation")
    return Scope(reach, region_id=user.region_id, branch_id=user.branch_id, agent_id=user.agent_id)
