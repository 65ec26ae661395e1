"""Amazon CloudWatch: alarms on what a trail sends to CloudWatch Logs."""
