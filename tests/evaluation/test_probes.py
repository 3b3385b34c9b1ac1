"""Every probe: at chance on random weights, at the top with the answers, and clear on bad input."""

from __future__ import annotations

import copy
import dataclasses
import math
import random
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from subjects import quietly, subject
from tiny_models import Oracle, drawing, loaded

from lab.evaluation import likelihood
from lab.evaluation.probes import bias, cloze, minimal_pairs
from lab.evaluation.probes import questions as asking
from lab.evaluation.probes.base import OWN, Judged, Probe, Questions, Subject, probes
from lab.evaluation.text_bits import cost, windows
from lab.models.catalogue import Catalogue
from lab.models.pool import Pool
from lab.types import LabError

NAMES = sorted(probes())
BOTH = Questions(("en", "fr"))
ELSEWHERE = {
    "quantisation": "asks for the same weights in four ways: see test_fewer_bits",
    "memorisation": "needs documents: see tests/training/test_tuned.py",
    "lm-eval": "needs lm-evaluation-harness: see test_harness.py",
}


def judged(name: str, kind: Any, questions: Questions = BOTH) -> Judged:
    return probes()[name].judge(subject(kind), questions, quietly)


# -- what holds for all ---------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_what_a_probe_says_of_itself(name: str) -> None:
    from lab.texts import LANGUAGES, say

    probe = probes()[name]
    assert isinstance(probe, Probe)
    assert probe.name == name
    for language in LANGUAGES:
        for part in ("title", "not_shown"):
            key = f"probe.{name}.{part}"
            assert say(language, key) != key
        if probe.reads:
            key = f"probe.{name}.columns"
            assert say(language, key) != key
    for kind in ("causal", "masked", "seq2seq", "unet"):
        spec = loaded("causal").spec.model_copy(update={"kind": kind, "base": "tiny-next-en"})
        assert (probe.refuses(spec) is None) == (kind in probe.kinds)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["causal", "masked", "seq2seq"])
def test_each_kind_is_asked_or_refused(name: str, kind: Any) -> None:
    probe = probes()[name]
    if probe.refuses(loaded(kind).spec):
        return
    if name in ELSEWHERE:
        pytest.skip(ELSEWHERE[name])
    languages = ("en",) if name == "languages" else ("en", "fr")
    found = judged(name, kind, Questions(languages, most=12))
    assert found.figures
    assert found.measure
    assert all(figure.items >= 0 for figure in found.figures)


# -- at chance, and at the top ----------------------------------------------------------


def half(answers: Sequence[float]) -> bool:
    """Whether so many coins fall so: within four standard errors."""
    return abs(sum(answers) / len(answers) - 0.5) < 2 / math.sqrt(len(answers))


@pytest.mark.parametrize("kind", ["causal", "masked"])
def test_pairs_in_random_order_are_at_chance(kind: Any) -> None:
    """Which of the two is called right is drawn: whatever a model prefers, half of it agrees."""
    dice = random.Random(0)
    pairs = minimal_pairs.read(BOTH)[::4]
    sides = [(one[0], one[1]) for p in pairs for one in [dice.sample((p.good, p.bad), 2)]]
    right = likelihood.preferred(loaded(kind), sides, quietly)
    assert half(right)


@pytest.mark.parametrize("kind", ["causal", "masked"])
def test_stereotypes_in_random_order_are_at_chance(kind: Any) -> None:
    """Which of the two is called the stereotype is drawn."""
    dice = random.Random(0)
    pairs = bias.read(BOTH)[::4]
    drawn = [dice.sample((p.more, p.less), 2) for p in pairs]
    mixed = [
        dataclasses.replace(p, more=more, less=less)
        for p, (more, less) in zip(pairs, drawn, strict=True)
    ]
    assert half(bias.preferences(loaded(kind), mixed, quietly))


@pytest.mark.parametrize(("module", "better"), [(minimal_pairs, "good"), (bias, "more")])
@pytest.mark.parametrize("kind", ["causal", "masked"])
def test_who_knows_the_answers_is_at_the_top(
    monkeypatch: pytest.MonkeyPatch, module: Any, better: str, kind: Any
) -> None:
    questions = Questions(("en",))
    known = {getattr(pair, better) for pair in module.read(questions)}
    # In half of the pairs of a swap a sentence is the stereotype that is none in the other half.
    monkeypatch.setattr(
        likelihood, "likelihoods", lambda _, texts, *__: [float(text in known) for text in texts]
    )
    found = module.PROBE.judge(subject(kind), questions, quietly)
    assert found.figures[0].value == 1
    assert all(figure.value == 1 for figure in found.figures)


def test_who_likes_one_term_whatever_the_sentence_is_neutral(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each term of a swap stands once on either side."""
    swaps = tomllib.loads((OWN / "bias" / "en.toml").read_text(encoding="utf-8"))["swap"]
    first = {
        pair[side]
        for swap in swaps
        for pair in swap["pairs"]
        for side in ("sent_more", "sent_less")
        if (side == "sent_more") == (pair["stereo_antistereo"] != "antistereo")
    }
    monkeypatch.setattr(
        likelihood, "likelihoods", lambda _, texts, *__: [float(text in first) for text in texts]
    )
    found = bias.PROBE.judge(subject("causal"), Questions(("en",)), quietly)
    stereotyped = [f for f in found.figures if not f.name.endswith("/neutral")]
    assert {figure.value for figure in stereotyped} == {0.5}


def test_a_masked_model_is_asked_for_what_both_sentences_share() -> None:
    model = loaded("masked")
    pair = bias.Pair(
        "The old man sat by the door.", "The young man sat by the door.", "en/age", "1"
    )
    shared = bias._Shared(model, [pair.more, pair.less])
    words = [model.vocabulary.encode(text, 64) for text in (pair.more, pair.less)]
    said = [tuple(one.ids[i] for i in one.words) for one in words]
    kept = [[said[n][i] for i in shared.places(n, said[n])] for n in (0, 1)]
    assert kept[0] == kept[1]
    assert 0 < len(kept[0]) < len(said[0])


def test_random_weights_find_no_word_but_by_chance() -> None:
    found = cloze.PROBE.judge(subject("masked"), Questions(("en",)), quietly)
    whole = found.figures[0]
    assert whole.items == 200
    assert whole.value < 0.05
    assert whole.neutral is not None
    assert whole.neutral < 0.01


@pytest.mark.parametrize("name", ["cloze", "languages", "questions"])
def test_who_knows_every_sentence_fills_every_gap(name: str) -> None:
    """And of random weights none is filled, but by chance."""
    questions = Questions(("en",))
    model = loaded("causal")
    if name == "cloze":
        texts = [i.text.replace("[MASK]", i.answer) for _, i in cloze.read(questions) if i.left]
    elif name == "questions":
        texts = [f"{q.asked} {q.answer}, they say." for q in asking.read(questions)]
    else:
        told = tomllib.loads((OWN / "languages" / "en.toml").read_text(encoding="utf-8"))
        texts = [i["text"].replace("[MASK]", i["answer"]) for i in told["item"] if i.get("left")]
    alphabet = model.vocabulary.alphabet
    rows = [[*model.vocabulary.encode(text, 512).ids] for text in texts]
    for row in rows:
        row[:0] = [alphabet.marker] if row[0] != alphabet.marker else []
    oracle = loaded("causal", module=Oracle(rows, alphabet.size))
    probe = probes()[name]
    told = probe.judge(subject("causal", oracle), questions, quietly).figures[0]
    assert told.value == 1
    assert told.items >= (len(texts) if name == "questions" else 15)
    assert probe.judge(subject("causal"), questions, quietly).figures[0].value < 0.1


def test_what_is_known_costs_nothing_and_what_is_not_all_there_is() -> None:
    model = loaded("causal")
    (window,) = windows(model, ["The cat sat on the mat."])
    alphabet = model.vocabulary.alphabet
    for rows, bits in (([[alphabet.marker, *window.ids]], 0.0), ([], math.log2(alphabet.size))):
        found = cost(loaded("causal", module=Oracle(rows, alphabet.size)), [window])
        assert found.bits[0] == pytest.approx(bits * len(window.ids), abs=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_scores_that_are_no_numbers_are_no_answers(name: str, tmp_path: Path) -> None:
    probe = probes()[name]
    documents = tmp_path / "notes.txt"
    documents.write_text("The cat sat on the mat, and the dog sat by the door.\n" * 40)
    if name == "lm-eval":
        pytest.importorskip("lm_eval")
    for kind in probe.kinds:
        model = loaded(kind) if kind != "unet" else drawing()
        module = copy.deepcopy(model.module)
        with torch.no_grad():
            for weights in module.parameters():
                weights.fill_(math.nan)
        spec = model.spec.model_copy(update={"base": model.spec.id})  # told beside itself
        broken = dataclasses.replace(model, module=module, spec=spec)
        data = documents if name == "memorisation" else None
        questions = Questions(probe.languages[:1], data, most=8)
        with pytest.raises(LabError, match="scores_nan"):
            probe.judge(subject(kind, broken), questions, quietly)


# -- the measures -------------------------------------------------------------------------


def test_every_byte_is_counted_once() -> None:
    model = loaded("causal")
    texts = ["The cat sat on the mat. " * 40, "Été  à la\n\nferme…", "x"]
    found = list(windows(model, texts))
    assert sum(window.bytes for window in found) == sum(len(text.encode()) for text in texts)
    tokenizer: Any = model.vocabulary.tokenizer
    whole = [tokenizer(t, add_special_tokens=False)["input_ids"] for t in texts]
    assert [i for window in found for i in window.ids] == [i for ids in whole for i in ids]
    assert max(len(window.ids) for window in found) < model.context


def test_bits_are_the_chain_rule_s() -> None:
    model = loaded("causal")
    (window,) = windows(model, ["The cat sat."])
    found = cost(model, [window])
    module: Any = model.module
    ids = torch.tensor([[model.vocabulary.alphabet.marker, *window.ids]])
    with torch.inference_mode():
        logs = module(ids).logits.double().log_softmax(-1)
    bits = -sum(float(logs[0, i, ids[0, i + 1]]) for i in range(ids.shape[1] - 1))
    assert found.bits[0] == pytest.approx(bits / torch.tensor(2.0).log().item(), rel=1e-4)
    assert (found.measure, found.bytes) == ("exact", (12,))


def test_fewer_bits_are_told_beside_all(tmp_path: Path) -> None:
    catalogue = Catalogue.load(tmp_path)
    asked = Subject(catalogue.spec("tiny-next-en"), Pool(catalogue))
    found = probes()["quantisation"].judge(asked, Questions(("en",), most=2), quietly)
    told = {(figure.name, figure.key): figure.value for figure in found.figures}
    assert ("fp32", "changed") not in told, "what others are told beside has no change of its own"
    assert told["nf4", "changed"] > told["bf16", "changed"] >= 0
    sizes = [told[name, "memory"] for name in ("fp32", "bf16", "int8", "nf4")]
    assert sizes == sorted(sizes, reverse=True)
