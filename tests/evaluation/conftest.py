"""Models where nothing was fetched nor made."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.models.catalogue import Catalogue
from lab.models.pool import Pool


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    return Pool(Catalogue.load(tmp_path))
