"""Between what a person typed and what a model reads: tokens, where they stand, how they look."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lab.models.literal import PLACEHOLDER, clean, literal
from lab.prompts import MASK_WORD
from lab.types import UNKNOWN, Alphabet, LabError

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerBase

SENTINEL_FORMS = (re.compile(r"<extra_id_(\d+)>"), re.compile(r"\[SPAN_(\d+)\]"))
_BYTE_PIECE = re.compile(r"<0x([0-9A-F]{2})>")
_LOOSE_BYTES = re.compile("[\udc80-\udcff]+")

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A sentence as token numbers, side by side with where each stands in it.

    text     what was read: the typed text, lone surrogates replaced; same length
    ids      `UNKNOWN` where the person wrote a mask and so gave no token
    spans    (start, end) in characters; (-1, -1) for markers the tokenizer adds. Tokens that
             share one character (a byte each, say) share its span.
    hidden   indices of the tokens to hide: the written masks, and those the ranges touch
    dropped  how many tokens did not fit in the context
    """

    text: str
    ids: tuple[int, ...]
    spans: Ranges
    hidden: tuple[int, ...] = ()
    dropped: int = 0

    def covering(self, ranges: Ranges) -> tuple[int, ...]:
        """Indices of the tokens that share at least one character with any of the ranges."""
        return tuple(
            i
            for i, (a, b) in enumerate(self.spans)
            if any(a < end and begin < b for begin, end in ranges)
        )

    @property
    def words(self) -> tuple[int, ...]:
        """Indices of the tokens that are text: all but the markers."""
        return tuple(i for i, (a, _) in enumerate(self.spans) if a >= 0)


class Vocabulary:
    """A tokenizer of transformers, with what the lab asks of one.

    Raises `LabError("slow_tokenizer")` for one that cannot say where its tokens stand.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer: Any = tokenizer
        backend: Tokenizer | None = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise LabError("slow_tokenizer", name=type(tokenizer).__name__)
        self._backend = backend
        self._literal = literal(backend)
        self._pieces: dict[int, str] = {}

    @cached_property
    def alphabet(self) -> Alphabet:
        """The markers this tokenizer has. Padding falls back to the end token, then to 0."""
        t = self.tokenizer
        found: dict[int, int] = {}
        for token, i in t.get_vocab().items():
            for form in SENTINEL_FORMS:
                if match := form.fullmatch(token):
                    found[int(match[1])] = i
        pad = next((i for i in (t.pad_token_id, t.eos_token_id, 0) if i is not None), 0)
        bos = t.bos_token_id if t.bos_token_id is not None else t.cls_token_id
        eos = t.eos_token_id if t.eos_token_id is not None else t.sep_token_id
        sentinels = tuple(found[k] for k in sorted(found))
        return Alphabet(len(t), pad, t.mask_token_id, bos, eos, sentinels)

    # -- reading a text -----------------------------------------------------------

    def encode(
        self, text: str, context: int, *, masks: bool = False, hidden: Ranges = ()
    ) -> Encoded:
        """The text as at most `context` tokens, the tokenizer's own brackets included.

        masks   whether [MASK] is meant: it becomes a token to find, whatever the tokenizer calls
                its mask. Otherwise it is plain text, as `</s>` and its like always are.
        hidden  character ranges; every token they touch is to be hidden.
        """
        text = clean(text)
        typed = text.replace(MASK_WORD, PLACEHOLDER) if masks else text
        found = self._literal.encode(typed, add_special_tokens=False)
        before, after = self._brackets
        room = max(0, context - len(before) - len(after))
        placeholder = self._placeholder
        ids = [UNKNOWN if i == placeholder else i for i in found.ids[:room]]
        marker = ((-1, -1),)
        encoded = Encoded(
            text=text,
            ids=(*before, *ids, *after),
            spans=marker * len(before) + _tiled(text, found.offsets)[:room] + marker * len(after),
            dropped=len(found.ids) - len(ids),
        )
        written = [i for i, token in enumerate(encoded.ids) if token == UNKNOWN]
        chosen = sorted({*written, *(encoded.covering(hidden) if hidden else ())})
        return Encoded(text, encoded.ids, encoded.spans, tuple(chosen), encoded.dropped)

    @cached_property
    def _placeholder(self) -> int:
        number: int | None = self._literal.token_to_id(PLACEHOLDER)
        assert number is not None  # `literal` has just added it
        return number

    @cached_property
    def _brackets(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The markers the tokenizer puts before and after every sentence."""
        whole = self._literal.encode("a")
        inner = [i for i, special in enumerate(whole.special_tokens_mask) if not special]
        return tuple(whole.ids[: inner[0]]), tuple(whole.ids[inner[-1] + 1 :])

    # -- showing tokens -------------------------------------------------------------

    def shown(self, encoded: Encoded) -> tuple[str, ...]:
        """How each token of a sentence reads: its own part of the text wherever it has one.

        Joined, they are the text, so far as the context reached (SentencePiece may put a
        space before it).
        """
        out: list[str] = []
        spans = encoded.spans
        for i, (token, (a, b)) in enumerate(zip(encoded.ids, spans, strict=True)):
            shared = (i > 0 and spans[i - 1][1] > a) or (
                i + 1 < len(spans) and b > spans[i + 1][0] >= 0
            )
            alone = 0 <= a < b and not shared
            out.append(encoded.text[a:b] if alone or token == UNKNOWN else self.piece(token))
        return tuple(out)

    def piece(self, token: int) -> str:
        """How one token reads on its own.

        The space before a word belongs to it, whether the tokenizer writes it Ġ, ▁, or by
        leaving out ##. Bytes that are no character alone are written ⟨E2·82⟩.
        """
        known = self._pieces.get(token)
        if known is None:
            known = self._pieces[token] = self._read_piece(token)
        return known

    def pieces(self, tokens: Sequence[int]) -> tuple[str, ...]:
        """`piece` of each."""
        return tuple(map(self.piece, tokens))

    def decode(self, tokens: Sequence[int]) -> str:
        """Tokens as running text, markers left out."""
        return str(self.tokenizer.decode(list(tokens), skip_special_tokens=True))

    def _read_piece(self, token: int) -> str:
        raw = self._backend.id_to_token(token) if token >= 0 else None
        if raw is None:  # models round their vocabulary up: such a row has no token
            return f"⟨#{token}⟩"
        if token in self._added:
            return raw
        if self._way == "bytes":
            return readable(bytes(_BYTES[c] for c in raw if c in _BYTES))
        if self._way == "words":
            return raw[2:] if raw.startswith("##") else f" {raw}"
        if match := _BYTE_PIECE.fullmatch(raw):
            return readable(bytes([int(match[1], 16)]))
        return raw.replace("▁", " ")

    @cached_property
    def _added(self) -> frozenset[int]:
        return frozenset(self._backend.get_added_tokens_decoder())

    @cached_property
    def _way(self) -> str:
        """How pieces are written: "bytes" (byte-level BPE), "words" (WordPiece), or "▁"."""
        decoder = self._backend.decoder
        kind = json.dumps(json.loads(decoder.__getstate__())) if decoder is not None else ""
        if "ByteLevel" in kind:
            return "bytes"
        return "words" if "WordPiece" in kind else "▁"


def readable(raw: bytes) -> str:
    """Bytes as text; runs that are no character are written ⟨E2·82⟩."""
    text = raw.decode("utf-8", errors="surrogateescape")
    return _LOOSE_BYTES.sub(
        lambda run: f"⟨{'·'.join(f'{ord(c) & 0xFF:02X}' for c in run[0])}⟩", text
    )


def _tiled(text: str, offsets: Sequence[tuple[int, int]]) -> Ranges:
    """Spans without gaps: what no token covers (a space, a NUL) goes to the token after it.

    Only accents a normaliser has stripped go to the one before: they are written over it.
    """
    out: list[tuple[int, int]] = []
    reached = 0
    starts = [start for start, _ in offsets[1:]] + [len(text)]
    for (start, end), following in zip(offsets, starts, strict=False):
        while end < following and unicodedata.combining(text[end]):
            end += 1
        out.append((min(start, reached), end))
        reached = max(reached, end)
    return tuple(out)


def _byte_alphabet() -> dict[str, int]:
    """The printable character by which a byte-level tokenizer writes each byte (GPT-2's table)."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    other = [b for b in range(256) if b not in plain]
    return {chr(b): b for b in plain} | {chr(256 + i): b for i, b in enumerate(other)}


_BYTES = _byte_alphabet()
