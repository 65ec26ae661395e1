"""Load balancers, whose types are those of Elastic Load Balancing."""
