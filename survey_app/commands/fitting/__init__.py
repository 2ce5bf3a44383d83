"""What each model of a month is made of (``gather``, reads) and how it is made (``fit``, numbers only)."""
