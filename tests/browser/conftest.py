"""One app and one browser for all browser tests; every page is watched for errors and strangers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.drive import Watched, browser, chromium, running_app


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def lab_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the app that all tests share."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def address(lab_home: Path) -> Iterator[str]:
    """The app with an empty home: only what ships with the project is ready."""
    if chromium() is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing; `make test` installs it")
        pytest.skip("Chromium is not installed; `make test` installs it where it can")
    with running_app(lab_home) as found:
        yield found


@pytest.fixture(scope="session")
def chrome(address: str) -> Iterator[Any]:
    with browser() as started:
        yield started


@pytest.fixture
def watched(chrome: Any, address: str) -> Iterator[Watched]:
    """A fresh visitor at 1280 pixels; the test fails if anything went wrong on the page."""
    context = chrome.new_context(viewport={"width": 1280, "height": 1000}, locale="en-GB")
    page = context.new_page()
    found = Watched(page, address)
    yield found
    context.close()
    assert found.errors == [], "errors on the page"
    assert found.strangers == [], "requests to other hosts"
