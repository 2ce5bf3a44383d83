"""Paying mystery shoppers: months, the statement over all and of each, closing, files for payroll, expenses, fees."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forms.pay import DecisionForm, PriceForm
from survey_app.commands import pay as commands
from survey_app.commands.pay import Changed, Closed
from survey_app.errors import NotFound, UserError
from survey_app.models import Assignment, Expense, User
from survey_app.permissions import Permission
from survey_app.queries import expenses, pay, payroll
from survey_app.queries.expenses import Claim
from survey_app.transaction import transaction
from survey_app.web import evidence, money
from survey_app.web.paging import PAGE, asked, paging
from survey_app.web.security import requires
from survey_app.web.support import actor, current_user, read_session, stop_reading
from survey_app.web.visits import ASSIGNMENTS
from translations import gettext as _

blueprint = Blueprint("pay", __name__, url_prefix="/pay")

#: Closed months on the first page: three years.
_MONTHS: Final = 36


@blueprint.get("")
@requires(Permission.PAY_SHOPPERS)
def index() -> str:
    """The months: open ones with what is due so far, closed ones with what they paid."""
    session = read_session()
    return render_template(
        "pages/pay/index.html",
        open=[pay.statement(session, month) for month in pay.open_months(session)],
        closed=pay.closed_months(session)[:_MONTHS],
        waiting=expenses.count_waiting(session),
        said=request.args.get("said", ""),
        **money.WORDS,
    )


@blueprint.get("/<month>")
@requires(Permission.PAY_SHOPPERS)
def month(month: str) -> str:
    """A month over all shoppers."""
    session = read_session()
    found = pay.statement(session, pay.month_of(session, month))
    same = found.closed is None or found.closed.digest == sha256(payroll.payroll_file(session, month)).hexdigest()
    return render_template(
        "pages/pay/month.html",
        statement=found,
        pending=expenses.pending(session, month) if found.closed is None else None,
        earlier=pay.earlier_months(session, month) if found.closed is None else [],
        same=same,
        said=request.args.get("said", ""),
        **money.WORDS,
    )


@blueprint.get("/<month>/shoppers/<int:number>")
@requires(Permission.PAY_SHOPPERS)
def shopper(month: str, number: int) -> str:
    """One shopper's lines of a month."""
    session = read_session()
    lines = pay.lines(session, pay.month_of(session, month), number)
    who = session.get(User, number)
    if who is None or not lines:
        raise NotFound(_("There is no such month of pay."))
    return render_template(
        "pages/pay/shopper.html",
        month=month,
        closed=pay.closed_month(session, month),
        shopper=who,
        lines=lines,
        said=request.args.get("said", ""),
        states=ASSIGNMENTS,
        **money.WORDS,
    )


@blueprint.get("/<month>/files/<name>")
@requires(Permission.PAY_SHOPPERS)
def file(month: str, name: str) -> Response:
    """A month as CSV: for payroll, or every line."""
    session = read_session()
    wanted = pay.month_of(session, month)
    if name not in payroll.FILES:
        raise NotFound(_("There is no such file."))
    response = Response(payroll.FILES[name](session, wanted), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"pay-{wanted}-{name}.csv")
    return response


@blueprint.route("/<month>/close", methods=["GET", "POST"])
@requires(Permission.PAY_SHOPPERS)
def close(month: str) -> ResponseReturnValue:
    """Close a month, after showing what that means: nothing of it moves any more."""
    session = read_session()
    wanted = pay.month_of(session, month)
    if pay.closed_month(session, wanted) is not None:
        return redirect(url_for("pay.month", month=wanted, said="already"), 303)
    if request.method == "GET":
        return _closing(wanted)
    try:
        with transaction(actor(), "pay.close", month=wanted) as writing:
            commands.close(writing, current_user(), wanted, seen=request.form.get("seen", type=int))
    except Closed:
        return redirect(url_for("pay.month", month=wanted, said="already"), 303)
    except Changed as problem:
        stop_reading()
        return _closing(wanted, problem.message), problem.status
    return redirect(url_for("pay.month", month=wanted, said="closed"), 303)


def _closing(month: str, problem: str = "") -> str:
    session = read_session()
    return render_template(
        "pages/pay/close.html",
        statement=pay.statement(session, month, own=False),
        pending=expenses.pending(session, month),
        months=pay.earlier_months(session, month),
        newest=pay.open_months(session)[0] == month,
        problem=problem,
        **money.WORDS,
    )


# ---- expenses --------------------------------------------------------------------------------------------------------


@blueprint.get("/expenses")
@requires(Permission.PAY_SHOPPERS)
def claims() -> str:
    """Expenses that wait for a decision, or those that were decided."""
    session, waiting = read_session(), request.args.get("decided") != "1"
    rows, total = expenses.claims(session, waiting=waiting, limit=PAGE, offset=(asked() - 1) * PAGE)
    pages = paging(total)
    if pages.number != asked():
        rows, total = expenses.claims(session, waiting=waiting, limit=PAGE, offset=pages.offset)
    return render_template(
        "pages/pay/expenses.html",
        rows=rows,
        total=total,
        pages=pages,
        waiting=waiting,
        decided=_just_decided(),
        **money.WORDS,
    )


def _just_decided() -> Expense | None:
    """The expense whose decision was kept a moment ago, as it stands by now."""
    if request.args.get("said") != "decided":
        return None
    found = read_session().get(Expense, request.args.get("of", ""))
    return found if found is not None and found.decided_at is not None else None


@blueprint.route("/expenses/<expense_id>", methods=["GET", "POST"])
@requires(Permission.PAY_SHOPPERS)
def expense(expense_id: str) -> ResponseReturnValue:
    """One expense with its receipts, and the decision."""
    found = expenses.claim(read_session(), expense_id)
    standing = commands.standing(found.expense)
    decided = found.expense.decided_at is not None
    form = DecisionForm(
        request.form if request.method == "POST" else None,
        seen=standing,
        granted=found.expense.granted if decided else found.proposed,
        reason=found.expense.reason,
    )
    if request.method == "GET" or not form.validate():
        return _expense(found, form), 200 if request.method == "GET" else 422
    try:
        with transaction(actor(), "expense.decide", expense=expense_id) as session:
            commands.decide(
                session, current_user(), expense_id, form.granted.data, form.reason.data or "", seen=form.seen.data
            )
    except UserError as problem:
        stop_reading()
        found = expenses.claim(read_session(), expense_id)
        for name, message in problem.places:
            form[name].errors = [*form[name].errors, message]
        if not problem.places:
            form.form_errors.append(problem.message)
        form.seen.data = commands.standing(found.expense)
        return _expense(found, form), problem.status
    return redirect(url_for("pay.claims", said="decided", of=expense_id), 303)


def _expense(found: Claim, form: DecisionForm) -> str:
    visit = found.expense.assignment
    others = [one for one in expenses.of_visit(read_session(), visit.id) if one.expense.id != found.expense.id]
    return render_template(
        "pages/pay/expense.html", claim=found, visit=visit, others=others, form=form, states=ASSIGNMENTS, **money.WORDS
    )


@blueprint.get("/receipts/<file_id>")
@requires(Permission.PAY_SHOPPERS)
def receipt(file_id: str) -> Response:
    """A receipt."""
    return evidence.whole(expenses.receipt(read_session(), file_id))


@blueprint.get("/receipts/<file_id>/small")
@requires(Permission.PAY_SHOPPERS)
def small_receipt(file_id: str) -> Response:
    """A small view of a receipt."""
    return evidence.view(expenses.receipt(read_session(), file_id))


# ---- fees ------------------------------------------------------------------------------------------------------------


@blueprint.route("/visits/<int:number>", methods=["GET", "POST"])
@requires(Permission.PAY_SHOPPERS)
def price(number: int) -> ResponseReturnValue:
    """What is promised for a visit: fee and expense cap, changed only with a reason."""
    visit = read_session().get(Assignment, number)
    if visit is None or visit.shopper is None:
        raise NotFound(_("There is no such assignment."))
    form = PriceForm(request.form if request.method == "POST" else None, fee=visit.fee, expense_cap=visit.expense_cap)
    back = request.args.get("month", "")
    if request.method == "POST" and form.validate():
        try:
            with transaction(actor(), "pay.reprice", assignment=number) as session:
                commands.reprice(
                    session,
                    current_user(),
                    number,
                    form.fee.data,
                    form.expense_cap.data,
                    form.reason.data or "",
                )
        except UserError as problem:
            for name, _message in problem.places:
                form[name].errors = [*form[name].errors, problem.message]
            if not problem.places:
                form.form_errors.append(problem.message)
            return _price(visit, form, back), problem.status
        stop_reading()
        if back in pay.open_months(read_session()):
            if pay.lines(read_session(), back, visit.shopper_id):
                return redirect(url_for("pay.shopper", month=back, number=visit.shopper_id, said="priced"), 303)
            return redirect(url_for("pay.month", month=back, said="priced"), 303)
        return redirect(url_for("pay.index", said="priced"), 303)
    return _price(visit, form, back), 200 if request.method == "GET" else 422


def _price(visit: Assignment, form: PriceForm, back: str) -> str:
    claimed = expenses.of_visit(read_session(), visit.id)
    return render_template(
        "pages/pay/price.html", visit=visit, form=form, claims=claimed, back=back, states=ASSIGNMENTS, **money.WORDS
    )
