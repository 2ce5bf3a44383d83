"""Questionnaires over their life: the list, a new one, what one asks, translating, publishing, versions, files.

One blueprint, a module for each family of screens; editing a draft is the business of ``web/editor``.
"""

from survey_app.web.questionnaires import (  # noqa: F401  # each adds its routes
    arriving,
    catalogue,
    differences,
    downloading,
    languages,
    publishing,
    showing,
    starting,
    tables,
    translating,
)
from survey_app.web.questionnaires.frame import blueprint

__all__ = ["blueprint"]
