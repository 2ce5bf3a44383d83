"""One campaign while it runs: how far it has come, who was asked and who not, what became of each case."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from forms.campaign_names import CHANNELS
from survey_app import clock, db
from survey_app.errors import UserError
from survey_app.models import Campaign
from survey_app.models.campaign import ANONYMOUS
from survey_app.models.outreach import INVITED
from survey_app.outreach.dispositions import DISPOSITIONS, LEFT_OUT
from survey_app.permissions import Permission, Scope, may
from survey_app.queries import campaigns, organisation
from survey_app.queries import progress as queries
from survey_app.queries import selection as selections
from survey_app.queries.progress import WITHDRAWN
from survey_app.queries.selection import Seen
from survey_app.web.paging import PAGE, paging
from survey_app.web.security import limiter, requires
from survey_app.web.support import current_user, read_session, scope
from translations import LANGUAGES, current_language, ngettext, speaking
from translations import gettext as _
from translations import lazy_gettext as _l
from translations.cells import neutral

blueprint = Blueprint("progress", __name__, url_prefix="/campaigns")

#: Rows of a file that are sent at once.
_PIECE: Final = 500
#: A file of every interaction is work for the database.
_OFTEN: Final = "60 per hour"
#: What the groups of AAPOR's codes are called, as the terms of a response rate.
GROUPS: Final = {
    "complete": _l("Answered"),
    "partial": _l("Partly answered"),
    "refusal": _l("Refused"),
    "non_contact": _l("Not reached, or not answered"),
    "other": _l("Other reasons"),
    "unknown": _l("Not known whether the customer could be asked"),
    "ineligible": _l("Was not to be asked"),
}
#: Up to here a time is told in minutes, and in hours.
_MINUTES_MOST: Final = 90
_HOURS_MOST: Final = 48
_OTHER_CODES: Final = {WITHDRAWN: _l("Taken back before it was sent")}


def _code_name(code: str) -> str:
    """An AAPOR code in words."""
    found = DISPOSITIONS.get(code)
    return str(found.name if found is not None else _OTHER_CODES.get(code, code))


def _what(code: str) -> str:
    """What was decided about an interaction, in words."""
    return str(_("Invited") if code == INVITED else LEFT_OUT.get(code, code))


def lasting(minutes: float) -> str:
    """A time in words, as exact as it matters: minutes, hours or days."""
    hours = minutes / 60
    if minutes < _MINUTES_MOST:
        whole = max(round(minutes), 1)
        return ngettext("%(num)s minute", "%(num)s minutes", whole)
    if hours < _HOURS_MOST:
        return ngettext("%(num)s hour", "%(num)s hours", round(hours))
    return ngettext("%(num)s day", "%(num)s days", round(hours / 24))


def _contacts() -> bool:
    """Whether the reader may see the end of a customer's reference."""
    return may(current_user(), Permission.SEE_CONTACTS)


def _campaign(code: str) -> Campaign:
    return campaigns.by_code(read_session(), code)


def _page(template: str, campaign: Campaign, **values: Any) -> str:
    return render_template(
        f"pages/campaigns/{template}.html",
        campaign=campaign,
        title=campaigns.title(campaign),
        anonymous=campaign.privacy == ANONYMOUS,
        channels=CHANNELS,
        code_name=_code_name,
        what_name=_what,
        lasting=lasting,
        **values,
    )


@blueprint.get("/<code>/progress")
@requires(Permission.SEE_CAMPAIGNS)
def show(code: str) -> str:
    """How far the campaign has come."""
    campaign = _campaign(code)
    found = queries.progress(read_session(), campaign, scope())
    return _page("progress", campaign, found=found, language_names=LANGUAGES)


@blueprint.get("/<code>/selection")
@requires(Permission.SEE_CAMPAIGNS)
def selection(code: str) -> str:
    """What became of every interaction, and why it was not asked about."""
    session, campaign = read_session(), _campaign(code)
    what, branch = (request.args.get(name, "").strip() for name in ("what", "branch"))
    fault, branch_id = "", None
    if branch:
        try:
            branch_id = organisation.branch_by_code(session, branch).id
        except UserError as error:
            fault, branch_id = error.message, 0
    counts = selections.counts(session, campaign, scope(), branch_id)
    every = sum(counts.values())
    what = what if what in {INVITED, *LEFT_OUT} else ""
    pages = paging(counts.get(what, 0) if what else every)
    rows = selections.listed(
        session,
        campaign,
        scope(),
        what=what,
        branch_id=branch_id,
        contacts=_contacts(),
        limit=PAGE,
        offset=pages.offset,
    )
    return _page(
        "selection",
        campaign,
        rows=rows,
        contacts=_contacts(),
        counts=counts,
        every=every,
        pages=pages,
        what=what,
        branch=branch,
        fault=fault,
        whats=[(one, _what(one)) for one in (INVITED, *LEFT_OUT)],
    )


@blueprint.get("/<code>/cases")
@requires(Permission.SEE_CAMPAIGNS)
def cases(code: str) -> str:
    """AAPOR's codes: how many cases have each, and what was logged when."""
    session, campaign = read_session(), _campaign(code)
    codes = selections.codes(session, campaign, scope())
    wanted = request.args.get("what", "").strip()
    wanted = wanted if wanted in DISPOSITIONS else ""
    total = 0 if campaign.privacy == ANONYMOUS else sum(one.logged for one in codes if wanted in {"", one.code})
    pages = paging(total)
    rows = selections.log(session, campaign, scope(), code=wanted, limit=PAGE, offset=pages.offset)
    return _page(
        "cases", campaign, codes=codes, rows=rows, pages=pages, what=wanted, groups=GROUPS, dispositions=DISPOSITIONS
    )


# ---- a file of it ----------------------------------------------------------------------------------------------------


@blueprint.get("/<code>/selection.csv")
@requires(Permission.SEE_CAMPAIGNS)
@limiter.limit(_OFTEN)
def download(code: str) -> ResponseReturnValue:
    """Every interaction with what was decided about it, piece by piece; not who answered."""
    campaign = _campaign(code)
    response = Response(
        _pieces(campaign.code, scope(), current_language(), _contacts()), content_type="text/csv; charset=utf-8"
    )
    name = f"{campaign.code}-selection-{clock.today().isoformat()}.csv"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _head() -> list[str]:
    return [
        _("Day of the interaction"), _("Branch code"), _("Branch"), _("How the customer came"), _("Reason"),
        _("End of the reference"), _("What became of it"), _("Code"), _("Chance of being drawn"), _("Design weight"),
        _("Channel"), _("Day of the decision"),
    ]  # fmt: skip


def _line(one: Seen) -> list[Any]:
    left = one.left_out or INVITED
    return [
        one.on.isoformat(), neutral(one.branch_code), neutral(one.branch),
        neutral(one.channel), neutral(one.reason), neutral(one.customer), _what(left), left,
        one.probability if one.probability is not None else "", one.weight if one.weight is not None else "",
        one.way, one.decided_on.isoformat(),
    ]  # fmt: skip


def _pieces(code: str, reach: Scope, language: str, contacts: bool) -> Iterator[bytes]:
    """The file with a session of its own: it is sent when the request's has been closed."""
    with speaking(language), db.reading() as session:
        campaign = campaigns.by_code(session, code)
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer)
        writer.writerow(_head())
        mark = "\N{ZERO WIDTH NO-BREAK SPACE}"
        for number, one in enumerate(selections.everything(session, campaign, reach, contacts=contacts), start=1):
            writer.writerow(_line(one))
            if number % _PIECE == 0:
                yield (mark + buffer.getvalue()).encode()
                mark = ""
                buffer.seek(0)
                buffer.truncate()
        yield (mark + buffer.getvalue()).encode()
