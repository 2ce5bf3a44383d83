"""Questionnaires and responses on their way in and out, in the formats of other systems."""
