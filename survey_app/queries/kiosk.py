"""The right to answer on a branch's tablet: which version, in which order of choices, and what a shared device asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from forms.questionnaire.build import Page, pages
from forms.questionnaire.definition import Question
from forms.questionnaire.definition import Questionnaire as Definition
from forms.questionnaire.paging import FOLLOW_UP
from survey_app import clock
from survey_app.errors import Gone, NotFound
from survey_app.models import CollectionPoint, Version
from survey_app.models.questionnaire import PUBLISHED
from survey_app.queries import points, questionnaires
from survey_app.queries.tickets import KIOSK, OPEN, Ticket
from translations import gettext as _

#: Types of questions that a tablet passes over: it is shared, so it takes no contact and has no files of anybody.
UNASKED: Final = frozenset({"photo", "file", "email", "phone", "consent", "ref"})


@dataclass(frozen=True)
class TabletTicket(Ticket):
    """A ticket whose order of choices was settled before its response: the tablet had the page already."""

    seed: str = ""

    @property
    def context(self) -> dict[str, Any]:
        """As any ticket's, with the seed that the tablet's page was made with."""
        return {**super().context, "seed": self.seed}


def ticket(
    session: Session, point: CollectionPoint, *, response_id: str, seed: str, day: date, number: int | None = None
) -> TabletTicket:
    """A ticket of a tablet under a version of its questionnaire (by number; the newest published without one).

    NotFound: there is no such version. Whether the point still takes answers is for :func:`refuse_closed` to say.
    """
    version = questionnaires.newest_published(session, point.campaign.questionnaire_id)
    if number is not None and (version is None or version.number != number):
        version = session.scalar(
            select(Version)
            .where(
                Version.questionnaire_id == point.campaign.questionnaire_id,
                Version.number == number,
                Version.state == PUBLISHED,
            )
            .options(joinedload(Version.questionnaire))
        )
    if version is None:
        raise NotFound(_("This survey is not open yet."))
    return TabletTicket(
        response_id=response_id,
        campaign=point.campaign,
        version=version,
        branch=point.branch,
        language="",
        link=OPEN,
        agent_id=point.agent_id,
        visited_on=day,
        point=point,
        mode=KIOSK,
        seed=seed,
    )


def refuse_closed(point: CollectionPoint, day: date | None = None) -> None:
    """Gone where a tablet takes no answers of a day (today by default): retired, its survey over, its branch closed."""
    points.refuse_retired(point)
    on = day or clock.today()
    if point.campaign.questionnaire.archived_at is not None or not point.campaign.runs_on(on):
        raise Gone(_("This survey has ended. Thank you for wanting to answer."))
    if not point.branch.open_on(on):
        raise Gone(_("This branch is closed; its survey has ended."))


def asked_pages(definition: Definition, context: dict[str, Any]) -> list[Page]:
    """The pages that a tablet shows, whatever is answered; no follow-up, no contact, no files."""
    found: list[Page] = []
    for page in pages(definition, context):
        asked = tuple(one for one in page.questions if is_asked(one))
        if asked and page.code != FOLLOW_UP:
            found.append(Page(page.code, len(found) + 1, page.title, asked))
    return found


def is_asked(question: Question) -> bool:
    """Whether a tablet asks a question."""
    return question.type not in UNASKED
