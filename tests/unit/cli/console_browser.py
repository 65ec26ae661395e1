"""Asks the console for pages as a browser does, without one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError
from httpx2 import Response
from starlette.testclient import TestClient

from cli.console.app import console
from cli.console.guard import Entrance

ORIGIN = "http://127.0.0.1:8321"
CONFIG = Path(__file__).parents[3] / "cli" / "example"


@dataclass
class Browser:
    """One that has opened the console of the environment ``test``, unless ``entered`` says otherwise."""

    entered: bool = True
    entrance: Entrance = field(default_factory=lambda: Entrance(origin=ORIGIN))
    config: Path = CONFIG

    def __post_init__(self) -> None:
        app = console(environment="test", entrance=self.entrance, config=self.config)
        self.client = TestClient(app, base_url=ORIGIN, follow_redirects=False)
        if self.entered:
            assert self.client.get(self.entrance.address).status_code == 303

    def get(self, path: str, **headers: str) -> Response:
        return self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def page(self, path: str) -> str:
        """What a page that there is shows."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, **form: str) -> Response:
        """Send a form of one of the console's own pages."""
        return self.client.post(path, data={"form_token": self.entrance.form_token, **form}, headers={"origin": ORIGIN})

    def carry_out(self, path: str, **form: str) -> str:
        """Send a form that gives a command. Returns the path of the page that follows it."""
        answer = self.send(path, **form)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]


@contextmanager
def failing(client: BaseClient, error: str | BotoCoreError) -> Iterator[None]:
    """Meanwhile AWS answers each call of the client with this code, or it does not get as far as an answer."""

    def fail(**_: Any) -> tuple[Any, dict[str, Any]]:
        if isinstance(error, BotoCoreError):
            raise error
        answer = {"Error": {"Code": error, "Message": "so it is"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        return SimpleNamespace(status_code=400), answer

    client.meta.events.register("before-call", fail, unique_id="failing")
    try:
        yield
    finally:
        client.meta.events.unregister("before-call", unique_id="failing")


def text_of(page: str) -> str:
    """What is read of it."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())
