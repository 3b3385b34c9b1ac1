"""What came of teaching a picture model: how well it takes noise out, what it forgot, and whether
it draws or copies.

Base and tuned model are given the same pictures under the same noise at the same times. Copying
is looked for as Meehan et al. 2020 do: drawn pictures that lie nearer to those that were learnt
than real pictures which nobody learnt do, are no new ones (distances in pixels, as Carlini et al.
2023 measure them on small pictures).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from lab.evaluation.interval import difference
from lab.objectives._pixels import to_pictures
from lab.objectives.base import Batch
from lab.training.folder import RunFolder
from lab.training.manners import Manners
from lab.training.measure import SEED, outputs, resting
from lab.training.pictures import one_by_one
from lab.training.setup import Work
from lab.training.tasks import generator, rows
from lab.training.watch import draw
from lab.verdict import Advice, Change, Copied, Reason, Verdict

DRAWS = 32
"""Times, each with noise of its own, at which every picture is measured: spread evenly."""
MOST, EVERY = 64, 20_000
"""Pictures measured of each set, and compared with what is drawn, at most."""
DRAWN = 24
"""Pictures drawn to be compared with those learnt."""
NEAR = 0.5
"""Share of the usual distance of a picture nobody learnt, below which a drawn one is a copy."""
COPIES = 0.25
"""Share of drawn pictures that may be copies, beyond what the base's would be counted as."""
FORGOTTEN = 0.5
"""How far the error on what a base knew may go towards its error on pictures strange to it: half
of the way, or by half of itself where nothing was strange."""
CLOSEST = "closest.png"
"""A drawn picture, and beside it the learnt one it is nearest to: the closest pair of all."""
SIDES = ("held", "learnt")
Errors = list[float]


def judge(run: RunFolder, work: Work, manners: Manners, put_in: Callable[[], None]) -> Verdict:
    """Measure the base, then what it became once `put_in` has given it the weights of the run."""
    before, base = _measured(work, manners), drawn(work, manners)
    put_in()
    after, tuned = _measured(work, manners), drawn(work, manners)
    gain = _change(before["held"], after["held"])
    general = {name: _change(before[name], after[name]) for name in work.general}
    found = _copied(work, base, tuned, after, run)
    advice, reasons = advise(gain, general, found)
    made = time.strftime("%Y-%m-%dT%H:%M:%S")
    return Verdict(run.name, made, advice, reasons, gain, general, None, 0, copied=found)


def _measured(work: Work, manners: Manners) -> dict[str, Errors]:
    """The mean squared error on each held-out and each learnt picture, and on each of `general`."""
    assert work.pictures is not None
    found = {side: _errors(work, manners, work.pictures.each(side, MOST)) for side in SIDES}
    for name, known in work.general.items():
        rows_ = (row for batch in known.windows(MOST) for row in one_by_one(batch))
        found[name] = _errors(work, manners, islice(rows_, MOST))
    return found


def drawn(work: Work, manners: Manners) -> Tensor:
    """(DRAWN, 3, H, W): what the model draws now, from the same noise whatever its weights."""
    labels = [(work.taught or (-1,))[i % len(work.taught or (-1,))] for i in range(DRAWN)]
    found = []
    with resting(work.model):
        for number, label in enumerate(labels):
            with manners:
                made = draw(work, label, number)
            flat = torch.frombuffer(bytearray(made.pixels), dtype=torch.uint8)
            found.append(flat.view(made.height, made.width, 3).permute(2, 0, 1) / 127.5 - 1)
    return torch.stack(found)


def _copied(
    work: Work, base: Tensor, tuned: Tensor, after: dict[str, Errors], run: RunFolder
) -> Copied | None:
    """How near what it draws is to what it learnt; `None` for pictures that are drawn anew at
    every step, where nothing could be copied. Leaves the closest pair in the run's folder."""
    assert work.pictures is not None
    sides = [[one.pictures for one in work.pictures.each(side, EVERY)] for side in SIDES]
    if not all(sides):
        return None
    held, learnt = (torch.cat(side).expand(-1, 3, -1, -1) for side in sides)
    usual = float(nearest(held, learnt)[0].median())
    (at, which), (before, _) = nearest(tuned, learnt), nearest(base, learnt)
    first = int(at.argmin())
    pair = torch.cat([tuned[first], learnt[int(which[first])]], dim=2)
    _save(pair, run)
    return Copied(
        drawn=len(tuned),
        copies=int((at < NEAR * usual).sum()),
        copies_base=int((before < NEAR * usual).sum()),
        distance=float(at.median()),
        distance_held=usual,
        closest=float(at.min()),
        learnt=float(np.mean(after["learnt"])),
        held=float(np.mean(after["held"])),
    )


def nearest(pictures: Tensor, among: Tensor) -> tuple[Tensor, Tensor]:
    """((n,) root mean squared difference to the nearest picture `among`, mirrored or not, as a
    share of the range of a colour; (n,) which one that is)."""
    flat = among.flatten(1)
    scale = 2 * flat.shape[1] ** 0.5
    both = [torch.cdist(p.flatten(1), flat) for p in (pictures, pictures.flip(3))]
    gaps, which = torch.minimum(*both).min(1)
    return gaps / scale, which


def advise(
    gain: Change, general: dict[str, Change], found: Copied | None
) -> tuple[Advice, tuple[Reason, ...]]:
    """Keep it, train again, or reject it; and why, the weightiest reason first."""
    advice: Advice = "keep"
    if gain.low > 0:
        advice = "reject"
        reasons = [Reason("picture_worse", {"more": _percent(gain)})]
    elif gain.high >= 0:
        advice = "retrain"
        reasons = [Reason("picture_no_gain", {})]
    else:
        reasons = [Reason("picture_gain", {"less": -_percent(gain)})]
    for change in general.values():
        way = max(gain.base - change.base, change.base)
        if change.tuned - change.base > FORGOTTEN * way and change.low > 0:
            advice = "retrain" if advice == "keep" else advice
            reasons.append(Reason("picture_forgets", {"more": _percent(change)}))
    if found and found.copies - found.copies_base > COPIES * found.drawn:
        advice = "retrain" if advice == "keep" else advice
        reasons.append(Reason("copies", {"copies": found.copies, "drawn": found.drawn}))
    return advice, tuple(reasons)


def _percent(change: Change) -> int:
    return round(100 * (change.tuned / change.base - 1))


def _change(base: Errors, tuned: Errors) -> Change:
    """The interval is by drawing the pictures again, the same for both sides."""
    less = difference(base, tuned)
    first, second = float(np.mean(base)), float(np.mean(tuned))
    return Change(first, second, less.low, less.high, len(base), "denoising")


def _errors(work: Work, manners: Manners, pictures: Iterator[Batch]) -> Errors:
    """Of each picture, over DRAWS times; with the same noise whatever the weights."""
    found: Errors = []
    device = next(work.model.parameters()).device
    with resting(work.model), torch.no_grad():
        for number, one in enumerate(pictures):
            assert one.labels is not None
            many = Batch(
                pixels=one.pictures.expand(DRAWS, -1, -1, -1), labels=one.labels.expand(DRAWS)
            )
            task = rows(work.objective.corrupt(many, generator(SEED, number, 3)), 0, DRAWS, device)
            with manners:
                loss = outputs(work.model, work.objective, task, bf16=False)
            found.append(float(loss))
    return found


def _save(pair: Tensor, run: RunFolder) -> None:
    """(3, H, 2W) as a sheet of two, where the pictures of a run lie."""
    (shown,) = to_pictures(pair[None])
    folder = run.path / "samples"
    folder.mkdir(exist_ok=True)
    Image.frombytes("RGB", (shown.width, shown.height), shown.pixels).save(folder / CLOSEST)
