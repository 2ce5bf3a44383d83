"""A programme as a document: what a file says of it, held to the same rules as the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Final

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.commands import programmes as commands
from survey_app.errors import UserError
from survey_app.field.rules import Rules
from survey_app.models import Campaign, Programme, Scenario
from survey_app.queries import programmes as queries
from translations import gettext as _

#: Larger than any programme, in bytes.
LARGEST: Final = 1_000_000
#: What a document may say.
PARTS: Final = ("code", "name", "campaign", "quiz", "charter", "scenarios", "rules")


def read(content: bytes) -> dict[str, Any]:
    """A document out of YAML. UserError with the parts that nobody knows."""
    if len(content) > LARGEST:
        raise UserError(_("The file is larger than %(most)s MB.", most=LARGEST // 1_000_000))
    try:
        found = yaml.safe_load(content.decode("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(_("The plan cannot be read: %(reason)s", reason=str(error))) from error
    if not isinstance(found, Mapping):
        raise UserError(_("The file of a plan is a table of names and values."))
    for name in found:
        if name not in PARTS:
            raise UserError(
                _("There is no part %(name)s in a plan. Parts: %(names)s.", name=name, names=", ".join(PARTS)),
                [(str(name), "")],
            )
    for part in ("name", "charter", "scenarios", "rules"):
        if part in found and not isinstance(found[part], Mapping):
            raise UserError(_("%(part)s is a table of names and values.", part=part), [(part, "")])
    if not all(isinstance(words, Mapping) for words in found.get("charter", {}).values()):
        raise UserError(_("%(part)s is a table of names and values.", part="charter"), [("charter", "")])
    return {str(name): value for name, value in found.items()}


def plan(session: Session, document: Mapping[str, Any]) -> Programme:
    """Make the programme that a document describes, or bring the one with its code up to it.

    What the document does not name stays as it is, or as a new programme has it. Nothing is begun.
    """
    code = str(document.get("code", "")).strip().lower()
    programme = session.scalar(select(Programme).where(Programme.code == code))
    if programme is None:
        programme = commands.create(
            session, code=code, name=document.get("name") or {}, campaign_id=_campaign(session, document)
        )
    if "name" in document or "quiz" in document:
        quiz = document.get("quiz", programme.quiz.code if programme.quiz is not None else "")
        commands.describe(session, code, name=document.get("name", programme.name), quiz_code=str(quiz or ""))
    if "charter" in document:
        commands.write_charter(session, code, document["charter"])
    if "rules" in document:
        commands.set_rules(session, code, _rules({**programme.rules, **document["rules"]}))
    if "scenarios" in document:
        commands.set_scenarios(session, code, _shares(session, document["scenarios"]))
    return programme


def _campaign(session: Session, document: Mapping[str, Any]) -> int:
    wanted = str(document.get("campaign", ""))
    found = session.scalar(select(Campaign.id).where(Campaign.code == wanted))
    if found is None:
        raise UserError(_("There is no campaign %(code)s.", code=wanted), [("campaign", wanted)])
    return found


def _rules(stored: Mapping[str, Any]) -> Rules:
    """The rules of a document; UserError for a value of another shape."""
    try:
        return Rules.load(stored)
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise UserError(_("The rules cannot be read: %(reason)s", reason=str(error)), [("rules", "")]) from error


def _shares(session: Session, given: Mapping[str, Any]) -> dict[int, int]:
    known = dict(session.execute(select(Scenario.code, Scenario.id)).all())
    for code, share in given.items():
        if code not in known:
            raise UserError(_("There is no scenario %(code)s.", code=code), [("scenarios", str(code))])
        if not isinstance(share, int) or isinstance(share, bool):
            raise UserError(_("Write a whole number."), [("scenarios", str(code))])
    return {known[code]: share for code, share in given.items()}


def write(session: Session, programme: Programme) -> str:
    """A programme as YAML, every rule with its value in force."""
    rules = asdict(queries.rules(programme))
    document: dict[str, Any] = {
        "code": programme.code,
        "name": dict(programme.name),
        "campaign": programme.campaign.code,
        "quiz": programme.quiz.code if programme.quiz is not None else "",
        "charter": {language: dict(parts) for language, parts in programme.charter.items()},
        "scenarios": {scenario.code: share for scenario, share in queries.scenarios(session, programme.id)},
        "rules": {one.name: _plain(rules[one.name]) for one in fields(Rules)},
    }
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110)
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value
