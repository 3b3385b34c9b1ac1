"""Every checkpoint that ships has its model card beside it: what its passport says, to the byte."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from lab.models.catalogue import Catalogue
from lab.models.digest import digest
from lab.models.sources.base import CHECKPOINTS
from lab.passport.markdown import markdown
from lab.training.cards import write_card

SHIPPED = sorted(CHECKPOINTS.iterdir())


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_a_card_is_what_the_passport_says(folder: Path, tmp_path: Path) -> None:
    catalogue = Catalogue.load(tmp_path)
    if not catalogue.entry(folder.name).ready:
        pytest.skip("the model it stands on is not here")
    weights = digest(catalogue, catalogue.spec(folder.name))
    told = replace(catalogue.passport(folder.name), digest=weights)
    assert (folder / "README.md").read_bytes() == markdown(told).encode()


def test_a_card_is_written_of_what_lies_there(tmp_path: Path) -> None:
    folder = tmp_path / "tiny-next-en"
    shutil.copytree(CHECKPOINTS / "tiny-next-en", folder)
    own = (folder / "README.md").read_bytes()
    (folder / "README.md").write_text("another")
    write_card(folder, Catalogue.load(tmp_path))
    assert (folder / "README.md").read_bytes() == own
