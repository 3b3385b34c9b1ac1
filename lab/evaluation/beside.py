"""What a fine-tuning changed in what a probe finds: the same questions, before and after."""

from __future__ import annotations

from lab.evaluation.interval import CHANGE, difference
from lab.evaluation.probes.base import Judged, by_name, figure
from lab.findings import Figure


def changes(base: Judged, tuned: Judged) -> tuple[Figure, ...]:
    """`tuned - base` for every name, question by question, drawn again in pairs; none where the
    two were not asked the same in the same way."""
    asked = [[(one.names, one.unit) for one in judged.scored] for judged in (base, tuned)]
    if base.measure != tuned.measure or asked[0] != asked[1]:
        return ()
    before, after = by_name(base.scored), by_name(tuned.scored)
    return tuple(
        figure(name, "change", difference(before[name], after[name], ends=CHANGE), neutral=0.0)
        for name in before
    )
