"""Runs that went wrong, on the Pre-train page: what is said of them, and what one can do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import expect

from lab.recipe import shipped
from lab.training.folder import RunFolder
from lab.training.launch import ACCELERATOR
from tests.browser.drive import Watched


@pytest.fixture
def troubled(lab_home: Path, address: str) -> Iterator[tuple[RunFolder, RunFolder]]:
    """One that failed and one that cannot be read, while something else keeps the machine busy."""
    names = ("19990101-000000-next-fade", "19990101-000000-next-dead")
    failed, unread = (
        RunFolder.create(lab_home / "runs" / name, shipped("small-next")) for name in names
    )
    kept = failed.checkpoints / "step-00000003"
    kept.mkdir(parents=True)
    (kept / "state.json").write_text('{"sizes": {}}')
    failed.log().add("error", 5, key="loss_not_finite", facts={"step": 5})
    failed.log().add("status", 5, state="failed")
    unread.recipe_file.write_text("{")
    with FileLock(lab_home / ACCELERATOR):
        yield failed, unread
        for run in (failed, unread):
            shutil.rmtree(run.path)


def test_one_that_cannot_be_read_says_so_and_can_be_deleted(
    watched: Watched, troubled: tuple[RunFolder, RunFolder]
) -> None:
    watched.open("?tab=pretrain")
    row = watched.page.locator(f".row[data-run='{troubled[1].name}']")
    expect(row).to_contain_text("cannot be read: recipe.json")
    expect(row.get_by_role("checkbox")).to_be_disabled()
    row.get_by_role("button", name="⋯").click()
    expect(row.get_by_role("button", name="delete")).to_be_visible()
    expect(row.get_by_role("button", name="configuration")).to_have_count(0)


def test_one_that_failed_goes_on_more_slowly_or_leaves_its_model(
    watched: Watched, troubled: tuple[RunFolder, RunFolder]
) -> None:
    failed = troubled[0]
    watched.open("?tab=pretrain")
    row = watched.page.locator(f".row[data-run='{failed.name}']")
    expect(row).to_contain_text("with a lower learning rate")
    row.get_by_role("button", name="⋯").click()
    row.get_by_role("button", name="configuration").click()
    row.get_by_label("Learning rate").fill("0.0021")
    row.get_by_role("button", name="go on").click()
    expect(row).to_contain_text("in the queue")
    told = json.loads(failed.recipe_file.read_text(encoding="utf-8"))
    assert (told["optimiser"]["rate"], told["steps"]) == (0.0021, shipped("small-next").steps)
    row.get_by_role("button", name="pause").click()
    failed.log().add("status", 5, state="failed")
    expect(row.get_by_role("button", name="resume")).to_be_visible(timeout=10_000)
    row.get_by_role("button", name="⋯").click()
    row.get_by_role("button", name="stop here").click()
    expect(row).to_contain_text("in the queue")
    assert failed.wish == "stop"
