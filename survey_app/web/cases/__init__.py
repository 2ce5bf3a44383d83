"""Cases for staff: the list, one case with what to do now, its acts, a case by hand, and the rules behind them."""

from __future__ import annotations

from survey_app.web.cases import act_pages, delegations, lists, new, page, removals, rules  # noqa: F401  # routes
from survey_app.web.cases.frame import blueprint

__all__ = ["blueprint"]
