"""What the tests of the Fine-tune page give it."""

from __future__ import annotations

import base64
import time
from typing import Any

from lab.recipe import TUNING, changed, shipped
from lab.ui.pages.finetune import Desk
from lab.views.wire import wire

RULES = "\n\n".join(
    f"Rule {n}. Members of room {3 * n} bring {n} chairs, and the keeper counts them by lamp "
    f"light before the bell has rung {n + 2} times."
    for n in range(1, 40)
)
HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}${8*8}\u202egnp.txt"
TINY: dict[str, Any] = {"base": "tiny-next-en", "steps": 4, "rows": 2, "data.length": 64}


def recipe(*paths: str, **changes: Any) -> dict[str, Any]:
    """A tiny run of the documents, as the browser sends it; settings by `data__length`."""
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    values = changed(shipped("quick", TUNING), {**TINY, "data.paths": list(paths), **dotted})
    told: Any = wire(values)
    return dict(told)


def sent(desk: Desk, raw: bytes, title: str, drop: str = "") -> str:
    ticket = desk.document(None)
    desk.piece({"ticket": ticket, "piece": base64.b64encode(raw).decode()})
    return str(desk.whole({"ticket": ticket, "title": title, "drop": drop}).path)


def followed(desk: Desk, ticket: str) -> list[Any]:
    items: list[Any] = []
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        said = desk.follow({"name": ticket, "since": len(items)})
        items += said["items"]
        if said["ended"] and not said["items"]:
            return items
    raise AssertionError("it never ended")
