"""From the browser to the session and back: plain JSON in, {value} or {error} out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import gradio as gr

from lab.config import checked
from lab.session import Ask, Session
from lab.types import LabError
from lab.ui.desk import Desk
from lab.ui.visitor import Visitor, visitor
from lab.views.wire import wire

Answer = dict[str, Any]


def functions(kind: type[Desk], session: Session) -> list[Callable[..., Awaitable[Answer]]]:
    """Every public method of a page's desk, as a function of the page; each question is put to a
    desk that knows who asks."""

    def put(name: str, data: Any, who: Visitor) -> Any:
        return getattr(kind(session, who), name)(data)

    shared = session.catalogue.listed
    names = [name for name in dir(kind) if not name.startswith("_")]
    return [_answered(name, partial(put, name), shared) for name in names]


def _answered(
    name: str, function: Callable[[Any, Visitor], Any], shared: bool
) -> Callable[..., Awaitable[Answer]]:
    """Run a function in a thread and wrap what it says.

    The page sends {key, data}. A `LabError` becomes {"error": {key, facts}}, which the page says
    in the reader's language; any other failure becomes the error "unexpected", told without its
    traceback. Threads are Starlette's own, so that a long forward pass never holds up the event
    loop.
    """

    async def call(sent: Any = None, request: gr.Request | None = None) -> Answer:
        said = sent if isinstance(sent, dict) else {}
        client, headers = _whence(request)
        who = visitor(said.get("key"), client, headers, shared)
        try:
            return {"value": wire(await anyio.to_thread.run_sync(function, said.get("data"), who))}
        except LabError as error:
            return {"error": wire(error)}
        except Exception as error:  # the page must go on working whatever happened
            why = f"{type(error).__name__}: {error}"
            return {"error": wire(LabError("unexpected", why=why[:300]))}

    call.__name__ = call.__qualname__ = name
    return call


def _whence(request: Any) -> tuple[str, Any]:
    """(the address that a request came from, its headers); nothing is known of none."""
    client = getattr(request, "client", None)
    return (client.host if client else ""), getattr(request, "headers", {})


def ask_of(data: Any) -> Ask:
    """What the browser sent, as a question. Raises `LabError` when it is not one."""
    return checked(Ask, data)
