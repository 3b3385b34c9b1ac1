"""`pretext-lab ui`: start the page."""

from __future__ import annotations

import os
import socket
from typing import Annotated

import typer

from lab.cli._language import word
from lab.types import LabError

COMMANDS = typer.Typer()


@COMMANDS.command(help=word("cli.ui.help"))
def ui(
    host: Annotated[str, typer.Option(help=word("cli.ui.host"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help=word("cli.ui.port"))] = 0,
    browser: Annotated[bool, typer.Option(help=word("cli.ui.browser"))] = True,
) -> None:
    """Serve the page until told to end."""
    if port:
        _require_free(host, port)
    from lab.ui import launch

    # Only a language that was asked for is passed on: else the page keeps the reader's own choice.
    chosen = os.environ.get("PRETEXT_LANG", "")
    launch(host=host, port=port or None, open_browser=browser, language=chosen)


def _require_free(host: str, port: int) -> None:
    """Raise `LabError("port_taken")` now rather than after the seconds that importing takes."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise LabError("port_taken", host=host, port=port) from error
