"""A person's own pictures, drawn on the spot, to be dropped on the page."""

from __future__ import annotations

import random
from io import BytesIO

from PIL import Image, ImageDraw


def holiday() -> dict[str, bytes]:
    """Some pictures by name: moons and hills, no two alike."""
    dice = random.Random(4)
    made = {}
    for i in range(18):
        sky, hill, moon = (tuple(dice.randrange(60, 250) for _ in range(3)) for _ in range(3))
        paper = Image.new("RGB", (160, 120), sky)
        pen = ImageDraw.Draw(paper)
        x, y, r = dice.randrange(40, 120), dice.randrange(30, 60), dice.randrange(12, 26)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=moon)
        top = dice.randrange(60, 100)
        pen.polygon([(0, 120), (0, 110), (dice.randrange(30, 130), top), (160, 112), (160, 120)],
                    fill=hill)  # fmt: skip
        file = BytesIO()
        paper.save(file, "PNG")
        made[f"hill-{i:02}.png"] = file.getvalue()
    return made
