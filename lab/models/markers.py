"""Markers for tokenizers that have none: a mask, sentinels, something before the text.

A next-token model's tokenizer knows no mask. But most vocabularies hold special tokens that
no text contains (reserved ones, markers of a code collection's files): one of them becomes
[MASK], the others [SPAN_0], [SPAN_1] …, under the numbers they have. Nothing is added, so the
model's own table of embeddings serves as it is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lab.models.vocabulary import SENTINEL_FORMS

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

DOCUMENT = "<|endoftext|>"
"""What stands between documents in the pre-training of most models that have it."""
MASK, PAD = "[MASK]", "[PAD]"
MOST_SENTINELS = 32


def with_markers(tokenizer: PreTrainedTokenizerBase) -> PreTrainedTokenizerFast:
    """The same tokenizer with a mask, sentinels and padding where it had none, and a marker
    before every text. Numbers of tokens stay as they are.

    Spare are the special tokens that no role and no chat template names. The last becomes the
    mask, the next padding if that was the end token too, and all others sentinels in their
    order. Without a spare one the unknown token serves as the mask, if nothing else does; a
    tokenizer that has not even that is left without.
    """
    from transformers import PreTrainedTokenizerFast

    given: Any = tokenizer
    tree: dict[str, Any] = json.loads(given.backend_tokenizer.to_str())
    begin = begin_of(given)
    end = begin if begin == DOCUMENT else given.eos_token
    spare = _spare(given, tree, {begin, end})
    names: dict[str, str] = {}
    mask, pad = given.mask_token, given.pad_token
    if mask is None and spare:
        mask = names.setdefault(spare.pop(), MASK)
    elif mask is None and given.unk_token not in (None, begin, end, pad):
        mask = names.setdefault(given.unk_token, MASK)
    if pad in (None, end) and spare:
        pad = names.setdefault(spare.pop(), PAD)
    if not _has_sentinels(tree):
        names |= {name: f"[SPAN_{i}]" for i, name in enumerate(spare[:MOST_SENTINELS])}
    _rename(tree, names)
    _begin_with(tree, begin)
    from tokenizers import Tokenizer

    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(tree)),
        bos_token=begin,
        eos_token=end,
        pad_token=pad,
        mask_token=mask,
        model_max_length=given.model_max_length,
        clean_up_tokenization_spaces=False,
    )


def begin_of(tokenizer: Any) -> str | None:
    """What the model has seen before the first word of a text."""
    if DOCUMENT in tokenizer.get_vocab():
        return DOCUMENT
    told: tuple[str | None, ...] = (tokenizer.bos_token, tokenizer.cls_token, tokenizer.eos_token)
    return next((token for token in told if token is not None), None)


def _spare(tokenizer: Any, tree: dict[str, Any], taken: set[str | None]) -> list[str]:
    """Special tokens without a use, by their numbers."""
    roles = ("bos", "eos", "pad", "unk", "mask", "cls", "sep")
    taken = taken | {getattr(tokenizer, f"{role}_token") for role in roles}
    templates = json.dumps(tokenizer.chat_template or "", ensure_ascii=False)
    special = sorted((t["id"], t["content"]) for t in tree["added_tokens"] if t["special"])
    return [
        name
        for _, name in special
        if name not in taken and name not in templates and not _is_sentinel(name)
    ]


def _has_sentinels(tree: dict[str, Any]) -> bool:
    return any(_is_sentinel(token["content"]) for token in tree["added_tokens"])


def _is_sentinel(name: str) -> bool:
    return any(form.fullmatch(name) for form in SENTINEL_FORMS)


def _rename(tree: dict[str, Any], names: dict[str, str]) -> None:
    """Give markers their new names, also where they are pieces of the model itself.

    They take the space before them with them, or a lone space would be left, which never
    happens in text.
    """
    for token in tree["added_tokens"]:
        if token["content"] in names:
            token |= {"content": names[token["content"]], "lstrip": True, "special": True}
    pieces = tree["model"]["vocab"]
    if isinstance(pieces, list):  # Unigram: [piece, score], numbered by place
        tree["model"]["vocab"] = [[names.get(piece, piece), score] for piece, score in pieces]
    else:
        tree["model"]["vocab"] = {names.get(piece, piece): i for piece, i in pieces.items()}
    if tree["model"].get("unk_token") in names:
        tree["model"]["unk_token"] = names[tree["model"]["unk_token"]]


def _begin_with(tree: dict[str, Any], begin: str | None) -> None:
    """Put `begin` before every text, unless the tokenizer puts something there already."""
    from tokenizers import Tokenizer

    whole = Tokenizer.from_str(json.dumps(tree)).encode("a")
    if begin is None or (whole.special_tokens_mask and whole.special_tokens_mask[0]):
        return
    number = next(t["id"] for t in tree["added_tokens"] if t["content"] == begin)
    marker = {"SpecialToken": {"id": begin, "type_id": 0}}
    template = {
        "type": "TemplateProcessing",
        "single": [marker, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [
            marker,
            {"Sequence": {"id": "A", "type_id": 0}},
            {"Sequence": {"id": "B", "type_id": 1}},
        ],
        "special_tokens": {begin: {"id": begin, "ids": [number], "tokens": [begin]}},
    }
    before = tree["post_processor"]
    keep = [] if before is None or before["type"] == "TemplateProcessing" else [before]
    tree["post_processor"] = {"type": "Sequence", "processors": [*keep, template]}
