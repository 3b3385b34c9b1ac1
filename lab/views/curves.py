"""Curves over the steps of runs as an SVG: for paper, drawn as `assets/js/train/chart.js` does."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from lab.views.bars import COLOURS, WIDTH

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 210, 52, 12, 10, 24
DASHES = ("", "7 4", "2 3", "10 3 2 3", "1 4")
Point = tuple[int, float]
Scale = Callable[[float], float]
Number = Callable[[float, int], str]
"""A number with so many digits, as its reader writes it."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What a run measured at its steps, and the interval of each: (step, low, high)."""

    name: str
    look: str
    points: tuple[Point, ...]
    band: tuple[tuple[int, float, float], ...] = ()


def curves_svg(curves: Sequence[Curve], number: Number) -> str:
    """Over a logarithm of the steps; curves of one colour are told apart by their dashes."""
    values = [v for one in curves for _, v in one.points]
    values += [edge for one in curves for _, *edges in one.band for edge in edges]
    far = max((step for one in curves for step, _ in one.points), default=1) or 1
    ticks = _ticks(min(values), max(values))
    low, high = min(*values, ticks[0]), max(*values, ticks[-1])

    def x(step: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log10(step + 1) / math.log10(far + 1)

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (high - low))

    looks = [one.look for one in curves]
    lines = [*_axes(ticks, far, x, y, number)]
    for row, one in enumerate(curves):
        dash = DASHES[looks[:row].count(one.look) % len(DASHES)]
        lines += _curve(one, dash, x, y)
        lines += _key(one, dash, HEIGHT + 18 * row + 10, number)
    height = HEIGHT + 18 * len(curves)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'xmlns="http://www.w3.org/2000/svg" font-size="12" role="img">{"".join(lines)}</svg>'
    )


def _axes(ticks: Sequence[float], far: int, x: Scale, y: Scale, number: Number) -> Iterator[str]:
    for value in ticks:
        said = number(value, 2)
        yield f'<path d="M{LEFT},{y(value):.1f}H{WIDTH - RIGHT}" stroke="#ddd7cc"/>'
        yield f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{said}</text>'
    tens = [10**i for i in range(8) if 10**i < far * 0.75]
    for step in (0, *tens, far):
        anchor = "end" if step == far else "middle"
        said = number(step, 0)
        yield f'<text x="{x(step):.1f}" y="{HEIGHT - 6}" text-anchor="{anchor}">{said}</text>'


def _curve(one: Curve, dash: str, x: Scale, y: Scale) -> Iterator[str]:
    colour = COLOURS.get(one.look, COLOURS[""])
    if one.band:
        there = [f"{x(step):.1f},{y(high):.1f}" for step, _, high in one.band]
        back = [f"{x(step):.1f},{y(low):.1f}" for step, low, _ in reversed(one.band)]
        yield f'<path d="M{"L".join(there + back)}Z" fill="{colour}" fill-opacity=".15"/>'
    way = "L".join(f"{x(step):.1f},{y(value):.1f}" for step, value in one.points)
    yield (
        f'<path d="M{way}" fill="none" stroke="{colour}" stroke-width="2.2" '
        f'stroke-dasharray="{dash}"/>'
    )


def _key(one: Curve, dash: str, y: int, number: Number) -> Iterator[str]:
    """The name of a curve, and what it says last."""
    colour = COLOURS.get(one.look, COLOURS[""])
    step, value = one.points[-1]
    said = f"{one.name} · {number(value, 2)} · {number(step, 0)}"
    yield (
        f'<path d="M{LEFT},{y}h22" stroke="{colour}" stroke-width="2.4" stroke-dasharray="{dash}"/>'
    )
    yield f'<text x="{LEFT + 30}" y="{y + 4}">{escape(said)}</text>'


def _ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round numbers from below the lowest to the highest, about as many as are wanted."""
    if high - low < 1e-12:
        high, low = high + abs(high) * 0.1 + 1e-9, low - abs(low) * 0.1 - 1e-9
    rough = (high - low) / wanted
    ten = 10 ** math.floor(math.log10(rough))
    step = next((m * ten for m in (1, 2, 2.5, 5, 10) if m * ten >= rough), rough)
    first = math.floor(low / step)
    return [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]
