"""Put probes to models, one after the other, and keep what they find with the weights' hash."""

from __future__ import annotations

import hashlib
import json
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from lab.config import ModelSpec, Precision
from lab.evaluation.beside import changes
from lab.evaluation.probes.base import Judged, Probe, Questions, Subject, probes
from lab.findings import Asking, Finding, Unasked
from lab.models.digest import digest
from lab.models.weights import sha256
from lab.training.folder import write_atomically
from lab.types import LabError

if TYPE_CHECKING:
    from lab.models.pool import Pool

Said = Asking | Finding | Unasked
MOST_MODELS = 12


def examine(
    pool: Pool,
    models: Sequence[str],
    probe: str,
    questions: Questions,
    precision: Precision = "fp32",
) -> Iterator[Said]:
    """Ask each model in turn: how far it has come, then what was found, or why it was not asked.

    A model's base that is among them is asked before it, and then what is found of the model says
    too what has changed, answer by answer.

    Raises `LabError`: unknown_probe, probe_models, probe_own_only, unknown_model.
    """
    asked = probes().get(probe)
    if asked is None:
        raise LabError("unknown_probe", probe=probe[:60], known=", ".join(probes()))
    if not 0 < len(models) <= MOST_MODELS:
        raise LabError("probe_models", most=MOST_MODELS)
    if questions.data is not None and not asked.reads:
        raise LabError("probe_own_only", probe=probe)
    if questions.tasks and not asked.has_tasks:
        raise LabError("probe_no_tasks", probe=probe)
    specs = [pool.catalogue.spec(model) for model in models]
    round_ = _Round(pool, asked, questions, precision, {})
    for spec in _bases_first(specs):
        yield from _one(round_, spec)


@dataclass(frozen=True, slots=True)
class _Round:
    """The same questions to several models; `judged` is what came of those asked so far."""

    pool: Pool
    probe: Probe
    questions: Questions
    precision: Precision
    judged: dict[str, Judged]


def _bases_first(specs: Sequence[ModelSpec]) -> list[ModelSpec]:
    found: dict[str, ModelSpec] = {}
    known = {spec.id: spec for spec in specs}
    for spec in specs:
        if base := known.get(spec.base):
            found.setdefault(base.id, base)
        found.setdefault(spec.id, spec)
    return list(found.values())


def _one(round_: _Round, spec: ModelSpec) -> Iterator[Said]:
    pool, probe = round_.pool, round_.probe
    why = probe.refuses(spec) or pool.catalogue.entry(spec.id).why
    if why is not None:
        yield Unasked(probe.name, spec.id, why)
        return
    said: queue.SimpleQueue[Said | BaseException] = queue.SimpleQueue()

    def work() -> None:
        try:
            said.put(_judge(round_, spec, said))
        except LabError as error:
            said.put(Unasked(probe.name, spec.id, error))
        except BaseException as error:  # told to whoever follows
            said.put(error)

    threading.Thread(target=work, daemon=True).start()
    while True:
        item = said.get()
        if isinstance(item, BaseException):
            raise item
        yield item
        if not isinstance(item, Asking):
            return


def _judge(
    round_: _Round, spec: ModelSpec, said: queue.SimpleQueue[Said | BaseException]
) -> Finding:
    began = time.perf_counter()
    pool, probe = round_.pool, round_.probe

    def say(done: int, total: int) -> None:
        said.put(Asking(probe.name, spec.id, done, total))
        with _apart(pool):
            pass  # whoever waits to predict goes first

    subject = Subject(spec, pool, round_.precision, lambda: _apart(pool))
    with pool.turn:
        found = probe.judge(subject, round_.questions, say)
    round_.judged[spec.id] = found
    found_at = _finding(round_, spec, found)
    found_at = replace(found_at, seconds=round(time.perf_counter() - began, 2))
    keep(found_at, pool.catalogue.home / "findings")
    return found_at


def _finding(round_: _Round, spec: ModelSpec, found: Judged) -> Finding:
    questions = round_.questions
    settings: dict[str, str | int | float] = {
        "languages": ", ".join(questions.languages),
        "most": questions.most,
        "torch": torch.__version__,
    }
    if questions.tasks:
        settings["tasks"] = ", ".join(questions.tasks)
    if questions.data is not None and questions.data.is_file():
        settings["data_sha256"] = sha256(questions.data)
    base = round_.judged.get(spec.base)
    changed = changes(base, found) if base else ()
    if changed:
        settings["base"] = spec.base
    return Finding(
        probe=round_.probe.name,
        model=spec.id,
        precision=round_.precision,
        digest=digest(round_.pool.catalogue, spec),
        data=questions.name,
        measure=found.measure,
        figures=(*found.figures, *changed),
        notices=found.notices,
        settings=settings,
        made=time.strftime("%Y-%m-%dT%H:%M:%S"),
    )


@contextmanager
def _apart(pool: Pool) -> Iterator[None]:
    """Within, the turn is anybody's."""
    pool.turn.__exit__(None, None, None)
    try:
        yield
    finally:
        pool.turn.__enter__()


def keep(finding: Finding, folder: Path) -> Path:
    """Write what was found where `kept` finds it; the latest of the same question stays."""
    asked = json.dumps([finding.data, finding.precision, dict(finding.settings)], sort_keys=True)
    key = hashlib.sha256(asked.encode()).hexdigest()[:12]
    path = folder / finding.digest[:16] / f"{finding.probe}-{key}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(asdict(finding), indent=1, ensure_ascii=False) + "\n")
    return path


def alike(path: Path, finding: Finding) -> bool:
    """Whether a file answers the same question about the same model, of whatever weights."""
    told = json.loads(path.read_bytes())
    same = ("probe", "model", "precision", "data")
    differing = dict(finding.settings) | {"torch": told["settings"].get("torch")}
    return all(told[k] == getattr(finding, k) for k in same) and told["settings"] == differing


def kept(folder: Path) -> list[Finding]:
    """Every finding below a folder, the latest first; files that are off are passed over."""
    from pydantic import TypeAdapter, ValidationError

    reader = TypeAdapter(Finding)
    found = []
    for path in folder.rglob("*.json"):
        try:
            found.append(reader.validate_json(path.read_bytes()))
        except (OSError, ValidationError):
            continue
    return sorted(found, key=lambda one: one.made, reverse=True)
