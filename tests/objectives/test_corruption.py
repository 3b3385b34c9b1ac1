"""Every corruption of text against the definition in its paper."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from tiny_models import byte_level, generator, loaded
from torch import Tensor

from lab.config import MaskedDiffusionConfig, MaskedTokenConfig, SpanDenoisingConfig
from lab.models.sparse import logits_only
from lab.models.vocabulary import Vocabulary
from lab.objectives.base import Batch, Corrupted, maskable, present
from lab.objectives.masked_diffusion import MaskedDiffusion
from lab.objectives.masked_token import MaskedToken
from lab.objectives.next_token import NextToken
from lab.objectives.span_denoising import SpanDenoising, draw_spans, partition
from lab.types import UNKNOWN, Alphabet, LabError

ALPHABET = Vocabulary(byte_level()).alphabet
PAD, BOS, EOS, MASK = 0, 1, 2, 3
FIRST_WORD = 36


def random_text(rows: int, length: int, seed: int = 0) -> Tensor:
    """A marker, then real tokens: as training sees it."""
    words = torch.randint(FIRST_WORD, ALPHABET.size, (rows, length), generator=generator(seed))
    words[:, 0] = BOS
    return words


def masked(**settings: float) -> MaskedToken:
    return MaskedToken(MaskedTokenConfig(**settings), ALPHABET)  # type: ignore[arg-type]


def diffusion(**settings: Any) -> MaskedDiffusion:
    return MaskedDiffusion(MaskedDiffusionConfig(**settings), ALPHABET)


def span(**settings: float) -> SpanDenoising:
    return SpanDenoising(SpanDenoisingConfig(**settings), ALPHABET)


# -- next token --------------------------------------------------------------------


def test_next_token_targets_are_the_text_one_place_on() -> None:
    ids = random_text(3, 12)
    c = NextToken.Config()
    task = NextToken(c, ALPHABET).corrupt(Batch(ids), generator())  # type: ignore[arg-type]
    assert torch.equal(task.inputs["input_ids"], ids)
    assert torch.equal(task.targets[:, :-1], ids[:, 1:])
    assert (task.weights[:, -1] == 0).all()
    torch.testing.assert_close(task.weights.sum(), torch.tensor(1.0))


def test_padding_is_neither_read_nor_said_but_the_end_is() -> None:
    """GPT-2's kind pads with its end token: the first of them must still be learned."""
    ends = Alphabet(size=100, pad=9, eos=9)
    ids = torch.tensor([[1, 2, 9, 3, 9, 9, 9], [1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 9]])
    seen = present(ids, ends)
    assert seen.int().tolist() == [[1, 1, 1, 1, 1, 0, 0], [1] * 7, [1] * 7]
    task = NextToken(NextToken.Config(), ends).corrupt(Batch(ids), generator())  # type: ignore[arg-type]
    assert (task.weights[0] > 0).tolist() == [True, True, True, True, False, False, False]
    apart = Alphabet(size=100, pad=0, eos=9)
    assert present(torch.tensor([[1, 0, 2, 9, 0, 0]]), apart).int().tolist() == [[1, 1, 1, 1, 0, 0]]


# -- masked token: BERT ----------------------------------------------------------------


def test_masked_share_and_the_80_10_10() -> None:
    ids = random_text(200, 101)
    task = masked().corrupt(Batch(ids), generator())
    chosen, given = task.weights > 0, task.inputs["input_ids"]
    n = 200 * 100
    within(int(chosen.sum()), n, 0.15)
    k = int(chosen.sum())
    within(int((given == MASK).sum()), k, 0.8)
    changed = chosen & (given != MASK) & (given != ids)
    within(int(changed.sum()), k, 0.1 * (1 - 1 / (ALPHABET.size - FIRST_WORD)))
    assert torch.equal(given[~chosen], ids[~chosen])
    torch.testing.assert_close(task.weights.sum(), torch.tensor(1.0))


def within(count: int, n: int, p: float) -> None:
    """Five standard deviations of the binomial: one run in two million falls outside."""
    assert abs(count - n * p) <= 5 * math.sqrt(n * p * (1 - p)), (count, n * p)


def test_swapped_tokens_are_every_word_and_no_marker() -> None:
    ids = random_text(400, 101)
    task = masked(ratio=1.0, keep=0.0, swap=1.0).corrupt(Batch(ids), generator())
    drawn = task.inputs["input_ids"][:, 1:]
    counts = torch.bincount(drawn.flatten(), minlength=ALPHABET.size)
    reserved = torch.tensor(sorted(ALPHABET.reserved))
    assert counts[reserved].sum() == 0
    words = torch.tensor([i for i in range(ALPHABET.size) if i not in ALPHABET.reserved])
    expected = drawn.numel() / len(words)
    assert (counts[words] - expected).abs().max() < 6 * math.sqrt(expected)


# -- masked diffusion: MDLM --------------------------------------------------------------


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_alpha_runs_from_one_to_zero_and_rate_is_its_slope(schedule: str) -> None:
    objective = diffusion(schedule=schedule)
    ends = objective.alpha(torch.tensor([0.0, 1.0], dtype=torch.float64))
    torch.testing.assert_close(ends, torch.tensor([1.0, 0.0], dtype=torch.float64))
    t = torch.linspace(0.01, 0.99, 50, dtype=torch.float64, requires_grad=True)
    alpha = objective.alpha(t)
    (slope,) = torch.autograd.grad(alpha.sum(), t)
    torch.testing.assert_close(objective.rate(t), -slope / (1 - alpha))
    assert (slope < 0).all()
    torch.testing.assert_close(objective.time(1 - alpha), t)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_a_model_that_knows_nothing_costs_log_v_a_token(schedule: str) -> None:
    """The weights integrate to one: then the loss is a bound in nats a token, as in the paper."""
    objective = diffusion(schedule=schedule)
    ids = random_text(256, 33)
    g = generator(1)
    losses = []
    for _ in range(40):
        task = objective.corrupt(Batch(ids), g)
        known_nothing = torch.zeros(int((task.weights != 0).sum()), ALPHABET.size)
        losses.append(float(objective.loss(known_nothing, task)))
    mean = sum(losses) / len(losses)
    assert mean == pytest.approx(math.log(ALPHABET.size), rel=0.02)


def test_hidden_share_follows_the_time_drawn() -> None:
    task = diffusion().corrupt(Batch(random_text(64, 401)), generator())
    hidden = (task.inputs["input_ids"] == MASK).float().sum(1) / 400
    assert (hidden - task.level).abs().max() < 5 * 0.5 / math.sqrt(400)
    assert task.level.min() < 0.05
    assert task.level.max() > 0.95
    assert task.level.sort().values.diff().max() < 2 / 64, "times are spread evenly"


# -- span denoising: T5 ----------------------------------------------------------------


def test_spans_lie_as_in_figure_2_and_give_the_text_back() -> None:
    ids = random_text(40, 65)
    task = span().corrupt(Batch(ids), generator())
    for row in range(40):
        kept = [i for i in task.inputs["input_ids"][row].tolist() if i != PAD]
        said = [i for i in task.targets[row].tolist() if i != PAD]
        assert said[-1] == EOS
        marks = [i for i in said[:-1] if i in ALPHABET.sentinels]
        assert marks == list(ALPHABET.sentinels[: len(marks)]), "in order, each once"
        assert said[-2] == marks[-1], "one more sentinel closes the last cut"
        assert [i for i in kept if i in ALPHABET.sentinels] == marks[:-1]
        assert put_back(kept, said[:-1]) == ids[row].tolist()


def put_back(kept: list[int], said: list[int]) -> list[int]:
    """The inverse: each sentinel of the text replaced by what follows it in the targets."""
    lost: dict[int, list[int]] = {}
    for token in said:
        if token in ALPHABET.sentinels:
            now = lost.setdefault(token, [])
        else:
            now.append(token)
    return [t for token in kept for t in (lost[token] if token in ALPHABET.sentinels else [token])]


@pytest.mark.parametrize(("ratio", "mean"), [(0.15, 3.0), (0.5, 3.0), (0.3, 1.0), (0.5, 8.0)])
def test_share_and_number_of_cuts_are_t5s(ratio: float, mean: float) -> None:
    config = SpanDenoisingConfig(ratio=ratio, mean_span=mean)
    for seed in range(20):
        cut = draw_spans(60, config, 31, generator(seed))
        assert int(cut.sum()) == round(60 * ratio)
        starts = int((cut[1:] & ~cut[:-1]).sum())
        assert starts == round(round(60 * ratio) / mean)
        assert not cut[0], "text comes first"


def test_partitions_are_uniform() -> None:
    """Three parts of five: six ways, each as likely."""
    g = generator()
    seen: dict[tuple[int, ...], int] = {}
    for _ in range(3000):
        parts = tuple(partition(5, 3, g).tolist())
        assert sum(parts) == 5
        assert min(parts) >= 1
        seen[parts] = seen.get(parts, 0) + 1
    assert len(seen) == 6
    for count in seen.values():
        within(count, 3000, 1 / 6)


def test_ragged_rows_are_filled_on_the_right() -> None:
    ids = random_text(2, 20)
    at = torch.zeros(2, 20, dtype=torch.bool)
    at[0, 3:9] = True
    at[1, [2, 5, 8]] = True
    task = span().corrupt(Batch(ids), generator(), at)
    given, seen = task.inputs["input_ids"], task.inputs["attention_mask"]
    assert given.shape == (2, 20)
    assert seen.sum(1).tolist() == [15, 20]
    assert (given[0, 15:] == PAD).all()
    assert (task.targets[0] != PAD).sum() == 1 + 6 + 2
    assert (task.weights[task.targets == PAD] == 0).all()
    late = task.inputs["decoder_input_ids"]
    assert (late[:, 0] == PAD).all()
    assert torch.equal(late[:, 1:], task.targets[:, :-1])


def test_an_end_inside_a_row_never_costs_more_sentinels_than_there_are() -> None:
    ids = random_text(30, 512)
    ids[:, 40::41] = EOS
    task = span(ratio=0.5, mean_span=1.0).corrupt(Batch(ids), generator())
    assert (task.targets == ALPHABET.sentinels[-1]).sum() >= 0
    with pytest.raises(LabError, match="too_many_spans"):
        span().corrupt(Batch(ids), generator(), (torch.arange(512) % 2 == 1).repeat(30, 1))


def test_without_sentinels_there_is_no_span_task() -> None:
    objective = SpanDenoising(SpanDenoisingConfig(), Alphabet(size=100, pad=0))  # type: ignore[call-arg]
    with pytest.raises(LabError, match="no_sentinels"):
        objective.corrupt(Batch(torch.tensor([[5, 6, 7, 8]])), generator())


# -- all of them -----------------------------------------------------------------------


@pytest.mark.parametrize("objective", [masked(ratio=1.0), diffusion(), span(ratio=0.9)])
def test_no_marker_is_ever_hidden(objective: Any) -> None:
    ids = random_text(16, 40)
    ids[:, 20], ids[:, 35:] = EOS, PAD
    kept = ~maskable(ids, ALPHABET)
    for seed in range(10):
        task = objective.corrupt(Batch(ids), generator(seed))
        if objective.name == "span":
            read = [
                [i for i in row if i in (BOS, EOS)] for row in task.inputs["input_ids"].tolist()
            ]
            assert all(row == [BOS, EOS] for row in read)
        else:
            assert torch.equal(task.inputs["input_ids"][kept], ids[kept])
            assert (task.weights[kept] == 0).all()
            assert (task.inputs["attention_mask"] == (ids != PAD)).all()


def test_what_nobody_knows_is_hidden_and_weighs_nothing() -> None:
    ids = random_text(1, 10)
    ids[0, [3, 4]] = UNKNOWN
    at = torch.zeros(1, 10, dtype=torch.bool)
    at[0, [3, 4, 7]] = True
    for objective in (masked(), diffusion(), span()):
        task: Corrupted = objective.corrupt(Batch(ids), generator(), at)
        assert (task.inputs["input_ids"] >= 0).all()
        assert (task.weights[task.targets == UNKNOWN] == 0).all()
        assert (task.weights > 0).any()


@pytest.mark.parametrize("kind", ["causal", "masked", "seq2seq"])
def test_logits_only_are_those_of_the_whole_pass(kind: Any) -> None:
    model = loaded(kind)
    objective = {"causal": NextToken, "masked": MaskedToken, "seq2seq": SpanDenoising}[kind]
    task = objective.serving(model).corrupt(Batch(random_text(3, 24)), generator())  # type: ignore[attr-defined]
    where = task.weights != 0
    with torch.no_grad():
        whole = model.module(**task.inputs).logits
        with logits_only(model.module, where):
            some = model.module(**task.inputs).logits
        again = model.module(**task.inputs).logits
    torch.testing.assert_close(some, whole[where])
    torch.testing.assert_close(again, whole)
    served = objective.serving(model)  # type: ignore[attr-defined]
    torch.testing.assert_close(served.loss(some, task), served.loss(whole, task))
