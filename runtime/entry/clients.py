"""Creates the function's AWS clients, with the same settings and shared data.

With botocore only: boto3 is not needed here, and its import takes a quarter longer.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from threading import Lock

import botocore
from botocore.client import BaseClient
from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

CONFIG = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 3},
    # Given whole. botocore would put its own together anew, twice for each call.
    user_agent=f"suture botocore/{botocore.__version__}",
    # The tests validate the same calls against the same models, and AWS validates each anyway.
    parameter_validation=False,
)
"""Seconds. One call with retries ends before the function's timeout; a timeout loses nothing."""

AMAZON_ROOTS = Path(__file__).with_name("amazon_roots.pem")
"""The roots of AWS's certificates. The bundle has the file; a checkout has none, and uses botocore's."""


class _Loader(Loader):  # type: ignore[misc]
    """Loads a service's data directly. botocore searches the folders of all 400 services first."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  botocore names it
        return [name for folder in self.search_paths for name in _names_in(folder)]


@cache
def _names_in(folder: str) -> list[str]:
    # A list of 400 paths, not of their names, would cost as much as is saved.
    return os.listdir(folder) if Path(folder).is_dir() else []  # noqa: PTH208


_loader = _Loader()


def new_session(config: Config = CONFIG) -> Session:
    """A separate session for separate credentials; data from disk is shared with all others."""
    session = Session()
    session.register_component("data_loader", _loader)
    session.set_default_client_config(config)
    # Whoever names a bundle of their own, for a proxy or another AWS, trusts that one.
    named = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
    if not named and AMAZON_ROOTS.exists() and _partition_of(session) == "aws":
        session.set_config_variable("ca_bundle", str(AMAZON_ROOTS))
    return session


class Clients:
    """A session's clients by service, created on first use: most findings need neither SQS nor SNS.

    They are thread-safe; botocore's session is not.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._clients: dict[str, BaseClient] = {}
        self._lock = Lock()

    def __call__(self, service: str) -> BaseClient:
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.create_client(service)
            return self._clients[service]


def _partition_of(session: Session) -> str:
    return str(session.get_partition_for_region(session.get_config_variable("region")))
