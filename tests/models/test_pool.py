"""The pool: one load for everybody, bounded memory, a fair turn, the four precisions."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lab.config import Size
from lab.models.catalogue import Catalogue
from lab.models.pool import Pool
from lab.models.turn import Turn
from lab.objectives.base import objectives
from lab.types import LabError
from tests.models.conftest import spec


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models loaded, in order; each load takes a moment."""
    import lab.models.pool

    seen: list[str] = []
    real = lab.models.pool.load

    def counted(spec: Any, *given: Any) -> Any:
        seen.append(spec.id)
        time.sleep(0.05)
        return real(spec, *given)

    monkeypatch.setattr(lab.models.pool, "load", counted)
    return seen


def next_token() -> Any:
    return objectives()["next"]


def test_eight_threads_share_one_load(catalogue: Catalogue, loads: list[str]) -> None:
    pool = Pool(catalogue)
    together = threading.Barrier(8)

    def ask(i: int) -> Any:
        together.wait()
        return pool.get("ab"[i % 2], "fp32", None, next_token())

    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(ask, range(8)))
    assert sorted(loads) == ["a", "b"]
    assert len({id(model) for model in got}) == 2


def test_weights_written_anew_are_read_anew(catalogue: Catalogue, loads: list[str]) -> None:
    """A run that was made longer leaves another model under the same name."""
    pool = Pool(catalogue)
    first = pool.get("a", "fp32", None, next_token())
    assert pool.get("a", "fp32", None, next_token()) is first
    folder = catalogue.locate("a")
    assert folder is not None
    file = next(folder.glob("*.safetensors"))
    when = file.stat().st_mtime_ns
    try:
        os.utime(file, ns=(when + 10**9, when + 10**9))
        assert pool.get("a", "fp32", None, next_token()) is not first
        assert loads == ["a", "a"]
        assert len(pool.models) == 1, "the old one is let go"
    finally:
        os.utime(file, ns=(when, when))


def test_least_recently_used_goes_first(catalogue: Catalogue, loads: list[str]) -> None:
    one = Pool(catalogue).get("a", "fp32", None, next_token()).bytes
    pool = Pool(catalogue, limit=int(2.5 * one))
    for name in ("a", "b", "a", "c"):
        pool.get(name, "fp32", None, next_token())
    assert [m.spec.id for m in pool.models] == ["a", "c"]
    assert pool.held <= pool.limit
    loads.clear()
    pool.get("a", "fp32", None, next_token())
    pool.get("b", "fp32", None, next_token())
    assert loads == ["b"]


def test_evicted_models_really_leave(catalogue: Catalogue) -> None:
    import gc
    import weakref

    one = Pool(catalogue).get("a", "fp32", None, next_token()).bytes
    pool = Pool(catalogue, limit=int(1.5 * one))
    gone = weakref.ref(pool.get("a", "fp32", None, next_token()).module)
    pool.get("b", "fp32", None, next_token())
    gc.collect()
    assert gone() is None


def test_too_large_is_said_before_loading(catalogue: Catalogue, loads: list[str]) -> None:
    pool = Pool(catalogue, limit=1_000_000)
    with pytest.raises(LabError) as caught:
        pool.get("a", "fp32", None, next_token())
    assert caught.value.key == "too_large"
    assert caught.value.facts["need"] == 2
    assert caught.value.facts["free"] == 1
    assert loads == []


def test_too_large_for_what_is_free_now(
    catalogue: Catalogue, loads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Pool(catalogue)
    monkeypatch.setattr("lab.models.memory.free", lambda device: 10)
    with pytest.raises(LabError, match="too_large"):
        pool.get("a", "fp32", None, next_token())
    assert loads == []


def test_a_failed_load_is_told_to_all_and_can_be_tried_again(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    import lab.models.pool

    real = lab.models.pool.load

    def failing(*_: Any) -> Any:
        time.sleep(0.1)
        raise LabError("load_failed", model="a", why="test")

    monkeypatch.setattr(lab.models.pool, "load", failing)
    pool = Pool(catalogue)

    def ask(_: int) -> str:
        try:
            pool.get("a", "fp32", None, next_token())
        except LabError as error:
            return error.key
        return "loaded"

    with ThreadPoolExecutor(3) as threads:
        assert set(threads.map(ask, range(3))) == {"load_failed"}
    monkeypatch.setattr(lab.models.pool, "load", real)
    assert ask(0) == "loaded"


def test_the_wrong_objective_is_refused_before_loading(
    catalogue: Catalogue, loads: list[str]
) -> None:
    with pytest.raises(LabError, match="model_cannot"):
        Pool(catalogue).get("a", "fp32", None, objectives()["masked"])
    assert loads == []


def test_not_fetched_is_said(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    known = Catalogue({"x": spec(id="x", location="lab/none")}, home)
    with pytest.raises(LabError, match="not_fetched"):
        Pool(known).get("x", "fp32", None, next_token())


def test_a_size_makes_another_scratch_model_but_not_another_copy_of_a_given_one(
    catalogue: Catalogue,
    loads: list[str],
    tokenizer: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    tokenizer.save_pretrained(tmp_path / "en")
    monkeypatch.setattr("lab.models.sources.scratch.TOKENIZERS", tmp_path)
    raw = spec(id="raw", source="scratch", location="en")
    pool = Pool(Catalogue({"raw": raw, "a": catalogue.spec("a")}, catalogue.home))
    small, large = (
        Size(layers=1, width=32, heads=2, seed=0),
        Size(layers=2, width=64, heads=2, seed=0),
    )
    for size in (small, large, small):
        pool.get("raw", "fp32", size, next_token())
        pool.get("a", "fp32", size, next_token())
    assert sorted(loads) == ["a", "raw", "raw"]
    a, b = (pool.get("raw", "fp32", size, next_token()).bytes for size in (small, large))
    assert a < b


def test_contexts(llama: Path, catalogue: Catalogue, tmp_path: Path) -> None:

    pool = Pool(catalogue)
    assert pool.get("a", "fp32", None, next_token()).context == 64
    folder = Path(shutil.copytree(llama, tmp_path / "long"))
    config = json.loads((folder / "config.json").read_text())
    config["max_position_embeddings"] = 100_000
    (folder / "config.json").write_text(json.dumps(config))
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings["model_max_length"] = 10**30
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    assert pool.get(f"local:{folder}", "fp32", None, next_token()).context == 2048


class TestTurn:
    def test_one_at_a_time_and_in_order(self) -> None:
        turn, order, inside = Turn(), [], 0

        def work(i: int) -> None:
            nonlocal inside
            with turn:
                inside += 1
                assert inside == 1
                order.append(i)
                time.sleep(0.01)
                inside -= 1

        threads = []
        with turn:
            for i in range(8):
                threads.append(threading.Thread(target=work, args=(i,)))
                threads[-1].start()
                time.sleep(0.02)
        for thread in threads:
            thread.join()
        assert order == list(range(8))

    def test_a_loop_that_takes_it_again_and_again_lets_others_in(self) -> None:
        turn, done = Turn(), threading.Event()
        rounds = 0

        def greedy() -> None:
            nonlocal rounds
            while not done.is_set() and rounds < 10_000:
                with turn:
                    rounds += 1
                    time.sleep(0.005)

        thread = threading.Thread(target=greedy)
        thread.start()
        time.sleep(0.03)
        with turn:
            before = rounds
            done.set()
        thread.join()
        assert before < 1000

    def test_the_holder_may_enter_again(self) -> None:
        turn = Turn()
        with turn, turn:
            pass
        with turn:
            pass

    def test_an_error_inside_hands_it_on(self) -> None:
        turn = Turn()
        with pytest.raises(ZeroDivisionError), turn:
            _ = 1 / 0
        with turn:
            pass
