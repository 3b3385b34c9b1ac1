"""The catalogue of a page that strangers can reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.models.catalogue import Catalogue
from lab.types import LabError


def test_a_page_open_to_others_serves_only_the_list(tmp_path: Path) -> None:
    catalogue = Catalogue.load(tmp_path, listed=True)
    assert catalogue.spec("scratch-next").source == "scratch"
    for name in (f"local:{tmp_path}", "hub:someone/something"):
        with pytest.raises(LabError, match="listed_only"):
            catalogue.spec(name)
