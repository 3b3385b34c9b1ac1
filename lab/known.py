"""The side of the door for what is known of models: their passports, and which to choose.

Reached as `session.known`; like the session it takes and gives only plain types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lab.choosing import Candidate, Choice, Wish, rank
from lab.config import ModelSpec, Precision
from lab.findings import Finding
from lab.models.catalogue import Catalogue, ModelEntry
from lab.models.digest import Digests
from lab.models.sources.hub import cached
from lab.passport.facts import Passport
from lab.types import LabError

Findings = Callable[[], tuple[Finding, ...]]


class Known:
    """Safe to use from many threads at once."""

    def __init__(
        self,
        catalogue: Catalogue,
        kept: Findings,
        recorded: Findings,
        memory: Callable[[str], dict[Precision, int]],
    ) -> None:
        """What it needs of the session.

        kept      what probes found on this machine
        recorded  what they found of the lab's own models where those were made
        memory    bytes of a model's weights at each precision that can be told beforehand
        """
        self._catalogue, self._memory = catalogue, memory
        self._digests = Digests(catalogue)
        self._kept, self._recorded = kept, recorded

    def passport(self, model: str) -> Passport:
        """Everything that is known of one model, here or not. Asks no network; the first time it
        reads all the weights, for their hash.

        Raises `LabError`: unknown_model and its like; not_fetched for a model that no preset lists
        and whose settings only the hub could tell.
        """
        source, _, rest = model.partition(":")
        if source == "hub" and not cached(*rest.partition("@")[::2]):
            raise LabError("not_fetched", model=model[:100])
        told = self._own(self._catalogue.passport(model))
        digest = self._digest(model) if not told.read_nothing else None
        same = [one for one in self._findings() if one.digest == digest] if digest else []
        return replace(told, digest=digest, findings=tuple(_latest([*same, *told.findings])))

    def choose(self, wish: Wish) -> tuple[Choice, ...]:
        """The catalogue's models in the order in which they answer a wish."""
        found = self._findings()
        return rank(
            wish,
            [
                self._candidate(entry, found)
                for entry in self._catalogue.entries()
                if entry.source != "scratch" and not entry.for_show
            ],
        )

    # -- inside -------------------------------------------------------------------

    def _own(self, told: Passport) -> Passport:
        """A run's with its verdict, its licences compared and the line that makes it again."""
        if told.source != "run":
            return told
        from lab.training.folder import RunFolder
        from lab.training.own_card import passport

        run = RunFolder(self._catalogue.home / "runs" / told.model.partition(":")[2])
        if not (run.model / "passport.json").is_file() or not run.recipe_file.is_file():
            return told
        found = passport(run, self._base(run.recipe.base))
        known = told.base is not None and told.base.title
        return replace(found, base=told.base) if known else found

    def _base(self, model: str) -> ModelSpec | None:
        """What a run of this machine began from; `None` where that is gone, or only the hub could
        tell."""
        source, _, rest = model.partition(":")
        if not model or (source == "hub" and not cached(*rest.partition("@")[::2])):
            return None
        try:
            return self._catalogue.spec(model)
        except LabError:
            return None

    def _findings(self) -> tuple[Finding, ...]:
        """Those of this machine are its owner's alone."""
        own = () if self._catalogue.listed else self._kept()
        return (*own, *self._recorded())

    def _digest(self, model: str) -> str | None:
        spec = self._catalogue.spec(model)
        if self._catalogue.entry(model).why is not None:
            return None
        try:
            return self._digests.of(spec)
        except (LabError, OSError):
            return None

    def _candidate(self, entry: ModelEntry, found: tuple[Finding, ...]) -> Candidate:
        told = self._catalogue.passport(entry.id)
        mine = [one for one in found if one.model == entry.id]
        # Weights are hashed only where something was found under the model's name.
        digest = self._digest(entry.id) if mine else None
        findings = _latest([*(one for one in mine if one.digest == digest), *told.findings])
        licences = [told.licence or ""]
        if told.base is not None:
            licences.append(told.base.licence or "")
        return Candidate(
            id=entry.id,
            title=entry.title,
            kind=entry.kind,
            objectives=entry.objectives,
            parameters=entry.parameters,
            languages=told.languages,
            licences=tuple(licences),
            takes=self._takes(entry.id),
            ready=entry.ready,
            download=0 if entry.ready else entry.size_bytes,
            findings=tuple(findings),
        )

    def _takes(self, model: str) -> dict[Precision, int]:
        try:
            return self._memory(model)
        except (LabError, OSError):
            return {}


def _latest(found: list[Finding]) -> Iterator[Finding]:
    """Of the same question to the same weights, the answer over the most items, then the latest."""

    def asked(one: Finding) -> tuple[object, ...]:
        names = frozenset(figure.name.partition("/")[0] for figure in one.figures)
        return one.probe, one.data, one.precision, names

    def weight(one: Finding) -> tuple[int, str]:
        return max((figure.items for figure in one.figures), default=0), one.made

    best: dict[tuple[object, ...], Finding] = {}
    for one in found:
        if asked(one) not in best or weight(one) > weight(best[asked(one)]):
            best[asked(one)] = one
    yield from best.values()
