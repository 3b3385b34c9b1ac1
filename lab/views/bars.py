"""Bars with their intervals as an SVG: for paper, where no script draws."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from lab.charts import Bar

WIDTH, ROW, NAME, SIDE = 640, 30, 250, 90
COLOURS = {"masked": "#6a47c8", "next": "#0b6e74", "noise": "#a84a0d", "": "#1d1b20"}
"""The accents of the light theme: see assets/css/theme.css."""


def bars_svg(bars: Sequence[Bar], language: str, told: Sequence[str]) -> str:
    """A line a bar, from zero; `told` is what stands behind each, its figure in words."""
    most = max((max(bar.value, bar.high or 0) for bar in bars), default=1) or 1
    if all(bar.unit == "share" for bar in bars):
        most = 1.0
    room = WIDTH - NAME - SIDE
    lines = []
    for row, (bar, words) in enumerate(zip(bars, told, strict=True)):
        y = row * ROW + ROW / 2
        colour = COLOURS.get(bar.look, COLOURS[""])
        end = NAME + room * bar.value / most
        label = escape(bar.label.get(language, bar.key))
        lines += [
            f'<text x="{NAME - 10}" y="{y + 4:.1f}" text-anchor="end">{label}</text>',
            f'<rect x="{NAME}" y="{y - 6:.1f}" width="{max(0.0, end - NAME):.1f}" height="12" '
            f'rx="2" fill="{colour}" fill-opacity=".35"/>',
            f'<text x="{WIDTH - SIDE + 8}" y="{y + 4:.1f}">{escape(words)}</text>',
        ]
        if bar.low is not None and bar.high is not None:
            low, high = (NAME + room * side / most for side in (bar.low, bar.high))
            lines.append(
                f'<path d="M{low:.1f},{y:.1f}H{high:.1f}" stroke="{colour}" stroke-width="2"/>'
            )
        if bar.neutral:
            x = NAME + room * bar.neutral / most
            lines.append(
                f'<path d="M{x:.1f},{y - 11:.1f}v22" stroke="#5d5963" stroke-dasharray="3 3"/>'
            )
    height = max(1, len(bars)) * ROW
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'xmlns="http://www.w3.org/2000/svg" font-size="13" role="img">{"".join(lines)}</svg>'
    )
