"""Write back what was cut out of a text, each token in the gap it belongs to (T5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from lab.models.loaded import LoadedModel
from lab.models.vocabulary import Encoded
from lab.objectives._forward import Forward, end_tokens
from lab.objectives._scores import guesses, score
from lab.objectives._text import as_batch, as_row, encode_hidden, flags, given_tokens, notices
from lab.prompts import SpanPrompt
from lab.types import Step, TokenScore

if TYPE_CHECKING:
    from lab.objectives.base import Corrupted
    from lab.objectives.span_denoising import SpanDenoising


def cut(
    objective: SpanDenoising, model: LoadedModel, prompt: SpanPrompt, generator: torch.Generator
) -> tuple[Encoded, Tensor, Corrupted]:
    """(the sentence, (1, N) which tokens are cut out of it, the task that makes).

    The places hidden by hand, or as many as the prompt's ratio and mean length ask for.
    Raises `LabError`: no_sentinels, too_many_spans.
    """
    encoded = encode_hidden(model, prompt)
    batch = as_batch(encoded, model)
    at = flags(encoded.hidden, batch.text)
    if not encoded.hidden:
        chosen = objective.config.model_copy(
            update={"ratio": prompt.ratio, "mean_span": prompt.mean_span}
        )
        drawing = type(objective)(chosen, objective.alphabet)
        at = drawing.draw(batch.text, generator)
    return encoded, at, objective.corrupt(batch, generator, at)


def infill(
    objective: SpanDenoising, model: LoadedModel, prompt: SpanPrompt, generator: torch.Generator
) -> Iterator[Step]:
    """Step 0 is the text with its gaps; each step after it is one token of the decoder's.

    The decoder writes freely, the likeliest token each time: a sentinel names the gap that
    what follows belongs to, the sentinel after the last gap or the end token stops it.
    """
    encoded, at, corrupted = cut(objective, model, prompt, generator)
    text = _Text(model, encoded, _gaps(encoded, at[0].tolist()))
    yield replace(text.step(0), notices=notices(encoded, model.context))
    if not text.gaps:
        return
    pass_on = _decoder(model, corrupted)
    ends, sentinels = end_tokens(model), objective.alphabet.sentinels
    token = int(corrupted.inputs["decoder_input_ids"][0, 0])
    for index in range(1, prompt.steps + 1):
        logits = pass_on(as_row([token], model))
        token = int(logits.argmax(-1))
        if token in ends or token in sentinels[len(text.gaps) :]:
            text.turn_to(len(text.gaps))
            yield text.step(index, ended=token in ends)
            return
        if token in sentinels:
            text.turn_to(sentinels.index(token))
        else:
            said = guesses(logits, prompt.top, [token])[0]
            text.add(replace(score(model.vocabulary, token, said), step=index))
        yield text.step(index)


def _decoder(model: LoadedModel, corrupted: Corrupted) -> Forward:
    """The decoder, its encoder having read the text with the gaps once and for all."""
    module: Any = model.module
    given = {k: corrupted.inputs[k] for k in ("input_ids", "attention_mask")}
    with torch.inference_mode():
        read = module.get_encoder()(**given)
    return Forward(
        module, "decoder_input_ids", encoder_outputs=read, attention_mask=given["attention_mask"]
    )


def _gaps(encoded: Encoded, cut: Sequence[bool]) -> list[range]:
    """Runs of neighbouring cut tokens: one gap each, as `corrupt` makes them."""
    gaps: list[range] = []
    for place, hidden in enumerate(cut):
        if hidden and gaps and gaps[-1].stop == place:
            gaps[-1] = range(gaps[-1].start, place + 1)
        elif hidden:
            gaps.append(range(place, place + 1))
    return gaps


@dataclass(slots=True)
class _Text:
    """A text with gaps, and what the decoder has put into them.

    gaps     the runs of tokens that were cut out
    written  for each gap, what the decoder wrote
    now      the gap it is writing in
    done     how many gaps it has left behind
    """

    model: LoadedModel
    encoded: Encoded
    gaps: list[range]
    now: int = 0
    done: int = 0
    written: dict[int, list[TokenScore]] = field(default_factory=dict)

    def turn_to(self, gap: int) -> None:
        """Go on with gap number `gap`; those before it are finished."""
        self.now = gap
        self.done = max(self.done, gap)

    def add(self, token: TokenScore) -> None:
        self.written.setdefault(self.now, []).append(token)

    def step(self, index: int, ended: bool = False) -> Step:
        """The text as it stands; the level is the share of gaps that are not finished."""
        given = given_tokens(self.model.vocabulary, self.encoded)
        opens = {gap.start: number for number, gap in enumerate(self.gaps)}
        inside = {place for gap in self.gaps for place in gap}
        tokens: list[TokenScore] = []
        for place in self.encoded.words:
            if place in opens:
                tokens += self._gap(opens[place])
            elif place not in inside:
                tokens.append(given[place])
        level = (len(self.gaps) - self.done) / max(1, len(self.gaps))
        return Step(index, level, tuple(tokens), end="eos" if ended else "")

    def _gap(self, number: int) -> list[TokenScore]:
        """What was written there, and behind it a mask for as long as more may come."""
        so_far = self.written.get(number, [])
        if number < self.done:
            return so_far
        gap = self.gaps[number]
        start, end = self.encoded.spans[gap.start][0], self.encoded.spans[gap.stop - 1][1]
        sentinel = self.model.vocabulary.alphabet.sentinels[number]
        lost = TokenScore(self.encoded.text[start:end], "masked", sentinel, start=start, end=end)
        return [*so_far, lost]
