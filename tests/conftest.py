"""What every test shares: how much Hypothesis tries, and no work that no test needs."""

import gc
import os
from pathlib import Path

import pytest
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

# Every empty account would be filled with Amazon's machine images first, a fifth of the time of the laws.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"

TESTS = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long to make is made once: its tests share one of xdist's workers (``--dist loadgroup``).

    Commands over an account in moto take longer than all other unit tests: ``make check`` leaves them out.
    """
    for item in items:
        folder, *_, file = item.path.relative_to(TESTS).parts
        if folder in ("browser", "infra", "laws"):  # Chromium; stacks; clients of many services
            item.add_marker(pytest.mark.xdist_group(folder))
        elif folder == "e2e":
            item.add_marker(pytest.mark.e2e)
            shares = "local_aws" in item.fixturenames
            item.add_marker(pytest.mark.xdist_group("local_aws" if shares else file))
        elif "session" in item.fixturenames:  # tests/unit/cli/conftest.py
            item.add_marker(pytest.mark.moto)


def pytest_collection_finish() -> None:
    """What was imported stays, and is large: Python need not look through it for garbage again and again."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def pytest_sessionfinish() -> None:
    """Nor at the end, where pytest has it look five times."""
    gc.freeze()
