"""``suture console``: pages for those who would rather look than type."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.deployment import Deployment
from cli.policy import CONFIG

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
    from cli.console.server import entrance_of, listen, server  # noqa: PLC0415  a web server, only to serve

    deployment: Deployment = context.obj()
    with listen(port) as listening:
        entrance = entrance_of(listening)
        serving = server(environment=deployment.environment, entrance=entrance, config=config)
        output.say(entrance.address)
        output.say_aside("Open this address. It works once, and on this machine only. Ctrl-C ends the console.")
        serving.run(sockets=[listening])
