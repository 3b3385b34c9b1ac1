"""A tokenizer that takes what a person typed for text, whatever it looks like.

Tokenizers turn `</s>` or `<|im_start|>` in a text into the marker of that name.
That is right for a file made by a program and wrong for a sentence somebody
typed. Asking for plain text (`encode_special_tokens`) is not enough: SentencePiece
models keep their markers among the ordinary pieces, at a score that always wins.
So the markers are renamed, in a copy, to strings that no text can contain.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tokenizers import AddedToken, Tokenizer

RESERVED = "\ufdd0"
"""A code point Unicode sets aside for programs: never text. `clean` takes it out of any input."""

PLACEHOLDER = RESERVED + "\ufdd1" * 4 + RESERVED
"""Stands for a mask; as long as [MASK], so that offsets stay those of the text as typed."""

_LOOKS_LIKE_A_MARKER = re.compile(r"<[^<>\s]+>|\[[^\[\]\s]+\]")
_NOT_TEXT = re.compile(f"[\ud800-\udfff{RESERVED}]")


def clean(text: str) -> str:
    """The text with what no encoder can take (lone surrogates) as U+FFFD, same length."""
    return _NOT_TEXT.sub("\ufffd", text)


def literal(backend: Tokenizer) -> Tokenizer:
    """A copy of `backend` in which no text becomes a marker and `PLACEHOLDER` is one token.

    Token numbers stay the same; the placeholder's lies past the last of them.
    Offsets cover the space that belongs to a token.
    """
    tree: dict[str, Any] = json.loads(backend.to_str())
    tree["truncation"] = tree["padding"] = None
    markers = [t for t in tree["added_tokens"] if _is_marker(t)]
    named = _names_needed(tree["model"]) & {t["content"] for t in markers}
    renamed = {t["content"]: f"{RESERVED}{t['id']}" for t in markers if t["content"] not in named}
    _rename_in_model(tree["model"], renamed)
    tree["added_tokens"] = [
        t | {"content": renamed.get(t["content"], t["content"])}
        for t in tree["added_tokens"]
        if t["content"] not in named
    ]
    _keep_spaces(tree["post_processor"])
    _prepend_once(tree["pre_tokenizer"])
    made = Tokenizer.from_str(json.dumps(tree))
    for t in tree["added_tokens"]:
        if made.token_to_id(t["content"]) != t["id"]:
            raise ValueError(f"renaming the markers moved token {t['id']}")
    # A mask stands for a token with the space before it: a lone space would be left otherwise,
    # which never happens in text.
    made.add_tokens([AddedToken(PLACEHOLDER, lstrip=True, normalized=False)])
    return made


def _is_marker(token: dict[str, Any]) -> bool:
    return bool(token["special"] or _LOOKS_LIKE_A_MARKER.fullmatch(token["content"]))


def _names_needed(model: dict[str, Any]) -> set[str]:
    """Pieces the model looks up by name: what stands for the unknown, and the parts of merges.

    No text reaches them: the unknown is never matched, and merges start from characters.
    """
    names = {model["unk_token"]} if model.get("unk_token") else set()
    for merge in model.get("merges", ()):
        left, right = merge.split(" ", 1) if isinstance(merge, str) else merge
        names |= {left, right, left + right}
    return names


def _rename_in_model(model: dict[str, Any], renamed: dict[str, str]) -> None:
    """Rename the markers that are pieces of the model itself."""
    pieces = model["vocab"]
    if isinstance(pieces, list):  # Unigram: [piece, score], numbered by place
        model["vocab"] = [[renamed.get(piece, piece), score] for piece, score in pieces]
    else:
        model["vocab"] = {renamed.get(piece, piece): i for piece, i in pieces.items()}


def _keep_spaces(processor: dict[str, Any] | None) -> None:
    """Byte-level tokenizers may report a token without its space; ask for the whole of it."""
    if processor is None:
        return
    if "trim_offsets" in processor:
        processor["trim_offsets"] = False
    for part in processor.get("processors", ()):
        _keep_spaces(part)


def _prepend_once(splitter: dict[str, Any] | None) -> None:
    """SentencePiece puts a space before the text; not once more after every mask in it.

    Only where it cuts at spaces by itself: behind another splitter it marks every word so.
    """
    if splitter is not None and splitter.get("prepend_scheme") == "always":
        splitter["prepend_scheme"] = "first"
