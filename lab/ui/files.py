"""Files that the page sends: its own scripts, styles and fonts, and what is taken home."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from lab.session import Session
from lab.types import LabError


class Files(StaticFiles):
    """A browser keeps them, and asks each time whether they are still the same.

    Without being told, it would guess how long they last, and after an update
    show yesterday's scripts with today's texts.
    """

    def file_response(self, *args: Any, **options: Any) -> Response:
        response = super().file_response(*args, **options)
        response.headers["Cache-Control"] = "no-cache"
        return response


def parcels(session: Session) -> Route:
    """Where a file that was packed of a run is fetched, under a name that says of which."""

    def send(request: Request) -> Response:
        name, file = request.path_params["run"], request.path_params["file"]
        try:
            found = session.trainings.parcel(name, file)
        except LabError as error:
            return PlainTextResponse(error.key, status_code=404)
        return FileResponse(found, filename=f"{name}-{file}")

    return Route("/take/{run}/{file}", send, methods=["GET"])
