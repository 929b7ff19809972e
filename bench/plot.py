"""Curves as an SVG: axes with round ticks, and a line a curve with its name in the legend."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

COLOURS = ("#4269d0", "#efb118", "#ff725c", "#3ca951", "#a463f2", "#97bbf5", "#9c6b4e")
WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 62, 200, 44, 52


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through points; the one at `marked` gets a dot."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    marked: int | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """What is drawn. `note` stands below the legend."""

    title: str
    x: str
    y: str
    curves: Sequence[Curve]
    note: str = ""


def draw(plot: Plot) -> str:
    """Give the SVG."""
    x_ticks = ticks([value for curve in plot.curves for value in curve.x])
    y_ticks = ticks([value for curve in plot.curves for value in curve.y])

    def across(value: float) -> float:
        return LEFT + (value - x_ticks[0]) / (x_ticks[-1] - x_ticks[0]) * (WIDTH - LEFT - RIGHT)

    def down(value: float) -> float:
        return HEIGHT - BOTTOM - (value - y_ticks[0]) / (y_ticks[-1] - y_ticks[0]) * (HEIGHT - TOP - BOTTOM)

    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(LEFT, 24, plot.title, size=15),
    ]
    for value in x_ticks:
        parts += [
            _line(across(value), TOP, across(value), bottom),
            _text(across(value), bottom + 18, f"{value:g}", "middle"),
        ]
    for value in y_ticks:
        parts += [_line(LEFT, down(value), right, down(value)), _text(LEFT - 8, down(value) + 4, f"{value:g}", "end")]
    parts.append(_text((LEFT + right) / 2, HEIGHT - 12, plot.x, "middle"))
    parts.append(
        f'<g transform="rotate(-90 16 {(TOP + bottom) / 2})">{_text(16, (TOP + bottom) / 2, plot.y, "middle")}</g>'
    )
    for index, curve in enumerate(plot.curves):
        colour, place = COLOURS[index % len(COLOURS)], TOP + 8 + 20 * index
        points = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in zip(curve.x, curve.y, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if curve.marked is not None:
            x, y = across(curve.x[curve.marked]), down(curve.y[curve.marked])
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
        parts.append(f'<rect x="{right + 16}" y="{place - 4}" width="18" height="4" fill="{colour}"/>')
        parts.append(_text(right + 42, place + 2, curve.name))
    parts.append(_text(right + 16, TOP + 16 + 20 * len(plot.curves), plot.note))
    return "\n".join([*parts, "</svg>", ""])


def ticks(values: Sequence[float]) -> list[float]:
    """Give some 5 to 10 round numbers from below the least value to above the greatest."""
    low, high = min(values), max(values)
    rough = max(high - low, 1e-9) / 6
    power = 10 ** math.floor(math.log10(rough))
    step = next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(step * i, 10) for i in range(first, max(last, first + 1) + 1)]


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="#222">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="#ddd"/>'
