"""The customer's side of Suture: one IAM role, as a CDK stack and as a plain CloudFormation template."""
