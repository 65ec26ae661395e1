"""The laws' empty account. ``pytest tests/laws --law-times`` says what the laws of each fix cost."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Iterator
from functools import cache

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from moto import mock_aws
from moto.core import base_backend, models, responses

pytest.register_assert_rewrite("tests.laws.laws")

MOST_SECONDS = 2.0
"""The CPU that the laws of one fix may take: there are to be hundreds."""

_seconds: Counter[str] = Counter()

# moto looks again at each request, and makes an RSA key for each KMS key and certificate: longer than most laws take.
responses.method_names_from_class = cache(responses.method_names_from_class)
rsa.generate_private_key = cache(rsa.generate_private_key)
serialization.load_pem_private_key = cache(serialization.load_pem_private_key)

# For each empty account, moto lists every URL of AWS for the library requests, which nothing here uses, and fills the
# account before anew, default VPC and all, only to throw it away.
models.RESPONSES_METHODS.clear()
base_backend.BaseBackend.reset = lambda _: None

_urls = base_backend.BaseBackend.urls.fget
_urls_of: dict[type, object] = {}


def _urls_once(backend: base_backend.BaseBackend) -> object:
    """The URLs of a service's class, which moto puts together for each request."""
    kind = type(backend)
    if kind not in _urls_of:
        _urls_of[kind] = _urls(backend)
    return _urls_of[kind]


base_backend.BaseBackend.urls = property(_urls_once)


@pytest.fixture
def empty_account() -> Iterator[None]:
    with mock_aws():
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--law-times", action="store_true", help="say what the laws of each fix cost, in seconds of CPU")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    began = time.process_time()
    try:
        return (yield)
    finally:
        fix = getattr(item, "callspec", None) and item.callspec.params.get("fix")
        if fix is not None:
            _seconds[fix.spec.id] += time.process_time() - began


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("--law-times", default=False) and _seconds:
        over = sum(seconds > MOST_SECONDS for seconds in _seconds.values())
        terminalreporter.section(f"seconds of CPU; {over} of {len(_seconds)} fixes above {MOST_SECONDS:.0f}")
        for fix_id, seconds in _seconds.most_common():
            terminalreporter.line(f"{seconds:7.2f}  {fix_id}")
