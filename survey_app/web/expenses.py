"""A shopper's own money: expenses of a visit with their receipts, and what was paid. Works without scripts."""

from __future__ import annotations

from itertools import takewhile
from uuid import uuid4

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.pay import ClaimForm
from survey_app.commands import pay as commands
from survey_app.commands import receipts
from survey_app.commands.evidence import LARGEST_PAGE, Arrived, Sent, or_gone
from survey_app.errors import UserError
from survey_app.field.expenses import MOST_RECEIPTS, RECEIPT, SORTS, UNEXPLAINED, unexplained
from survey_app.models import Assignment, Expense
from survey_app.models.pay import CLAIMED
from survey_app.permissions import Permission
from survey_app.queries import expenses, pay, worklists
from survey_app.transaction import transaction
from survey_app.web import evidence, money
from survey_app.web.security import limiter, requires, takes
from survey_app.web.support import actor, current_user, read_session
from survey_app.web.visits import ASSIGNMENTS
from translations import gettext as _

blueprint = Blueprint("expenses", __name__, url_prefix="/shops")

#: Claims that one person may send in an hour: each may hold files that are decoded.
_OFTEN = "120 per hour"


@blueprint.get("/pay")
@requires(Permission.DO_SHOPS)
def own() -> str:
    """What was paid, what comes next, what waits and what was claimed."""
    return render_template(
        "pages/pay/own.html",
        own=expenses.own(read_session(), current_user().id),
        states=ASSIGNMENTS,
        **money.WORDS,
    )


@blueprint.get("/pay/<month>")
@requires(Permission.DO_SHOPS)
def own_month(month: str) -> str:
    """The statement of a month that was closed."""
    session = read_session()
    wanted = pay.month_of(session, month)
    return render_template(
        "pages/pay/own_month.html",
        month=wanted,
        closed=pay.closed_month(session, wanted),
        lines=expenses.of_shopper(session, wanted, current_user().id),
        **money.WORDS,
    )


def _who() -> str:
    return f"claims of {current_user().id}"


@blueprint.route("/<int:number>/expenses", methods=["GET", "POST"])
@requires(Permission.DO_SHOPS)
@takes(LARGEST_PAGE, form="expenses.visit")
@limiter.limit(_OFTEN, key_func=_who, methods=["POST"])
def visit(number: int) -> ResponseReturnValue:
    """A visit's expenses; a new one, or another amount or receipt for one that nobody decided yet."""
    found = worklists.shop(read_session(), number, current_user().id)
    claims = expenses.of_visit(read_session(), number)
    changing = next((one for one in claims if one.expense.id == request.values.get("id")), None)
    form = _form(changing.expense if changing else None)
    if request.method == "GET":
        return _page(found, claims, form, changing)
    if not form.validate():
        return _page(found, claims, form, changing, expanded=True), 422
    if _unexplained(found, claims, form):
        form.note.errors = [str(UNEXPLAINED)]
        return _page(found, claims, form, changing, expanded=True), 422
    fault, arrived = _receipts()
    kept = len(changing.receipts) if changing else 0
    if not fault and not arrived and not kept and _wants_receipt(form):
        fault = _("Add the receipt, or write in the note why there is none.")
    try:
        with or_gone(arrived):
            if fault:
                raise UserError(fault)
            with transaction(actor(), "expense.claim", assignment=number) as session:
                mine = worklists.shop(session, number, current_user().id)
                claimed = commands.claim(
                    session, mine, form.id.data or "", form.sort.data, form.amount.data, form.note.data or ""
                )
                for one in arrived:
                    receipts.attach(session, claimed, one)
    except UserError as problem:
        if not fault:
            form.form_errors.append(problem.message)
        return _page(found, claims, form, changing, fault, expanded=True), problem.status
    return redirect(url_for("expenses.visit", number=number, kept=1), 303)


def _form(stored: Expense | None) -> ClaimForm:
    sent = request.form if request.method == "POST" else None
    sorts = [(code, one.name) for code, one in SORTS.items()]
    if stored is not None:
        return ClaimForm(sent, sorts=sorts, id=stored.id, sort=stored.sort, amount=stored.claimed, note=stored.note)
    return ClaimForm(sent, sorts=sorts, id=uuid4().hex)


def _wants_receipt(form: ClaimForm) -> bool:
    return expenses.needs_receipt(form.sort.data) and not (form.note.data or "").strip()


def _unexplained(visit: Assignment, claims: list[expenses.Claim], form: ClaimForm) -> bool:
    """Whether it goes above the visit's cap without a word why; those claimed before it come first."""
    before = takewhile(lambda one: one.expense.id != form.id.data, claims)
    spent = sum(one.expense.claimed if one.expense.state == CLAIMED else one.expense.granted for one in before)
    return unexplained(visit.expense_cap, [(form.amount.data, form.note.data or "")], spent)


def _receipts() -> tuple[str, list[Arrived]]:
    """What is to be said of a file that cannot be taken, and the files that could."""
    arrived: list[Arrived] = []
    chosen = [one for one in request.files.getlist(RECEIPT) if one.filename]
    try:
        if len(chosen) > MOST_RECEIPTS:
            raise UserError(_("There is no room for more than %(max)s here.", max=MOST_RECEIPTS))
        for place, one in enumerate(chosen, start=1):
            arrived.append(receipts.receive(Sent(one.filename or "", one.stream), place))
    except UserError as problem:
        return problem.message, arrived
    return "", arrived


def _page(
    found: Assignment,
    claims: list[expenses.Claim],
    form: ClaimForm,
    changing: expenses.Claim | None,
    fault: str = "",
    *,
    expanded: bool = False,
) -> str:
    return render_template(
        "pages/pay/visit.html",
        visit=found,
        claims=claims,
        form=form,
        changing=changing if changing and changing.expense.state == CLAIMED else None,
        expanded=expanded or changing is not None or not claims,
        fault=fault,
        paid_for=found.state not in commands.NOT_PAID_FOR,
        receipt=RECEIPT,
        most_receipts=MOST_RECEIPTS,
        kept=request.args.get("kept"),
        states=ASSIGNMENTS,
        **money.WORDS,
    )


@blueprint.post("/expenses/<expense_id>/withdraw")
@requires(Permission.DO_SHOPS)
def withdraw(expense_id: str) -> ResponseReturnValue:
    """Take back a claim that nobody decided yet."""
    number = expenses.claim(read_session(), expense_id).expense.assignment_id
    with transaction(actor(), "expense.withdraw", expense=expense_id) as session:
        commands.withdraw(session, current_user(), expense_id)
    return redirect(url_for("expenses.visit", number=number), 303)


@blueprint.get("/receipts/<file_id>")
@requires(Permission.DO_SHOPS)
def receipt(file_id: str) -> Response:
    """A receipt of one's own."""
    return evidence.whole(expenses.receipt(read_session(), file_id, current_user().id))


@blueprint.get("/receipts/<file_id>/small")
@requires(Permission.DO_SHOPS)
def small_receipt(file_id: str) -> Response:
    """A small view of it."""
    return evidence.view(expenses.receipt(read_session(), file_id, current_user().id))
