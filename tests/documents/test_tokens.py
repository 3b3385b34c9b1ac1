"""From sections to tokens: one span a text, one a conversation, and only answers are learnt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tiny_models import byte_level

from lab.documents.base import Section, Turn
from lab.documents.chat import conversation
from lab.documents.store import TEXT, Tokens, TokenWriter
from lab.documents.tokens import Count, write

TALK = (
    Turn("system", "Be brief."),
    Turn("user", "Who sat on the mat?"),
    Turn("assistant", "The cat."),
    Turn("user", "And by the door?"),
    Turn("assistant", "The dog."),
)
CHATML = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def tokenised(tmp_path: Path, *documents: list[Section]) -> tuple[Tokens, list[Count]]:
    path = tmp_path / "tokens.arrow"
    with TokenWriter(path, len(byte_level())) as writer:
        counts = [write(writer, i, d, byte_level()) for i, d in enumerate(documents)]
    return Tokens(path), counts


def spoken(ids: Any) -> str:
    text: str = byte_level().decode(ids)
    return text


@pytest.mark.parametrize("template", [None, CHATML])
def test_what_the_assistant_says_carries_loss(
    template: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = byte_level()
    monkeypatch.setattr(tokenizer, "chat_template", template, raising=False)
    ids, learn = conversation(tokenizer, TALK)
    learnt = spoken([i for i, marked in zip(ids, learn, strict=True) if marked])
    assert "The cat." in learnt
    assert "The dog." in learnt
    assert "mat" not in learnt
    assert "brief" not in learnt
    whole = spoken(ids)
    assert all(turn.text in whole for turn in TALK)


def test_a_text_is_one_span_that_ends(tmp_path: Path) -> None:
    sections = [Section("", f"Part {i}.") for i in range(40)]
    tokens, (count,) = tokenised(tmp_path, sections)
    assert len(tokens.spans) == 1
    ids = tokens.ids(0, len(tokens))
    assert ids[-1] == byte_level().eos_token_id
    assert spoken(ids[:-1]) == "\n\n".join(s.text for s in sections)
    assert count.tokens == count.learnt == len(tokens)
    assert count.bytes == len("\n\n".join(s.text for s in sections))
    assert count.words == 80


def test_texts_and_conversations_in_one_document_keep_apart(tmp_path: Path) -> None:
    talk = Section("", turns=TALK)
    text = [Section("", "One."), Section("", "Two.")]
    tokens, (first, second) = tokenised(tmp_path, [*text, talk, talk, Section("", "Three.")], text)
    documents, answers = tokens.spans[:, 0].tolist(), tokens.spans[:, 3].tolist()
    assert documents == [0, 0, 0, 0, 1]
    assert [answer != TEXT for answer in answers] == [False, True, True, False, False]
    for _, start, _, answer in tokens.spans[1:3].tolist():
        assert tokens.learn(start, answer + 1).tolist() == [False] * answer + [True]
    said = [spoken(tokens.ids(start, count)) for _, start, count, _ in tokens.spans.tolist()]
    assert said[0].startswith("One.\n\nTwo.")
    assert "Three." in said[3]
    assert first.learnt < first.tokens
    assert second.learnt == second.tokens
    assert tokens.learn(0, len(tokens)).sum() == first.learnt + second.learnt
