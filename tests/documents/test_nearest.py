"""The passages that share most with a text: the right one first, and nothing for nothing."""

from __future__ import annotations

import pytest

from lab.documents import nearest as module
from lab.documents.base import Section, Turn
from lab.documents.nearest import nearest, passages
from lab.papers import Passage
from lab.types import LabError

HARBOUR = "The ferry of Ostrel carries goats free of charge on the ninth of May."
HERON = "The heron of Vaubel fishes at noon and nobody has ever asked it why."
BREAD = "The baker of the town gets up at three and kneads the dough of the day."
HOSTILE = '<img src=x onerror=alert(1)>{{7*7}}${8*8}\u202e\x00\ud800 "; DROP TABLE 🐟'


def told(*texts: str) -> list[Passage]:
    return [Passage(f"{number}.txt", "", text) for number, text in enumerate(texts)]


def marked(passage: Passage) -> list[str]:
    return [piece for piece, both in passage.pieces if both]


def test_the_passage_that_shares_rare_words_comes_first() -> None:
    found = nearest("On the ninth of May goats are free", told(BREAD, HERON, HARBOUR))
    first = found.passages[0]
    assert (first.document, found.of, found.cut) == ("2.txt", 3, False)
    assert {"ninth", "May", "goats"} <= set(marked(first))
    assert "".join(piece for piece, _ in first.pieces) == HARBOUR
    assert 0 < first.score < 1


def test_the_same_text_scores_one_whatever_its_case() -> None:
    found = nearest(HERON.upper(), told(BREAD, HERON))
    assert found.passages[0].text == HERON
    assert found.passages[0].score == pytest.approx(1, abs=1e-3)


def test_words_in_the_same_order_are_nearer() -> None:
    one, other = "green key opens the long store room", "room store the long opens key green"
    found = nearest("the green key opens", told(other, one))
    assert [passage.text for passage in found.passages] == [one, other]
    assert found.passages[0].score > found.passages[1].score


def test_words_that_nearly_all_have_tell_nothing() -> None:
    texts = [f"The town of {name} has a bell and the sea" for name in "ABCDEFGHIJ"]
    assert nearest("the of and a", told(*texts)).passages == ()


@pytest.mark.parametrize("empty", ["", "   \n", "…?!", "— « »"])
def test_a_text_without_a_word_is_refused(empty: str) -> None:
    with pytest.raises(LabError, match="near_empty"):
        nearest(empty, told(HERON))


def test_no_passages_are_no_error() -> None:
    found = nearest("heron", [])
    assert (found.passages, found.of) == ((), 0)


def test_hostile_text_is_text() -> None:
    found = nearest(HOSTILE + " heron", told(HOSTILE + " the heron fishes at noon", HERON))
    assert len(found.passages) == 2
    assert "".join(piece for piece, _ in found.passages[0].pieces).startswith("<img src=x")


def test_a_very_long_text_is_read_no_further_than_its_bound() -> None:
    long = "word " * module.ASKED + "heron"
    assert nearest(long, told(HERON)).passages == ()


def test_more_than_is_looked_through_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", len(HERON) + 1)
    found = nearest("ferry heron", told(HERON, HARBOUR))
    assert (found.of, found.cut) == (1, True)


def test_passages_are_paragraphs_and_long_ones_whole_sentences() -> None:
    long = " ".join(f"Sentence number {n} speaks of the harbour and the boats." for n in range(30))
    section = Section(
        "Chapter", f"# A heading of more words than a few\n\nTitle\n\n{HERON}\n\n{long}"
    )
    found = list(passages("a.txt", [section]))
    assert found[0] == Passage("a.txt", "Chapter", HERON)  # a heading is none
    assert " ".join(p.text for p in found[1:]) == long
    assert all(len(p.text) <= module.LONGEST and p.text.endswith(".") for p in found[1:])


def test_a_sentence_without_an_end_is_cut() -> None:
    endless = "word " * 1000
    found = list(passages("a.txt", [Section("", endless)]))
    assert len(found) > 3
    assert all(len(p.text) <= 2 * module.LONGEST for p in found)


def test_what_a_conversation_says_can_be_found() -> None:
    turns = (Turn("user", "Who carries the goats of Ostrel?"), Turn("assistant", HARBOUR))
    found = list(passages("chat.jsonl", [Section("", turns=turns)]))
    assert found[-1].text == HARBOUR
