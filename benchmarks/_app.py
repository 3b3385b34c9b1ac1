"""The app in a process of its own, as a person starts it, and a Chromium to look at it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.types import LabError

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120.0
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


@contextmanager
def app() -> Iterator[str]:
    """Run `python app.py`; the address it says it listens on."""
    # Whatever opens a browser here must not: the benchmark brings its own.
    environment = dict(os.environ, BROWSER="true", HF_HUB_OFFLINE="1", PYTHONUNBUFFERED="1")
    process = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield _address(process)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if "http://" in line:
            return "http://" + line.split("http://")[1].strip().rstrip("/")
    raise RuntimeError("the app ended before it said where it listens")


def await_answer(address: str) -> None:
    """Return at the first HTTP 200."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        try:
            with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError("the app does not answer")


@contextmanager
def chromium() -> Iterator[Any]:
    """A headless Chromium, driven by Playwright."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise LabError("no_browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def visit(page: Any, address: str) -> None:
    """Open the page and return once it is interactive."""
    page.goto(address, wait_until="commit")
    page.wait_for_selector("html[data-ready=true]", timeout=PATIENCE * 1000)
