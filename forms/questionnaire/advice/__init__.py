"""What an author is told before publishing and need not follow: how long answering takes, and wording that misleads."""
