"""Journeys through the product, in a real browser where a person would use one."""
