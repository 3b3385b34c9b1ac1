"""A score that is no number proves nothing, and must not pass for an answer."""

from __future__ import annotations

import math
from collections.abc import Iterable

from lab.types import LabError


def sound(scores: Iterable[float], model: str) -> None:
    """Raises `LabError("scores_nan")` where one of a model's scores is no number."""
    if any(map(math.isnan, scores)):
        raise LabError("scores_nan", model=model)
