"""Edits of a questionnaire: pure functions from one questionnaire to the next. ``commands/drafts.py`` keeps them."""

from __future__ import annotations

from forms.questionnaire.editing.adding import add_question, add_section
from forms.questionnaire.editing.changing import (
    change_document,
    change_index,
    change_question,
    change_section,
    change_type,
    rename_question,
    set_text,
    unapproved,
    unused_keys,
    use_scale,
    without_unused,
)
from forms.questionnaire.editing.moving import delete, duplicate, move
from forms.questionnaire.editing.paste import as_lines, paste_choices, paste_statements
from forms.questionnaire.editing.presets import GROUPS, Preset, presets
from forms.questionnaire.editing.references import rename, users_of
from forms.questionnaire.editing.scales import (
    add_scale,
    change_scale,
    change_scale_here,
    delete_scale,
    find_scale,
    rename_scale,
    sharers,
)
from forms.questionnaire.editing.tree import every_question, find_question, find_section, question_codes, section_of

__all__ = [
    "GROUPS",
    "Preset",
    "add_question",
    "add_scale",
    "add_section",
    "as_lines",
    "change_document",
    "change_index",
    "change_question",
    "change_scale",
    "change_scale_here",
    "change_section",
    "change_type",
    "delete",
    "delete_scale",
    "duplicate",
    "every_question",
    "find_question",
    "find_scale",
    "find_section",
    "move",
    "paste_choices",
    "paste_statements",
    "presets",
    "question_codes",
    "rename",
    "rename_question",
    "rename_scale",
    "section_of",
    "set_text",
    "sharers",
    "unapproved",
    "unused_keys",
    "use_scale",
    "users_of",
    "without_unused",
]
