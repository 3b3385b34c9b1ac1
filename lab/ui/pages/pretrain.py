"""The Pre-train page: random weights learn to speak, one objective or four side by side."""

from __future__ import annotations

import importlib.util

from lab.recipe import shipped
from lab.session import Session
from lab.ui.door import functions
from lab.ui.page import Page
from lab.ui.run_desk import RunDesk
from lab.ui.shell import view
from lab.views.wire import wire

OBJECTIVES = ("next", "masked", "span", "diffusion", "image")


class Desk(RunDesk):
    """What the page may ask: all that pages with runs ask alike."""


def build(session: Session) -> None:
    """Place the page, with the recipes it begins from and the functions it calls."""
    given = {
        "recipes": {name: wire(shipped(f"small-{name}").model_dump()) for name in OBJECTIVES},
        "folders": not session.catalogue.listed,
        "tensorboard": importlib.util.find_spec("tensorboard") is not None,
    }
    view("pretrain", given, *functions(Desk, session))


PAGE = Page("pretrain", 20, build)
