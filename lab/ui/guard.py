"""Refuse what another site's page sends: a lab at home must not be a door for others."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class SameOrigin:
    """ASGI middleware: a request that carries an Origin must come from the host it is sent to.

    Browsers attach Origin to every cross-site request that could do something;
    programs (curl, a notebook) send none and pass. `names` are the only host names that
    may be asked for, empty for any: a name of another site's that leads to this machine
    (DNS rebinding) would otherwise be its own origin.
    """

    def __init__(self, app: ASGIApp, names: frozenset[str] = frozenset()) -> None:
        self.app, self.names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            origin, host = headers.get("origin"), headers.get("host", "")
            stranger = origin is not None and urlsplit(origin).netloc != host
            if stranger or (self.names and urlsplit(f"//{host}").hostname not in self.names):
                refusal = PlainTextResponse("request from another site refused", status_code=403)
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)
