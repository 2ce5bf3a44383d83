"""Questionnaires as data: the definition, its checks, rules and scores, and the forms built from it."""
