"""Held out and learnt: whole documents, no copies, nothing shared word for word."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from lab.documents.base import Section, Turn
from lab.documents.near import Sketcher, alike, similarity
from lab.documents.overlap import RUN, take_out
from lab.documents.reading import Text, read_all, sections
from lab.documents.split import Part, split, without
from lab.documents.words import CHUNK, runs, words
from lab.types import LabError

NOUNS = ("heron", "ferry", "goat", "mayor", "bell", "orchard", "lantern", "winter", "clock")
VERBS = ("carries", "finds", "forgets", "paints", "sells", "hides", "follows", "mends")


def story(seed: int, sentences: int = 120) -> str:
    draw = random.Random(seed)
    lines = [
        f"The {draw.choice(NOUNS)} number {draw.randrange(10**6)} {draw.choice(VERBS)} "
        f"the {draw.choice(NOUNS)} of {draw.choice(NOUNS)} {draw.randrange(10**6)}."
        for _ in range(sentences)
    ]
    return "\n\n".join(" ".join(lines[i : i + 4]) for i in range(0, sentences, 4))


def texts_of(folder: Path, *contents: str) -> list[Text]:
    for number, content in enumerate(contents):
        (folder / f"d{number:02d}.txt").write_text(content, encoding="utf-8")
    return read_all(sorted(folder.glob("*.txt")), folder / "home")


def said(parts: tuple[Part, ...]) -> str:
    return "\n\n".join(section.text for part in parts for section in part.sections())


def shared_runs(one: str, other: str) -> int:
    return len(np.intersect1d(runs(words(one).number, RUN), runs(words(other).number, RUN)))


def test_words_are_numbered_alike_whatever_their_case_and_signs() -> None:
    one, two = words("The cat; the CAT! L’été 你好"), words("the cat the cat l été 你 好")
    assert (one.number == two.number).all()
    assert len({*one.number.tolist()}) == 6
    text = "The cat; the CAT! L’été 你好"
    assert [text[a:b] for a, b in zip(one.start, one.stop, strict=True)] == [
        "The", "cat", "the", "CAT", "L", "été", "你", "好",
    ]  # fmt: skip


def test_words_do_not_depend_on_where_the_text_is_cut() -> None:
    text = story(1, 12_000)
    assert len(text) > 2 * CHUNK
    found = words(text)
    assert len(found) == len(text.replace(".", "").split())
    half = text.index(" ", len(text) // 2)
    apart = np.concatenate([words(text[:half]).number, words(text[half:]).number])
    assert (found.number == apart).all()


@pytest.mark.parametrize("kept", [1.0, 0.95, 0.5, 0.0])
def test_a_sketch_tells_how_alike_two_texts_are(kept: float) -> None:
    one = story(1, 2000).split("\n\n")
    same = int(kept * len(one))
    other = one[:same] + story(2, 2000).split("\n\n")[same:]
    a, b = (words("\n\n".join(t)).number for t in (one, other))
    real = len(np.intersect1d(runs(a, 5), runs(b, 5))) / len(np.union1d(runs(a, 5), runs(b, 5)))
    sketches = []
    for number in (a, b):
        sketcher = Sketcher()
        sketcher.add(number)
        sketches.append(sketcher.sketch())
    assert similarity(*sketches) == pytest.approx(real, abs=0.13)


def test_short_texts_have_sketches_too_and_shorter_ones_none() -> None:
    sketches = []
    for text in ("one two three four five six", "one two three four five six!", "too short"):
        sketcher = Sketcher()
        sketcher.add(words(text).number)
        sketches.append(sketcher.sketch())
    assert alike(sketches) == [(), (0,), ()]


def test_whole_documents_are_held_out_always_the_same(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, *(story(seed) for seed in range(20)))
    one, two = split(texts, 0.1), split(texts[::-1], 0.1)
    assert one.by == "document"
    held = [part.text.paper.name for part in one.held]
    assert 1 <= len(held) <= 4
    assert {p.text.paper.name for p in two.held} == set(held)
    assert not {p.text.paper.name for p in one.train} & set(held)
    assert len(one.train) + len(one.held) == 20
    assert not one.left


def test_named_documents_are_held_out(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, *(story(seed) for seed in range(4)))
    divided = split(texts, 0.5, named=["d02"])
    assert [part.text.paper.name for part in divided.held] == ["d02.txt"]


def test_documents_are_named_by_their_hash_too(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, *(story(i) for i in range(5)))
    found = split(texts, 0.1, [texts[1].paper.sha256, "d03"])
    assert [part.text.paper.name for part in found.held] == ["d01.txt", "d03.txt"]
    assert found.by == "named"
    every = split(texts, 0.1, [text.paper.sha256 for text in texts])
    assert (every.train, len(every.held)) == ((), 5)
    with pytest.raises(LabError, match="held_out_unknown"):
        split(texts, 0.1, ["d01", "d77"])


def test_what_was_set_aside_by_hand_is_taken_out_of_the_rest(tmp_path: Path) -> None:
    shared = story(77, 12)
    texts = texts_of(tmp_path, story(1) + "\n\n" + shared, story(2), shared + "\n\n" + story(3))
    found = split(texts, 0.1, [texts[2].paper.sha256])
    assert shared_runs(said(found.train), said(found.held)) == 0
    assert [left.what for left in found.left] == ["overlaps"]


def test_copies_are_learnt_once_and_never_tested_on(tmp_path: Path) -> None:
    near = story(0, 400).replace("The ", "A ", 3)
    texts = texts_of(tmp_path, story(0, 400), near, story(2), story(3))
    divided = split(texts, 0.5, named=["d01"])
    assert [part.text.paper.name for part in divided.held] == ["d01.txt"]
    assert [part.text.paper.name for part in divided.train] == ["d02.txt", "d03.txt"]
    assert [(left.what, left.count) for left in divided.left] == [("near_copies", 1)]


def test_one_document_is_divided_by_its_sections(tmp_path: Path) -> None:
    text = "\n\n".join(f"Chapter {i}\n\n{story(i)}" for i in range(1, 21))
    texts = texts_of(tmp_path, text)
    divided = split(texts, 0.1)
    assert divided.by == "section"
    train, held = (
        {number for part in side for number, _ in part.numbered()}
        for side in (divided.train, divided.held)
    )
    assert not train & held
    assert len(train | held) == 20
    assert 1 <= len(held) <= 4


def test_the_only_section_is_held_out_at_its_end(tmp_path: Path) -> None:
    text = story(1)
    texts = texts_of(tmp_path, text)
    divided = split(texts, 0.2)
    assert divided.by == "end"
    assert f"{said(divided.train)}\n\n{said(divided.held)}" == text
    assert len(said(divided.held)) == pytest.approx(0.2 * len(text), abs=400)


def test_nothing_is_held_out_where_nothing_is_asked(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, story(1), story(2))
    assert split(texts, 0.0).by == "none"
    assert split([], 0.5).train == ()


def test_what_both_sides_say_word_for_word_is_learnt_no_more(tmp_path: Path) -> None:
    passage = " ".join(f"word{i}" for i in range(RUN + 5))
    long_line = " ".join(story(7).split())
    texts = texts_of(
        tmp_path,
        f"{story(1)}\n\nIt began: {passage}, and so on.\n\n{story(2)}",
        f"{story(3)}\n\nHere, {passage.upper()}!\n\n{story(4)}",
        f"{long_line} {passage} {long_line[::-1]}",
        story(5),
    )
    divided = split(texts, 0.3, named=["d00"])
    assert shared_runs(said(divided.train), said(divided.held)) == 0
    assert {left.what: left.count for left in divided.left} == {"overlaps": 2}
    kept = {p.text.paper.name: "\n\n".join(s.text for s in p.sections()) for p in divided.train}
    assert kept["d01.txt"] == f"{story(3)}\n\n{story(4)}", "a short paragraph goes with it"
    assert kept["d02.txt"] == f"{long_line}\n\n{long_line[::-1]}", "of a long one, the words"


def test_a_run_one_word_too_short_is_nobodys(tmp_path: Path) -> None:
    passage = " ".join(f"word{i}" for i in range(RUN - 1))
    texts = texts_of(tmp_path, f"{story(1)} {passage}.", f"{passage}. {story(2)}")
    assert split(texts, 0.3, named=["d00"]).left == ()


def test_a_notice_of_every_document_is_learnt_once(tmp_path: Path) -> None:
    notice = "This text is lent by the library of Ostrel on the terms that are " + story(99, 3)
    refrain = "Row, row, the ferry goes over the water of Ostrel in the rain, and " + story(98, 3)
    texts = texts_of(
        tmp_path, *(f"{notice}\n\n{story(s)}" for s in range(4)), f"{refrain}\n\n{refrain}"
    )
    divided = split(texts, 0.0)
    assert said(divided.train).count(notice) == 1
    assert said(divided.train).count(refrain) == 2, "a refrain of one document stays"
    assert [(left.what, left.count) for left in divided.left] == [("repeated_paragraphs", 3)]


def test_conversations_that_come_back_are_left_out(tmp_path: Path) -> None:
    lines = ['{"prompt": "Who rows?", "answer": "The mayor does."}'] * 3
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    (tmp_path / "b.jsonl").write_text(f'{lines[0]}\n{{"prompt": "Who?", "answer": "Nobody."}}')
    texts = read_all([tmp_path / "a.jsonl", tmp_path / "b.jsonl"], tmp_path / "home")
    divided = split(texts, 0.5, named=["a"])
    assert [s.turns[1].text for p in divided.train for s in p.sections()] == ["Nobody."]
    assert {left.what for left in divided.left} == {"overlaps"}


def talk(asked: str, answered: str) -> Section:
    return Section("", turns=(Turn("user", asked), Turn("assistant", answered)))


def test_a_held_out_answer_is_learnt_neither_in_another_conversation_nor_in_a_text() -> None:
    answer, other = story(7, 30), story(8, 30)
    held = [talk("Who rows?", answer)]
    talks = [talk("Who rows, then?", f"Well. {answer}"), talk("Who rows?", other)]
    prose = [Section("", f"{story(1)}\n\n{answer}\n\n{story(2)}")]
    taken = take_out([enumerate(talks), enumerate(prose)], [enumerate(held)])
    assert taken.cuts[0] == {0: ()}
    assert without(prose[0].text, taken.cuts[1][0]) == f"{story(1)}\n\n{story(2)}"
    assert taken.repeated == 0
    assert taken.overlaps == 2


def test_an_answer_out_of_a_held_out_text_is_not_learnt() -> None:
    passage = " ".join(f"word{i}" for i in range(RUN))
    held = [Section("", f"{story(1)}\n\nIt is said that {passage}, and so on.")]
    talks = [talk("What is said?", f"{passage}."), talk(f"What is {passage}?", "Nobody knows.")]
    taken = take_out([enumerate(talks)], [enumerate(held)])
    assert taken.cuts == [{0: ()}], "what is asked may be the same: it is not what is learnt"
    assert taken.overlaps == 1


def test_short_answers_one_behind_another_are_nobodys_passage() -> None:
    talks = [talk(f"Is {i} odd?", "Yes it is" if i % 2 else "No, it is even") for i in range(200)]
    again = [talk(f"And is {i} odd?", turns.turns[1].text) for i, turns in enumerate(talks)]
    taken = take_out([enumerate(talks)], [enumerate(again)])
    assert taken.cuts == [{}]


def test_passages_over_the_edge_of_sections_are_found() -> None:
    passage = [f"word{i}" for i in range(2 * RUN)]
    halves = [Section("a", " ".join(passage[:RUN])), Section("b", " ".join(passage[RUN:]))]
    taken = take_out([enumerate(halves)], [iter([(0, Section("h", " ".join(passage)))])])
    assert set(taken.cuts[0]) == {0, 1}
    assert all(without(half.text, taken.cuts[0][n]) == "" for n, half in enumerate(halves))


def test_documents_that_were_not_read_are_on_neither_side(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"\x89PNG" + bytes(500))
    texts = texts_of(tmp_path, story(1), story(2), story(3))
    divided = split(texts, 0.4)
    assert "x.txt" not in {part.text.paper.name for part in divided.train + divided.held}
    assert next(t for t in texts if t.paper.why).paper.name == "x.txt"
    assert all(list(sections(part.text.file)) for part in divided.train)
