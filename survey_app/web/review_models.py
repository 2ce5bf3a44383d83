"""What models found, on the month's page: drivers, recovery, the mix of answers, surveys and visits apart."""

from __future__ import annotations

from typing import Any

from reports import loop_wording, model_tables, model_wording
from reports.driver_figures import drivers
from survey_app.queries.reviews import Review
from translations import current_language


def beside_review(review: Review, data: dict[str, Any]) -> dict[str, Any]:
    """What the page's parts about models are made of, cut to the reader already."""
    models = data.get("models") or {}
    named = [row for row in data["branches"] if row["name"] is not None]
    return {
        "models": models,
        "model_words": model_wording,
        "loop_words": loop_wording,
        "model_tables": model_tables.tables({**data, "branches": named}),
        "drivers_figure": drivers(data, current_language()),
        "model_places": {row["code"]: row["name"] for row in named},
        "not_made": model_wording.not_made(review.signed is not None),
        "overdue": [row for row in named if row["overdue"]],
    }
