"""The customer's side of Suture: an IAM role for each AWS service, as CDK stacks and as CloudFormation templates."""
