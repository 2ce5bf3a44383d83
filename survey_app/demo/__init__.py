"""A synthetic bank to look at and to test with: fictional, marked as synthetic on every page, its true effects known.

:func:`load` stores it through the same commands that the web and the imports use.
"""

from survey_app.demo.loading import load
from survey_app.demo.summary import Login, Summary

__all__ = ["Login", "Summary", "load"]
