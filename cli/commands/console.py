"""``suture console``: pages for those who would rather look than type."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.deployment import Deployment
from cli.errors import AnswerIsNo
from cli.policy import CONFIG

ADDRESS = "127.0.0.1"
MOST_AT_A_TIME = 32

EPILOG = """\b
Examples:
  suture -e production console
  suture -e production console --port 8321
\b
It runs on this machine, for whoever opens the address that it prints, once, and
acts with your own AWS credentials: nothing else logs in, and nothing is hosted.
Ctrl-C ends it.
"""


def serve_console(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on. 0: any that is free.")] = 0,
    config: Annotated[
        Path, typer.Option(help="The folder whose policy knows the environments.", show_default="this checkout's")
    ] = CONFIG,
) -> None:
    """Show findings, reviews, stops and the audit trail in a browser on this machine."""
    import uvicorn  # noqa: PLC0415  only to serve

    from cli.console.app import console  # noqa: PLC0415  the same
    from cli.console.guard import Entrance  # noqa: PLC0415  the same

    deployment: Deployment = context.obj()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((ADDRESS, port))
        except OSError as error:
            raise AnswerIsNo(f"Port {port} of this machine cannot be listened on: {error.strerror}.") from error
        entrance = Entrance(origin=f"http://{ADDRESS}:{listening.getsockname()[1]}")
        app = console(environment=deployment.environment, entrance=entrance, config=config)
        output.say(entrance.address)
        output.say_aside("Open this address. It works once, and on this machine only. Ctrl-C ends the console.")
        uvicorn.Server(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                access_log=False,
                log_level="warning",
                server_header=False,
                proxy_headers=False,
                limit_concurrency=MOST_AT_A_TIME,
            )
        ).run(sockets=[listening])
