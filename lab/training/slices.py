"""The same texts in several amounts, and the same held-out ones beside each.

    python -m lab.training.slices TEXTS OUT --characters 20000 200000 2000000

How much a foundation is worth depends on how much one has to teach: the lesson on the foundation
race goes through amounts made so. Every `EVERY`-th text, in the order of names, is held out, and
of each of the others the same number of characters is taken, from where its first tenth ends:
prefaces and licences stand before.
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
    passages. An amount that the texts do not have is as much as there is."""
    files = sorted(texts.glob("*.txt"))
    held = files[EVERY - 1 :: EVERY]
    learnt = [file for file in files if file not in held]
    if not held:
        raise SystemExit(f"{texts} holds {len(files)} texts; {EVERY} are the fewest.")
    made = []
    for amount in amounts:
        folder = out / str(amount)
        folder.mkdir(parents=True, exist_ok=True)
        for number, file in enumerate(held, 1):
            write_atomically(folder / f"{HELD_NAME}{number}.txt", passage(file, HELD))
        for file in learnt:
            write_atomically(folder / file.name, passage(file, amount // len(learnt)))
        made.append(folder)
    return made


def passage(file: Path, characters: int) -> str:
    """So many characters of a text, from the line after its first tenth on."""
    text = read_text(file, 4_000_000)
    begin = text.find("\n", len(text) // 10) + 1
    return text[begin : begin + characters] + "\n"


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
