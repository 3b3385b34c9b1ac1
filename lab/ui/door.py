"""From the browser to the session and back: plain JSON in, {value} or {error} out."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

import anyio

from lab.config import checked
from lab.session import Ask
from lab.types import LabError
from lab.views.wire import wire

Answer = dict[str, Any]


def answered(function: Callable[[Any], Any]) -> Callable[[Any], Awaitable[Answer]]:
    """Run a function in a thread and wrap what it says.

    A `LabError` becomes {"error": {key, facts}}, which the page says in the
    reader's language; any other failure becomes the error "unexpected", told
    without its traceback. Threads are Starlette's own, so that a long forward
    pass never holds up the event loop.
    """

    @functools.wraps(function)
    async def call(data: Any = None) -> Answer:
        try:
            return {"value": wire(await anyio.to_thread.run_sync(function, data))}
        except LabError as error:
            return {"error": wire(error)}
        except Exception as error:  # the page must go on working whatever happened
            why = f"{type(error).__name__}: {error}"
            return {"error": wire(LabError("unexpected", why=why[:300]))}

    return call


def functions(desk: object) -> list[Callable[[Any], Awaitable[Answer]]]:
    """Every public method of a page's desk, as a function of the page."""
    names = [name for name in dir(desk) if not name.startswith("_")]
    return [answered(getattr(desk, name)) for name in names]


def ask_of(data: Any) -> Ask:
    """What the browser sent, as a question. Raises `LabError` when it is not one."""
    return checked(Ask, data)
