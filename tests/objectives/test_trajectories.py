"""Walks from a prompt to a prediction: writing on, unmasking."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from tiny_models import byte_level, generator, loaded, word_piece

from lab.models.loaded import LoadedModel
from lab.objectives._sampling import draw, pick, pick_rows
from lab.objectives.masked_diffusion import MaskedDiffusion
from lab.objectives.masked_token import MaskedToken
from lab.objectives.next_token import NextToken
from lab.prompts import DiffusionPrompt, MaskedPrompt, NextPrompt
from lab.types import LabError, Step

TEXT = "The cat sat on"
SENTENCE = "The cat sat on the mat, and the dog sat by the door."


def write(model: LoadedModel, seed: int = 0, **settings: Any) -> list[Step]:
    prompt = NextPrompt(**{"text": TEXT, "steps": 12, **settings})
    return list(NextToken.serving(model).trajectory(model, prompt, generator(seed)))


def unmask(model: LoadedModel, seed: int = 0, **settings: Any) -> list[Step]:
    prompt = DiffusionPrompt(**{"text": SENTENCE, **settings})
    return list(MaskedDiffusion.serving(model).trajectory(model, prompt, generator(seed)))


def written(steps: list[Step]) -> list[int]:
    return [step.tokens[0].id for step in steps]


# -- writing on ------------------------------------------------------------------------


def test_greedy_is_generates_greedy(causal: LoadedModel) -> None:
    ids = torch.tensor([byte_level()(TEXT)["input_ids"]])
    module: Any = causal.module
    for penalty in (1.0, 1.5):
        expected = module.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=12,
            repetition_penalty=penalty,
        )[0, ids.shape[1] :]
        steps = write(causal, temperature=0, repetition=penalty)
        assert written(steps) == expected.tolist()
    assert len(set(written(steps))) > 3, "the penalty makes it say more than one thing"


def test_every_step_is_the_new_token_with_its_raw_distribution(causal: LoadedModel) -> None:
    steps = write(causal, seed=3, temperature=0.7, top_p=0.8, top_k=20, repetition=1.2)
    ids = byte_level()(TEXT)["input_ids"]
    for index, step in enumerate(steps):
        assert (step.index, len(step.tokens)) == (index, 1)
        (token,) = step.tokens
        with torch.no_grad():
            p = causal.module(input_ids=torch.tensor([ids])).logits[0, -1].softmax(-1)
        assert token.p == pytest.approx(float(p[token.id]), rel=1e-3)
        assert list(token.top_ids) == p.topk(8).indices.tolist()
        assert (token.state, token.start) == ("predicted", -1)
        ids.append(token.id)


def test_a_paused_text_goes_on_as_if_it_never_had_been(causal: LoadedModel) -> None:
    whole = written(write(causal, seed=7, temperature=1.2))
    for pause in (1, 5, 11):
        rest = write(
            causal, seed=7, temperature=1.2, written=tuple(whole[:pause]), steps=12 - pause
        )
        assert written(rest) == whole[pause:]
    assert written(write(causal, seed=8, temperature=1.2)) != whole


def test_a_branch_is_a_function_of_the_seed_and_its_text(causal: LoadedModel) -> None:
    whole = written(write(causal, seed=7, temperature=1.2))
    turned = (*whole[:4], 99)
    one = written(write(causal, seed=7, temperature=1.2, written=turned, steps=5))
    assert one == written(write(causal, seed=7, temperature=1.2, written=turned, steps=5))


def test_the_end_token_ends_the_text_in_silence(causal: LoadedModel) -> None:
    first = write(causal, temperature=0)[0].tokens[0].id
    module: Any = causal.module
    before = module.generation_config.eos_token_id
    module.generation_config.eos_token_id = [first, 5]
    try:
        (step,) = write(causal, temperature=0)
    finally:
        module.generation_config.eos_token_id = before
    assert step.end == "eos"
    assert step.tokens[0].text == ""
    assert step.tokens[0].id == first


def test_the_context_ends_the_text_too() -> None:
    model = loaded("causal", context=8)
    steps = write(model)
    given = len(byte_level()(TEXT)["input_ids"])
    assert len(steps) == 8 - given
    assert [s.end for s in steps] == [""] * (len(steps) - 1) + ["context"]
    with pytest.raises(LabError, match="context_full"):
        write(model, text="the cat sat on the mat, and the dog")
    with pytest.raises(LabError, match="context_full"):
        write(model, written=tuple(written(steps)))


def test_a_written_number_the_model_does_not_know_is_refused(causal: LoadedModel) -> None:
    for number in (-3, 10**6):
        with pytest.raises(LabError, match="no_such_id"):
            write(causal, written=(60, number))


def test_writing_from_nothing(causal: LoadedModel) -> None:
    steps = write(causal, text="", steps=3, temperature=0)
    module: Any = causal.module
    expected = module.generate(torch.tensor([[1]]), do_sample=False, max_new_tokens=3)
    assert written(steps) == expected[0, 1:].tolist()
    assert write(causal, steps=0) == []


def test_draws_follow_the_distribution() -> None:
    logits = torch.tensor([0.1, 0.6, 0.3, 0.0]).log()
    got = torch.bincount(
        torch.tensor([pick(logits, draw(5, place)) for place in range(4000)]), minlength=4
    )
    assert got[3] == 0
    expected = 4000 * logits.exp()
    assert ((got - expected).abs() < 5 * (expected + 1).sqrt()).all()
    assert pick(logits, 0.0) == 0
    assert pick(torch.tensor([-torch.inf, 0.0]), 0.0) == 1
    edge = pick_rows(torch.randn(200, 1000, generator=generator()), torch.full((200,), 1 - 2**-24))
    assert int(edge.max()) < 1000


# -- masked token ------------------------------------------------------------------------


def test_a_masked_model_takes_one_step(masked: LoadedModel) -> None:
    prompt = MaskedPrompt(text="The cat [MASK] on the [MASK].")
    (step,) = MaskedToken.serving(masked).trajectory(masked, prompt, generator())
    reading = MaskedToken.serving(masked).read(masked, prompt)
    assert step.tokens == reading.tokens[1:], "as read, without the marker"
    assert step.level == pytest.approx(2 / len(step.tokens))


# -- unmasking -------------------------------------------------------------------------


def hidden(step: Step) -> int:
    return sum(t.state == "masked" for t in step.tokens)


@pytest.mark.parametrize("order", ["confidence", "random"])
@pytest.mark.parametrize("remask", [0.0, 0.4])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_each_step_reveals_an_equal_share(
    masked: LoadedModel, order: str, remask: float, temperature: float
) -> None:
    steps = unmask(masked, ratio=1.0, steps=4, order=order, remask=remask, temperature=temperature)
    n = len(steps[0].tokens)
    assert [hidden(s) for s in steps] == [n - round(n * i / 4) for i in range(5)]
    assert [s.level for s in steps] == pytest.approx([hidden(s) / n for s in steps])
    assert (steps[0].level, steps[-1].level) == (1.0, 0.0)
    assert all(len(s.tokens) == n for s in steps), "the length is kept"
    markers = byte_level().all_special_ids
    assert not {t.id for t in steps[-1].tokens} & set(markers)
    for step in steps[1:]:
        for token in step.tokens:
            assert (token.step > 0) == (token.state == "predicted")
            assert token.step <= step.index


def test_without_remasking_what_is_fixed_stays(masked: LoadedModel) -> None:
    steps = unmask(masked, ratio=0.8, steps=5)
    for before, after in pairwise(steps):
        for old, new in zip(before.tokens, after.tokens, strict=True):
            if old.state != "masked":
                assert new == old


def test_remasking_takes_back_the_least_sure(masked: LoadedModel) -> None:
    steps = unmask(masked, ratio=1.0, steps=6, remask=0.5)
    taken = 0
    for before, after in pairwise(steps[1:]):
        fixed = [(t.p or 0.0, i) for i, t in enumerate(before.tokens) if t.state == "predicted"]
        worst = {i for _, i in sorted(fixed)[: len(fixed) // 2]}
        for i, (old, new) in enumerate(zip(before.tokens, after.tokens, strict=True)):
            if old.state == "predicted" and new != old:
                assert i in worst
                taken += 1
    assert taken > 0


def test_the_first_step_fixes_what_a_plain_pass_is_surest_of(masked: LoadedModel) -> None:
    first, second, *_ = unmask(masked, ratio=1.0, steps=4)
    ids = torch.full((1, len(first.tokens) + 1), byte_level().mask_token_id)
    ids[0, 0] = byte_level().bos_token_id
    with torch.no_grad():
        logits = masked.module(input_ids=ids).logits[0, 1:]
    logits[:, byte_level().all_special_ids] = -torch.inf
    best = logits.softmax(-1).max(-1)
    fixed = [i for i, t in enumerate(second.tokens) if t.state == "predicted"]
    surest = best.values.argsort(descending=True, stable=True)[: len(fixed)]
    assert sorted(surest.tolist()) == fixed
    for i in fixed:
        assert second.tokens[i].id == best.indices[i]
        assert second.tokens[i].p == pytest.approx(float(best.values[i]), rel=1e-4)


def test_written_masks_and_chosen_words_are_hidden_too(masked: LoadedModel) -> None:
    steps = unmask(masked, text="The cat [MASK] on the mat.", ratio=0.0, hidden=((15, 17),))
    start = [(t.text, t.state) for t in steps[0].tokens if t.state == "masked"]
    assert [text for text, _ in start] == [" [MASK]", " on"]
    assert hidden(steps[-1]) == 0
    assert [t.text for t in steps[-1].tokens if t.state == "given"] == [
        "The",
        " cat",
        " the",
        " mat",
        ".",
    ]


def test_more_noise_hides_the_same_places_and_more(masked: LoadedModel) -> None:
    places: set[int] = set()
    for ratio in (0.05, 0.2, 0.5, 0.9, 1.0):
        start = unmask(masked, ratio=ratio, steps=1)[0]
        now = {i for i, t in enumerate(start.tokens) if t.state == "masked"}
        assert places < now
        places = now


def test_a_denoising_is_a_function_of_its_seed(masked: LoadedModel) -> None:
    one = unmask(masked, seed=4, temperature=1.0, order="random")
    assert one == unmask(masked, seed=4, temperature=1.0, order="random")
    assert one != unmask(masked, seed=5, temperature=1.0, order="random")


def test_a_bert_is_unmasked_within_its_brackets() -> None:
    model = loaded("masked", word_piece())
    steps = unmask(model, text="The [MASK] sat on the mat.", ratio=1.0, steps=3)
    assert hidden(steps[-1]) == 0
    texts = [t.text for t in steps[-1].tokens]
    assert not {"[CLS]", "[SEP]", "[PAD]", "[MASK]"} & set(texts)


@pytest.mark.parametrize("text", ["", "   "])
def test_nothing_to_denoise_is_no_error(masked: LoadedModel, text: str) -> None:
    steps = unmask(masked, text=text, ratio=1.0)
    assert hidden(steps[-1]) == 0
