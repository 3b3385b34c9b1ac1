"""The side of the door for probes: which there are, putting them to models, what they found.

Reached as `session.examinations`; like the session it takes and gives only plain types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lab.config import Examination
from lab.findings import Alike, Asking, Finding, ProbeInfo, Unasked
from lab.machine import computer
from lab.models.catalogue import Catalogue
from lab.texts import ASSETS
from lab.types import LabError, Picture

if TYPE_CHECKING:
    from lab.models.pool import Pool
    from lab.training.shelf import Shelf

RECORDED = ASSETS / "findings"
Said = Asking | Finding | Unasked


class Examinations:
    """Safe to use from many threads at once."""

    def __init__(
        self,
        catalogue: Catalogue,
        warm: Callable[[], None],
        pool: Callable[[], Pool],
        keep: Callable[[Iterator[Said]], str],
        shelf: Callable[[], Shelf],
    ) -> None:
        """What it needs of the session.

        warm  import the heavy libraries, one thread at a time
        pool  the models in memory
        keep  a ticket under which the session's `follow` gives what an iterator says
        shelf where files that people give through the page lie
        """
        self._catalogue, self._warm, self._pool, self._keep = catalogue, warm, pool, keep
        self._shelf = shelf

    def probes(self) -> tuple[ProbeInfo, ...]:
        """Every probe, and which models it can be put to in which languages."""
        from lab.evaluation.probes.base import probes

        self._warm()
        return tuple(
            ProbeInfo(p.name, p.kinds, p.languages, p.reads, p.groups())
            for p in sorted(probes().values(), key=lambda p: (p.place, p.name))
        )

    def examine(
        self, asked: Examination, data: Path | None = None, title: str = ""
    ) -> Iterator[Said]:
        """Put a probe to models: how far it has come, then what was found of each.

        data  a person's own questions in place of the lab's; `title` is what they call them

        Raises `LabError`: unknown_probe, probe_models, probe_language, probe_own_only,
        probe_no_tasks, unknown_model; what a probe cannot read ends that model alone (`Unasked`).
        """
        from lab.evaluation.examine import examine
        from lab.evaluation.probes.base import Questions, probes

        self._warm()
        probe = probes().get(asked.probe)
        known = probe.languages if probe else ()
        if odd := [name for name in asked.languages if known and name not in known]:
            raise LabError("probe_language", language=odd[0][:20], known=", ".join(known))
        spoken = (asked.languages or known) if known else ()
        questions = Questions(spoken, data, asked.most, title, asked.tasks)
        return examine(self._pool(), asked.models, asked.probe, questions, asked.precision)

    def begin(self, asked: Examination, given: str = "") -> str:
        """Begin to `examine`; the session's `follow` gives what it says.

        given  a file of the shelf with a person's own questions, by its name there; never a path

        Raises as `examine` does, and document_gone, probe_file.
        """
        data, title = self._given(given, asked.probe) if given else (None, "")
        return self._keep(self.examine(asked, data, title))

    def _given(self, name: str, probe: str) -> tuple[Path, str]:
        """(where a file of the shelf lies, what its owner calls it)."""
        from lab.evaluation.probes.base import probes

        shelf = self._shelf()
        (file,) = shelf.files([name], only=True)
        found = shelf.given(name)
        title = shelf.titled(Path(file).name) if found else ""
        kinds = probes()[probe].reads if probe in probes() else ()
        if found is None or (kinds and Path(file).suffix not in kinds):
            raise LabError("probe_file", file=title[:100], kinds=", ".join(kinds))
        return Path(file), title

    def alike(self, pictures: Sequence[Picture], learnt: bool = False) -> tuple[Alike, ...]:
        """For each of some pictures, the nearest of the drawings that ship with the lab, or of
        those that its picture model learnt from."""
        from lab.evaluation import drawings

        self._warm()
        return (drawings.learnt if learnt else drawings.alike)(pictures)

    def findings(self) -> tuple[Finding, ...]:
        """What probes found on this machine, the latest first."""
        from lab.evaluation.examine import kept

        return tuple(kept(self._catalogue.home / "findings"))

    def recorded(self) -> tuple[Finding, ...]:
        """What ships with the lab: found of its own models where they were made."""
        from lab.evaluation.examine import kept

        return tuple(kept(RECORDED))

    def current(self, finding: Finding) -> bool:
        """Whether it was found of the weights that its model has now."""
        from lab.models.digest import digest

        return finding.digest == digest(self._catalogue, self._catalogue.spec(finding.model))

    def refusal(self, probe: str, model: str) -> LabError | None:
        """Why a probe cannot be put to a model; `None` where it can, or where either is unknown."""
        from lab.evaluation.probes.base import probes

        self._warm()
        known = probes().get(probe)
        try:
            return known.refuses(self._catalogue.spec(model)) if known else None
        except LabError:
            return None

    def ship(self, said: Said) -> None:
        """Put a finding among the `recorded` ones, in the place of the same question's, with the
        machine it was made on; whoever could not be asked is passed over."""
        from lab.evaluation.examine import alike, keep

        if isinstance(said, Finding):
            for path in RECORDED.rglob("*.json"):
                if alike(path, said):
                    path.unlink()
            keep(replace(said, computer=computer()), RECORDED)

    def record(self, finding: Finding) -> None:
        """Write a finding into the passport beside the weights it was found of.

        Raises `LabError("no_passport")`: only what was made here has one.
        """
        from lab.evaluation import passport

        passport.record(self._catalogue.locate(finding.model), finding)
