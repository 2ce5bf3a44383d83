"""The reviewers' desk: the queue, one report with all its evidence, what becomes of it, and how far readers agree.

A report, once approved, is read here by whoever may see the branch's shops.
"""

from __future__ import annotations

from survey_app.web.quality import agreeing, blind, copies, naming, queue, report, versions  # noqa: F401  # each adds its routes
from survey_app.web.quality.frame import blueprint

__all__ = ["blueprint"]
