"""Look inside a forward pass: what each layer would have guessed, and what a token attends to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from lab.types import Attention, LabError

if TYPE_CHECKING:
    from lab.models.loaded import LoadedModel
    from lab.objectives.base import Objective


MOST = 512
"""Tokens among which attention is shown: every layer and head keeps their square."""


class _Exit(NamedTuple):
    """How a family of models turns its last state into logits, as dotted names of modules.

    norm   applied to the last layer's state; "" where every layer ends in its own
    tail   applied in turn after it
    proof  a module that tells the family apart from others with the same names
    """

    norm: str
    tail: tuple[str, ...]
    proof: str = ""


_EXITS = (
    _Exit("model.final_norm", ("head", "decoder")),  # ModernBERT
    _Exit("model.final_norm", ("lm_head", "decoder")),  # ModernBERT's decoder form
    _Exit("model.norm", ("lm_head",)),  # Llama, SmolLM2, Qwen, Mistral
    _Exit("transformer.ln_f", ("lm_head",)),  # GPT-2
    _Exit("gpt_neox.final_layer_norm", ("lm_head",)),  # GPT-NeoX, Pythia
    _Exit("gpt_neox.final_layer_norm", ("embed_out",)),  # the same before transformers 5.20
    _Exit("", ("cls.predictions",)),  # BERT
    _Exit(
        "", ("vocab_transform", "activation", "vocab_layer_norm", "vocab_projector")
    ),  # DistilBERT
    _Exit("", ("lm_head",), proof="lm_head.layer_norm"),  # RoBERTa, CamemBERT
)


def layer_logits(module: nn.Module, states: tuple[Tensor, ...], final: Tensor) -> Tensor | None:
    """The logit lens (nostalgebraist 2020): every layer's state read out as if it were the last.

    states  the embeddings' output, then each layer's, (n, d) at the n places of interest; the
            last one as transformers gives it, behind the model's final norm
    final   (n, V) the model's own logits there
    Returns (layers + 1, n, V), or `None` for a model whose way from state to logits is not
    known: the way found must give `final` from the last state, or nothing is shown.
    """
    found = _exit(module)
    if found is None:
        return None
    norm, tail = found
    logits = torch.stack([*norm(torch.stack(states[:-1])), states[-1]])
    for part in tail:
        logits = part(logits)
    if not _same(logits[-1], final):
        return None
    return torch.cat([logits[:-1], final[None].to(logits.dtype)])


def _exit(module: nn.Module) -> tuple[nn.Module, list[nn.Module]] | None:
    for way in _EXITS:
        try:
            norm = attrgetter(way.norm)(module) if way.norm else nn.Identity()
            tail = [attrgetter(name)(module) for name in way.tail]
            attrgetter(way.proof or way.tail[0])(module)
        except AttributeError:
            continue
        return norm, tail
    return None


def _same(found: Tensor, wanted: Tensor) -> bool:
    """Equal up to the rounding of half precision over a sum."""
    gap = (found.float() - wanted.float()).abs().max()
    return bool(gap <= 0.02 * wanted.float().abs().max() + 1e-4)


def attention(
    objective: Objective[Any, Any], model: LoadedModel, prompt: Any, place: int
) -> Attention:
    """What the token at `place` attends to, in every layer and head; the text is that of `read`.

    Only the eager implementation keeps the weights, so it is switched on for this one call; the
    caller holds the accelerator, so that nobody else computes meanwhile.
    Raises `LabError`: no_such_token when the text has fewer tokens, attention_too_long.
    """
    ids = objective.given(model, prompt)
    if ids.shape[1] > MOST:
        raise LabError("attention_too_long", count=ids.shape[1], most=MOST)
    if not 0 <= place < ids.shape[1]:
        raise LabError("no_such_token", place=place, count=ids.shape[1])
    with torch.inference_mode(), _eagerly(model.module):
        layers = model.module(input_ids=ids, output_attentions=True).attentions
    rows = torch.stack([layer[0, :, place] for layer in layers if layer is not None])
    weights = tuple(tuple(tuple(head) for head in layer) for layer in rows.float().tolist())
    return Attention(place, weights)


@contextmanager
def _eagerly(module: Any) -> Iterator[None]:
    before = module.config._attn_implementation
    module.set_attn_implementation("eager")
    try:
        yield
    finally:
        module.set_attn_implementation(before)
