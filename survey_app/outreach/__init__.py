"""Reaching customers, as rules and words without a database: whom to ask, when, and what became of it."""
