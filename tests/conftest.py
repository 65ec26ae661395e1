"""What every test shares: how much Hypothesis tries."""

from hypothesis import settings

# For `make check`, which answers while one waits; `make test` tries five times as many examples.
settings.register_profile("quick", max_examples=20, deadline=None)
