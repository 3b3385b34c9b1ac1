"""Span denoising: cut pieces out and write them back (T5, Raffel et al. 2020, section 3.1.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from lab.config import SpanDenoisingConfig
from lab.objectives._infill import infill
from lab.objectives._panel import sees_span
from lab.objectives.base import Batch, Corrupted, Objective, even_weights, maskable, present
from lab.prompts import SpanPrompt
from lab.types import UNKNOWN, Alphabet, LabError, Sees, Step

if TYPE_CHECKING:
    from lab.models.loaded import LoadedModel


class SpanDenoising(Objective[SpanDenoisingConfig, SpanPrompt]):
    """Each cut leaves one sentinel; the decoder writes sentinel, cut, sentinel, cut … sentinel."""

    name: ClassVar[str] = "span"
    kinds: ClassVar[tuple[str, ...]] = ("seq2seq",)
    begins_unasked: ClassVar[bool] = True
    Config = SpanDenoisingConfig
    Prompt = SpanPrompt

    def corrupt(
        self, batch: Batch, generator: torch.Generator, at: Tensor | None = None
    ) -> Corrupted:
        """Rows come out of different lengths and are padded on the right.

        `at` (B, N, bool) fixes what is cut; neighbours make one cut.
        """
        ids, sentinels = batch.text, require_sentinels(self.alphabet)
        real = present(ids, self.alphabet)
        cut = self.draw(ids, generator) if at is None else at
        if batch.learn is not None:
            cut = cut & batch.learn
        rows = [
            split(*row, sentinels, self.alphabet.eos) for row in zip(ids, cut, real, strict=True)
        ]
        given, read = _padded([kept for kept, _ in rows], self.alphabet.pad)
        targets, said = _padded([written for _, written in rows], self.alphabet.pad)
        # A decoder reads its own targets one place late, starting from the padding token.
        starts = torch.full_like(targets[:, :1], self.alphabet.pad)
        text = maskable(ids, self.alphabet).sum(1).clamp(min=1)
        return Corrupted(
            inputs={
                "input_ids": given,
                "attention_mask": read.long(),
                "decoder_input_ids": torch.cat([starts, targets[:, :-1]], dim=1),
            },
            targets=targets,
            weights=even_weights(said & (targets != UNKNOWN)),
            level=(cut.sum(1) / text).cpu(),
        )

    def draw(self, ids: Tensor, generator: torch.Generator) -> Tensor:
        """(B, N) bool: what to cut out of each row of `ids`, padding and markers left alone."""
        text = maskable(ids, self.alphabet)
        cut = torch.zeros_like(text)
        for row, places in zip(cut, text, strict=True):
            # A marker within a cut parts it in two, and each part takes a sentinel.
            most = len(self.alphabet.sentinels) - 1 - _breaks(places)
            drawn = draw_spans(int(places.sum()), self.config, max(1, most), generator)
            row[places] = drawn.to(row.device)
        return cut

    def visible(self, corrupted: Corrupted) -> Tensor:
        """Rows: the decoder's places. Columns: the encoder's places, then the decoder's own."""
        n = corrupted.targets.shape[1]
        encoder = corrupted.inputs["attention_mask"][0].bool().cpu()
        decoder = torch.ones(n, n, dtype=torch.bool).tril()
        return torch.cat([encoder[None, :].expand(n, -1), decoder], dim=1)

    def sees(self, model: LoadedModel, prompt: SpanPrompt, generator: torch.Generator) -> Sees:
        return sees_span(self, model, prompt, generator)

    def trajectory(
        self, model: LoadedModel, prompt: SpanPrompt, generator: torch.Generator
    ) -> Iterator[Step]:
        return infill(self, model, prompt, generator)


def require_sentinels(alphabet: Alphabet) -> tuple[int, ...]:
    """The markers that stand for cuts: at least one, and one to close the last."""
    if len(alphabet.sentinels) < 2:
        raise LabError("no_sentinels")
    return alphabet.sentinels


def split(
    ids: Tensor, cut: Tensor, real: Tensor, sentinels: tuple[int, ...], end: int | None
) -> tuple[Tensor, Tensor]:
    """(kept text with sentinels, sentinels with the cut text, a last sentinel and the end).

    ids, cut, real: (N,) one row; what is not `real` is padding and left out. The layout is
    Figure 2 of the paper; the end token follows so that a decoder learns to stop.
    Raises `LabError("too_many_spans")` when there are more cuts than sentinels for them.
    """
    kept: list[int] = []
    written: list[int] = []
    spans, inside = 0, False
    for token, hidden in zip(ids[real].tolist(), cut[real].tolist(), strict=True):
        if hidden and not inside:
            if spans + 1 >= len(sentinels):
                raise LabError("too_many_spans", most=len(sentinels) - 1)
            kept.append(sentinels[spans])
            written.append(sentinels[spans])
            spans += 1
        (written if hidden else kept).append(token)
        inside = hidden
    written.append(sentinels[spans])
    if end is not None:
        written.append(end)
    return torch.tensor(kept).to(ids), torch.tensor(written).to(ids)


def _breaks(text: Tensor) -> int:
    """How many times text begins anew behind a marker."""
    return int((text[1:] & ~text[:-1]).sum())


def _padded(rows: list[Tensor], pad: int) -> tuple[Tensor, Tensor]:
    """(the rows side by side, filled on the right; where they are not filling)."""
    real = pad_sequence([torch.ones_like(row, dtype=torch.bool) for row in rows], batch_first=True)
    return pad_sequence(rows, batch_first=True, padding_value=pad), real


def draw_spans(
    n: int, config: SpanDenoisingConfig, most: int, generator: torch.Generator
) -> Tensor:
    """(n,) bool: which tokens are cut, by T5's rule, in at most `most` cuts.

    round(n x ratio) tokens in round(that / mean_span) cuts; both the cuts and the
    gaps between them are a uniformly random partition, and text comes first.
    """
    if n < 2:
        return torch.zeros(n, dtype=torch.bool)
    hidden = min(max(round(n * config.ratio), 1), n - 1)
    spans = min(max(round(hidden / config.mean_span), 1), hidden, n - hidden, most)
    gaps = partition(n - hidden, spans, generator)
    cuts = partition(hidden, spans, generator)
    lengths = torch.stack([gaps, cuts], dim=1).flatten()
    return torch.arange(2 * spans).repeat_interleave(lengths) % 2 == 1


def partition(total: int, parts: int, generator: torch.Generator) -> Tensor:
    """`total` as a uniformly random ordered sum of `parts` positive whole numbers."""
    walls = torch.randperm(total - 1, generator=generator)[: parts - 1].sort().values + 1
    edges = torch.cat([torch.tensor([0]), walls, torch.tensor([total])])
    return edges.diff()


OBJECTIVE = SpanDenoising
