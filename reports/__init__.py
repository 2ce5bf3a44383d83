"""What management reads: pure arithmetic over facts, and its writers. Knows neither Flask nor the database."""
