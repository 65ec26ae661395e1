"""AWS X-Ray: what is set for an account in a region."""
