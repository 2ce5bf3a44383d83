"""Verbs: each takes the session of an open transaction, flushes, and never commits. They know neither web nor jobs."""
