"""What leaves the platform on paper or by wire: messages to customers, posters for branches."""
