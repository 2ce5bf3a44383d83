"""Forms of the questionnaire editor: one for each kind of part, made for the part as it stands."""
