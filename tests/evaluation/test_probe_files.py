"""Questions of one's own: every format and encoding, what is off in a file, and how large it is."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from subjects import quietly, subject

from lab.evaluation import likelihood
from lab.evaluation.examine import examine
from lab.evaluation.probes import cloze, minimal_pairs
from lab.evaluation.probes._tables import rows_of
from lab.evaluation.probes.base import Questions, sampled
from lab.findings import Unasked
from lab.models.pool import Pool
from lab.types import LabError


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
    blank = file("n.txt", " \n")
    assert unasked(pool, "bits-per-byte", blank) == "probe_empty"
    assert unasked(pool, "quantisation", blank) == "probe_empty"
    assert unasked(pool, "memorisation", file("o.txt", "A word.")) == "too_few_tokens"
    empty = tmp_path / "folder"
    empty.mkdir()
    assert unasked(pool, "minimal-pairs", empty) == "probe_empty"


def test_how_long_a_cell_may_be_hangs_on_nobody_else(pool: Pool, tmp_path: Path) -> None:
    csv.field_size_limit(10_000_000)  # as reading someone's documents leaves it
    (tmp_path / "long.csv").write_text("a" * 200_000)
    assert unasked(pool, "bias", tmp_path / "long.csv") == "probe_broken"


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
