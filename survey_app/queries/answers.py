"""Answers as people read them: which are a person's own words, and how the others are worded."""

from __future__ import annotations

from typing import Final

#: Question types whose answers are words or contact: they are kept in ``Answer.words`` and stripped by retention.
PERSONAL_TYPES: Final = frozenset({"text", "line", "email", "phone"})
