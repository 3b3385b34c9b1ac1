"""The words every layer shares: plain Python, no torch, no gradio.

A *prediction* is a sequence of `Step`s. A step is what a model says at one
moment: a score a token for text, a picture and an estimate for images. Live
display, replay, the command line and the tests all read the same steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

State = Literal["given", "masked", "predicted"]
Fact = str | int | float
Kind = Literal["causal", "masked", "seq2seq", "unet"]
Read = str | dict[str, str]
"""Something a model has read: a document by its name, or a sentence on it in each language."""
UNKNOWN = -1
"""The number of a token nobody told: what stood where a person wrote [MASK]."""


class LabError(Exception):
    """Something a person can understand and act upon.

    Carries the key of a sentence in assets/text/*.toml (section `error`) and
    the facts that fill it, so that the page can say it in the reader's language
    and say it again when they switch.
    """

    def __init__(self, key: str, **facts: Fact) -> None:
        super().__init__(key)
        self.key = key
        self.facts: dict[str, Fact] = facts

    def __str__(self) -> str:
        detail = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.key} ({detail})" if detail else self.key


@dataclass(frozen=True, slots=True)
class Notice:
    """Something true that the reader should know, though nothing failed (text cut short, say)."""

    key: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The token ids an objective needs to know. `None`: the tokenizer has no such token."""

    size: int
    pad: int
    mask: int | None = None
    bos: int | None = None
    eos: int | None = None
    sentinels: tuple[int, ...] = ()

    @property
    def marker(self) -> int:
        """What stands before a text: its beginning, or padding where there is no such token."""
        return self.pad if self.bos is None else self.bos

    @property
    def reserved(self) -> frozenset[int]:
        """Ids that are never hidden, never drawn at random and never guessed."""
        singles = (self.pad, self.mask, self.bos, self.eos)
        return frozenset([i for i in singles if i is not None]) | frozenset(self.sentinels)


@dataclass(frozen=True, slots=True)
class TokenScore:
    """One token as a model sees or says it.

    Where a model wrote or guessed nothing and start is -1, it is a marker the
    tokenizer adds (the beginning, the end).

    text   what it reads as (bytes that are no character alone are written ⟨E2·82⟩)
    start  where its text begins in the sentence, in characters; -1 for text the model wrote
    end    where it ends
    p      the probability the model gave to it, 0 to 1; `None` where it gave none
    top    the likeliest (text, probability) pairs at this place, best first
    state  given by the person, masked, or predicted by the model
    id     its number in the vocabulary
    entropy  of the whole distribution at this place, in bits; `None` without one
    step   for a denoising, the step that fixed it; -1 before
    """

    text: str
    state: State
    id: int = -1
    p: float | None = None
    top: tuple[tuple[str, float], ...] = ()
    top_ids: tuple[int, ...] = ()
    entropy: float | None = None
    start: int = -1
    end: int = -1
    step: int = -1


@dataclass(frozen=True, slots=True)
class Picture:
    """An RGB picture: `pixels` holds height x width x 3 bytes, row by row."""

    width: int
    height: int
    pixels: bytes


@dataclass(frozen=True, slots=True)
class Computer:
    """What a probe ran on, for figures that hang on it."""

    processor: str
    cores: int
    torch: str


@dataclass(frozen=True, slots=True)
class Step:
    """One moment of a prediction.

    A denoising shows its whole text at every step, without the tokenizer's
    markers. Writing on shows what each step adds: its `tokens` hold the one new
    token, whose `p` and `top` are the model's own, before any filter.

    level     noise left, 1 (nothing known) to 0 (nothing hidden)
    tokens    the text at this moment, empty for a picture
    sample    the noisy picture, and `estimate` what the model takes the clean one to be
    timestep  the diffusion time (0 to T-1) of `sample`; -1 for a finished picture and for text
    end       why nothing more can follow: "eos", the model ended the text (with the last of
              `tokens`, whose text is empty); "context", it can read no more; "" otherwise
    notices   what should be known of the whole prediction; the first step brings it
    """

    index: int
    level: float
    tokens: tuple[TokenScore, ...] = ()
    sample: Picture | None = None
    estimate: Picture | None = None
    timestep: int = -1
    end: Literal["", "eos", "context"] = ""
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the command line prints: every step of one prediction."""

    model: str
    objective: str
    steps: tuple[Step, ...]
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Bits:
    """How surprised the model was by a whole sentence.

    `measure` is "exact" for a next-token model, "pseudo" for a masked one (each
    token with all the others given; Salazar et al. 2020, equation 1): the two
    are not the same quantity and must not be compared.
    """

    measure: Literal["exact", "pseudo"]
    total: float
    tokens: int
    bytes: int

    @property
    def per_token(self) -> float:
        return self.total / self.tokens if self.tokens else float("nan")

    @property
    def per_byte(self) -> float:
        return self.total / self.bytes if self.bytes else float("nan")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one forward pass says about a sentence, live under the reader's fingers.

    tokens   the sentence as the model was given it, markers included, with its guesses;
             tokens it wrote itself are "predicted"
    ahead    what would come after the last token (next token only): raw top-k
    filtered the same after repetition penalty, temperature, top-k and top-p; its `top` also holds
             the tokens of ahead's, so that both can be shown side by side
    layers   for each layer, from the embeddings to the last, the guesses at the
             places of interest: layers[l][j] are pairs for places[j]
    places   indices into `tokens` (the index one past the end is "what comes next")
    """

    tokens: tuple[TokenScore, ...]
    ahead: TokenScore | None = None
    filtered: TokenScore | None = None
    bits: Bits | None = None
    places: tuple[int, ...] = ()
    layers: tuple[tuple[tuple[tuple[str, float], ...], ...], ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Attention:
    """What one token attends to: weights[layer][head][j], each row summing to 1 over j."""

    place: int
    weights: tuple[tuple[tuple[float, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Sees:
    """What the model is given, must say, and may look at: the panel under every lane.

    Made by the objective's own `corrupt`, the very one training uses.
    inputs/targets/weights run side by side over the model's positions (the
    decoder's, for a model with two stacks, whose encoder reads `context`).
    visible[i][j] is true where position i may look at position j (for two stacks,
    the columns are the encoder's positions, then the decoder's own). A target that
    nobody knows, since the person wrote [MASK] there, reads "?" and weighs 0.
    At most the first 64 positions are told; `of` and `context_of` say of how many.
    """

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    weights: tuple[float, ...]
    visible: tuple[tuple[bool, ...], ...]
    level: float
    spans: tuple[tuple[int, int], ...]
    context: tuple[str, ...] = ()
    context_spans: tuple[tuple[int, int], ...] = ()
    of: int = 0
    context_of: int = 0


@dataclass(frozen=True, slots=True)
class SeesPicture:
    """The same panel for a picture model: all it is given, and what it must say.

    clean    the picture before the noise; `given` with it, which is what the model sees
    target   what it must say, a number a channel and pixel: -`reach` is drawn black,
             0 mid-grey and `reach` white
    says     what the target is: the noise, the velocity, or the clean picture itself
    timestep the time it is told, and `level` the share of noise there, 1 - alpha_bar
    weight   how much each of the picture's numbers counts in the loss
    label    the number of the class it is told; -1 when it has none
    regions  (columns, rows) of the regions that attend to one another, numbered row by
             row; visible[i][j] is true where region i may look at region j
    """

    clean: Picture
    given: Picture
    target: Picture
    reach: float
    says: Literal["epsilon", "v_prediction", "sample"]
    timestep: int
    level: float
    weight: float
    label: int
    regions: tuple[int, int]
    visible: tuple[tuple[bool, ...], ...]
