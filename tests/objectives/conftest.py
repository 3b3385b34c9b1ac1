"""One tiny model of each kind, for the tests of a module together."""

from __future__ import annotations

import pytest
from painted import model_of
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


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    """One that draws pictures, of three classes."""
    return model_of()


@pytest.fixture(scope="module")
def classless() -> LoadedModel:
    return model_of((), timesteps=100, schedule="linear")
