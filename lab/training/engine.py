"""The one loop that trains everything: corrupt, predict, weigh, step, and survive.

Why not `transformers.Trainer`: a step here is a function of (seed, step) alone, shared out
among processes and micro-batches after its noise is drawn; out of memory takes the same step
again in smaller pieces; pictures and the weights' average train alike. Trainer fits none of
these. accelerate starts the processes, finds the device and keeps the second log.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from lab.arithmetic import in_bf16
from lab.objectives.base import Corrupted
from lab.training import checkpoint, optimiser
from lab.training.best import Best
from lab.training.checkpoint import Progress
from lab.training.course import Course
from lab.training.events import EventLog
from lab.training.extras import uncast
from lab.training.figures import Figures
from lab.training.folder import RunFolder, Wish
from lab.training.kept import newest
from lab.training.manners import Manners
from lab.training.measure import held_out, on_general_text, outputs
from lab.training.memory import peak, temperature
from lab.training.setup import Work
from lab.training.tasks import pieces, rows, share, task
from lab.training.team import Team
from lab.training.watch import moments, samples
from lab.types import LabError

HELD_WINDOWS = 64
"""Windows of held-out data looked at while training; the passport reads more."""
SPEAK = 0.5
"""Seconds between two lines of figures at the least."""
SHORT = 128
"""Tokens up to which attention is computed plainly on a processor."""


class Engine:
    """One run, from where its last whole checkpoint stands."""

    def __init__(
        self, run: RunFolder, work: Work, accelerator: Accelerator, log: EventLog, home: Path
    ) -> None:
        self.run, self.work, self.log, self.accelerator = run, work, log, accelerator
        self.recipe = work.recipe
        self.team = Team(accelerator)
        self.bf16 = in_bf16(self.recipe.precision, accelerator.device)
        self.inner: nn.Module = work.model.to(accelerator.device)
        _attend_fast(self.inner, self.recipe.data.length)
        self.team.align(checkpoint.weights(self.inner).values())
        self._learning = [p for p in self.inner.parameters() if p.requires_grad]
        self.optimiser = optimiser.make(self.inner, self.recipe.optimiser)
        self.average = self._copy() if self.recipe.optimiser.average else None
        self.progress = self._taken_up() or Progress(micro=self.recipe.rows)
        self.course = Course(self.progress)
        self.best = Best(run.path / "best.safetensors", self.recipe, self.progress)
        self.manners = Manners(accelerator.device, home)

    @property
    def leads(self) -> bool:
        """Whether this process speaks and writes; the others only compute."""
        return bool(self.accelerator.is_main_process)

    def train(self) -> Wish:
        """Go on to the end, or until a person wishes otherwise; what ended it. Raises as `walk`."""
        walk = self.walk()
        while True:
            try:
                next(walk)
            except StopIteration as end:
                wish: Wish = end.value
                return wish

    def walk(self) -> Generator[None, None, Wish]:
        """Step by step, so that several runs can take turns; what ended it.

        Raises `LabError`: loss_not_finite, loss_explodes, no_room, rows_do_not_fit. The last
        checkpoint stays as it was: none is made on the way while the loss is astray.
        """
        if self.leads:
            need = checkpoint.size_of(self.inner, self.optimiser, self.average)
            checkpoint.require_room(self.run.checkpoints, (checkpoint.KEPT + 1) * need)
        due = set(moments(self.recipe.steps))
        if self.progress.step == 0:
            self._look(due)
        wish, enough = self._wish(), self.team.agreed(self.best.enough)
        figures = Figures(self.progress)
        while self.progress.step < self.recipe.steps and wish == "run" and not enough:
            with self.manners:
                loss, norm, carried = self.step()
            self.course.follow(loss, norm)
            figures.add(loss, norm, carried)
            wish = self._wish()
            step, last = self.progress.step, self.progress.step == self.recipe.steps
            if figures.since >= SPEAK or step in due or last or wish != "run":
                self._say(figures)
            if step in due or last or step % self.recipe.measure_every == 0:
                self._look(due)
                figures.rest()
                enough = self.team.agreed(self.best.enough)
            due_now = step % self.recipe.checkpoint_every == 0 and not self.course.astray
            if wish != "run" or last or enough or due_now:
                self._save()
            yield
            figures.rest()
        return "run" if enough or self.progress.step == self.recipe.steps else wish

    # -- one step ---------------------------------------------------------------

    def step(self) -> tuple[float, float, int]:
        """(the step's loss over all its rows, the gradient's length, places that carried loss)."""
        step, recipe = self.progress.step, self.recipe
        whole = task(self.work.objective, self.work.batches, recipe.seed, step)
        loss = self._gradients(whole)
        norm = float(nn.utils.clip_grad_norm_(self.inner.parameters(), recipe.optimiser.clip))
        if math.isfinite(loss) and math.isfinite(norm):
            optimiser.set_rate(self.optimiser, self.rate)
            self.optimiser.step()
            self._fold_in()
        self.optimiser.zero_grad()
        self.progress.step += 1
        carried = int((whole.weights != 0).sum())
        self.progress.seen += _size(whole)
        self.progress.carried += carried if whole.targets.dim() == 2 else _size(whole)
        return loss, norm, carried

    def _gradients(self, whole: Corrupted) -> float:
        """Forward and backward in pieces that fit; smaller ones when they do not.

        Short of memory in one process, all take the step again: each must do the same number.
        """
        while True:
            short: BaseException | None = None
            try:
                loss = self._pieces(whole)
            except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
                if not _out_of_memory(error):
                    raise
                short = error.with_traceback(None)  # its frames hold what was computed so far
            if not self.team.anyone(short is not None):
                self.team.add_up(self._learning, loss)
                return float(loss)
            self.optimiser.zero_grad()
            if self.progress.micro == 1:
                raise LabError("rows_do_not_fit", rows=1) from short
            self._shrink()

    def _shrink(self) -> None:
        """Half as many rows at once, twice as many pieces: the same step, but for its dropout."""
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        most = min(self.progress.micro, -(-self.recipe.rows // self.team.size))
        self.progress.micro = max(1, most // 2)
        self._save()
        if self.leads:
            self.log.add("status", self.progress.step, state="running", note="smaller_pieces",
                         rows=self.progress.micro)  # fmt: skip

    def _pieces(self, whole: Corrupted) -> Tensor:
        """Gradients of this process's rows, and the sum of their losses."""
        total = torch.zeros((), device=self.team.device)
        mine = share(len(whole.targets), self.team.place, self.team.size)
        # Dropout too is a function of the step (and of who takes it), also when it is taken again.
        seed = self.recipe.seed * 1_000_003 + self.progress.step
        torch.manual_seed(seed + 7919 * self.team.place)
        # The way back too: what is made twice must be the same the second time.
        with uncast(self.inner) if self.bf16 else nullcontext():
            for some in pieces(mine, self.progress.micro):
                part = rows(whole, some.start, some.stop, self.team.device)
                loss = outputs(self.inner, self.work.objective, part, self.bf16)
                torch.autograd.backward(loss)
                total += loss.detach()
        return total

    def _fold_in(self) -> None:
        if self.average is None:
            return
        step = self.progress.step
        decay = min(self.recipe.optimiser.average, (1 + step) / (10 + step))
        with torch.no_grad():
            for name, value in checkpoint.weights(self.inner).items():
                self.average[name].lerp_(value, 1 - decay)

    @property
    def rate(self) -> float:
        return optimiser.rate(self.progress.step, self.recipe.steps, self.recipe.optimiser)

    # -- what is written, and read again ------------------------------------------

    def _taken_up(self) -> Progress | None:
        """Go back to the last sound checkpoint, if there is one; damaged ones are told."""
        path, damaged = self.team.agreed(newest(self.run.checkpoints))
        if path is None:
            return None
        progress = checkpoint.load(path, self.inner, self.optimiser, self.average)
        for step in damaged if self.leads else ():
            self.log.add("status", progress.step, state="running",
                         note="checkpoint_damaged", at=step)  # fmt: skip
        return progress

    def _wish(self) -> Wish:
        """What a person asks of the run; all processes hear the same."""
        return self.team.agreed(self.run.wish)

    def _say(self, figures: Figures) -> None:
        if not self.leads:
            return
        said = figures.told() | {"rate": self.rate, "seen": self.progress.seen,
                                 "carried": self.progress.carried, "memory": peak()}  # fmt: skip
        if (warmth := temperature()) is not None:
            said["temperature"] = warmth
        self.log.add("metric", self.progress.step, **said)
        self.accelerator.log(dict(said), step=self.progress.step)

    def _look(self, due: set[int]) -> None:
        """Held-out data, and the prompts when it is their time."""
        step = self.progress.step
        if self.leads:
            with self.averaged():
                if found := held_out(self.work, HELD_WINDOWS):
                    self.log.add("metric", step, held_out=found)
                    self.best.look(found["loss"], self.inner)
                planned = step % self.recipe.measure_every == 0 or step == self.recipe.steps
                if planned and (general := on_general_text(self.work)):
                    self.log.add("metric", step, general=general)
                if step in due:
                    for data in samples(self.work, self.run.path / "samples", step):
                        self.log.add("sample", step, **data)
        self.accelerator.wait_for_everyone()

    def _save(self) -> None:
        if self.leads:
            at = checkpoint.save(
                self.run.checkpoints, self.progress, self.inner, self.optimiser, self.average
            )
            self.log.add("checkpoint", self.progress.step, file=at.name)
        self.accelerator.wait_for_everyone()

    def _copy(self) -> dict[str, Tensor]:
        return {n: value.detach().clone() for n, value in checkpoint.weights(self.inner).items()}

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Within, the model holds the average of its weights, where one is kept."""
        if self.average is None:
            yield
            return
        own = self._copy()
        checkpoint.put(self.inner, self.average)
        try:
            yield
        finally:
            checkpoint.put(self.inner, own)


def _attend_fast(model: nn.Module, length: int) -> None:
    """Plain attention for short texts on a processor, whose fused kernel is slow backwards.

    A step of 32 x 128 tokens of the bundled body took a quarter less time so; from about 256
    tokens on the fused one wins.
    """
    on_processor = next(model.parameters()).device.type == "cpu"
    if on_processor and length <= SHORT and hasattr(model, "set_attn_implementation"):
        swift: Any = model
        swift.set_attn_implementation("eager")


def _size(whole: Corrupted) -> int:
    """Tokens the model was fed, padding left out, or pictures."""
    given = whole.inputs
    if whole.targets.dim() != 2:
        return len(whole.targets)
    if (places := given.get("position_ids")) is not None:  # every text has a marker before it
        return int((places > 0).sum() + (places == 1).sum())
    said = given["decoder_input_ids"].numel() if "decoder_input_ids" in given else 0
    return int(given["attention_mask"].sum()) + said


def _out_of_memory(error: BaseException) -> bool:
    said = str(error).lower()
    known = isinstance(error, (torch.OutOfMemoryError, MemoryError))
    return known or "out of memory" in said or "can't allocate memory" in said
