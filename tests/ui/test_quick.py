"""Gradio is imported whole, and nothing stays bent behind it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CODE = """
import inspect, os
from pathlib import Path
from lab.ui.quick import import_gradio

getfile = inspect.getfile
written = []
write = Path.write_text
Path.write_text = lambda path, *more, **how: (written.append(path), write(path, *more, **how))[1]
import_gradio()
import gradio
assert inspect.getfile is getfile
assert inspect.getfile(gradio.HTML).endswith("html.py")
assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
assert not [path for path in written if path.suffix == ".pyi"], written
with gradio.Blocks() as blocks:
    text = gradio.Textbox()
    text.change(lambda value: value, text, text)
assert len(blocks.fns) == 1
"""


def test_gradio_is_whole_after_a_quick_import() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", CODE], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
