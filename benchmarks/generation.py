"""Writing on with everything the page shows, beside transformers' own `generate`."""

from __future__ import annotations

from typing import Any

from benchmarks._timing import Effort, alternate, ratio
from lab.session import Ask, Session

PROMPT = "The old king lived in a great castle by the sea. Every evening he"
TOKENS = 64
TOP = 8


def measure(session: Session, model: str, effort: Effort) -> dict[str, Any]:
    """Tokens a second at fp32, both greedy so that both write the same text.

    Ours goes through the session as the page does: started, followed, every
    token with its top-8 probabilities, its own probability and its entropy.
    Theirs is the same weights loaded by transformers, and `model.generate`.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    path = session.catalogue.locate(model)
    tokenizer = AutoTokenizer.from_pretrained(path)
    plain = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    plain = plain.to(session.pool.device).eval()
    given = tokenizer(PROMPT, return_tensors="pt").to(plain.device)
    written: dict[str, list[int]] = {}

    def ours() -> None:
        written["ours"] = _followed(session, model)

    def theirs() -> None:
        with torch.inference_mode():
            out = plain.generate(**given, max_new_tokens=TOKENS, do_sample=False)
        written["theirs"] = out[0, given["input_ids"].shape[1] :].tolist()

    mine, other = alternate(ours, theirs, effort.pairs)
    speeds = [
        len(written[side]) / sorted(times)[len(times) // 2]
        for side, times in (("ours", mine), ("theirs", other))
    ]
    return {
        "model": model,
        "precision": "fp32",
        "tokens": len(written["ours"]),
        "same_text": written["ours"] == written["theirs"],
        "ours_tokens_per_s": speeds[0],
        "generate_tokens_per_s": speeds[1],
        "ratio": ratio(mine, other) * len(written["ours"]) / len(written["theirs"]),
        "pairs": effort.pairs,
    }


def _followed(session: Session, model: str) -> list[int]:
    prompt = {"text": PROMPT, "top": TOP, "steps": TOKENS, "temperature": 0.0}
    name = session.start(Ask(model=model, objective="next", prompt=prompt))
    ids: list[int] = []
    seen, ended = 0, False
    while not ended:
        steps, ended = session.follow(name, seen, 1.0)
        seen += len(steps)
        ids += [token.id for step in steps for token in step.tokens]
    return ids
