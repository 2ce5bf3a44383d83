"""Languages: their words, numbers and dates."""
