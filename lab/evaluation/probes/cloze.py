"""One word is missing: facts and everyday words of the lab's own, assets/probes/cloze.

It tells what a model finds likeliest in a gap: memory, and the company that words keep.
"""

from __future__ import annotations

from typing import ClassVar

from lab.evaluation.gaps import Item, ask, fair, figures
from lab.evaluation.probes._tables import SEVERAL
from lab.evaluation.probes.base import (
    Judged,
    Probe,
    Questions,
    Say,
    Scored,
    Subject,
    grouped,
    sampled,
)
from lab.findings import Figure
from lab.prompts import MASK_WORD
from lab.types import Kind, LabError, Notice


class Cloze(Probe):
    """The share of gaps whose answer is the likeliest, by language and kind."""

    name: ClassVar[str] = "cloze"
    place: ClassVar[int] = 20
    kinds: ClassVar[tuple[Kind, ...]] = ("causal", "masked", "seq2seq")

    def judge(self, subject: Subject, questions: Questions, say: Say) -> Judged:
        items, notices = sampled(read(questions), questions.most)
        model = subject.model()
        asked = [(group, item) for group, item in items if item in fair(model, [item])]
        if not asked:
            raise LabError("probe_none_fair", model=subject.spec.id)
        if len(asked) < len(items):
            facts = {"asked": len(asked), "of": len(items)}
            notices += (Notice("probe_left_only", facts),)
        answers = []
        for number, (group, item) in enumerate(asked, 1):
            answers.append((group, ask(model, item)))
            say(number, len(asked))
        unknown = 1 / model.vocabulary.alphabet.size
        found: list[Figure] = []
        for language, of in grouped(answers, lambda one: one[0].partition("/")[0]).items():
            found += figures(language, [answer for _, answer in of], unknown)
            for group, some in grouped(of, lambda one: one[0]).items():
                if group != language:
                    found += figures(group, [answer for _, answer in some], unknown)[:1]
        scored = tuple(
            Scored(tuple(dict.fromkeys((group.partition("/")[0], group))), str(number), one.right)
            for number, (group, one) in enumerate(answers)
        )
        measure = "left" if model.spec.kind == "causal" else "both"
        return Judged(tuple(found), measure, notices, scored)


def read(questions: Questions) -> list[tuple[str, Item]]:
    """The items, each with its group: the language, the kind, law by itself.

    Columns are `text`, with one [MASK], and `answer`; `also` has other answers, divided by |.
    `left` says "true" where a next-token model may be asked, which else goes by the gap being
    last. Raises `LabError`: probe_gap, and as `rows_of` does.
    """
    found = []
    for row in questions.rows("probes/cloze/{}.toml", ("text", "answer")):
        before, *after = row["text"].split(MASK_WORD)
        if len(after) != 1:
            raise LabError("probe_gap", file=row["file"], text=row["text"][:80])
        left = row.get("left", "").lower() in ("true", "1", "yes")
        left = left or not any(letter.isalnum() for letter in after[0])
        also = tuple(filter(None, row.get("also", "").split(SEVERAL)))
        item = Item(row["text"], row["answer"], also=also, left=left and bool(before))
        kind = "law" if row.get("domain") == "law" else row.get("kind")
        group = row["file"] if questions.data else f"{row['set']}/{kind}"
        found.append((group, item))
    return found


PROBE = Cloze()
