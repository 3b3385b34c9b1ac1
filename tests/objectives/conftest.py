"""One tiny model of each kind, for the tests of a module together."""

from __future__ import annotations

import pytest
from tiny_models import loaded

from lab.models.loaded import LoadedModel


@pytest.fixture(scope="module")
def causal() -> LoadedModel:
    return loaded("causal")


@pytest.fixture(scope="module")
def masked() -> LoadedModel:
    return loaded("masked")


@pytest.fixture(scope="module")
def seq2seq() -> LoadedModel:
    return loaded("seq2seq")
