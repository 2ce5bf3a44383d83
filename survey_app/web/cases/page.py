"""One case: who, what was said, what to do now and by when, one act; below it everything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import render_template, request

from forms.cases import SHEKEL
from forms.questionnaire.types import display
from survey_app.commands.cases import removals
from survey_app.errors import NotFound
from survey_app.loop.levels import WANTED
from survey_app.queries import cases, masking, organisation, questionnaires, responses
from survey_app.queries.cases import Seen
from survey_app.web.cases import acts, words
from survey_app.web.cases.frame import WORKS, blueprint, person, seen
from survey_app.web.security import requires
from survey_app.web.support import current_user, read_session
from survey_app.web.wording import words_told
from translations import current_language
from translations import lazy_gettext as _l

#: Types of questions whose answers tell how to reach somebody: never shown among the answers.
_CONTACT: Final = frozenset({"phone", "email", "consent"})
#: Answers that stand open on a page; the others are folded.
_FIRST: Final = 3
#: Groups of acts beside the first one -> what they are called.
GROUPS: Final = {
    "work": _l("More of the work"),
    "own": _l("Your own words"),
    "lead": _l("For whoever leads"),
    "end": _l("Ending and deleting"),
}
CHECKED: Final = {"good": (_l("Well solved"), "good"), "again": (_l("Not enough"), "warn")}
REMOVALS: Final = {
    "asked": _l("Asked: somebody else decides about it."),
    "approved": _l("The score was taken out of every number."),
    "refused": _l("Refused: the score stays."),
}
NOT_ME: Final = {
    "claimed": _l("The employee says that somebody else served. Whoever leads decides."),
    "confirmed": _l("It was somebody else: the answer was moved."),
    "refused": _l("It was decided that the case is about the right employee."),
}
WISHES: Final = {
    "served": _l("The customer wants whoever served to handle it."),
    "management": _l("The customer wants branch management to handle it."),
    "outside": _l("The customer wants somebody outside the branch to handle it."),
}
SOURCES: Final = {
    "survey": _l("From a survey"),
    "manual": _l("Opened by hand"),
    "api": _l("From another system"),
    "voice": _l("From a customer's message"),
    "visit": _l("From a visit in the field"),
}


@blueprint.get("/<int:case_id>")
@requires(WORKS)
def show(case_id: int) -> str:
    """One case."""
    return render(seen(case_id))


def render(one: Seen, problem: str = "", typed: Sequence[tuple[str, str]] = ()) -> str:
    """The page of a case as its reader sees it; ``typed``: words of a form that could not be sent, to be kept."""
    session, user = read_session(), current_user()
    offered = acts.offered(one, user)
    first = acts.primary(one, offered)
    found = one.case
    removal = removals.of(session, found)
    said = acts.ACTS.get(request.args.get("done", ""))
    return render_template(
        "pages/cases/show.html",
        seen=one,
        one=found,
        words=words.of(found),
        clocks=words.clocks(found),
        heard=heard(one),
        first=first,
        groups=[
            (label, acts_of)
            for group, label in GROUPS.items()
            if (acts_of := [act for act in offered if act.group == group and act is not first])
        ],
        lines=words.lines(cases.events(session, found.id), one),
        others=cases.of_customer(session, user, found) if one.handles else [],
        earlier=_earlier(one),
        limit=acts.limit(session, user),
        shekels=found.compensation / SHEKEL,
        cost=found.cost / SHEKEL,
        checked=CHECKED.get(found.checked),
        removal=REMOVALS.get(removal.state, "") if removal is not None else "",
        not_me=NOT_ME.get(found.not_me, ""),
        wish=WISHES.get(found.wanted, "") if found.wanted in WANTED else "",
        source=SOURCES[found.source],
        adopted_by=person(found.adopted_by),
        branch_code=organisation.shortest_code(session, found.branch),
        said=said.said if said is not None else SAID.get(request.args.get("done", "")),
        problem=problem,
        typed=typed,
    )


SAID: Final = {"opened": _l("The case was opened. Its owner gets a letter.")}


def _earlier(one: Seen) -> int | None:
    """The earlier case that this one repeats, where the reader may open it."""
    number = one.case.repeat_of_id
    if number is None:
        return None
    try:
        return cases.of(read_session(), number, current_user()).case.id
    except NotFound:
        return None


class Heard:
    """What the customer said: own words first, then ratings, then the rest."""

    def __init__(self, quotes: Sequence[tuple[str, str]], rows: Sequence[tuple[str, str]], language: str) -> None:
        #: (what was asked or nothing, what was written) and (what was asked, the answer).
        self.quotes, self.rows, self.language = list(quotes), list(rows), language
        self.open, self.folded = self.rows[:_FIRST], self.rows[_FIRST:]

    def __bool__(self) -> bool:
        return bool(self.quotes or self.rows)


def heard(one: Seen) -> Heard:
    """What the customer said, as far as the reader may read it; staff's names hidden from readers outside the branch.

    Whoever owns the case reads it whole: to solve it, one has to know whom it is about.
    """
    found = one.case
    if not one.reads_words:
        return Heard((), (), found.language)
    user, session = current_user(), read_session()
    names: tuple[str, ...] = ()
    if not (one.owns or found.adopted_by_id == user.id):
        names = masking.masks(session, user, [found.branch]).get(found.branch_id, ())
    quotes = [("", masking.mask_names(found.words, names))] if found.words else []
    rows: list[tuple[str, str]] = []
    for asked, text, is_words in _answers(one):
        if is_words:
            quotes.append((asked, masking.mask_names(text, names)))
        else:
            rows.append((asked, text))
    return Heard(quotes, rows, found.language)


def _answers(one: Seen) -> list[tuple[str, str, bool]]:
    """(what was asked, the answer in words, whether it was written freely) of the answers that came with the case."""
    if one.case.response_id is None or one.case.consent_withdrawn_at is not None:
        return []
    session, language = read_session(), current_language()
    try:
        detail = responses.response(session, one.case.response_id)
    except NotFound:
        return []
    if not detail.read_alone:
        return []
    told = words_told(detail.definition, detail.answers, detail.response.branch, language)
    follow_up = detail.definition.follow_up
    apart = {question.code for question in follow_up.questions} if follow_up else set()
    found: list[tuple[str, str, bool]] = []
    for question in questionnaires.answerable(detail.definition):
        value = detail.answers.get(question.code)
        if question.type in _CONTACT or question.code in apart:
            continue
        asked = told(question.text)
        if value is not None:
            found.append((asked, display(question, value, language), question.type == "text"))
        found.extend(
            (asked, str(detail.answers[code]), True)
            for code in (question.other_code, question.comment_code)
            if detail.answers.get(code)
        )
    return found


@blueprint.app_template_global("case_person")
def _person(user: Any) -> str:
    return person(user)
