"""Amazon VPC, whose API is that of EC2."""
