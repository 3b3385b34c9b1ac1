"""The page: a Gradio app whose views are drawn in the browser from what the session says.

Only this package imports gradio, and only when the app starts.
"""

from __future__ import annotations


def launch(
    host: str = "127.0.0.1",
    port: int | None = None,
    open_browser: bool = False,
    block: bool = True,
    language: str = "",
) -> str:
    """Start the app and return its address. `block` waits until it is told to end.

    `language`: the one to open the browser in; by default what its reader last chose.
    """
    from lab.ui.quick import import_gradio

    import_gradio()
    from lab.ui.app import serve

    return serve(host, port, open_browser, block, language)
