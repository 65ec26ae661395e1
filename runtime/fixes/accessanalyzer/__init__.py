"""IAM Access Analyzer: what is set for an account in a region."""
