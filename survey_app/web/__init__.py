"""The platform's pages, one screen family a file. Every route says who may use it, see ``security.py``."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Flask

#: Every module with a ``blueprint``; a new family of screens adds its name.
FAMILIES = (
    "health", "about", "account", "home", "reviews", "review_units", "organisation", "questionnaires", "editor",
    "campaigns", "campaign_plan", "progress", "outreach_rules", "responses", "exports", "evidence", "audit", "respond",
    "customer_case", "stopping", "thanks", "shops", "sync", "expenses", "pay", "field", "field_door", "quality",
    "fieldwork", "rotation", "rotation_visits", "today", "giving", "board", "late_items", "history", "history_matching",
    "appeals", "field_quality", "deliveries", "outbox", "api", "api_cases", "calls", "interviews", "integrity",
    "points", "tablets", "codes", "kiosk", "feed", "exclusions", "optouts", "approvals", "tokens", "programmes",
    "scenarios", "staff_notices", "certificates", "shoppers", "shopper_self", "previews", "marks", "departments",
    "benchmarks", "analysis", "meeting", "cases", "presenter", "decisions", "trend_notes", "packs", "weights", "signed",
    "recognition", "wall", "bonus", "my_work", "branch_today", "employee_voice", "employee_departments", "training",
    "promises", "at_risk", "leaving", "loyalty", "incidents", "giving_contacts", "voices", "listening",
)  # fmt: skip


def register(app: Flask) -> None:
    """Add every family of screens to the application."""
    for name in FAMILIES:
        blueprint: Blueprint = import_module(f"{__name__}.{name}").blueprint
        app.register_blueprint(blueprint)
