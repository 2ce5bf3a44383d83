"""Nouns: what the platform knows, read only. Every list that belongs to branches takes a :class:`Scope`."""
