"""Pieces that lessons in tests are made of."""

WORDS = {"en": "A word.", "fr": "Un mot."}
OPTIONS = [{"say": WORDS, "right": True}, {"say": WORDS}]
ASKED = {
    "label": WORDS, "model": "tiny-next-en", "objective": "next",
    "prompt": {"text": "Once upon a", "top": 20},
}  # fmt: skip
