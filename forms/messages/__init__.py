"""What invitations and reminders say: default words in four languages, places, the length of a text message, and what
must not stand in one. Pure: it knows neither campaigns nor databases.
"""

from forms.messages.compose import Composed, Values, compose, defaults, parts_of, words
from forms.messages.lint import Problem, lint
from forms.messages.parts import Parts, parts
from forms.messages.preflight import check
from forms.messages.stopping import asks_to_stop

__all__ = [
    "Composed", "Parts", "Problem", "Values", "asks_to_stop", "check", "compose", "defaults", "lint", "parts",
    "parts_of", "words",
]  # fmt: skip
