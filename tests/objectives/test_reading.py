"""What one forward pass says, against transformers used directly."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from tiny_models import byte_level, loaded, sentence_piece, word_piece
from transformers import GenerationConfig

from lab.models.loaded import LoadedModel
from lab.objectives._text import READ
from lab.objectives.masked_diffusion import MaskedDiffusion
from lab.objectives.masked_token import MaskedToken
from lab.objectives.next_token import NextToken
from lab.objectives.span_denoising import SpanDenoising
from lab.prompts import DiffusionPrompt, MaskedPrompt, NextPrompt, SpanPrompt
from lab.types import LabError, Reading

TEXT = "The cat sat on the mat, and the dog"


def next_reading(model: LoadedModel, text: str = TEXT, **settings: Any) -> Reading:
    return NextToken.serving(model).read(model, NextPrompt(text=text, **settings))


def masked_reading(model: LoadedModel, text: str, **settings: Any) -> Reading:
    return MaskedToken.serving(model).read(model, MaskedPrompt(text=text, **settings))


def probabilities(model: LoadedModel, ids: list[int]) -> torch.Tensor:
    with torch.no_grad():
        return model.module(input_ids=torch.tensor([ids])).logits[0].softmax(-1)  # type: ignore[no-any-return]


# -- next token ----------------------------------------------------------------------


def test_next_probabilities_are_those_of_transformers(causal: LoadedModel) -> None:
    reading = next_reading(causal, top=5)
    ids = byte_level()(TEXT)["input_ids"]
    p = probabilities(causal, ids)
    assert [t.id for t in reading.tokens] == ids
    assert reading.tokens[0].p is None
    for place, token in enumerate(reading.tokens[1:], 1):
        row = p[place - 1]
        assert token.p == pytest.approx(float(row[ids[place]]), rel=1e-4)
        assert list(token.top_ids) == row.topk(5).indices.tolist()
        assert [q for _, q in token.top] == pytest.approx(row.topk(5).values.tolist(), rel=1e-4)
        assert token.entropy == pytest.approx(float(-(row * row.log2()).sum()), rel=1e-4)
    assert reading.ahead is not None
    assert list(reading.ahead.top_ids) == p[-1].topk(5).indices.tolist()


def test_bits_are_the_log_likelihood_of_the_typed_text(causal: LoadedModel) -> None:
    reading = next_reading(causal, written=(60, 61))
    assert reading.bits is not None
    ids = byte_level()(TEXT)["input_ids"]
    p = probabilities(causal, ids)
    total = -sum(math.log2(p[i, t]) for i, t in enumerate(ids[1:]))
    assert reading.bits.total == pytest.approx(total, rel=1e-4)
    assert (reading.bits.tokens, reading.bits.bytes) == (len(ids) - 1, len(TEXT))
    assert reading.bits.measure == "exact"
    assert [t.state for t in reading.tokens[-2:]] == ["predicted", "predicted"]
    assert all(t.start == -1 for t in reading.tokens[-2:])


def test_bits_count_the_bytes_of_the_text_not_its_letters(causal: LoadedModel) -> None:
    reading = next_reading(causal, "é€😀")
    assert reading.bits is not None
    assert reading.bits.bytes == 2 + 3 + 4


def test_without_a_marker_the_first_token_is_not_scored(causal: LoadedModel) -> None:
    bare = loaded("causal", word_piece_without_brackets())
    reading = next_reading(bare, "the cat sat")
    assert reading.tokens[0].p is None
    assert reading.bits is not None
    assert (reading.bits.tokens, reading.bits.bytes) == (2, len(" cat sat"))


def word_piece_without_brackets() -> Any:
    from tokenizers import Tokenizer, processors
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer.from_str(word_piece().backend_tokenizer.to_str())
    backend.post_processor = processors.Sequence([])
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="[PAD]", unk_token="[UNK]", eos_token="[SEP]"
    )


@pytest.mark.parametrize(
    "knobs",
    [
        {"temperature": 0.7},
        {"temperature": 1.0, "top_k": 5},
        {"temperature": 1.5, "top_p": 0.6},
        {"temperature": 0.9, "top_k": 50, "top_p": 0.9, "repetition": 1.4},
    ],
)
def test_filtered_is_what_generate_draws_from(causal: LoadedModel, knobs: dict[str, Any]) -> None:
    reading = next_reading(causal, top=50, **knobs)
    ids = torch.tensor([byte_level()(TEXT)["input_ids"]])
    module: Any = causal.module
    out = module.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        generation_config=GenerationConfig(
            do_sample=True,
            max_new_tokens=1,
            temperature=knobs["temperature"],
            top_k=knobs.get("top_k", 0),
            top_p=knobs.get("top_p", 1.0),
            repetition_penalty=knobs.get("repetition", 1.0),
            output_scores=True,
            return_dict_in_generate=True,
            pad_token_id=0,
        ),
    )
    expected = out.scores[0][0].softmax(-1)
    assert reading.filtered is not None
    for token, (_, p) in zip(reading.filtered.top_ids, reading.filtered.top, strict=True):
        assert p == pytest.approx(float(expected[token]), rel=1e-4, abs=1e-9)
    raw = next_reading(causal, top=50).ahead
    assert raw.top_ids == reading.ahead.top_ids, "the raw one does not move with the knobs"
    assert dict(raw.top) == pytest.approx(dict(reading.ahead.top))


def test_what_the_model_said_is_told_after_the_filters_too(causal: LoadedModel) -> None:
    reading = next_reading(causal, top=3, repetition=3.0, temperature=0.5)
    assert reading.filtered is not None
    assert reading.ahead is not None
    assert set(reading.ahead.top_ids) <= set(reading.filtered.top_ids)
    ps = [p for _, p in reading.filtered.top]
    assert ps == sorted(ps, reverse=True)


def test_at_temperature_zero_one_token_has_it_all(causal: LoadedModel) -> None:
    reading = next_reading(causal, temperature=0)
    assert reading.filtered is not None
    assert reading.ahead is not None
    assert reading.filtered.top[0] == (reading.ahead.top[0][0], 1.0)
    assert reading.filtered.entropy == 0


def test_layers_end_in_the_models_own_answer(causal: LoadedModel) -> None:
    reading = next_reading(causal)
    assert reading.ahead is not None
    assert reading.places == (len(reading.tokens),)
    assert len(reading.layers) == 3, "the embeddings and two layers"
    assert [t for t, _ in reading.layers[-1][0]] == [t for t, _ in reading.ahead.top]
    assert next_reading(causal, lens=False).layers == ()


def test_an_empty_text_has_something_ahead() -> None:
    for tokenizer in (byte_level(), word_piece_without_brackets()):
        model = loaded("causal", tokenizer)
        reading = next_reading(model, "")
        assert reading.ahead is not None
        assert len(reading.tokens) == 1
        assert reading.tokens[0].start == -1
        assert reading.bits is None


def test_a_long_text_is_cut_and_said_so() -> None:
    small = loaded("causal", context=32)
    text = "the cat sat on the mat. " * 2084
    (notice,) = next_reading(small, text).notices
    whole = len(byte_level()(text)["input_ids"])
    assert notice.key == "cut_short"
    assert notice.facts == {"read": 31, "dropped": whole - 32}
    large = loaded("causal", context=4096)
    (notice,) = next_reading(large, text, lens=False).notices
    assert (notice.key, notice.facts["read"]) == ("cut_live", READ - 1)
    assert next_reading(large, "the cat").notices == ()


# -- masked token ------------------------------------------------------------------------


def test_masked_guesses_are_those_of_transformers(masked: LoadedModel) -> None:
    text = "The cat [MASK] on the mat."
    reading = masked_reading(masked, text, top=4)
    ids = byte_level()(text)["input_ids"]
    place = ids.index(byte_level().mask_token_id)
    row = probabilities(masked, ids)[place]
    token = reading.tokens[place]
    assert token.state == "masked"
    assert token.p is None, "nobody said what stands there"
    assert list(token.top_ids) == row.topk(4).indices.tolist()
    assert [q for _, q in token.top] == pytest.approx(row.topk(4).values.tolist(), rel=1e-4)
    assert reading.places == (place,)
    assert [t for t, _ in reading.layers[-1][0]] == [t for t, _ in token.top]
    assert all(t.state == "given" and not t.top for t in reading.tokens if t is not token)


def test_a_hidden_word_is_scored_with_itself_unseen(masked: LoadedModel) -> None:
    text = "The cat sat on the mat."
    reading = masked_reading(masked, text, hidden=((5, 6), (15, 18)))
    ids = byte_level()(text)["input_ids"]
    hidden = [i for i, t in enumerate(reading.tokens) if t.state == "masked"]
    assert [text[reading.tokens[i].start : reading.tokens[i].end] for i in hidden] == [
        " cat",
        " the",
    ]
    given = [byte_level().mask_token_id if i in hidden else t for i, t in enumerate(ids)]
    p = probabilities(masked, given)
    for i in hidden:
        assert reading.tokens[i].p == pytest.approx(float(p[i, ids[i]]), rel=1e-4)
        assert reading.tokens[i].text == text[reading.tokens[i].start : reading.tokens[i].end]


def test_pseudo_log_likelihood_hides_each_token_in_turn(masked: LoadedModel) -> None:
    text = "The cat sat on the mat."
    reading = MaskedToken.serving(masked).score(masked, MaskedPrompt(text=text, hidden=((4, 7),)))
    ids = byte_level()(text)["input_ids"]
    total = 0.0
    for place in range(1, len(ids)):
        given = list(ids)
        given[place] = byte_level().mask_token_id
        p = float(probabilities(masked, given)[place, ids[place]])
        assert reading.tokens[place].p == pytest.approx(p, rel=1e-4)
        total -= math.log2(p)
    assert reading.bits is not None
    assert reading.bits.measure == "pseudo"
    assert reading.bits.total == pytest.approx(total, rel=1e-4)
    assert (reading.bits.tokens, reading.bits.bytes) == (len(ids) - 1, len(text))


def test_scoring_in_several_passes_changes_nothing(masked: LoadedModel, monkeypatch: Any) -> None:
    prompt = MaskedPrompt(text="The [MASK] sat on the mat, and the king.")
    objective = MaskedToken.serving(masked)
    whole = objective.score(masked, prompt)
    monkeypatch.setattr("lab.objectives._read_masked.PASS", 30)
    parts = objective.score(masked, prompt)
    assert whole.bits is not None
    assert parts.bits is not None
    assert parts.bits.total == pytest.approx(whole.bits.total, rel=1e-5)
    assert [t.state for t in whole.tokens].count("masked") == 1
    assert whole.bits.tokens == len(whole.tokens) - 2, "neither the marker nor the written mask"


def test_a_bert_reads_its_own_way() -> None:
    model = loaded("masked", word_piece())
    reading = masked_reading(model, "The CAT [MASK] on</s>")
    assert reading.tokens[0].text == "[CLS]"
    assert reading.tokens[-1].text == "[SEP]"
    assert [t.text for t in reading.tokens[1:4]] == ["The", " CAT", " [MASK]"]


def test_masking_needs_a_mask() -> None:
    model = loaded("masked", sentence_piece())
    with pytest.raises(LabError, match="no_mask_token"):
        masked_reading(model, "The cat")


def test_diffusion_reads_what_is_hidden_by_hand(masked: LoadedModel) -> None:
    text = "The cat [MASK] on the mat."
    diffusion = MaskedDiffusion.serving(masked).read(masked, DiffusionPrompt(text=text))
    assert diffusion == masked_reading(masked, text)


def test_spans_have_no_single_look() -> None:
    model = loaded("seq2seq")
    with pytest.raises(LabError, match="nothing_to_read"):
        SpanDenoising.serving(model).read(model, SpanPrompt(text=TEXT))
