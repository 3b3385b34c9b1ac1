"""A model of one kind asked as one of another: next-token models for all text objectives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.types import Kind

if TYPE_CHECKING:
    from torch import nn


def can_serve(own: Kind, wanted: Kind) -> bool:
    """Whether a model of kind `own` can be asked as one of kind `wanted`."""
    return own == wanted or (own == "causal" and wanted in ("masked", "seq2seq"))


def recast(module: nn.Module, own: Kind, wanted: Kind) -> nn.Module:
    """`module`, of kind `own`, with the interface of kind `wanted`; the same weights.

    To be called once its adapter is in place. Raises `ValueError` where `can_serve` says no.
    """
    from lab.models.both_ways import BothWays
    from lab.models.one_row import OneRow

    if own == wanted:
        return module
    if not can_serve(own, wanted):
        raise ValueError(f"a {own} model cannot be asked as a {wanted} one")
    return BothWays(module) if wanted == "masked" else OneRow(module)
