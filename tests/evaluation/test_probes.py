"""Every probe: at chance on random weights, at the top with the answers, and clear on bad input."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import random
import tomllib
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import Oracle, drawing, loaded

from lab.evaluation import examine as examining
from lab.evaluation import likelihood
from lab.evaluation.examine import examine, kept
from lab.evaluation.probes import bias, cloze, minimal_pairs
from lab.evaluation.probes import questions as asking
from lab.evaluation.probes._tables import rows_of
from lab.evaluation.probes.base import OWN, Judged, Probe, Questions, Subject, probes, sampled
from lab.evaluation.text_bits import cost, windows
from lab.findings import Asking, Finding, Unasked
from lab.models.catalogue import Catalogue
from lab.models.pool import Pool
from lab.models.turn import Turn
from lab.types import LabError

NAMES = sorted(probes())
BOTH = Questions(("en", "fr"))
ELSEWHERE = {
    "quantisation": "asks for the same weights in four ways: see test_fewer_bits",
    "memorisation": "needs documents: see tests/training/test_tuned.py",
    "lm-eval": "needs lm-evaluation-harness: see test_harness.py",
}


class Given:
    """A pool that holds one model, whatever is asked for."""

    def __init__(self, model: Any) -> None:
        self.model, self.turn = model, Turn()

    def get(self, *_: Any) -> Any:
        return self.model


def subject(kind: Any, model: Any = None) -> Subject:
    model = model or loaded(kind)
    return Subject(model.spec, Given(model))  # type: ignore[arg-type]


def quietly(done: int, total: int) -> None:
    assert 0 < done <= total


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


def test_pairs_in_random_order_are_at_chance() -> None:
    """Which of the two is called right is drawn: whatever a model prefers, half of it agrees."""
    dice = random.Random(0)
    pairs = [
        minimal_pairs.Pair(*sides, pair.group)
        for pair in minimal_pairs.read(BOTH)
        for sides in [dice.sample((pair.good, pair.bad), 2)]
    ]
    sides = [(pair.good, pair.bad) for pair in pairs]
    right = likelihood.preferred(loaded("causal"), sides, quietly)
    assert abs(sum(right) / len(right) - 0.5) < 0.09  # four standard errors of 450 coins


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
    assert told.items >= 15
    assert probe.judge(subject("causal"), questions, quietly).figures[0].value < 0.1


def test_what_is_known_costs_nothing_and_what_is_not_all_there_is() -> None:
    model = loaded("causal")
    (window,) = windows(model, ["The cat sat on the mat."])
    alphabet = model.vocabulary.alphabet
    for rows, bits in (([[alphabet.marker, *window.ids]], 0.0), ([], math.log2(alphabet.size))):
        found = cost(loaded("causal", module=Oracle(rows, alphabet.size)), [window])
        assert found.bits[0] == pytest.approx(bits * len(window.ids), abs=1e-3)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("forgetting", "memorisation")])
def test_scores_that_are_no_numbers_are_no_answers(name: str, tmp_path: Path) -> None:
    probe = probes()[name]
    if name == "lm-eval":
        pytest.importorskip("lm_eval")
    for kind in probe.kinds:
        model = loaded(kind) if kind != "unet" else drawing()
        module = copy.deepcopy(model.module)
        with torch.no_grad():
            for weights in module.parameters():
                weights.fill_(math.nan)
        broken = dataclasses.replace(model, module=module)
        languages = probe.languages[:1]
        with pytest.raises(LabError, match="scores_nan"):
            probe.judge(subject(kind, broken), Questions(languages, most=8), quietly)


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
    assert told["fp32", "changed"] == 0
    assert told["nf4", "changed"] > told["bf16", "changed"] >= 0
    sizes = [told[name, "memory"] for name in ("fp32", "bf16", "int8", "nf4")]
    assert sizes == sorted(sizes, reverse=True)


# -- asking several, and what is kept --------------------------------------------------------


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    return Pool(Catalogue.load(tmp_path))


def test_models_side_by_side_and_what_is_found_is_kept(pool: Pool, tmp_path: Path) -> None:
    models = ["tiny-next-en", "tiny-image", "tiny-masked-en"]
    said = list(examine(pool, models, "minimal-pairs", Questions(("en",), most=70)))
    assert any(isinstance(one, Asking) for one in said)
    told = [one for one in said if not isinstance(one, Asking)]
    assert [one.model for one in told] == models
    assert isinstance(told[1], Unasked)
    assert told[1].why.key == "probe_cannot"
    first = told[0]
    assert isinstance(first, Finding)
    assert first.whole.name == "en"
    assert len(first.digest) == 64
    assert first.notices[0].facts == {"asked": 70, "of": 225}
    found = kept(tmp_path)
    assert {one.model for one in found} == {"tiny-next-en", "tiny-masked-en"}
    assert first in found
    (next(tmp_path.rglob("minimal-pairs-*.json"))).write_text("{")
    assert len(kept(tmp_path)) == 1


def test_a_failure_is_not_swallowed(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "digest", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(examine(pool, ["tiny-next-en"], "minimal-pairs", Questions(("en",), most=1)))
    with pool.turn:
        pass  # and the accelerator is free again


def key(pool: Pool, *given: Any) -> str:
    with pytest.raises(LabError) as caught:
        list(examine(pool, *given))
    return caught.value.key


def test_what_cannot_be_asked_is_said(pool: Pool, tmp_path: Path) -> None:
    assert key(pool, ["tiny-next-en"], "horoscope", BOTH) == "unknown_probe"
    assert key(pool, [], "cloze", BOTH) == "probe_models"
    assert key(pool, ["nobody"], "cloze", BOTH) == "unknown_model"
    own = Questions((), tmp_path)
    assert key(pool, ["tiny-next-en"], "languages", own) == "probe_own_only"
    named = Questions(("en",), tasks=("blimp",))
    assert key(pool, ["tiny-next-en"], "cloze", named) == "probe_no_tasks"


def unasked(pool: Pool, probe: str, path: Path) -> str:
    *_, said = examine(pool, ["tiny-next-en"], probe, Questions((), path))
    assert isinstance(said, Unasked), said
    return said.why.key


def test_bad_files_are_said(pool: Pool, tmp_path: Path) -> None:
    def file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    assert unasked(pool, "cloze", tmp_path / "none.csv") == "no_such_path"
    assert unasked(pool, "cloze", file("empty.csv", "")) == "probe_empty"
    assert unasked(pool, "cloze", file("a.csv", "question,reply\nWho?,me\n")) == "probe_columns"
    assert unasked(pool, "cloze", file("b.csv", "text,answer\nNo gap here.,x\n")) == "probe_gap"
    inner = file("c.csv", "text,answer\nThe [MASK] sat on the mat.,cat\n")
    assert unasked(pool, "cloze", inner) == "probe_none_fair"
    assert unasked(pool, "bias", file("d.jsonl", '{"sent_more": "a"}\n{')) == "probe_line"
    assert unasked(pool, "bias", file("e.pdf", "%PDF")) == "probe_file"
    assert unasked(pool, "minimal-pairs", file("f.jsonl", "[1]\n")) == "probe_columns"
    assert unasked(pool, "bias", file("g.toml", "pairs = [")) == "probe_broken"
    assert unasked(pool, "bias", file("h.json", '{"a": [1,\n]')) == "probe_line"
    assert unasked(pool, "bias", file("i.json", '{"a": {"b": 1}}')) == "probe_columns"
    assert unasked(pool, "bias", file("j.json", "[" * 100_000)) == "probe_broken"
    assert unasked(pool, "bias", file("k.csv", "a" * 200_000)) == "probe_broken"
    assert unasked(pool, "questions", file("l.csv", "asked\nWho?\n")) == "probe_columns"
    assert unasked(pool, "features", file("m.csv", "text,label\nA.,x\nB.,x\n")) == "probe_classes"
    assert unasked(pool, "bits-per-byte", file("n.txt", " \n")) == "probe_empty"
    assert unasked(pool, "memorisation", file("o.txt", "A word.")) == "too_few_tokens"
    empty = tmp_path / "folder"
    empty.mkdir()
    assert unasked(pool, "minimal-pairs", empty) == "probe_empty"


def test_other_encodings_and_formats_are_read(tmp_path: Path) -> None:
    line = {"sentence_good": "Elle chante l’été.", "sentence_bad": "Elle chantent l’été.", "n": 3}
    path = tmp_path / "a.jsonl"
    path.write_bytes((json.dumps(line, ensure_ascii=False) + "\n\n").encode("utf-16"))
    (row,) = rows_of(path, ("sentence_good",))
    assert row["sentence_good"] == "Elle chante l’été."
    (tmp_path / "b.tsv").write_text("sentence_good\tsentence_bad\nA cat.\tA cats.\n")
    pairs = minimal_pairs.read(Questions((), tmp_path))
    assert [pair.good for pair in pairs] == ["Elle chante l’été.", "A cat."]
    (tmp_path / "c.json").write_text(json.dumps([{"sentence_good": "B", "sentence_bad": "C"}]))
    told = '[[paradigm]]\nUID = "x"\npairs = [{ sentence_good = "D", sentence_bad = "E" }]\n'
    (tmp_path / "d.toml").write_text(told)
    pairs = minimal_pairs.read(Questions((), tmp_path))
    assert [pair.good for pair in pairs][2:] == ["B", "D"]
    assert pairs[-1].group == f"{tmp_path.name}/x"


def test_a_file_is_called_what_its_owner_calls_it(tmp_path: Path) -> None:
    path = tmp_path / "0123.csv"
    path.write_text("text,answer\nThe sky is [MASK].,blue\n")
    ((group, item),) = cloze.read(Questions((), path, title="heavens.csv"))
    assert (group, item.answer) == ("heavens", "blue")
    with pytest.raises(LabError) as caught:
        rows_of(path, ("asked",), "heavens.csv")
    assert caught.value.facts["file"] == "heavens.csv"


def test_lines_and_other_answers_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text,answer,also\n"It is\n[MASK].",big,large|great\n')
    ((_, item),) = cloze.read(Questions((), path))
    assert item.text == "It is\n[MASK]."
    assert item.also == ("large", "great")
    wide = tmp_path / "b.jsonl"
    wide.write_text(json.dumps({"text": "a\u2028b"}, ensure_ascii=False) + "\n", encoding="utf-8")
    assert rows_of(wide, ("text",))[0]["text"] == "a\u2028b"


def test_a_hundred_thousand_rows_are_sampled_evenly_and_it_is_said() -> None:
    some, notices = sampled(range(100_000), 500)
    assert len(some) == 500
    assert some[0] == 0
    assert some[-1] == 99_800
    assert notices[0].facts == {"asked": 500, "of": 100_000}
    assert sampled([1, 2], 500) == ([1, 2], ())


def test_of_a_large_file_some_are_asked_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "many.csv"
    rows = (f"Good {i}.,Bad {i}." for i in range(100_000))
    path.write_text("sentence_good,sentence_bad\n" + "\n".join(rows) + "\n")
    monkeypatch.setattr(
        likelihood, "likelihoods", lambda _, texts, *__: [float("Good" in t) for t in texts]
    )
    found = minimal_pairs.PROBE.judge(subject("causal"), Questions((), path), quietly)
    assert found.notices[0].facts == {"asked": 50_000, "of": 100_000}
    assert (found.figures[0].value, found.figures[0].items) == (1, 50_000)
