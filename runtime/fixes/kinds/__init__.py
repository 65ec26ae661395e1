"""The kinds of fixes. Each is implemented once, with its own laws; a fix is an instance of a kind, as data."""
