"""Files become tokens once, whatever their encoding, with whole documents held out."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tiny_models import byte_level

from lab.documents.text import pieces, read_text
from lab.objectives.base import Batch
from lab.recipe import Data, Recipe
from lab.training import corpus as corpora
from lab.training.batches import Listed, in_order, windows
from lab.training.corpus import find, prepare
from lab.training.text_data import read
from lab.types import LabError

LEARNT = "f517bb2186b1d435c314e522766287e58b15ee321c1a17faccda0dc97cd54e9a"
HELD = "a23d1dba25ed89aac1d0a8d627e4ad0f1209f9383dc695dfd83e061acb40ec2c"
LINE = "The cat sat on the mat. "


def told(*paths: Path, **changes: Any) -> Data:
    plain = {"paths": [str(p) for p in paths], "vocabulary": 320, "length": 16}
    return Data.model_validate(plain | changes)


def test_the_lab_s_own_texts_are_there_in_both_languages() -> None:
    for language in ("en", "fr"):
        files = find(Data.model_validate({"language": language}))
        assert sum(f.stat().st_size for f in files) > 60_000
        assert len(files) > 5


def test_mixed_encodings_make_one_corpus(tmp_path: Path) -> None:
    for name, encoding in (("a", "utf-8"), ("b", "utf-16"), ("c", "cp1252")):
        (tmp_path / f"{name}.txt").write_bytes(("été, déjà vu. " + LINE * 20).encode(encoding))
    made = prepare(told(tmp_path), tmp_path / "home")
    assert len(made.documents) == 3
    assert made.train_tokens > 100


def test_documents_are_held_out_whole(corpus: Path, tmp_path: Path) -> None:
    made = prepare(told(corpus, held_out=["two"]), tmp_path)
    assert {d.name for d in made.documents if d.held_out} == {"two"}
    assert made.held_tokens > 0
    by_hash = prepare(told(corpus), tmp_path)
    assert sum(d.held_out for d in by_hash.documents) == 1


def test_they_are_named_as_one_likes(corpus: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256((corpus / "two.txt").read_bytes()).hexdigest()
    for name in ("two", "two.txt", digest):
        made = prepare(told(corpus, held_out=[name]), tmp_path)
        assert {d.name for d in made.documents if d.held_out} == {"two"}, name


@pytest.mark.parametrize(
    ("named", "key"),
    [(["two", "tow"], "held_out_unknown"), (["one", "two", "three"], "all_held_out")],
)
def test_names_that_hold_out_nothing_or_all_are_told(
    named: list[str], key: str, corpus: Path, tmp_path: Path
) -> None:
    with pytest.raises(LabError, match=key):
        prepare(told(corpus, held_out=named), tmp_path)


def test_one_document_is_cut_at_its_end(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(LINE * 200)
    made = prepare(told(tmp_path / "a.txt"), tmp_path / "home")
    assert [d.held_out for d in made.documents] == [False, True]
    assert 0.03 < made.held_tokens / made.train_tokens < 0.08


def test_it_is_made_once_and_outlives_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in "ab":
        (folder / f"{name}.txt").write_text(name + LINE * 30)
    first = prepare(told(folder), tmp_path / "home")
    monkeypatch.setattr(corpora, "_make", lambda *_: pytest.fail("it was there already"))
    assert prepare(told(folder), tmp_path / "home") == first
    tokens = first.tokens(held=False)
    shutil.rmtree(folder)
    assert len(tokens) == first.train_tokens


def test_what_an_earlier_lab_kept_is_made_again(
    recipe: Callable[..., Recipe], tmp_path: Path
) -> None:
    """A run that goes on after an update finds plain numbers in the place of Arrow."""
    kept = tmp_path / "data.json"
    first = digest([read(recipe(), True, tmp_path, None, kept).rows(1, 0)[0](5)])
    folder = Path(json.loads(kept.read_text())["folder"])
    for file in folder.glob("*.arrow*"):
        file.rename(file.with_suffix(".bin"))
    shutil.move(folder, tmp_path / "corpora" / "old")
    kept.write_text(json.dumps({"folder": str(tmp_path / "corpora" / "old")}))
    again = read(recipe(), True, tmp_path, None, kept)
    assert digest([again.rows(1, 0)[0](5)]) == first


def test_a_corpus_half_made_is_made_again(corpus: Path, tmp_path: Path) -> None:
    first = prepare(told(corpus), tmp_path)
    (first.folder / "corpus.json").unlink()
    shutil.copytree(first.folder, first.folder.with_suffix(".partial"))
    shutil.rmtree(first.folder)
    assert prepare(told(corpus), tmp_path).train_tokens == first.train_tokens


@pytest.mark.parametrize(
    ("files", "key"),
    [
        ({}, "no_text"),
        ({"a.txt": ""}, "no_text"),
        ({"a.txt": "  \n "}, "no_text"),
        ({"a.bin": "x" * 99}, "no_text"),
        ({"a.txt": "A cat."}, "text_too_short"),
    ],
)
def test_too_little_is_told(files: dict[str, str], key: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    with pytest.raises(LabError, match=key):
        prepare(told(folder), tmp_path / "home")


def test_a_path_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="no_such_path"):
        prepare(told(tmp_path / "nothing"), tmp_path)


def test_a_line_without_end_is_read_in_pieces(tmp_path: Path) -> None:
    text = "abc défg " * 30_000 + "x" * 120_000
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    made = prepare(told(tmp_path), tmp_path / "home")
    assert made.train_tokens > 50_000
    # One document is cut at its end: both parts together are the text, to the last letter.
    assert sum(d.characters for d in made.documents) == len(text)
    assert sum(d.bytes for d in made.documents) == len(text.encode())


def test_a_tokenizer_is_made_from_a_share_of_much(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = find(told(corpus))
    whole = list(corpora._sample(files))
    assert "".join(whole) == "".join(read_text(f) for f in files)
    monkeypatch.setattr(corpora, "pieces", partial(pieces, size=500))
    monkeypatch.setattr(corpora, "LEARNT", 2000)
    some = list(corpora._sample(files))
    assert 500 < sum(map(len, some)) < 4000


def test_a_seed_reads_what_it_has_always_read(tmp_path: Path) -> None:
    """A recorded run is made again by its seed, whatever becomes of how tokens are kept.

    The digests are of the rows that the lab's first store gave, plain numbers in a file.
    """
    (tmp_path / "texts").mkdir()
    for i, name in enumerate("abc"):
        lines = (
            f"Line {n} of {name}: the {n * n % 97} cats sat on the mat.\n"
            for n in range(60 + 10 * i)
        )
        (tmp_path / f"texts/{name}.txt").write_text("".join(lines), encoding="utf-8")
    data = {"paths": [str(tmp_path / "texts")], "length": 24}
    told = Recipe.model_validate({"objective": "next", "rows": 3, "seed": 11, "data": data})
    texts = read(told, True, tmp_path / "home", byte_level(), None)
    batches, held = texts.rows(1, 0)
    numbers = (0, 1, 2, 50, 200, 999)
    assert digest(batches(number) for number in numbers) == LEARNT
    assert digest(held(1000)) == HELD


def digest(batches: Iterable[Batch]) -> str:
    return hashlib.sha256(b"".join(batch.text.numpy().tobytes() for batch in batches)).hexdigest()


def test_an_epoch_reads_every_window_once() -> None:
    tokens = Listed(range(1, 161))
    batch = windows(tokens, 16, 1, 0, seed=3)
    count = (len(tokens) - 15) // 15
    first = [batch(i).text[0] for i in range(count)]
    assert all(row[0] == 0 and row[1:].diff().eq(1).all() for row in first)
    seen = [int(t) for row in first for t in row[1:]]
    assert len(seen) == len(set(seen)) == count * 15
    second = [batch(count + i).text[0] for i in range(count)]
    assert [r.tolist() for r in first] != [r.tolist() for r in second]
    again = windows(tokens, 16, 1, 0, seed=3)
    assert again(count + 2).text.equal(batch(count + 2).text), "of the seed and the number alone"


def test_rows_of_a_larger_batch_are_the_same_rows() -> None:
    tokens = Listed(range(1, 400))
    small, large = (windows(tokens, 16, rows, 0, seed=3) for rows in (2, 4))
    assert large(1).text[2:].equal(small(3).text)


def test_measuring_reads_evenly_and_never_twice() -> None:
    tokens = Listed(range(1, 1501))
    rows = [row for batch in in_order(tokens, 16, 4, 0, 10) for row in batch.text]
    starts = [int(row[1]) for row in rows]
    assert len(starts) == len(set(starts)) == 10
    assert starts == [1 + 150 * i for i in range(10)]
    assert sum(len(b.text) for b in in_order(tokens, 16, 4, 0, 1000)) == 100


def test_a_path_can_be_read_several_times_an_epoch(corpus: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.txt").write_text("A line of my own. " * 50)
    plain = prepare(told(corpus, own, held_out=["two"]), tmp_path / "home")
    often = prepare(told(corpus, own, held_out=["two"], repeat=[1, 3]), tmp_path / "home")
    assert often.folder != plain.folder
    assert often.held_tokens == plain.held_tokens
    tokens, once = (made.tokens(held=False) for made in (often, plain))
    added = len(tokens) - len(once)
    assert added > 0
    assert added % 2 == 0
    ids, half = tokens.ids(0, len(tokens)), added // 2
    assert (ids[-half:] == ids[-added:-half]).all()
    assert often.bytes(held=False) == plain.bytes(held=False)
    again = prepare(told(corpus, own, held_out=["two"], repeat=[1, 3]), tmp_path / "home")
    assert again == often


@pytest.mark.parametrize("repeat", [[1], [1, 0], [1, 2, 3]])
def test_repeats_that_do_not_fit_are_refused(corpus: Path, repeat: list[int]) -> None:
    with pytest.raises(ValueError, match="repeats"):
        told(corpus, corpus / "one.txt", repeat=repeat)
