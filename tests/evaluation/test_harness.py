"""lm-evaluation-harness: our minimal pairs are scored as its BLiMP tasks score them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from subjects import quietly, subject
from tiny_models import loaded

from lab.evaluation import harness
from lab.evaluation.likelihood import preferred
from lab.evaluation.probes import lm_eval, minimal_pairs
from lab.evaluation.probes.base import Questions, sampled
from lab.types import LabError

OWN = Questions(("en",), most=90)


def test_without_it_one_is_told_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from lab.texts import LANGUAGES, sentence

    monkeypatch.setattr(harness, "find_spec", lambda _: None)
    with pytest.raises(LabError) as caught:
        lm_eval.PROBE.judge(subject("causal"), OWN, quietly)
    assert caught.value.key == "lm_eval_missing"
    for language in LANGUAGES:
        assert "pip install 'pretext-lab[lm-eval]'" in sentence(language, caught.value)


def test_a_measure_that_is_not_told_is_said() -> None:
    with pytest.raises(LabError, match="lm_eval_measures"):
        lm_eval._figures("poetry", {"poetry": {"rhymes,none": 0.5, "samples": 3}})
    told = {
        "both": {"acc,none": 0.5, "acc_stderr,none": 0.1, "samples": 4},
        "a": {"acc,none": 0.25, "acc_stderr,none": "N/A", "samples": 2, "alias": "a"},
    }
    whole, part = lm_eval._figures("both", told)
    assert (whole.name, whole.value, whole.items) == ("both", 0.5, 4)
    assert (whole.low, whole.high) == pytest.approx((0.5 - 0.196, 0.5 + 0.196))
    assert (part.name, part.low) == ("both/a", None)


def test_it_agrees_with_our_minimal_pairs_pair_by_pair() -> None:
    """But for the blank that its tasks put before a sentence, which ours does not."""
    pytest.importorskip("lm_eval")
    pairs, _ = sampled(minimal_pairs.read(OWN), OWN.most)
    behind_blanks = [(" " + pair.good, " " + pair.bad) for pair in pairs]
    ours = minimal_pairs.PROBE.judge(subject("causal"), OWN, quietly)
    theirs = lm_eval.PROBE.judge(subject("causal"), OWN, quietly)
    assert [figure.name for figure in theirs.figures] == [figure.name for figure in ours.figures]
    right = preferred(loaded("causal"), behind_blanks, quietly)
    assert [one.value for one in theirs.scored] == right
    same = [a.value == b.value for a, b in zip(ours.scored, theirs.scored, strict=True)]
    assert sum(same) > 0.75 * len(same), "nor does the blank change much"


def test_a_task_of_ones_own_is_a_folder(tmp_path: Path) -> None:
    pytest.importorskip("lm_eval")
    pairs = [
        {"sentence_good": pair.good, "sentence_bad": pair.bad}
        for pair in minimal_pairs.read(Questions(("en",)))[:20]
    ]
    (tmp_path / "data.jsonl").write_text("\n".join(map(json.dumps, pairs)))
    (tmp_path / "mine.yaml").write_text(TASK.format(data=tmp_path / "data.jsonl", kept=tmp_path))
    found = lm_eval.PROBE.judge(subject("causal"), Questions((), tmp_path), quietly)
    own = Questions((), tmp_path / "data.jsonl")
    right = minimal_pairs.PROBE.judge(subject("causal"), own, quietly)
    assert (found.figures[0].name, found.figures[0].items) == ("mine", 20)
    assert found.figures[0].value == pytest.approx(right.figures[0].value, abs=0.051)
    with pytest.raises(LabError, match="lm_eval_failed"):
        lm_eval.PROBE.judge(subject("causal"), Questions((), tmp_path, tasks=("nobody",)), quietly)


TASK = """task: mine
dataset_path: json
dataset_kwargs:
  data_files:
    train: {data}
  cache_dir: {kept}
output_type: multiple_choice
validation_split: train
doc_to_text: ""
doc_to_target: 0
doc_to_choice: "{{{{[sentence_good, sentence_bad]}}}}"
num_fewshot: 0
metric_list:
  - metric: acc
"""
