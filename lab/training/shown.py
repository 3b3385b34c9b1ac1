"""A sheet of the very pictures that a model learnt from, for those that are drawn at every step.

    python -m lab.training.shown MODEL_FOLDER FONT SHEET [--batches 8]

Such pictures are kept nowhere; but batch n of a training depends on its seed and n alone, and can
be drawn again. The batches are taken evenly from the whole training, as the passport tells it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from lab.objectives._pixels import to_pictures
from lab.training.pictures import GlyphSet

COLUMNS = 16


def sheet(passport: Mapping[str, Any], font: str, batches: int) -> Image.Image:
    """Some batches of what a passport is of, COLUMNS pictures a row.

    Raises `LabError("no_font")`.
    """
    recipe = passport["recipe"]
    steps = passport.get("steps", recipe["steps"])
    draw = GlyphSet((font,)).batches(recipe["rows"], recipe["seed"])
    numbers = [i * steps // batches for i in range(batches)]
    shown = [one for n in numbers for one in to_pictures(draw(n).pictures)]
    wide, high = shown[0].width, shown[0].height
    paper = Image.new("RGB", (wide * COLUMNS, high * -(-len(shown) // COLUMNS)))
    for i, one in enumerate(shown):
        tile = Image.frombytes("RGB", (wide, high), one.pixels)
        paper.paste(tile, (i % COLUMNS * wide, i // COLUMNS * high))
    return paper


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="a folder with a passport.json")
    parser.add_argument("font")
    parser.add_argument("file", type=Path, help="a PNG")
    parser.add_argument("--batches", type=int, default=8)
    given = parser.parse_args()
    passport = json.loads((given.model / "passport.json").read_text(encoding="utf-8"))
    made = sheet(passport, given.font, given.batches)
    given.file.parent.mkdir(parents=True, exist_ok=True)
    made.save(given.file, optimize=True)


if __name__ == "__main__":
    main()
