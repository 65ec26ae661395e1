"""The console, ``suture console``: pages for what the command does, on this machine only. Start at ``site``."""
