"""Amazon EBS, whose API is that of EC2."""
