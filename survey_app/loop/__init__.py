"""Closing the loop: what may happen to a case and when, as tables and pure functions."""
