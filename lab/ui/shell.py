"""The frame around every page: name, navigation, what this machine is, language and theme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from lab.session import Session
from lab.ui.desk import Desk
from lab.ui.door import functions
from lab.ui.page import Page


class ShellDesk(Desk):
    """What the header asks once the page stands."""

    def machine(self, _: Any) -> Any:
        return self._session.machine()


def shell(session: Session, pages: Sequence[Page]) -> None:
    """Place the header."""
    view("shell", {"pages": [page.name for page in pages]}, *functions(ShellDesk, session))


def view(module: str, props: dict[str, Any], *functions: Any) -> gr.HTML:
    """A place in the page that /lab/js/pages/MODULE.js draws, with the functions it may call.

    The template is constant, and texts enter the page through the DOM alone:
    what a person types is never read as HTML nor as a template.
    """
    return gr.HTML(
        value=None,
        html_template=f"<div class='lab lab-view' id='view-{module}'></div>",
        js_on_load=(
            f"import('/lab/js/pages/{module}.js')"
            ".then(m=>m.mount(element.querySelector('.lab-view'),"
            "{server:typeof server==='undefined'?{}:server,given:props.given}))"
        ),
        apply_default_css=False,
        server_functions=list(functions),
        given=props,
    )
