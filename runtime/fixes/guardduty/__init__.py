"""Amazon GuardDuty: what is set for an account in a region."""
