"""Import gradio in half the time.

At every import gradio parses the source of each of its components and rewrites
the stub beside it, for editors (`gradio.component_meta.create_or_modify_pyi`).
Nobody edits here, and it takes about half of the 2.5 s. Gradio skips a class
whose file cannot be told, so for as long as it is imported none can.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def import_gradio() -> None:
    """Import gradio quickly, without telemetry. Does nothing when it is already there."""
    # Gradio reads these while it is imported: no telemetry, no look-ups at start.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    with _untold_files():
        import gradio  # noqa: F401


@contextmanager
def _untold_files() -> Iterator[None]:
    """Within, `inspect.getfile` answers for gradio's classes as it does for built-in ones."""
    getfile = inspect.getfile

    def untold(thing: Any) -> str:
        if isinstance(thing, type) and thing.__module__.startswith("gradio."):
            raise OSError("not told while gradio is imported")
        return getfile(thing)

    inspect.getfile = untold  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = getfile
