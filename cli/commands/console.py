"""``suture console``: the console, a local web application."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import output
from cli.deployment import Deployment
from cli.options import ConfigFolder
from cli.policy import CONFIG

EPILOG = """\b
Examples:
  suture -e production console
  suture -e production console --port 8321
\b
It runs on this machine and uses your AWS credentials. The address that it
prints works once. Ctrl-C ends it.
"""


def serve_console(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="The port to listen on. 0: any that is free.")
    ] = 0,
    config: ConfigFolder = CONFIG,
) -> None:
    """Start the console, a local web application: findings, reviews, stops, accounts and the audit trail."""
    from cli.console.server import entrance_of, listen, server  # noqa: PLC0415  a web server, only to serve

    deployment: Deployment = context.obj()
    with listen(port) as listening:
        entrance = entrance_of(listening)
        serving = server(environment=deployment.environment, entrance=entrance, config=config)
        output.say(entrance.address)
        output.say_aside("Open this address. It works once, and on this machine only. Ctrl-C ends the console.")
        serving.run(sockets=[listening])
