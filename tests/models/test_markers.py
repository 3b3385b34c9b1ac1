"""Markers borrowed from special tokens that no text contains."""

from __future__ import annotations

from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from tokenizers.trainers import BpeTrainer
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from lab.models.markers import with_markers
from lab.models.vocabulary import Vocabulary
from tests import tiny_models


def next_token_only(special: list[str], **roles: Any) -> PreTrainedTokenizerFast:
    """A tokenizer as next-token models have it: bytes, and nothing before a text."""
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = BpeTrainer(
        vocab_size=340, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    backend.train_from_iterator(tiny_models.SENTENCES, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=backend, **roles)


CHATTY = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<repo>", "<file>", "<stars>", "<empty>"]


@pytest.fixture
def chatty() -> PreTrainedTokenizerFast:
    """SmolLM2's kind."""
    made = next_token_only(
        CHATTY, bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|im_end|>"
    )
    made.chat_template = "{{ '<|im_start|>' + message + '<|im_end|>' }}"
    return made


def test_what_no_role_and_no_template_names_is_borrowed(chatty: PreTrainedTokenizerFast) -> None:
    marked = Vocabulary(with_markers(chatty))
    alphabet = marked.alphabet
    assert alphabet.size == len(chatty)
    assert alphabet.mask == chatty.convert_tokens_to_ids("<empty>")
    assert alphabet.sentinels == tuple(chatty.convert_tokens_to_ids(CHATTY[3:6]))
    assert alphabet.bos == alphabet.eos == 0
    assert alphabet.pad == chatty.convert_tokens_to_ids("<|im_end|>")
    assert marked.piece(alphabet.mask) == "[MASK]"


def test_text_is_cut_as_before_behind_a_marker(chatty: PreTrainedTokenizerFast) -> None:
    marked = with_markers(chatty)
    text = "The cat sat on the mat."
    assert marked(text)["input_ids"] == [0, *chatty(text)["input_ids"]]
    # A mask takes the space before it with it.
    assert " " not in marked.convert_ids_to_tokens(marked("The [MASK] sat")["input_ids"])
    encoded = Vocabulary(marked).encode("The [MASK] sat.", 64, masks=True)
    assert encoded.ids[0] == 0
    assert encoded.spans[0] == (-1, -1)
    assert len(encoded.hidden) == 1


def test_it_survives_being_saved(chatty: PreTrainedTokenizerFast, tmp_path: Any) -> None:
    marked = with_markers(chatty)
    marked.save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)
    assert Vocabulary(again).alphabet == Vocabulary(marked).alphabet
    assert again("A king")["input_ids"] == marked("A king")["input_ids"]


def test_padding_of_its_own_where_the_end_served_as_it() -> None:
    plain = next_token_only(
        ["<|endoftext|>", "<a>", "<b>", "<c>"], bos_token="<|endoftext|>", eos_token="<|endoftext|>"
    )
    alphabet = Vocabulary(with_markers(plain)).alphabet
    assert len({alphabet.pad, alphabet.eos, alphabet.mask, *alphabet.sentinels}) == 4


def test_the_unknown_token_is_the_last_resort() -> None:
    plain = next_token_only(
        ["<unk>", "<s>", "</s>"], unk_token="<unk>", bos_token="<s>", eos_token="</s>"
    )
    assert Vocabulary(with_markers(plain)).alphabet.mask == 0


def test_nothing_to_borrow_leaves_it_without() -> None:
    plain = next_token_only(["<|endoftext|>"], eos_token="<|endoftext|>")
    alphabet = Vocabulary(with_markers(plain)).alphabet
    assert alphabet.mask is None
    assert alphabet.sentinels == ()
    assert alphabet.bos == 0


def test_one_that_has_markers_keeps_them() -> None:
    own = tiny_models.byte_level()
    assert Vocabulary(with_markers(own)).alphabet == Vocabulary(own).alphabet
    assert with_markers(own)("The cat")["input_ids"] == own("The cat")["input_ids"]


def test_pieces_with_markers_among_them() -> None:
    own = tiny_models.sentence_piece()
    alphabet = Vocabulary(with_markers(own)).alphabet
    assert alphabet.sentinels == Vocabulary(own).alphabet.sentinels
    assert alphabet.size == len(own)
