"""Build the Gradio app and serve it with its own files, safe by default."""

from __future__ import annotations

import os
import socket
import threading
import webbrowser
from typing import Any

# Gradio reads these while it is imported: no telemetry, no look-ups at start.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr
from starlette.middleware import Middleware
from starlette.routing import Mount

import lab.ui.pages
from lab.registry import discover
from lab.session import Session
from lab.texts import ASSETS
from lab.types import LabError
from lab.ui.files import Files, parcels
from lab.ui.guard import SameOrigin
from lab.ui.head import head
from lab.ui.page import Page
from lab.ui.shell import shell
from lab.ui.visitor import LOOPBACK

FIRST_PORT = 7860
LARGEST_UPLOAD = "32mb"
WARM_AFTER = 2.5
"""Seconds from the page's being served to the import of what predictions need."""


def build(session: Session) -> gr.Blocks:
    """The shell and every page that lab/ui/pages offers, in their order."""
    pages = sorted(discover(lab.ui.pages, "PAGE", Page).values(), key=lambda page: page.order)
    blocks: gr.Blocks = gr.Blocks(title="Pretext Lab", analytics_enabled=False, fill_width=True)
    with blocks:
        shell(session, pages)
        for page in pages:
            with gr.Column(elem_id=f"page-{page.name}", elem_classes="lab-page"):
                page.build(session)
    return blocks


def serve(host: str, port: int | None, open_browser: bool, block: bool, language: str = "") -> str:
    """Listen on the first free port from 7860 on (or on `port`) and return the address.

    `language`: the one to open the browser in; by default what its reader last chose.
    """
    session = Session(listed=host not in LOOPBACK)
    blocks = build(session)
    blocks.queue(max_size=64)
    _, address, _ = blocks.launch(
        server_name=host,
        server_port=port or free_port(host),
        inbrowser=False,
        prevent_thread_lock=True,
        quiet=True,
        ssr_mode=False,
        share=False,
        run_history=False,
        footer_links=[],
        head=head(),
        favicon_path=str(ASSETS / "favicon.svg"),
        max_file_size=LARGEST_UPLOAD,
        app_kwargs=_server(session, LOOPBACK if host in LOOPBACK else frozenset()),
    )
    print(f"Pretext Lab → {address}", flush=True)
    # What predictions need is imported while the reader looks at the page; begun at once, it
    # would hold up the page itself, which takes its first seconds from the same processor.
    warming = threading.Timer(WARM_AFTER, _warm, (session,))
    warming.daemon = True
    warming.start()
    # Runs that were interrupted go on, and those in the queue begin as their turn comes.
    session.trainings.runs.attendant.come()
    if open_browser:
        webbrowser.open(f"{address}?lang={language}" if language else address)
    if block:
        try:
            blocks.block_thread()
        finally:
            session.trainings.runs.attendant.leave()
    return str(address)


def free_port(host: str) -> int:
    """The first port from 7860 on that nobody listens on.

    Raises `LabError("no_port")` when a hundred are taken.
    """
    last = FIRST_PORT + 99
    for port in range(FIRST_PORT, last + 1):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise LabError("no_port", first=FIRST_PORT, last=last)


def _server(session: Session, names: frozenset[str]) -> dict[str, Any]:
    return {
        "routes": [Mount("/lab", Files(directory=ASSETS)), parcels(session)],
        "middleware": [Middleware(SameOrigin, names=names)],
        "docs_url": None,
        "redoc_url": None,
    }


def _warm(session: Session) -> None:
    """Import torch and transformers in the background; a failure will be told where it matters."""
    import contextlib

    with contextlib.suppress(Exception):
        session.warm()
