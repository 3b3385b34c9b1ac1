"""A picture out of noise with every step shown, beside diffusers' own pipeline."""

from __future__ import annotations

import functools
from typing import Any

from benchmarks._timing import Effort, alternate, ratio
from lab.session import Ask, Session

STEPS = 20


def measure(session: Session, model: str, effort: Effort) -> dict[str, Any]:
    """Seconds a picture: DDIM, the same number of steps, the same weights at fp32.

    Ours gives, at each step, the noisy picture and the estimate of the clean
    one. Theirs is `DDIMPipeline`, which gives the last picture alone.
    """
    import torch
    from diffusers import DDIMPipeline, DDIMScheduler

    from lab.session import check

    ask = Ask(
        model=model, objective="image", prompt={"scheduler": "ddim", "steps": STEPS, "guidance": 1}
    )
    kind, _ = check(ask)
    loaded = session.pool.get(model, "fp32", None, kind)
    # The same body: a second copy would only fill the memory.
    unet: Any = loaded.module
    scheduler = DDIMScheduler.from_config(kind.serving(loaded).noising.config)  # type: ignore[attr-defined]
    pipeline = DDIMPipeline(unet=unet, scheduler=scheduler)
    pipeline.set_progress_bar_config(disable=True)
    classes = getattr(unet.config, "num_class_embeds", None)
    forward = unet.forward
    # The pipeline knows no classes: it is given "any", the last of them, as ours is.
    label = torch.tensor([classes - 1], device=loaded.device) if classes else None
    labelled = functools.partial(forward, class_labels=label)

    def ours() -> None:
        name = session.start(ask)
        seen, ended = 0, False
        while not ended:
            steps, ended = session.follow(name, seen, 1.0)
            seen += len(steps)

    def theirs() -> None:
        unet.forward = labelled
        try:
            pipeline(batch_size=1, num_inference_steps=STEPS)
        finally:
            del unet.forward

    mine, other = alternate(ours, theirs, effort.pairs)
    return {
        "model": model,
        "precision": "fp32",
        "scheduler": "ddim",
        "steps": STEPS,
        "ours_s": sorted(mine)[len(mine) // 2],
        "pipeline_s": sorted(other)[len(other) // 2],
        "ratio": ratio(mine, other),
        "pairs": effort.pairs,
    }
