"""The test ground is tested itself: a helper that cannot fail would prove nothing."""
