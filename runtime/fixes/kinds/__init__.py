"""The ways of fixing. Each is written once, with its own laws; a fix is an instance of one, which is data."""
