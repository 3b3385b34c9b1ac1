"""The page's own files: scripts, styles, fonts."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles


class Files(StaticFiles):
    """A browser keeps them, and asks each time whether they are still the same.

    Without being told, it would guess how long they last, and after an update
    show yesterday's scripts with today's texts.
    """

    def file_response(self, *args: Any, **options: Any) -> Response:
        response = super().file_response(*args, **options)
        response.headers["Cache-Control"] = "no-cache"
        return response
