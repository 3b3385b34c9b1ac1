"""What is known of a model, and what is not: plain types that every source of models fills.

Whatever nobody has published is `None`; `Passport.unknown` names it, and the card says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lab.findings import Finding
from lab.licences import Rights
from lab.types import Kind, Read
from lab.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Document:
    """One text or picture that a model has read.

    licence   as the document or its owner states it; `None` where nobody does
    sha256    of the file as it was read; "" for what was drawn here
    held_out  measured on, never learnt from
    """

    name: str
    title: str = ""
    author: str = ""
    source: str = ""
    licence: str | None = None
    sha256: str = ""
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class Base:
    """The model that a model was made from.

    model     its name in the catalogue, on the hub, or a folder's
    revision  its commit or version; `None` where it is not pinned
    data      what it had read; `None` where that is not published
    """

    model: str
    title: str = ""
    licence: str | None = None
    revision: str | None = None
    data: tuple[Read, ...] | None = None


@dataclass(frozen=True, slots=True)
class Training:
    """How the weights came to be.

    seen      tokens read, of pictures how many; `carried` of the tokens, those that carried a loss
    trained   parameters that moved
    seconds   of training, rests not counted
    """

    objective: str | None = None
    made: str | None = None
    steps: int | None = None
    seen: int | None = None
    carried: int | None = None
    trained: int | None = None
    seed: int | None = None
    seconds: int | None = None
    software: Mapping[str, str] = field(default_factory=dict)

    @property
    def told(self) -> bool:
        """Whether anything is known of it."""
        return any((self.objective, self.steps, self.seen, self.seed is not None, self.software))


@dataclass(frozen=True, slots=True)
class Held:
    """What a training measured on what it had set aside.

    key      bits_per_byte, or mean_squared_error of pictures
    measure  exact, bound or pseudo: what the bits are; "" for an error
    windows  stretches of text it is a mean over; 0 where that is not told
    """

    key: str
    value: float
    measure: str = ""
    low: float | None = None
    high: float | None = None
    windows: int = 0


@dataclass(frozen=True, slots=True)
class Passport:
    """Everything the lab can say of one model.

    location   the repository, the package or the folder it comes from; "" where it ships
    revision   the commit or version that is here or pinned
    digest     SHA-256 over its files of weights; `None` while they are not here
    licence, languages, data
               `None` where not published; `data` is empty for a model that has read nothing
    datasets   those that its model card names
    documents  every single one it read, where they are listed
    parts      the adapters that a stack is made of
    declared   the licence its model card states, where that is another than `licence`
    held, findings
               what its training measured, and what probes found
    verdict, rights, again
               of a fine-tuning: what it came to, its licences compared, the command that makes it
    """

    model: str
    title: str
    source: str
    kind: Kind
    objectives: tuple[str, ...]
    parameters: int | None = None
    location: str = ""
    revision: str | None = None
    digest: str | None = None
    licence: str | None = None
    declared: str = ""
    languages: tuple[str, ...] | None = None
    data: tuple[Read, ...] | None = None
    datasets: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    base: Base | None = None
    parts: tuple[str, ...] = ()
    training: Training = field(default_factory=Training)
    held: tuple[Held, ...] = ()
    findings: tuple[Finding, ...] = ()
    limits: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""
    verdict: Verdict | None = None
    rights: Rights | None = None
    again: str = ""

    @property
    def read_nothing(self) -> bool:
        """Whether its weights are random."""
        return self.data == ()

    @property
    def unknown(self) -> tuple[str, ...]:
        """What is not known: keys of the texts' section `unknown`, the gravest first."""
        return tuple(self._unknown())

    def _unknown(self) -> Iterator[str]:
        if not self.read_nothing:
            if self.data is None and not self.documents and not self.datasets:
                yield "data"
            if self.base is not None and self.base.data is None:
                yield "base_data"
            if self.kind != "unet" and self.languages is None:
                yield "languages"
            if not self.training.told:
                yield "training"
        if self.licence is None:
            yield "licence"
        if self.declared:
            yield "declared"
        if any(one.licence is None for one in self.documents):
            yield "documents"
        if self.revision is None and self.digest is None and not self.read_nothing:
            yield "weights"
        if not self.held and not self.findings and self.verdict is None:
            yield "figures"
        if not self.limits:
            yield "limits"
