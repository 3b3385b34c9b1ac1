"""The same texts in several amounts, and the same held-out ones beside each.

    python -m lab.training.slices TEXTS OUT --characters 10000 60000 300000 800000

How much a foundation is worth depends on how much one has to teach: the lesson on the foundation
race goes through amounts made so. Every `EVERY`-th text, in the order of names, is held out, and
of each of the others the same number of characters is taken, from where its first tenth ends:
prefaces and licences stand before. A text that is shorter gives all it has, and the others more.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from lab.documents.text import read_text
from lab.training.folder import write_atomically

EVERY = 8
HELD = 12_000
"""Characters taken of each held-out text."""
HELD_NAME = "held-out-"
"""What names of held-out texts begin with, as `data.held_out` names them."""


def slices(texts: Path, out: Path, amounts: Sequence[int]) -> list[Path]:
    """A folder an amount below `out`; the texts of the smaller ones are beginnings of the same
    passages. Ends with a sentence where the texts do not have as much."""
    files = sorted(texts.glob("*.txt"))
    held = files[EVERY - 1 :: EVERY]
    learnt = {file.name: passage(file) for file in files if file not in held}
    if not held or sum(map(len, learnt.values())) < max(amounts):
        raise SystemExit(f"{texts} does not hold {max(amounts)} characters in {EVERY} texts.")
    made = []
    for amount in amounts:
        folder = out / str(amount)
        folder.mkdir(parents=True, exist_ok=True)
        for number, file in enumerate(held, 1):
            write_atomically(folder / f"{HELD_NAME}{number}.txt", passage(file)[:HELD])
        most = share([len(text) for text in learnt.values()], amount)
        for name, text in learnt.items():
            write_atomically(folder / name, text[:most])
        made.append(folder)
    return made


def passage(file: Path) -> str:
    """A text from the line after its first tenth on."""
    text = read_text(file)
    return text[text.find("\n", len(text) // 10) + 1 :]


def share(lengths: Sequence[int], amount: int) -> int:
    """The most that each may give so that all together give `amount`, a character each at most
    too little."""
    left, givers = amount, len(lengths)
    for length in sorted(lengths):
        if length * givers >= left:
            return left // givers
        left -= length
        givers -= 1
    return max(lengths)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--characters", type=int, nargs="+", required=True)
    given = parser.parse_args()
    for folder in slices(given.texts, given.out, given.characters):
        print(folder)


if __name__ == "__main__":
    main()
