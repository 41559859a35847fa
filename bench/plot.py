"""Lines on logarithmic axes, as SVG."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 860, 520
_LEFT, _TOP, _RIGHT, _BOTTOM = 80, 40, 190, 50
_COLOURS = ("#1b6ca8", "#1b6ca8", "#b3541e", "#b3541e", "#2e7d32", "#2e7d32", "#555555")


class Line(NamedTuple):
    """One line: its points are (batch, items a second)."""

    name: str
    points: list[tuple[float, float]]
    dashed: bool = False


def write_plot(path: Path, title: str, across: str, up: str, lines: list[Line]) -> None:
    """Writes the plot; folders are made as needed."""
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points]
    x_range = math.log10(min(xs)), math.log10(max(xs))
    y_range = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))

    def place(x: float, y: float) -> tuple[float, float]:
        a = (math.log10(x) - x_range[0]) / (x_range[1] - x_range[0])
        b = (math.log10(y) - y_range[0]) / (y_range[1] - y_range[0])
        return _LEFT + a * (_WIDTH - _LEFT - _RIGHT), _HEIGHT - _BOTTOM - b * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        'font-size="12"><rect width="100%" height="100%" fill="white"/>',
        f'<text x="{_LEFT}" y="22" font-size="15">{escape(title)}</text>',
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 12}" text-anchor="middle">{escape(across)}</text>',
        f'<text transform="translate(18 {_HEIGHT / 2}) rotate(-90)" text-anchor="middle">{escape(up)}</text>',
    ]
    for exponent in range(math.ceil(x_range[0]), math.floor(x_range[1]) + 1):
        (x, bottom), (_, top) = place(10**exponent, 10 ** y_range[0]), place(10**exponent, 10 ** y_range[1])
        parts.append(f'<path d="M{x:.1f} {bottom:.1f}V{top:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18:.1f}" text-anchor="middle">{10**exponent:,}</text>')
    for exponent in range(y_range[0], y_range[1] + 1):
        (left, y), (right, _) = place(10 ** x_range[0], 10**exponent), place(10 ** x_range[1], 10**exponent)
        parts.append(f'<path d="M{left:.1f} {y:.1f}H{right:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{10**exponent:,}</text>')
    names = sorted(range(len(lines)), key=lambda i: -lines[i].points[-1][1])
    for position, i in enumerate(names):
        line, colour = lines[i], _COLOURS[i % len(_COLOURS)]
        dash = ' stroke-dasharray="6 4"' if line.dashed else ""
        route = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in line.points))
        parts.append(f'<polyline points="{route}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        y = _TOP + 20 * position + 10
        x = _WIDTH - _RIGHT + 14
        parts.append(f'<path d="M{x} {y}h26" stroke="{colour}" stroke-width="2"{dash}/>')
        parts.append(f'<text x="{x + 32}" y="{y + 4}">{escape(line.name)}</text>')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>\n"]))
