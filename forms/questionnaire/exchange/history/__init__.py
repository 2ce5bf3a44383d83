"""Responses of another system: what the columns of their file mean in a questionnaire, and each row read as answers.

A file becomes a :class:`~forms.questionnaire.exchange.history.source.Source`: its columns with the values found in
them. ``propose`` suggests a :class:`~forms.questionnaire.exchange.history.mapping.Mapping` for it, a person decides the
rest, and ``reading`` then reads row after row. Where branches, agents and stored responses come in, the rows go on to
the commands; nothing here knows a database.
"""
