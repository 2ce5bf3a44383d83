"""All models, imported together so that relationships and ``Base.metadata`` are complete."""

from survey_app.models.campaign import Campaign, Invitation
from survey_app.models.facts import AgentFact, BranchFact, Line, Profit
from survey_app.models.fieldwork import Assignment, QualityReview, Scenario
from survey_app.models.kiosk import SetAside, TabletReceipt
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
from survey_app.models.people import NO_AGENT, Agent, Placement, User
from survey_app.models.questionnaire import DraftChange, Notice, Questionnaire, Version
from survey_app.models.response import Answer, Correction, Draft, Evidence, Response, Score
from survey_app.models.review import MonthlyReview, PendingRestatement, Restatement
from survey_app.models.system import Entry, ImportRun, Job, WriteCount

__all__ = [
    "NO_AGENT",
    "AbuseCount",
    "Agent",
    "AgentFact",
    "Answer",
    "ApiCall",
    "ApiToken",
    "Assignment",
    "Branch",
    "BranchFact",
    "Campaign",
    "CollectionPoint",
    "ContactEvent",
    "Correction",
    "Customer",
    "DailySalt",
    "Draft",
    "DraftChange",
    "Entry",
    "Evidence",
    "Exclusion",
    "ImportRun",
    "Interaction",
    "Invitation",
    "Job",
    "Line",
    "Message",
    "MonthlyReview",
    "Notice",
    "OptOut",
    "Organisation",
    "PendingRestatement",
    "Placement",
    "Profit",
    "QualityReview",
    "Questionnaire",
    "Region",
    "Response",
    "Restatement",
    "Scenario",
    "Score",
    "SealedResponse",
    "Selection",
    "SetAside",
    "TabletReceipt",
    "User",
    "Version",
    "WriteCount",
]
