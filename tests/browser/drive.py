"""Start the app once and drive it in Chromium; shared by the browser tests and by `make shots`."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Where Chromium is, or `None`."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def running_app(home: Path | None = None, host: str = "127.0.0.1") -> Iterator[str]:
    """The address of a freshly started app, in a process of its own, offline.

    host  what it listens on; whatever that is, the address is this machine's
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = dict(os.environ, HF_HUB_OFFLINE="1")
    if home is not None:
        environment["PRETEXT_HOME"] = str(home)
    address = f"http://127.0.0.1:{port}"
    # A file, not a pipe: nobody reads a pipe while the tests run, and a full one stops the app.
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "lab",
                "ui",
                "--no-browser",
                "--host",
                host,
                "--port",
                str(port),
            ],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        try:
            _wait(address, process, said)
            yield address
        finally:
            process.terminate()
            process.wait(10)


def _wait(address: str, process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        if process.poll() is not None:
            said.seek(0)
            raise RuntimeError(f"the app ended at once:\n{said.read().decode()}")
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the app did not answer within a minute")


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium of Playwright's kind."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield started
        finally:
            started.close()


class Watched:
    """A page that remembers what went wrong on it and whom it called."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.errors: list[str] = []
        self.strangers: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._console)
        page.on("request", self._request)

    def open(self, query: str = "") -> None:
        """Load the page and wait until its lanes stand."""
        self.page.goto(self.address + "/" + query)
        self.page.wait_for_selector("html[data-ready=true]", timeout=30_000)

    def with_settings(self, tab: str, settings: dict[str, Any], query: str = "") -> Any:
        """A page that begins with these settings, where none are kept yet."""
        kept = json.dumps(json.dumps(settings))
        name = f"pretext.{tab}"
        self.page.add_init_script(
            f"localStorage.getItem('{name}') || localStorage.setItem('{name}', {kept})"
        )
        self.open(f"?tab={tab}{query}")
        return self.page

    def _console(self, message: Any) -> None:
        if message.type == "error" and "favicon" not in message.text:
            self.errors.append(message.text)

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.strangers.append(request.url)
