"""From `python app.py` to a page one can use."""

from __future__ import annotations

import time
from typing import Any

from benchmarks._app import app, await_answer, chromium, visit
from benchmarks._timing import Effort, spread


def measure(effort: Effort) -> dict[str, Any]:
    """Seconds to HTTP 200 and to interactive. The first start only fills the disk's cache."""
    answering: list[float] = []
    interactive: list[float] = []
    with chromium() as browser:
        for _ in range(effort.starts + 1):
            page = browser.new_page()
            began = time.perf_counter()
            with app() as address:
                await_answer(address)
                answering.append(time.perf_counter() - began)
                visit(page, address)
                interactive.append(time.perf_counter() - began)
            page.close()
    return {
        "http_200_s": spread(answering[1:]),
        "interactive_s": spread(interactive[1:]),
        "starts": effort.starts,
    }
