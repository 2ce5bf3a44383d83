"""Bringing questionnaires in and publishing them: publishing freezes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.questionnaire.check import problems
from forms.questionnaire.definition import DefinitionError, dump, load
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.versions import continuity
from survey_app import clock
from survey_app.commands import campaigns
from survey_app.commands import draft_steps as steps
from survey_app.commands.drafts import edit, forget_history
from survey_app.errors import Conflict, UserError
from survey_app.kinds import KINDS
from survey_app.models import Campaign, Questionnaire, Version
from survey_app.models.campaign import ANONYMOUS
from survey_app.models.questionnaire import DRAFT, PUBLISHED
from survey_app.queries.questionnaires import definition as definition_of
from translations import gettext as _

ADDED, UNCHANGED = "added", "unchanged"
#: What the history of a draft calls a new series, and a document that took its place.
RENEW: Final = "renew"
IMPORT: Final = "import"
#: Codes that addresses of the platform use themselves.
RESERVED: Final = frozenset({"new"})
#: What a questionnaire says of its privacy, and the mode that follows.
_MODES: Final = {"anonymous": ANONYMOUS}


def unreserved(code: str) -> str:
    """The code, unless an address of the platform uses it: Conflict then."""
    if code in RESERVED:
        message = _("The code %(code)s is kept for the platform. Choose another one.", code=code)
        raise Conflict(message, [("code", message)])
    return code


def bring_in(session: Session, document: Mapping[str, Any], *, publish: bool) -> tuple[Version, str]:
    """Store a questionnaire document as a draft, unless the newest version already says the same.

    A draft that is there takes the document up as one more edit; beside a published version it is a new one.

    Raises UserError whose ``places`` name every fault of the document.
    """
    try:
        definition = load(document)
    except DefinitionError as error:
        places = [(problem.place, problem.message) for problem in error.problems]
        raise UserError(_("This is not a questionnaire document as described in the format."), places) from error
    if definition.kind not in KINDS:
        raise UserError(
            _("The kind of questionnaire %(kind)s is not known.", kind=definition.kind), [("kind", definition.kind)]
        )
    questionnaire = session.scalar(select(Questionnaire).where(Questionnaire.code == definition.code))
    if questionnaire is None:
        questionnaire = Questionnaire(
            code=unreserved(definition.code), kind=definition.kind, title=dict(definition.title)
        )
        session.add(questionnaire)
        session.flush()
    elif questionnaire.kind != definition.kind:
        raise Conflict(_("The questionnaire %(code)s is of another kind and keeps it.", code=definition.code))
    newest = session.scalar(
        select(Version).where(Version.questionnaire_id == questionnaire.id).order_by(Version.number.desc()).limit(1)
    )
    verdict = UNCHANGED
    if newest is not None and newest.state == DRAFT and newest.digest != definition.digest:
        # A draft is there already: the document is an edit of it, which the editor can undo.
        steps.baseline(session, newest)
        steps.put(session, newest, definition, IMPORT, "", None)
        verdict = ADDED
    elif newest is None or newest.digest != definition.digest:
        newest = Version(
            questionnaire=questionnaire,
            number=newest.number + 1 if newest else 1,
            state=DRAFT,
            definition=dump(definition),
            digest=definition.digest,
            created_at=clock.now(),
        )
        session.add(newest)
        session.flush()
        verdict = ADDED
    if publish and newest.state != PUBLISHED:
        publish_version(session, newest)
        verdict = ADDED
    return newest, verdict


def publish_version(session: Session, version: Version) -> Version:
    """Freeze a version and open its standing campaign. UserError with every problem that stops it."""
    if version.state == PUBLISHED:
        raise Conflict(_("This version is already published."))
    if version.questionnaire.archived_at is not None:
        raise Conflict(_("This questionnaire is in the archive. It has to be restored before it can be published."))
    definition = load(version.definition)
    published = earlier(session, version)
    found = [*problems(definition), *continuity.problems(published, definition)]
    if found:
        places = [(problem.place, problem.message) for problem in found]
        raise UserError(_("This questionnaire cannot be published yet."), places)
    version.state = PUBLISHED
    version.published_at = clock.now()
    version.questionnaire.title = dict(definition.title)
    forget_history(session, version)
    if published and _mode(published[-1]) != _mode(definition):
        campaigns.change_privacy(session, definition.code, _mode(definition))
    _standing_campaign(session, version, definition)
    session.flush()
    return version


def _mode(definition: Definition) -> str:
    """The privacy mode that a questionnaire asks for, or that of its kind."""
    return _MODES.get(definition.anonymity or "", KINDS[definition.kind].privacy)


def earlier(session: Session, version: Version) -> list[Definition]:
    """The definitions of the questionnaire that were published before this version, oldest first."""
    rows = session.scalars(
        select(Version)
        .where(
            Version.questionnaire_id == version.questionnaire_id,
            Version.state == PUBLISHED,
            Version.number < version.number,
        )
        .order_by(Version.number)
    )
    return [definition_of(row) for row in rows]


def renew_series(
    session: Session, version: Version, codes: Collection[str], *, revision: int, user_id: int | None
) -> Version:
    """Start the next unused series in a draft for each of the codes that a ``continuity.Break`` names: one edit.

    Raises what ``drafts.edit`` raises: Stale where the draft changed since ``revision``.
    """
    published = earlier(session, version)

    def renewed(definition: Definition) -> Definition:
        return continuity.renew(definition, codes, published)

    return edit(session, version.id, revision, RENEW, "series", renewed, user_id=user_id)


def _standing_campaign(session: Session, version: Version, definition: Definition) -> None:
    """Every published questionnaire has a campaign without an end under its own code."""
    code = version.questionnaire.code
    if session.scalar(select(Campaign.id).where(Campaign.code == code)) is not None:
        return
    session.add(
        Campaign(
            code=code,
            questionnaire_id=version.questionnaire_id,
            opens=clock.today(),
            open_link=KINDS[definition.kind].open_link,
            privacy=_mode(definition),
        )
    )


def standing_campaign(session: Session, questionnaire_code: str) -> Campaign:
    """The campaign that publishing opened; UserError before that."""
    campaign = session.scalar(select(Campaign).where(Campaign.code == questionnaire_code))
    if campaign is None:
        raise UserError(_("The questionnaire %(code)s has not been published yet.", code=questionnaire_code))
    return campaign
