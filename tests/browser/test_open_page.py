"""A page that other machines reach: each browser keeps its own runs, the host all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.drive import Watched, running_app

TINY = {
    "text": {"layers": 1, "width": 32, "heads": 2, "steps": 3, "rows": 2, "length": 48,
             "vocabulary": 300},
    "members": ["next"],
}  # fmt: skip
OWN = ".row.next:not(.recorded)"
LONG = 60_000


@pytest.fixture
def opened(chrome: Any, tmp_path: Path) -> Iterator[Any]:
    """A new browser's look at the page, by a name that other machines could call it by too."""
    contexts = []
    with running_app(tmp_path / "home", host="0.0.0.0") as address:

        def look(name: str) -> Watched:
            contexts.append(chrome.new_context(locale="en-GB"))
            found = Watched(contexts[-1].new_page(), address.replace("127.0.0.1", name))
            kept = json.dumps(json.dumps(TINY))
            found.page.add_init_script(f"localStorage.setItem('pretext.pretrain', {kept})")
            found.open("?tab=pretrain")
            return found

        yield look
        for context in contexts:
            context.close()


def test_a_run_belongs_to_the_browser_that_began_it(opened: Any) -> None:
    anna, bert, host = opened("lab.localhost"), opened("lab.localhost"), opened("127.0.0.1")
    anna.page.get_by_role("button", name="Raise the family").click()
    for watched, mine in ((anna, True), (bert, False), (host, True)):
        row = watched.page.locator(OWN)
        expect(row).to_contain_text("finished", timeout=LONG)
        row.get_by_role("button", name="⋯").click()
        expect(row.get_by_role("button", name="duplicate")).to_be_visible()
        expect(row.get_by_role("button", name="delete")).to_have_count(int(mine))
        expect(row.get_by_text("somebody else’s")).to_have_count(int(not mine))
        assert not watched.errors
    anna.open("?tab=pretrain")
    row = anna.page.locator(OWN)
    row.get_by_role("button", name="⋯").click()
    row.get_by_role("button", name="delete").click()
    expect(row).to_have_count(0)
    expect(bert.page.locator(OWN)).to_have_count(0, timeout=LONG)
