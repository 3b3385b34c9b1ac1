"""How much of its documents a model says by heart: the verdict's measure, put to any of its kind.

Beginnings of 32 tokens of learnt passages and of held-out ones are gone on with greedily, and what
is written freely is compared with what was learnt, word for word (Carlini et al. 2023, section 3).
"""

from __future__ import annotations

from contextlib import nullcontext
from itertools import count
from typing import ClassVar

from lab.documents import dataset as datasets
from lab.documents.dataset import Dataset
from lab.evaluation.by_heart import ASKED, FOLLOWING, PREFIX, TOGETHER, Heard, hear
from lab.evaluation.interval import bootstrap
from lab.evaluation.likelihood import likelihoods
from lab.evaluation.probes.base import TEXTS, Judged, Probe, Questions, Say, Subject, figure
from lab.findings import Figure
from lab.models.loaded import LoadedModel
from lab.models.tokenizer import train_tokenizer
from lab.objectives.base import objectives
from lab.recipe import Data
from lab.training import text_data
from lab.training.folder import RunFolder
from lab.types import Fact, Kind, LabError, Notice

SHOWN = 200
"""Characters told of the longest run."""


class Memorisation(Probe):
    """For a next-token model that a run of this machine has tuned, or with the documents named."""

    name: ClassVar[str] = "memorisation"
    place: ClassVar[int] = 80
    kinds: ClassVar[tuple[Kind, ...]] = ("causal",)
    languages: ClassVar[tuple[str, ...]] = ()
    reads: ClassVar[tuple[str, ...]] = TEXTS

    def judge(self, subject: Subject, questions: Questions, say: Say) -> Judged:
        if questions.data is None and subject.spec.source != "run":
            raise LabError("probe_no_documents", model=subject.spec.id)
        model = subject.model()
        likelihoods(model, ["1"])  # says so where its scores are no numbers
        dataset = _documents(subject, model, questions)
        steps = count(1)
        most = 2 * -(-ASKED // TOGETHER) + 1
        found = hear(
            model.module, model.vocabulary, dataset.tokens(False), dataset.tokens(True),
            nullcontext(), lambda: say(min(next(steps), most), most),
        )  # fmt: skip
        facts: dict[str, Fact] = {"words": found.longest, "text": found.text[:SHOWN]}
        notices = [Notice("probe_verbatim", facts)] if found.longest else []
        if questions.data is not None:
            notices.append(Notice("probe_split", {}))
        if not found.learnt:
            raise LabError("probe_too_short", tokens=PREFIX + FOLLOWING)
        return Judged(_figures(found), "greedy", tuple(notices))


def _documents(subject: Subject, model: LoadedModel, questions: Questions) -> Dataset:
    """What a run has learnt and held out; or the documents named, divided as a run divides them.

    Raises `LabError`: probe_no_documents, and as `datasets.prepare` does.
    """
    home, tokenizer = subject.pool.catalogue.home, model.vocabulary.tokenizer
    if questions.data is not None:
        told = {"paths": (str(questions.data),), "apart": True, "length": PREFIX + FOLLOWING}
        return datasets.prepare(Data.model_validate(told), home, tokenizer, train_tokenizer)
    run = RunFolder(home / "runs" / subject.spec.location)
    recipe = run.recipe
    packs = objectives()[recipe.objective].packs
    found = text_data.read(recipe, packs, home, tokenizer, run.path / "data.json").documents
    if found is None:
        raise LabError("probe_no_documents", model=subject.spec.id)
    return found


def _figures(found: Heard) -> tuple[Figure, ...]:
    """First what is said whole, of learnt beginnings; what is said of held-out ones is the measure
    of what style and chance alone come to."""
    sides = {"learnt": found.learnt, "held": found.held}
    whole = {name: bootstrap([float(n == FOLLOWING) for n in said]) for name, said in sides.items()}
    part = {name: bootstrap([n / FOLLOWING for n in said]) for name, said in sides.items()}
    figures = [
        figure(name, key, mean[name], neutral=mean["held"].value if found.held else None)
        for key, mean in (("extracted", whole), ("verbatim", part))
        for name, said in sides.items()
        if said
    ]
    return (*figures, Figure("learnt", "longest", "words", found.longest, found.written))


PROBE = Memorisation()
