"""Letters to people who log in: which there are, and their words in four languages. Pure: no database, no carrier."""

from forms.letters.compose import LETTERS, Kind, Written, compose, lacking

__all__ = ["LETTERS", "Kind", "Written", "compose", "lacking"]
