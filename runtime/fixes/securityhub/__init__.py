"""AWS Security Hub CSPM: what is set for an account in a region."""
