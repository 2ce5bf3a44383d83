"""The acts on a case, as a table: for whom each is, its form, what it does, and what is said afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from forms import cases as forms
from forms.cases import SHEKEL, ActForm
from survey_app import clock
from survey_app.commands.cases import removals, telling, working
from survey_app.loop import states
from survey_app.loop.causes import CAUSES
from survey_app.loop.events import CHANNELS
from survey_app.loop.states import CLOSED, MERGED, OUTCOMES
from survey_app.loop.subjects import SUBJECTS
from survey_app.models import User
from survey_app.permissions import Permission, may
from survey_app.queries import cases, organisation, outreach
from survey_app.queries.cases import Seen
from survey_app.web.cases import doing
from survey_app.web.cases.frame import person_and_role, reachable
from survey_app.web.support import read_session
from translations import gettext as _
from translations import lazy_gettext as _l

Choices = Mapping[str, Iterable[tuple[str, Any]]]


@dataclass(frozen=True)
class Act:
    """One act on a case."""

    code: str
    #: The words of its button and of its page.
    label: Any
    form: type[ActForm]
    #: Whether a reader may do it to the case as it is.
    offered: Callable[[Seen, User], bool]
    run: Callable[[Session, Seen, User, Any], Any]
    #: What is said afterwards, and beside the form.
    said: Any
    hint: Any = ""
    choices: Callable[[Seen], Choices] = lambda seen: {}
    begins: Callable[[Seen], Mapping[str, Any]] = lambda seen: {}
    #: The event that it leaves in the log, by which the same form sent twice is known.
    event: str = ""
    danger: bool = False
    #: Where it stands among the others: ``work``, ``own``, ``lead`` or ``end``.
    group: str = "work"


def _handles(act: str) -> Callable[[Seen, User], bool]:
    return lambda seen, user: seen.handles and states.allows(act, seen.case.state)


def _may_finish(seen: Seen, user: User) -> bool:
    if not seen.handles or not seen.case.open:
        return False
    return states.allows("finish", seen.case.state) or not reachable(seen.case)


def _may_agree(seen: Seen, user: User) -> bool:
    return seen.handles and seen.case.state in (states.CONTACTED, states.AGREED)


def _not_over(seen: Seen, user: User) -> bool:
    return seen.handles and seen.case.state not in states.OVER


def _leads(act: str) -> Callable[[Seen, User], bool]:
    return lambda seen, user: seen.leads and states.allows(act, seen.case.state)


def _may_check(seen: Seen, user: User) -> bool:
    one = seen.case
    return seen.leads and states.allows("check", one.state) and not seen.served and one.owner_id != user.id


def _may_adopt(seen: Seen, user: User) -> bool:
    one = seen.case
    return may(user, Permission.ADOPT_CASES) and states.allows("adopt", one.state) and one.adopted_by_id != user.id


def _may_give_account(seen: Seen, user: User) -> bool:
    return seen.served and seen.case.state != MERGED


def _may_say_not_me(seen: Seen, user: User) -> bool:
    return seen.served and not seen.case.not_me and seen.case.state != MERGED


def _decides_not_me(seen: Seen, user: User) -> bool:
    return seen.leads and not seen.served and seen.case.not_me == "claimed"


def _may_close(seen: Seen, user: User) -> bool:
    return seen.leads and seen.case.open


def _may_erase(seen: Seen, user: User) -> bool:
    one = seen.case
    return seen.leads and bool(one.phone or one.email or one.name or one.words)


def _may_ask_removal(seen: Seen, user: User) -> bool:
    one = seen.case
    return seen.handles and one.outcome == states.ABUSIVE and one.response_id is not None and _removal(seen) != "asked"


def _removal(seen: Seen) -> str:
    found = removals.of(read_session(), seen.case)
    return found.state if found is not None else ""


def _may_write(seen: Seen, user: User) -> bool:
    one = seen.case
    return seen.reads_contact and one.state not in states.OVER and bool(_ways(seen))


def _ways(seen: Seen) -> list[str]:
    return list(telling.ways(seen.case, outreach.policy(read_session())))


# ---- what they begin with --------------------------------------------------------------------------------------------


def _agents(seen: Seen) -> Choices:
    one = seen.case
    found = organisation.agents_of(read_session(), one.branch_id, clock.local(one.opened_at).date())
    return {"agent": [(str(agent.id), agent.name) for agent in found if agent.id != one.agent_id]}


def _owners(seen: Seen) -> Choices:
    found = cases.owners_for(read_session(), seen.case)
    return {"to": [(str(user.id), person_and_role(user)) for user in found if user.id != seen.case.owner_id]}


def _channels(seen: Seen) -> Choices:
    """Those by which this customer can be reached: a letter and the branch always."""
    one = seen.case
    needs = {"phone": bool(one.phone), "sms": bool(one.phone), "email": bool(one.email)}
    return {"channel": [(code, name) for code, name in CHANNELS.items() if needs.get(code, True)]}


ACTS: Final[Mapping[str, Act]] = {
    act.code: act
    for act in (
        Act(
            "contact", _l("Log a contact"), forms.ContactForm, _handles("contact"), doing.contact,
            _l("The contact was logged."), choices=_channels, event="contacted",
            begins=lambda seen: {"next_step": seen.case.next_step, "next_on": seen.case.next_on},
        ),
        Act(
            "write", _l("Write to the customer"), forms.WriteForm, _may_write, doing.write,
            _l("The message is on its way, and stands in the log. Writing is no contact: no clock stops."),
            event="told",
            choices=lambda seen: {"channel": [(code, CHANNELS[code]) for code in _ways(seen)]},
            begins=lambda seen: {"channel": _ways(seen)[0]},
            hint=_l("It leaves in the hours in which customers are written to, in the organisation's name."),
        ),
        Act(
            "agree", _l("Write down the solution"), forms.AgreeForm, _may_agree, doing.agree,
            _l("The solution was written down."), event="agreed",
            begins=lambda seen: {"solution": seen.case.solution},
        ),
        Act(
            "finish", _l("Finish with the lesson"), forms.FinishForm, _may_finish, doing.finish,
            _l("The work is done. The customer is asked whether it is solved."),
            hint=_l("After this the customer is asked whether it is solved; only the customer closes it as solved."),
            choices=lambda seen: {"outcome": OUTCOMES.items(), "root_cause": CAUSES.items()}, event="done",
        ),
        Act(
            "step", _l("Set the next step"), forms.StepForm, _handles("contact"), doing.step,
            _l("The next step was set."), event="step",
            begins=lambda seen: {"next_step": seen.case.next_step, "next_on": seen.case.next_on},
        ),
        Act(
            "compensate", _l("Set a compensation"), forms.CompensateForm, _not_over, doing.compensate,
            _l("The compensation was set."), event="compensated",
            begins=lambda seen: {"amount": seen.case.compensation / SHEKEL if seen.case.compensation else None},
        ),
        Act(
            "note", _l("Add a note"), forms.NoteForm, lambda seen, user: seen.handles, doing.note,
            _l("The note was added."), event="note",
        ),
        Act(
            "account", _l("My own account"), forms.AccountForm, _may_give_account, doing.account,
            _l("Your account was written down."), event="account", group="own",
            hint=_l("How you remember it. Whoever handles the case and your managers read it; the customer does not."),
            begins=lambda seen: {"words": seen.case.account},
        ),
        Act(
            "not-me", _l("It was not me"), forms.NotMeForm, _may_say_not_me, doing.not_me,
            _l("It was written down. Your manager decides."), event="not_me", group="own",
            hint=_l("Your manager decides. If it was somebody else, the answer and the numbers move to who it was."),
        ),
        Act(
            "adopt", _l("Take it over personally"), forms.AdoptForm, _may_adopt, doing.adopt,
            _l("The case is yours now. The customer is told who handles it."), event="adopted", group="lead",
            hint=_l("The case becomes yours, and the customer is told your name and position."),
        ),
        Act(
            "assign", _l("Give it to somebody else"), forms.AssignForm, _leads("assign"), doing.assign,
            _l("The case has a new owner, who gets a letter."), choices=_owners, event="assigned", group="lead",
        ),
        Act(
            "decide-not-me", _l("Decide who it was"), forms.DecideNotMeForm, _decides_not_me, doing.decide_not_me,
            _l("The decision was written down."), choices=_agents, event="not_me", group="lead",
            hint=_l("If it was somebody else, the customer's answer and its numbers move to that employee."),
        ),
        Act(
            "check", _l("Check how it was solved"), forms.CheckForm, _may_check, doing.check,
            _l("The check was written down."), event="checked", group="lead",
        ),
        Act(
            "subject", _l("Change the subject"), forms.SubjectForm, _not_over, doing.subject,
            _l("The subject was changed."), event="subject",
            choices=lambda seen: {"subject": [(code, one.name) for code, one in SUBJECTS.items()]},
            begins=lambda seen: {"subject": seen.case.subject},
            hint=_l(
                "Misconduct, discrimination, pressure and privacy never stay with the person whom the case names: "
                "it goes to somebody else at once."
            ),
        ),
        Act(
            "merge", _l("Merge into another case"), forms.MergeForm, _leads("merge"), doing.merge,
            _l("The case became part of the other one."), event="merged", group="lead",
            hint=_l("When one customer opened several cases. Work goes on in the case that stays."),
        ),
        Act(
            "reopen", _l("Open it again"), forms.WhyForm, _leads("reopen"), doing.reopen,
            _l("The case is open again."), event="reopened", group="lead",
            hint=_l("It rises to branch management at least, with new clocks."),
        ),
        Act(
            "remove-score", _l("Ask to take the score out"), forms.WhyForm, _may_ask_removal, doing.ask_removal,
            _l("It was asked. Somebody else decides."), event="removal", group="end",
            hint=_l("Only for abuse of staff. Somebody who had no part in the case decides about it."),
        ),
        Act(
            "close", _l("Close: the customer cannot be reached"), forms.CloseForm, _may_close, doing.close,
            _l("The case was closed."), event="closed", group="end",
            hint=_l("Without any way to reach the customer, or after three tries on different days."),
        ),
        Act(
            "erase", _l("Delete the customer's details"), forms.EraseForm, _may_erase, doing.erase,
            _l("The customer's details were deleted."), event="erased", group="end", danger=True,
            hint=_l(
                "When the customer asks for it: name, contact and words go, an open case is closed, its numbers stay."
            ),
        ),
    )
}  # fmt: skip


def offered(seen: Seen, user: User) -> list[Act]:
    """The acts that a reader has, in the order of the table."""
    return [act for act in ACTS.values() if act.offered(seen, user)]


#: State -> the one act that comes first.
_FIRST: Final[Mapping[str, str]] = {
    states.NEW: "contact",
    states.CONTACTED: "agree",
    states.AGREED: "finish",
    states.DONE: "check",
    states.CONFIRMED: "check",
    CLOSED: "check",
}


def primary(seen: Seen, acts: Iterable[Act]) -> Act | None:
    """The one act that comes first now; None where the reader has nothing to do."""
    known = {act.code: act for act in acts}
    if "decide-not-me" in known:
        return known["decide-not-me"]
    first = _FIRST.get(seen.case.state, "")
    if first == "contact" and not reachable(seen.case):
        first = "finish"
    if first == "check" and seen.case.checked:
        first = ""
    if first in known:
        return known[first]
    return known.get("account") if not seen.handles and not seen.case.account else None


def limit(session: Session, user: User) -> str:
    """What the reader's role may give, in words."""
    most = working.may_give(session, user)
    if not most:
        return _("Your role gives no compensation; your manager may.")
    return _("Your role may give up to %(limit)s shekels.", limit=f"{most / SHEKEL:,.0f}")
