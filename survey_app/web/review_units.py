"""The pages behind the review: one branch and one service employee."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from flask import Blueprint, current_app, render_template, request, url_for

from forms.trend_notes import ALL, TrendNoteForm
from reports import months as calendar
from reports import receipts, trends
from reports import wording as words
from reports.lexicon import THEMES
from reports.policy import Policy
from reports.receipts import FIGURES
from reports.why import why
from survey_app.errors import NotFound
from survey_app.meeting.marks import REASONS
from survey_app.permissions import Permission, may
from survey_app.queries import branches as queries
from survey_app.queries import (
    comments,
    decisions,
    low_signals,
    marks,
    organisation,
    previews,
    receipt_facts,
    trend_notes,
)
from survey_app.web.branch_view import Seen, common, figures, numbered, peers, seen, trend_rows
from survey_app.web.loop_view import beside_branch
from survey_app.web.paging import PAGE, Pages, asked, paging
from survey_app.web.responses import STATES
from survey_app.web.reviews import reader_review
from survey_app.web.security import requires
from survey_app.web.support import current_user, read_session, scope
from translations import format_month
from translations import gettext as _
from translations import lazy_gettext as _l

blueprint = Blueprint("review_units", __name__)

#: Comments on the branch page itself; the others are a page away.
FEW: Final = 6
#: Decisions about the branch, open ones first.
DECISIONS: Final = 20
#: Characters of a search; more are not looked at.
LONGEST_SEARCH: Final = 200
AGENT_MEASURES: Final = ("csat", "nps", "ease")
#: What became of appeals against the reports behind a figure.
APPEALS: Final[Mapping[str, Any]] = {
    "open": _l("Open"),
    "changed": _l("The score was changed"),
    "stood": _l("The score stood"),
    "withdrawn": _l("Withdrawn"),
}


def shop_report(response_id: str) -> str:
    """Where a mystery visit's approved report is read."""
    return url_for("quality.report", response_id=response_id)


@blueprint.get("/reviews/<month>/branches/<code>")
@requires(Permission.SEE_REVIEW)
def branch(month: str, code: str) -> str:
    """One branch's month: what its numbers say, and everything behind them."""
    return branch_page(seen(month, code), done=request.args.get("done", ""))


def note_form(one: Seen, formdata: Any = None) -> TrendNoteForm:
    """An empty form of a note, or a sent one."""
    months = [month for month in one.data["settings"]["trend_months"][::-1] if month <= one.review.month]
    return TrendNoteForm(
        formdata,
        months=[(month, format_month(month)) for month in months],
        measures=[(ALL, _("All measures")), *((name, words.measure(name)) for name in trends.SERIES)],
    )


def branch_page(one: Seen, form: TrendNoteForm | None = None, done: str = "") -> str:
    """The page of a branch, with the form of a note as it was sent."""
    session, user = read_session(), current_user()
    detail = queries.detail(session, one.review.month, one.row["code"], scope())
    reads = may(user, Permission.SEE_COMMENTS)
    notes = numbered(trend_notes.on(session, one.ids, one.data["settings"]["trend_months"]))
    statement = previews.statements(session, one.review.month).get(one.branch.id)
    return render_template(
        "pages/branch.html",
        **common(one.review, one.data),
        row=one.row,
        detail=detail,
        why=why(one.data, one.row["code"]),
        figures=figures(one.data, one.row, trends.SERIES, notes),
        measures=trends.SERIES,
        trend=trend_rows(one.data, one.row, trends.SERIES),
        notes=notes,
        form=form or note_form(one),
        may_note=may(user, Permission.NOTE_TRENDS),
        done=done,
        agents=[agent for agent in one.data["agents"] if agent["branch"] == one.row["code"]],
        comments=reads,
        listed=_read(one, comments.listed(session, one.ids, comment_window(one), one.policy, limit=FEW))
        if reads and not detail.comments_hidden
        else None,
        themes=THEMES,
        marks=_marks(one) if reads else {},
        mark_reasons=REASONS,
        shop_report=shop_report if "quality.report" in current_app.view_functions else None,
        reports=may(user, Permission.SEE_SHOP_REPORT),
        statement=statement,
        decided=decisions.of_branches(session, user, one.ids, DECISIONS)
        if may(user, Permission.SEE_DECISIONS)
        else None,
        is_late=decisions.is_late,
        peers=peers(one.review, one.row, {row["code"] for row in one.data["branches"] if row["name"] is not None}),
        receipts=FIGURES,
        low_signals=low_signals.of_month(session, one.ids, one.review.month),
        least_signals=low_signals.LEAST,
        **beside_branch(one.data, one.row["code"]),
    )


def _read(one: Seen, listed: comments.Comments) -> comments.Comments:
    """Comments as the reader may read them: of a branch that took over others, the people of all of them count."""
    return comments.masked(listed, _hidden(one))


def _hidden(one: Seen) -> list[str]:
    """Names that the reader does not read here: none inside the branch, those of all of its people outside."""
    return [] if scope().branch_id in one.ids else comments.hidden_names(read_session(), one.ids)


def comment_window(one: Seen) -> list[str]:
    """The months whose comments stand on a branch's page: those of the surveys."""
    return calendar.span(one.review.month, one.policy.survey_window)


def _marks(one: Seen) -> dict[tuple[str, str], Any]:
    return marks.of_branch(read_session(), one.ids, one.review.month)


@blueprint.get("/reviews/<month>/branches/<code>/comments")
@requires(Permission.SEE_COMMENTS)
def branch_comments(month: str, code: str) -> str:
    """Everything that customers of a branch wrote in the window: by theme, by rating, by words."""
    one = seen(month, code)
    session = read_session()
    hidden = queries.comments_hidden(session, one.ids, one.review.month, one.policy)
    wanted = comments.Wanted(
        search=request.args.get("q", "").strip()[:LONGEST_SEARCH],
        theme=_known(request.args.get("theme", ""), THEMES),
        satisfied=_known(request.args.get("satisfied", ""), comments.SATISFIED),
    )
    listed, pages = None, Pages(1, 0)
    if not hidden:
        window, names = comment_window(one), _hidden(one)

        def page(offset: int) -> comments.Comments:
            return comments.listed(
                session, one.ids, window, one.policy, wanted, limit=PAGE, offset=offset, hidden=names
            )

        listed = page((asked() - 1) * PAGE)
        pages = paging(listed.total)
        if pages.number != asked():
            listed = page(pages.offset)
        listed = _read(one, listed)
    return render_template(
        "pages/branch/comments.html",
        **common(one.review, one.data),
        row=one.row,
        hidden=hidden,
        wanted=wanted,
        listed=listed,
        pages=pages,
        themes=THEMES,
        marks=_marks(one),
        mark_reasons=REASONS,
    )


def _known(value: str, choices: Collection[str]) -> str:
    return value if value in choices else ""


@blueprint.get("/reviews/<month>/branches/<code>/receipt/<figure>")
@requires(Permission.SEE_REVIEW)
def receipt(month: str, code: str, figure: str) -> str:
    """How one figure of a branch came about, from what was counted to what is shown."""
    one = seen(month, code)
    if figure not in FIGURES:
        raise NotFound(_("There is no receipt of this figure."))
    policy = Policy.of_signed(one.data["settings"]["policy"]) if one.review.signed else one.policy
    session = read_session()
    return render_template(
        "pages/branch/receipt.html",
        **common(one.review, one.data),
        row=one.row,
        receipt=receipts.receipt(one.data, one.row["code"], figure),
        behind=receipt_facts.behind(session, one.ids, one.review.month, figure, policy),
        figures=[(name, receipts.receipt(one.data, one.row["code"], name).title) for name in FIGURES],
        titles=queries.section_titles(session, one.ids, one.review.month, policy) if figure == "shops" else {},
        state_names=STATES,
        appeal_names=APPEALS,
        may_read=may(current_user(), Permission.SEE_RESPONSES),
    )


@blueprint.get("/reviews/<month>/agents/<code>")
@requires(Permission.SEE_REVIEW)
def agent(month: str, code: str) -> str:
    """One service employee's own numbers. Nobody is ranked against anybody."""
    review, data = reader_review(month)
    session = read_session()
    found, branch = queries.reader_agent(session, code, scope(), review.month)
    row = next((row for row in data["agents"] if row["code"] == found.code), None)
    if row is None:
        raise NotFound(
            _("The employee %(code)s has no part in the review of %(month)s.", code=code, month=review.month)
        )
    return render_template(
        "pages/agent.html",
        **common(review, data),
        row=row,
        branch=branch,
        branch_is_open=branch is not None and scope().names_branch(branch.id, branch.region_id),
        measures=AGENT_MEASURES,
        figures=figures(data, row, AGENT_MEASURES, units="agents"),
        trend=trend_rows(data, row, AGENT_MEASURES),
        target=organisation.policy(session).agent_target,
    )
