"""Pictures of closing the loop: a case from the customer to the month, promises, incidents, employees, voices."""

from __future__ import annotations

from playwright.sync_api import Page
from sqlalchemy import select

from survey_app import demo
from survey_app.db import reading
from survey_app.loop.states import CONTACTED, DONE, NEW
from survey_app.models import Case, Incident, User
from survey_app.permissions import Role
from tests.support.picture import PHONE, Picture, shown


def cases(login: demo.Login) -> dict[str, object]:
    """A case of the demo's own employee to be worked on, a customer's page with its buttons, the open incident."""
    with reading() as session:
        mine = (
            select(Case.id)
            .join(User, Case.owner_id == User.id)
            .where(User.email == login.email, Case.state.in_((NEW, CONTACTED)), Case.words != "", Case.phone != "")
        )
        asked = select(Case.token).where(Case.state == DONE, Case.language == "he", Case.invitation_id.is_not(None))
        return {
            "case": session.scalars(mine.order_by(Case.language != "he", Case.state.desc(), Case.id)).first(),
            "customer": session.scalars(asked.order_by(Case.id.desc())).first(),
            "incident": session.scalars(
                select(Incident.id).where(Incident.state == "open").order_by(Incident.id)
            ).first(),
        }


# ---- what is done before a picture is taken --------------------------------------------------------------------------


def _recovery(page: Page) -> None:
    """On the month's page: what became of problems and cases."""
    shown(page, "section:has(> #recovery)")


LOOP = (
    Picture("case-he", "/cases/{case}", Role.AGENT, PHONE),
    Picture("me-he", "/me", Role.AGENT, PHONE),
    Picture("customer-case-he", "/c/{customer}", size=PHONE),
    Picture("cases-he", "/cases?cut=team", Role.SERVICE_MANAGER),
    Picture("branch-today-he", "/branch-today", Role.BRANCH_MANAGER),
    Picture("at-risk-he", "/at-risk", Role.SERVICE_MANAGER),
    Picture("incident-he", "/incidents/{incident}", Role.SERVICE_MANAGER),
    Picture("contacts-he", "/contacts", Role.SERVICE_MANAGER),
    Picture("loyalty-he", "/loyalty", Role.MANAGEMENT),
    Picture("recovery-he", "/reviews/{month}", Role.MANAGEMENT, before=_recovery),
    Picture("wall-he", "/wall", Role.MANAGEMENT),
    Picture("employees-he", "/employees", Role.MANAGEMENT),
    Picture("voices-he", "/voices?q=אפליקציה", Role.SERVICE_MANAGER, before=lambda page: shown(page, "main h1")),
)
