"""The house's rules, held by tests. Every checker is a function over plain input, and each is shown a bad sample."""
