"""Amazon DocumentDB. Its clusters are DB clusters of the RDS API."""
