"""Judge a fine-tuning: what it gained, forgot and learnt by heart, and what to do with it.

    python -m lab.evaluation.judge RUN_DIR --home HOME

measures the base first, its adapter still at zero, then the same model with the adapter that
was left, on the same rows with the same noise; writes verdict.json, and a copy of it with the
date in verdicts/, so that a later day can be compared.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, load_model

from lab.evaluation import picture_verdict
from lab.evaluation.by_heart import memorised
from lab.evaluation.change import GENERAL_ROWS, Sums, by_row, changed
from lab.models.catalogue import Catalogue
from lab.models.layout import weight_files
from lab.objectives.base import Batch
from lab.training.folder import RunFolder, write_atomically
from lab.training.manners import Manners
from lab.training.measure import MEASURE, nats
from lab.training.own_card import compared, write_card
from lab.training.setup import Work, device, set_up
from lab.types import LabError
from lab.verdict import Advice, Change, Memorised, Reason, Verdict

MOST_ROWS = 400
FEWEST = 5
"""Held-out documents below which rows are drawn again instead of them."""
FORGOTTEN = 0.25
"""Bits a byte more on a general text that are too many to keep a model."""
BY_HEART = 0.25
"""Beginnings of learnt documents said whole, beyond those of held-out ones, that are too many."""
Documents = list[tuple[int, list[Batch]]]
"""(bytes of its text, its rows) of each."""


def judge(run: RunFolder, home: Path) -> Verdict:
    """Raises `LabError`: run_has_no_model, or what `set_up` raises."""
    if not run.model.is_dir():
        raise LabError("run_has_no_model", run=run.name)
    work = set_up(run.recipe, home, run.path / "data.json")
    work.model.to(device())
    manners = Manners(device(), home)
    if work.pictures is not None:
        rights = compared(work.recipe, Catalogue.load(home).spec(work.recipe.base), work.sources)
        said = picture_verdict.judge(run, work, manners, lambda: put_in(work, run.model))
        return replace(said, rights=rights)
    documents = _documents(work)
    before = _measured(work, documents, manners)
    put_in(work, run.model)
    after = _measured(work, documents, manners)
    gain = _change(work, before.pop("held"), after.pop("held"))
    general = {name: _change(work, before[name], after[name]) for name in before}
    found = memorised(work, manners) if work.recipe.objective == "next" else None
    changes = {name: change for name, change in general.items() if change is not None}
    advice, reasons = advise(gain, changes, found)
    dataset = work.texts.documents if work.texts else None
    overlaps = [left.count for left in dataset.left if left.what == "overlaps"] if dataset else []
    by = dataset.by if dataset else ""
    made = time.strftime("%Y-%m-%dT%H:%M:%S")
    rights = compared(work.recipe, Catalogue.load(home).spec(work.recipe.base), work.sources)
    return Verdict(
        run.name, made, advice, reasons, gain, changes, found, sum(overlaps), rights, by
    )  # fmt: skip


def put_in(work: Work, folder: Path) -> None:
    """The weights that a run left, in the place of the base's."""
    if work.adapter is None:
        load_model(work.model, str(weight_files(folder)[0]))
        return
    from peft import set_peft_model_state_dict

    set_peft_model_state_dict(work.adapter, load_file(folder / "adapter_model.safetensors"))


def advise(
    gain: Change | None, general: dict[str, Change], found: Memorised | None
) -> tuple[Advice, tuple[Reason, ...]]:
    """Keep it, train again, or reject it; and why, the weightiest reason first."""
    reasons: list[Reason] = []
    advice: Advice = "keep"
    if gain is None:
        advice = "retrain"
        reasons.append(Reason("nothing_held", {}))
    elif gain.low > 0:
        advice = "reject"
        reasons.append(Reason("worse", {"more": round(gain.tuned - gain.base, 2)}))
    elif gain.high >= 0:
        advice = "retrain"
        reasons.append(Reason("no_gain", {}))
    else:
        less = round(100 * (1 - gain.tuned / gain.base))
        reasons.append(Reason("gain", {"less": less}))
    for language, change in general.items():
        more = change.tuned - change.base
        if more > FORGOTTEN and change.low > 0:
            advice = "retrain" if advice == "keep" else advice
            reasons.append(Reason("forgets", {"language": language, "more": round(more, 2)}))
    if found and found.learnt_whole - found.held_whole > BY_HEART * found.asked:
        advice = "retrain" if advice == "keep" else advice
        facts = {"whole": found.learnt_whole, "asked": found.asked}
        reasons.append(Reason("by_heart", facts))
    return advice, tuple(reasons)


def _measured(work: Work, documents: Documents, manners: Manners) -> dict[str, Sums]:
    """(nats, bytes) of each held-out document, and of each row of general text by language."""
    found = {
        "held": _by_document(work, documents, manners)
        if documents
        else _rows(work, manners, work.held(MOST_ROWS), work.per_byte)
    }
    for language, text in work.general.items():
        found[language] = _rows(work, manners, text.windows(GENERAL_ROWS), text.per_byte)
    return found


def _documents(work: Work) -> Documents:
    """Those held out, where there are enough of them to be drawn again; else none."""
    assert work.texts is not None
    assert work.words is not None
    alphabet = work.words.alphabet
    whole = [*work.texts.held_documents(alphabet.marker, alphabet.pad)]
    return whole if len(whole) >= FEWEST else []


def _by_document(work: Work, documents: Documents, manners: Manners) -> Sums:
    """Document by document, until there are enough rows."""
    found: Sums = []
    rows = 0
    for number, (size, batches) in enumerate(documents):
        if rows < MOST_ROWS and size:
            with manners:
                said = [
                    nats(work.model, work.objective, batch, 1000 * number + i)[0]
                    for i, batch in enumerate(batches)
                ]
            found.append((sum(said), size))
            rows += sum(len(batch.text) for batch in batches)
    return found


def _rows(work: Work, manners: Manners, batches: Iterator[Batch], per_byte: float) -> Sums:
    return by_row(work.model, work.objective, batches, per_byte, manners)


def _change(work: Work, base: Sums, tuned: Sums) -> Change | None:
    return changed(base, tuned, MEASURE[work.recipe.objective])


def write(run: RunFolder, verdict: Verdict) -> None:
    """As the run's latest verdict, and beside the earlier ones."""
    text = json.dumps(asdict(verdict), indent=1, ensure_ascii=False) + "\n"
    (run.path / "verdicts").mkdir(exist_ok=True)
    write_atomically(run.path / "verdicts" / f"{verdict.made.replace(':', '')}.json", text)
    write_atomically(run.path / "verdict.json", text)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    given = parser.parse_args(arguments)
    run = RunFolder(given.run.absolute())
    torch.manual_seed(0)
    try:
        write(run, judge(run, given.home))
        write_card(run, given.home)
        print(json.dumps({}))
    except LabError as error:
        print(json.dumps({"error": {"key": error.key, "facts": error.facts}}))


if __name__ == "__main__":
    main()
