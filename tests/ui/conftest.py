"""The pages' scripts, run by node where it is installed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lab.texts import ASSETS


@pytest.fixture(scope="session")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages' scripts, said to be modules."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    folder = tmp_path_factory.mktemp("scripts") / "js"
    shutil.copytree(ASSETS / "js", folder)
    (folder / "package.json").write_text('{"type": "module"}')
    return folder
