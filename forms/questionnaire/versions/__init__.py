"""Two versions of a questionnaire side by side: what changed, in words, and whether their answers may be joined."""
