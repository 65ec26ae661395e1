"""Serves the console on this machine, and on no other."""

from __future__ import annotations

import socket
from pathlib import Path

import uvicorn

from cli.console.app import console
from cli.console.guard import Entrance
from cli.errors import AnswerIsNo

ADDRESS = "127.0.0.1"
MOST_AT_A_TIME = 32


def listen(port: int) -> socket.socket:
    """Nobody beyond this machine reaches it. With 0 it is any port that is free. Who comes early waits.

    Raises ``AnswerIsNo`` if that port cannot be listened on.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((ADDRESS, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise AnswerIsNo(f"Port {port} of this machine cannot be listened on: {error.strerror}.") from error
    return listening


def entrance_of(listening: socket.socket) -> Entrance:
    return Entrance(origin=f"http://{ADDRESS}:{listening.getsockname()[1]}")


def server(*, environment: str, entrance: Entrance, config: Path) -> uvicorn.Server:
    """To be run on what listens. Raises ``Unusable`` for what cannot be an environment's name."""
    return uvicorn.Server(
        uvicorn.Config(
            console(environment=environment, entrance=entrance, config=config),
            http="h11",
            ws="none",
            lifespan="off",
            access_log=False,  # it would have the token
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MOST_AT_A_TIME,
        )
    )
