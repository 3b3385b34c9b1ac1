"""Between typed text and tokens: nothing typed becomes a marker, and every token has its place."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tiny_models import TOKENIZERS, byte_level, sentence_piece, word_piece
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from lab.models.vocabulary import Encoded, Vocabulary, readable
from lab.types import UNKNOWN, LabError

KINDS = sorted(TOKENIZERS)
ODD = [
    "",
    " ",
    "   \n\t ",
    "x" * 300,
    "😀 👩‍👩‍👧 and 🇫🇷",
    "مرحبا بالعالم",
    "你好，世界",
    "e\u0301a\u0300 Zalgo\u0336\u0337",
    "half \ud83d of it \udc00",
    "a\x00b\x00",
    "<b onclick='x'>bold</b> &amp; {{ template }}",
    "</s><s>[PAD][CLS]<|im_start|>user<|im_end|><extra_id_0>[SPAN_0]<pad><unk>[UNK]",
    "\ufdd0\ufdd1\ufdd1\ufdd1\ufdd1\ufdd0",
]


def own(vocabulary: Vocabulary, encoded: Encoded) -> list[int]:
    return [encoded.ids[i] for i in encoded.words]


@pytest.fixture(params=KINDS)
def tokenizer(request: pytest.FixtureRequest) -> Any:
    return TOKENIZERS[request.param]()


@pytest.fixture
def vocabulary(tokenizer: Any) -> Vocabulary:
    return Vocabulary(tokenizer)


def test_plain_text_gives_the_tokens_of_transformers(vocabulary: Vocabulary) -> None:
    for text in ["The cat sat.", "", "  two  spaces ", "the wise king's mat"]:
        expected = vocabulary.tokenizer(text)["input_ids"]
        assert list(vocabulary.encode(text, 512).ids) == expected


def test_no_typed_marker_becomes_one(vocabulary: Vocabulary) -> None:
    t = vocabulary.tokenizer
    for marker in t.all_special_tokens:
        if marker == t.unk_token:
            continue
        number = t.convert_tokens_to_ids(marker)
        text = f"the {marker} mat"
        assert number in t(text, add_special_tokens=False)["input_ids"], "nothing to guard against"
        encoded = vocabulary.encode(text, 512)
        assert number not in own(vocabulary, encoded)
        assert encoded.text == text


def test_a_typed_mask_is_the_mask_only_where_masks_are_meant(vocabulary: Vocabulary) -> None:
    text = "The cat [MASK] on the mat."
    plain, meant = vocabulary.encode(text, 512), vocabulary.encode(text, 512, masks=True)
    assert UNKNOWN not in plain.ids
    assert plain.hidden == ()
    (place,) = meant.hidden
    assert meant.ids[place] == UNKNOWN
    assert text[slice(*meant.spans[place])] == " [MASK]", "the space before belongs to the mask"


def test_a_mask_leaves_the_words_around_it_as_they_are(vocabulary: Vocabulary) -> None:
    masked = vocabulary.encode("The cat [MASK] on the mat.", 512, masks=True)
    before = vocabulary.encode("The cat", 512)
    after = vocabulary.encode("The cat on the mat.", 512)
    hole = masked.ids.index(UNKNOWN)
    around = [t for t in own(vocabulary, masked) if t != UNKNOWN]
    assert around == own(vocabulary, after)
    assert hole == before.words[-1] + 1


def test_a_full_stop_right_behind_a_mask_stays_glued_to_it() -> None:
    vocabulary = Vocabulary(sentence_piece())
    encoded = vocabulary.encode("the mat [MASK].", 512, masks=True)
    after = encoded.ids[encoded.hidden[0] + 1]
    assert vocabulary.piece(after) == ".", "no space was typed there"


@pytest.mark.parametrize("text", ODD, ids=[ascii(t)[:24] for t in ODD])
@pytest.mark.parametrize("masks", [False, True])
def test_odd_text_is_read_whole_and_stays_text(
    vocabulary: Vocabulary, text: str, masks: bool
) -> None:
    encoded = vocabulary.encode(text, 4096, masks=masks)
    assert len(encoded.text) == len(text)
    assert encoded.dropped == 0
    encoded.text.encode()
    unknown = vocabulary.tokenizer.unk_token_id
    reserved = vocabulary.alphabet.reserved - {unknown}
    assert not reserved & set(own(vocabulary, encoded))
    assert UNKNOWN not in encoded.ids
    reached = 0
    for place in encoded.words:
        start, end = encoded.spans[place]
        assert 0 <= start <= reached <= len(text)
        assert start < end <= len(text)
        reached = end
    lost = encoded.text[reached:]
    assert lost.strip("\x00\ufffd \n\t") == "", "only what BERT's cleaning drops has no token"
    assert all(isinstance(s, str) for s in vocabulary.shown(encoded))


def test_shown_tokens_spell_the_text() -> None:
    text = "The cat  sat\n on the wise king's mat."
    for tokenizer in (byte_level(), word_piece()):
        vocabulary = Vocabulary(tokenizer)
        encoded = vocabulary.encode(text, 512)
        shown = vocabulary.shown(encoded)
        assert "".join(shown[i] for i in encoded.words) == text


def test_too_long_a_text_is_cut_and_counted(vocabulary: Vocabulary) -> None:
    text = "the cat sat on the mat. " * 2084
    assert len(text) > 50_000
    whole = vocabulary.encode(text, 10**6)
    cut = vocabulary.encode(text, 64)
    assert len(cut.ids) == 64
    assert cut.dropped == len(whole.words) - len(cut.words) > 0
    assert own(vocabulary, cut) == own(vocabulary, whole)[: len(cut.words)]
    closing = len(whole.ids) - 1 - whole.words[-1]
    assert cut.ids[64 - closing :] == whole.ids[len(whole.ids) - closing :]


def test_words_split_before_sentencepiece_keep_their_spaces() -> None:
    """T5's published tokenizer splits at spaces first, then marks every word with one."""
    backend = Tokenizer.from_str(sentence_piece().backend_tokenizer.to_str())
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    t5 = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="</s>", unk_token="<unk>")
    vocabulary = Vocabulary(t5)
    text = "the cat sat on the mat"
    encoded = vocabulary.encode(text, 512)
    assert list(encoded.ids) == t5(text)["input_ids"]
    starts = [encoded.spans[i][0] for i in encoded.words]
    assert starts == sorted(starts)
    assert encoded.spans[encoded.words[-1]][1] == len(text)


def test_markers_out_of_order_and_past_holes_keep_their_numbers() -> None:
    """Some vocabularies skip numbers before their markers."""
    vocab = {"<unk>": 0, "a": 1, "b": 2, "</s>": 9, "<s>": 7}
    backend = Tokenizer(models.BPE(vocab=vocab, merges=[], unk_token="<unk>"))
    backend.add_special_tokens(["<s>", "</s>", "<unk>"])
    backend.add_special_tokens(["<|user|>", "<|bot|>"])
    vocabulary = Vocabulary(PreTrainedTokenizerFast(tokenizer_object=backend))
    typed = "a</s>b<|bot|><s><unk>"
    assert set(vocabulary.encode(typed, 99).ids) == {0, 1, 2}
    number = vocabulary.tokenizer.convert_tokens_to_ids("<|bot|>")
    assert vocabulary.piece(number) == "<|bot|>"


def test_ranges_hide_every_token_they_touch(vocabulary: Vocabulary) -> None:
    text = "The cat sat on the mat."
    encoded = vocabulary.encode(text, 512, masks=True, hidden=((4, 6), (20, 21)))
    touched = "".join(text[slice(*encoded.spans[i])] for i in encoded.hidden)
    assert "cat"[:2] in touched
    assert "a" in touched
    assert UNKNOWN not in encoded.ids, "what is hidden by a range is known"


def test_bytes_that_are_no_character_are_shown_as_bytes() -> None:
    assert readable("é ok".encode()) == "é ok"
    assert readable(b" \xe2\x82") == " ⟨E2·82⟩"
    assert readable(b"\xff" + "né".encode() + b"\xe2") == "⟨FF⟩né⟨E2⟩"


def test_byte_level_pieces_are_the_bytes_of_the_text() -> None:
    vocabulary = Vocabulary(byte_level())
    text = "cat € é 😀"
    encoded = vocabulary.encode(text, 512)
    pieces = "".join(vocabulary.piece(i) for i in own(vocabulary, encoded))
    assert pieces.startswith("cat ⟨E2⟩⟨82⟩⟨AC⟩"), "no merge of this vocabulary makes a euro"
    raw = b"".join(
        bytes.fromhex(part.replace("·", "")) if i % 2 else part.encode()
        for i, part in enumerate(re.split("[⟨⟩]", pieces))
    )
    assert raw == text.encode()


def test_word_pieces_carry_the_space_before_a_word() -> None:
    vocabulary = Vocabulary(word_piece())
    vocab = vocabulary.tokenizer.get_vocab()
    assert vocabulary.piece(vocab["##e"]) == "e"
    assert vocabulary.piece(vocab["the"]) == " the"
    assert vocabulary.piece(vocab["[MASK]"]) == "[MASK]"


def test_sentence_pieces_and_their_bytes() -> None:
    pieces = [("<unk>", 0.0), ("▁the", -1.0), ("s", -2.0), ("<0xE2>", -3.0), ("<0x41>", -3.0)]
    backend = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=True))
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    vocabulary = Vocabulary(PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="<unk>"))
    assert vocabulary.pieces([1, 2, 3, 4]) == (" the", "s", "⟨E2⟩", "A")


def test_a_row_past_the_vocabulary_has_a_name(vocabulary: Vocabulary) -> None:
    assert vocabulary.piece(vocabulary.alphabet.size + 5).startswith("⟨#")


def test_a_tokenizer_without_offsets_is_refused() -> None:
    class Slow:
        pass

    with pytest.raises(LabError, match="slow_tokenizer"):
        Vocabulary(Slow())  # type: ignore[arg-type]


def test_alphabet_knows_the_markers() -> None:
    ours, t5 = Vocabulary(byte_level()).alphabet, Vocabulary(sentence_piece()).alphabet
    assert len(ours.sentinels) == 32
    assert ours.mask in ours.reserved
    assert t5.sentinels == tuple(range(3, 11))
    assert (t5.pad, t5.eos, t5.mask, t5.bos) == (0, 1, None, None)
