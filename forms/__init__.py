"""What a respondent, a shopper or a member of staff fills in. Knows neither Flask nor the database."""
