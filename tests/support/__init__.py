"""What the tests share: fixtures by concern, factories, and helpers that say why they failed."""
