"""What every test shares: how much Hypothesis tries."""

from hypothesis import HealthCheck, settings

# For `make check`, which answers while one waits; `make test` tries five times as many examples. With so few, a run of
# examples that a property does not apply to is chance, not a bad strategy.
settings.register_profile(
    "quick",
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)

# No test asserts a time, and a machine may be busy.
settings.register_profile("whole", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("whole")
