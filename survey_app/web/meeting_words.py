"""Words and small lists that the screens of the meeting and of decisions share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, cast

from forms.meeting import DecisionForm
from reports import months as calendar
from survey_app import clock
from survey_app.commands.decisions import Wanted, new_id
from survey_app.errors import UserError
from survey_app.meeting import effects
from survey_app.models import Decision, User
from survey_app.permissions import ROLE_NAMES, role_of
from survey_app.queries import decisions, organisation
from survey_app.web.support import read_session, scope
from translations import lazy_gettext as _l

#: State of the meeting -> (words, kind of badge).
STATES: Final[Mapping[str, tuple[Any, str]]] = {
    "open": (_l("The meeting has not begun"), "warn"),
    "in_review": (_l("In review"), ""),
    "signed": (_l("Signed"), "good"),
}
#: What became of a decision -> (words, kind of badge).
ENDS: Final[Mapping[str, tuple[Any, str]]] = {
    "open": (_l("Still to be done"), ""),
    "late": (_l("Late"), "bad"),
    "done": (_l("Carried out"), "good"),
    "dropped": (_l("Dropped"), ""),
}
#: Whether it worked -> (words, kind of badge).
WORKED: Final[Mapping[str, tuple[Any, str]]] = {
    "yes": (_l("It worked"), "good"),
    "partly": (_l("It worked in part"), "warn"),
    "no": (_l("It did not work"), "bad"),
}


def owner_choices() -> list[tuple[str, str]]:
    """(id, name and role) of everybody who can be given a decision."""
    return [(str(one.id), owner_name(one)) for one in decisions.owners(read_session())]


def owner_name(user: User) -> str:
    """A user's name with what they are here for."""
    return f"{user.name or user.email} · {ROLE_NAMES[role_of(user)]}"


def branch_choices() -> list[tuple[str, str]]:
    """(code, name) of every branch that the reader may name."""
    session = read_session()
    codes = organisation.codes(session)
    return [(codes[one.id], one.name) for one in organisation.branches(session, scope())]


def decision_form(month: str, sent: Any = None, **values: Any) -> DecisionForm:
    """The form of a decision; it begins with an id of its own and the day of the next meeting."""
    policy = organisation.policy(read_session())
    due = clock.working_day(calendar.shift(month, 2), policy.meeting_on_working_day)
    begins = {"id": new_id(), "due_on": max(due, clock.today()), **values}
    return DecisionForm(sent, owners=owner_choices(), branches=branch_choices(), **begins)


def wanted(form: DecisionForm, month: str, stop: str = "") -> Wanted:
    """What a form that validates asks for."""
    branch_id = None
    if form.branch.data:
        branch_id = organisation.branch_by_code(read_session(), form.branch.data).id
    return Wanted(
        id=form.id.data or "",
        month=month,
        stop=stop,
        text=form.text.data or "",
        owner_id=int(form.owner.data),
        due_on=cast("date", form.due_on.data),
        branch_id=branch_id,
    )


def place(form: Any, problem: UserError) -> None:
    """Put a refusal beside the fields it is about, or over the form."""
    for name, message in problem.places:
        if name in form:
            form[name].errors = [message or problem.message]
            return
    form.form_errors.append(problem.message)


def effects_of(data: Mapping[str, Any], one: Decision) -> list[str]:
    """What the numbers of a decision's branch say since; nothing for a decision about none, or one not seen by name."""
    if one.branch_id is None:
        return []
    code = organisation.codes(read_session()).get(one.branch_id)
    row = next((row for row in data["branches"] if row["code"] == code and row["name"] is not None), None)
    return [effects.told(found) for found in effects.of_branch(row, data["settings"], one.month)] if row else []
