"""All models, imported together so that relationships and ``Base.metadata`` are complete."""

from survey_app.models.appeal import Appeal, AppealItem
from survey_app.models.campaign import Campaign, Invitation
from survey_app.models.desk import ReportCheck, ReportVersion
from survey_app.models.facts import AgentFact, BranchFact, Line, Profit
from survey_app.models.field import FieldCopy, FieldDevice, FieldRecord, LateItem
from survey_app.models.fieldwork import (
    Assignment,
    BlindReview,
    Claim,
    QualityReview,
    RotationPlan,
    Scenario,
    VisitEvent,
)
from survey_app.models.kiosk import SetAside, TabletReceipt
from survey_app.models.letters import Letter, ModelResult
from survey_app.models.organisation import Branch, Organisation, Region
from survey_app.models.outreach import (
    AbuseCount,
    ApiCall,
    ApiToken,
    CollectionPoint,
    ContactEvent,
    Customer,
    DailySalt,
    Exclusion,
    Interaction,
    Message,
    OptOut,
    SealedResponse,
    Selection,
)
from survey_app.models.pay import Expense, Payment, PayMonth
from survey_app.models.people import NO_AGENT, Agent, Placement, User
from survey_app.models.programme import (
    Absence,
    Certification,
    Conflict,
    Programme,
    ProgrammeScenario,
    ShopperProfile,
    StaffNotice,
)
from survey_app.models.questionnaire import DraftChange, Notice, Questionnaire, Version
from survey_app.models.response import Answer, Correction, Draft, Evidence, Response, Score
from survey_app.models.review import MonthlyReview, PendingRestatement, Restatement
from survey_app.models.system import Entry, ImportRun, Job, WriteCount

__all__ = [
    "NO_AGENT",
    "Absence",
    "AbuseCount",
    "Agent",
    "AgentFact",
    "Answer",
    "ApiCall",
    "ApiToken",
    "Appeal",
    "AppealItem",
    "Assignment",
    "BlindReview",
    "Branch",
    "BranchFact",
    "Campaign",
    "Certification",
    "Claim",
    "CollectionPoint",
    "Conflict",
    "ContactEvent",
    "Correction",
    "Customer",
    "DailySalt",
    "Draft",
    "DraftChange",
    "Entry",
    "Evidence",
    "Exclusion",
    "Expense",
    "FieldCopy",
    "FieldDevice",
    "FieldRecord",
    "ImportRun",
    "Interaction",
    "Invitation",
    "Job",
    "LateItem",
    "Letter",
    "Line",
    "Message",
    "ModelResult",
    "MonthlyReview",
    "Notice",
    "OptOut",
    "Organisation",
    "PayMonth",
    "Payment",
    "PendingRestatement",
    "Placement",
    "Profit",
    "Programme",
    "ProgrammeScenario",
    "QualityReview",
    "Questionnaire",
    "Region",
    "ReportCheck",
    "ReportVersion",
    "Response",
    "Restatement",
    "RotationPlan",
    "Scenario",
    "Score",
    "SealedResponse",
    "Selection",
    "SetAside",
    "ShopperProfile",
    "StaffNotice",
    "TabletReceipt",
    "User",
    "Version",
    "VisitEvent",
    "WriteCount",
]
