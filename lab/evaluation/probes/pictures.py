"""Does a picture model draw what it is asked for: told by a small classifier, and by a distance.

The classifier is made here of real pictures of the set the model learnt, which is told by the
names of its classes; `lab.evaluation.picture_quality` says how. Neither figure sees whether what
is drawn is a copy of what was learnt.
"""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

from lab.evaluation.picture_quality import Classifier, judge, train_classifier
from lab.evaluation.probes.base import Judged, Probe, Questions, Say, Subject, figure
from lab.evaluation.sound import sound
from lab.findings import Figure
from lab.recipe import Data
from lab.training.pictures import Drawn, picture_set
from lab.types import Kind, LabError

EACH = 16
"""Pictures of each class unless fewer or more are asked for."""
SETS = ("shapes", "glyphs")


class Pictures(Probe):
    """For a model whose classes are those of a set that the lab draws itself."""

    name: ClassVar[str] = "pictures"
    place: ClassVar[int] = 110
    kinds: ClassVar[tuple[Kind, ...]] = ("unet",)
    languages: ClassVar[tuple[str, ...]] = ()
    reads: ClassVar[tuple[str, ...]] = ()

    def judge(self, subject: Subject, questions: Questions, say: Say) -> Judged:
        model = subject.model()
        # Before the classifier is made, which takes half a minute.
        sound((float(weights.sum()) for weights in model.module.parameters()), model.spec.id)
        pictures = _set(subject.spec.id, model.classes)
        many = len(pictures.classes)
        each = max(1, questions.most // many) if questions.most else EACH
        found = judge(model, pictures, _classifier(pictures.name), each, say)
        chance = 1 / many
        return Judged(
            (
                figure("drawn", "recognised", found.drawn, neutral=chance),
                figure("real", "recognised", found.real, neutral=chance),
                Figure("drawn", "frechet", "distance", found.frechet, found.drawn.items),
                Figure("real", "frechet", "distance", found.frechet_real, found.real.items),
            ),
            "classifier",
        )


def _set(model: str, classes: tuple[str, ...]) -> Drawn:
    """The set with these classes. Raises `LabError`: probe_no_set, no_font."""
    for name in SETS:
        try:
            found = picture_set(Data.model_validate({"pictures": name}))
        except LabError:  # there is no font of emoji here
            continue
        if classes == found.classes:
            return found
    raise LabError("probe_no_set", model=model)


@lru_cache(maxsize=len(SETS))
def _classifier(name: str) -> Classifier:
    """One for all models of a set, or their distances could not be compared."""
    return train_classifier(picture_set(Data.model_validate({"pictures": name})))


PROBE = Pictures()
