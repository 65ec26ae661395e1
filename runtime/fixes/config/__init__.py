"""AWS Config: what is set for an account in a region."""
