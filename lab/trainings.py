"""The training side of the door: runs, the texts they read, what they cost and what came of them.

Reached as `session.trainings`; like the session it takes and gives only plain types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lab.history import Estimate, Parcel, Suggestion, Tokens
from lab.licences import Rights, check
from lab.models.catalogue import Catalogue, ModelEntry
from lab.papers import Gallery, Nearest, PackedRow, Readiness, Reading
from lab.recipe import Recipe
from lab.training.titles import titled
from lab.types import Kind, LabError

if TYPE_CHECKING:
    from lab.training.folder import RunFolder
    from lab.training.runs import Runs
    from lab.training.shelf import Shelf
    from lab.verdict import Verdict

TEACHES: Mapping[Kind, tuple[str, ...]] = {
    "causal": ("next", "masked", "span", "diffusion"),
    "masked": ("masked", "diffusion"),
    "seq2seq": ("span",),
    "unet": ("image",),
}
"""What a model of each kind can be taught: see `lab.models.recast.can_serve`."""
SHEET = re.compile(r"step-\d{8}\.png|closest\.png")


class Trainings:
    """Safe to use from many threads at once."""

    def __init__(
        self,
        catalogue: Catalogue,
        warm: Callable[[], None],
        keep: Callable[[Iterator[Reading | Readiness | Gallery | Verdict | Parcel]], str],
    ) -> None:
        """What it needs of the session.

        warm  import the heavy libraries, one thread at a time
        keep  a ticket under which the session's `follow` gives what an iterator says
        """
        self._catalogue, self._warm, self._keep = catalogue, warm, keep

    @cached_property
    def runs(self) -> Runs:
        """Training runs: made, begun, paused, looked at. They live in processes of their own."""
        from lab.training.runs import Runs

        return Runs(self._catalogue.home)

    @cached_property
    def shelf(self) -> Shelf:
        """Texts given through the page, to be trained on."""
        from lab.training.shelf import Shelf

        return Shelf(self._catalogue.home, shared=self._catalogue.listed)

    def unused(self, listed: Sequence[str], clear: bool = False) -> tuple[int, int]:
        """(how many documents of the shelf neither a run needs, one in the trash neither, nor a
        list, how many bytes they are); `clear` deletes them. Raises `LabError("owner_only")`."""
        from lab.documents.shelved import SHA

        if self._catalogue.listed:
            raise LabError("owner_only")
        told = [*self.runs.folder.glob("*/recipe.json"), *self.runs.trash.glob("*/recipe.json")]
        words = (*listed, *(file.read_text(encoding="utf-8") for file in told))
        used = {sha for one in words for sha in SHA.findall(one)}
        found = self.shelf.clear(used) if clear else self.shelf.unused(used)
        return len(found), sum(one.bytes for one in found)

    def bases(self) -> tuple[ModelEntry, ...]:
        """Models of the catalogue that can be taught: whole ones, with what each can be taught
        in the place of what it serves."""
        known = (entry for entry in self._catalogue.entries() if entry.kind in TEACHES)
        return tuple(
            replace(entry, objectives=TEACHES[entry.kind])
            for entry in known
            if entry.source != "scratch"
            and not self._catalogue.stands_on(self._catalogue.spec(entry.id))
        )

    def base(self, name: str) -> ModelEntry:
        """The same of one model, also outside the list. Raises as the catalogue's `entry` does."""
        entry = self._catalogue.entry(name)
        return replace(entry, objectives=TEACHES.get(entry.kind, ()))

    def estimate(self, recipes: Sequence[Recipe], trial: bool) -> Estimate:
        """What runs would cost that go side by side: from sizes, or with `trial` measured over
        two steps of each (slow)."""
        from lab.training import cost as costs
        from lab.training import trial as trials

        wanted, home = [self._permitted(recipe) for recipe in recipes], self._catalogue.home
        if trial:
            return trials.measure(wanted, home)
        self._warm()
        return costs.together([costs.guess(recipe, home) for recipe in wanted])

    def fit(self, recipe: Recipe, over: int) -> Suggestion | None:
        """What to change so that a run takes `over` bytes less; `None` where nothing would do."""
        from lab.training.fitting import suggest

        self._warm()
        return suggest(self._permitted(recipe), over, self._catalogue.home)

    def preset(self, base: str) -> str:
        """The preset of fine-tuning to begin with, for a base by its name ("" for none named)."""
        pictures = base and self._catalogue.spec(base).kind == "unet"
        return "pictures" if pictures else "balanced"

    def ready(self, recipe: Recipe) -> str:
        """Begin to read a recipe's documents; `session.follow` gives how far that has come
        (`Reading`), and at last what they are (`Readiness`, or a `Gallery` of pictures), documents
        of the shelf by their titles."""
        from lab.training.preview import reading

        self._warm()
        said = reading(self._permitted(recipe), self._catalogue.home)
        return self._keep(titled(item, self.shelf.titled) for item in said)

    def gallery(self, recipe: Recipe) -> Gallery:
        """The pictures of a recipe as they are read, now. Slow when they are many."""
        from lab.training.preview import gallery

        return gallery(self._permitted(recipe), self._catalogue.home)

    def rows(self, recipe: Recipe, start: int, count: int) -> tuple[PackedRow, ...]:
        """Rows of the first batches as the recipe's objective would make them (32 at most)."""
        from lab.training.preview import first_rows

        self._warm()
        return first_rows(self._permitted(recipe), self._catalogue.home, start, count)

    def rights(self, recipe: Recipe, found: Sequence[str]) -> Rights:
        """A recipe's base beside its documents: what their licences come to.

        found  what each document states of itself, "" where it says nothing
        """
        base = self._catalogue.spec(recipe.base).licence
        return check(base, recipe.data.licence, found)

    def train(self, recipes: Sequence[Recipe], owner: str = "") -> tuple[str, ...]:
        """Make a run of each and put them at the end of the queue, in this order; their names.

        owner  the visitor whose they are; empty for the host's own

        Raises `LabError`, and then none is made: documents_only, document_gone, no_such_path,
        no_text.
        """
        from lab.training.corpus import find

        wanted = [self._permitted(recipe) for recipe in recipes]
        for recipe in wanted:
            if recipe.objective != "image" and not recipe.data.apart:
                find(recipe.data)
        made = [self.runs.create(recipe) for recipe in wanted]
        for run in made:
            if owner:
                run.give_to(owner)
            self.runs.begin(run.name)
        return tuple(run.name for run in made)

    def tokens(self, run: str) -> Tokens | None:
        """The tokenizer of a run at work on its first sentence; `None` while there is none."""
        from lab.training.cuts import cuts

        return cuts(self.runs.look(run).recipe.data, self._catalogue.home)

    def sheet(self, run: str, file: str) -> bytes:
        """Pictures that a run drew, a PNG file. Raises `LabError("no_such_run")`."""
        path = self.runs.look(run).path / "samples" / file
        if not SHEET.fullmatch(file) or not path.is_file():
            raise LabError("no_such_run", run=run[:100])
        return path.read_bytes()

    def judge(self, run: RunFolder) -> Verdict:
        """What a fine-tuning came to, measured now; kept in the run's folder. Slow."""
        from lab.training.judging import judge

        return judge(run, self._catalogue.home)

    def judging(self, run: str) -> str:
        """Begin to judge a run, with the accelerator to itself; `session.follow` gives the
        `Verdict`. Raises `LabError`: no_such_run, run_recorded, run_has_no_model."""
        from lab.training.judging import in_turn

        found = self.runs.find(run)
        if not found.model.is_dir():
            raise LabError("run_has_no_model", run=found.name)
        return self._keep(in_turn(found, self._catalogue.home))

    def verdicts(self, run: str) -> tuple[Verdict, ...]:
        """Every verdict on a run, the oldest first."""
        from lab.training.judging import earlier

        return tuple(earlier(self.runs.look(run)))

    def nearest(self, of: str | RunFolder, text: str, most: int = 5) -> Nearest:
        """The passages nearest to a text: similar, which is not why a model says something.

        of  a run: of what it learnt; or "own:en", "example:fr": the lab's own texts, its example

        Raises `LabError`: near_empty, near_elsewhere, near_gone, near_pictures, no_such_run.
        """
        from lab.documents.nearest import nearest
        from lab.training.texts import learnt, lent, of_folder

        home = self._catalogue.home
        folder = lent(of) if isinstance(of, str) else None
        if folder is not None:
            return nearest(text, of_folder(folder, home), most)
        run = self.runs.look(of) if isinstance(of, str) else of
        return nearest(text, learnt(run, self.shelf, home), most)

    def merge(self, run: RunFolder, target: Path) -> None:
        """Base and adapter of a run as one model, in a new folder. Raises `LabError`."""
        from lab.training.takehome import merged

        merged(run, self._catalogue.home, target)

    def as_gguf(self, run: RunFolder, target: Path) -> None:
        """The same as one new file, for llama.cpp. Raises `LabError`."""
        from lab.training.takehome import as_gguf

        as_gguf(run, self._catalogue.home, target)

    def packing(self, run: str, what: str) -> str:
        """Begin to pack something of a run to be taken home; `session.follow` gives the `Parcel`.

        what  see `lab.training.parcel.PARCELS`

        Raises `LabError`: owner_only, no_such_run, run_recorded, run_has_no_model.
        """
        from lab.training.parcel import packed

        found = self._own(run)
        if not found.model.is_dir():
            raise LabError("run_has_no_model", run=found.name)
        return self._keep(packed(found, self._catalogue.home, what))

    def parcel(self, run: str, file: str) -> Path:
        """A file that was packed. Raises `LabError`: owner_only, no_such_run, run_recorded."""
        from lab.training.parcel import where

        return where(self._own(run), file)

    # -- inside -------------------------------------------------------------------

    def _own(self, run: str) -> RunFolder:
        """A run of this machine; strangers take nothing of it home."""
        if self._catalogue.listed:
            raise LabError("owner_only")
        return self.runs.find(run)

    def _permitted(self, recipe: Recipe) -> Recipe:
        """With the files that its paths name; strangers may only name texts they have given."""
        data = recipe.data
        if recipe.base:
            self._catalogue.spec(recipe.base)  # on a listed page, none but those of its list
        files = self.shelf.files(data.paths, only=self._catalogue.listed)
        return recipe.model_copy(update={"data": data.model_copy(update={"paths": files})})
