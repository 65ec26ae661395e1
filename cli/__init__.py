"""The operator's command, ``suture``. Start at ``cli.main``."""
