"""Span denoising: cut pieces out and write them back (T5, Raffel et al. 2020, section 3.1.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from lab.config import SpanDenoisingConfig
from lab.objectives.base import Batch, Corrupted, Objective, even_weights, maskable
from lab.prompts import SpanPrompt
from lab.types import LabError, Sees, Step

if TYPE_CHECKING:
    from lab.models.loaded import LoadedModel


class SpanDenoising(Objective[SpanDenoisingConfig, SpanPrompt]):
    """Each cut leaves one sentinel; the decoder writes sentinel, cut, sentinel, cut … to the end."""

    name: ClassVar[str] = "span"
    kinds: ClassVar[tuple[str, ...]] = ("seq2seq",)
    Config = SpanDenoisingConfig
    Prompt = SpanPrompt

    def corrupt(
        self, batch: Batch, generator: torch.Generator, at: Tensor | None = None
    ) -> Corrupted:
        """Rows come out of different lengths and are padded on the right.

        `at` (B, N, bool) fixes what is cut; neighbours make one cut.
        """
        rows = [self._row(ids, None if at is None else at[i], generator)
                for i, ids in enumerate(batch.text)]
        pad = self.alphabet.pad
        given = pad_sequence([r[0] for r in rows], batch_first=True, padding_value=pad)
        targets = pad_sequence([r[1] for r in rows], batch_first=True, padding_value=pad)
        # A decoder reads its own targets one place late, starting from the padding token.
        starts = torch.full_like(targets[:, :1], pad)
        return Corrupted(
            inputs={
                "input_ids": given,
                "attention_mask": (given != pad).long(),
                "decoder_input_ids": torch.cat([starts, targets[:, :-1]], dim=1),
            },
            targets=targets,
            weights=even_weights(targets != pad),
            level=torch.tensor([r[2] for r in rows]),
        )

    def _row(
        self, ids: Tensor, at: Tensor | None, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, float]:
        real = ids[ids != self.alphabet.pad]
        text = maskable(real, self.alphabet)
        if at is None:
            cut = torch.zeros_like(text)
            drawn = draw_spans(int(text.sum()), self.config, len(self.alphabet.sentinels), generator)
            cut[text] = drawn.to(cut.device)
        else:
            cut = at[ids != self.alphabet.pad]
        share = float(cut.sum()) / max(1, int(text.sum()))
        return (*self.split(real, cut), share)

    def split(self, ids: Tensor, cut: Tensor) -> tuple[Tensor, Tensor]:
        """(kept text with sentinels, sentinels with the cut text, a last sentinel and the end).

        The layout is Figure 2 of the paper; the end token follows so that a decoder learns to stop.
        """
        sentinels = self.alphabet.sentinels
        kept: list[int] = []
        written: list[int] = []
        spans, inside = 0, False
        for token, hidden in zip(ids.tolist(), cut.tolist(), strict=True):
            if hidden and not inside:
                if spans + 1 >= len(sentinels):
                    raise LabError("too_many_spans", most=len(sentinels) - 1)
                kept.append(sentinels[spans])
                written.append(sentinels[spans])
                spans += 1
            (written if hidden else kept).append(token)
            inside = hidden
        written.append(sentinels[spans])
        if self.alphabet.eos is not None:
            written.append(self.alphabet.eos)
        as_ids = {"dtype": ids.dtype, "device": ids.device}
        return torch.tensor(kept, **as_ids), torch.tensor(written, **as_ids)

    def visible(self, corrupted: Corrupted) -> Tensor:
        """Rows: the decoder's places. Columns: the encoder's places, then the decoder's own."""
        n = corrupted.targets.shape[1]
        encoder = corrupted.inputs["attention_mask"][0].bool().cpu()
        decoder = torch.ones(n, n, dtype=torch.bool).tril()
        return torch.cat([encoder[None, :].expand(n, -1), decoder], dim=1)

    def sees(self, model: LoadedModel, prompt: SpanPrompt, generator: torch.Generator) -> Sees:
        from lab.objectives._panel import sees_span

        return sees_span(self, model, prompt, generator)

    def trajectory(
        self, model: LoadedModel, prompt: SpanPrompt, generator: torch.Generator
    ) -> Iterator[Step]:
        from lab.objectives._infill import infill

        return infill(self, model, prompt, generator)


def draw_spans(
    n: int, config: SpanDenoisingConfig, sentinels: int, generator: torch.Generator
) -> Tensor:
    """(n,) bool: which tokens are cut, by T5's rule.

    round(n x ratio) tokens in round(that / mean_span) cuts; both the cuts and the
    gaps between them are a uniformly random partition, and text comes first.
    """
    if n < 2:
        return torch.zeros(n, dtype=torch.bool)
    hidden = min(max(round(n * config.ratio), 1), n - 1)
    spans = min(max(round(hidden / config.mean_span), 1), hidden, n - hidden, sentinels - 1)
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
