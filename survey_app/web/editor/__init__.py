"""The editor of questionnaires: one screen that works as ordinary pages and forms, and better where scripts run."""

from __future__ import annotations

from survey_app.web.editor import screen, trial  # noqa: F401  # each adds its routes
from survey_app.web.editor.frame import blueprint

__all__ = ["blueprint"]
