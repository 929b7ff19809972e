"""Curves as an SVG: axes with round ticks, linear or logarithmic, and a line a curve with its name in the legend."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

COLOURS = ("#4269d0", "#efb118", "#ff725c", "#3ca951", "#a463f2", "#97bbf5", "#9c6b4e")
WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 62, 200, 44, 52
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through points; the one at `marked` gets a dot."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    marked: int | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """What is drawn. `note` stands below the legend; `log` names the axes, of x and y, that are logarithmic."""

    title: str
    x: str
    y: str
    curves: Sequence[Curve]
    note: str = ""
    log: str = ""


def draw(plot: Plot) -> str:
    """Give the SVG. Raises ValueError for a value below or at 0 on a logarithmic axis."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    x_ticks, across = _axis([value for curve in plot.curves for value in curve.x], (LEFT, right), log="x" in plot.log)
    y_ticks, down = _axis([value for curve in plot.curves for value in curve.y], (bottom, TOP), log="y" in plot.log)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(LEFT, 24, plot.title, size=15),
    ]
    for value in x_ticks:
        parts += [
            _line(across(value), TOP, across(value), bottom),
            _text(across(value), bottom + 18, _number(value, log="x" in plot.log), "middle"),
        ]
    for value in y_ticks:
        parts += [
            _line(LEFT, down(value), right, down(value)),
            _text(LEFT - 8, down(value) + 4, _number(value, log="y" in plot.log), "end"),
        ]
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
    for index, line in enumerate(plot.note.splitlines()):
        parts.append(_text(right + 16, TOP + 16 + 20 * len(plot.curves) + 16 * index, line))
    return "\n".join([*parts, "</svg>", ""])


def ticks(values: Sequence[float]) -> list[float]:
    """Give some 5 to 10 round numbers from below the least value to above the greatest."""
    low, high = min(values), max(values)
    rough = max(high - low, 1e-9) / 6
    power = 10 ** math.floor(math.log10(rough))
    step = next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(step * i, 10) for i in range(first, max(last, first + 1) + 1)]


def decades(values: Sequence[float]) -> list[float]:
    """Give the powers of ten from below the least value to above the greatest, every second one where they are many."""
    first, last = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    step = 1 + (last - first) // 10
    count = max(1, math.ceil((last - first) / step))
    return [10.0 ** (first + step * i) for i in range(count + 1)]


def _axis(
    values: Sequence[float], ends: tuple[float, float], *, log: bool
) -> tuple[list[float], Callable[[float], float]]:
    """Give the ticks of an axis, and where a value lies between its two ends on the paper."""
    marks = decades(values) if log else ticks(values)
    scale: Callable[[float], float] = math.log10 if log else float
    low, high = scale(marks[0]), scale(marks[-1])
    return marks, lambda value: ends[0] + (scale(value) - low) / (high - low) * (ends[1] - ends[0])


def _number(value: float, *, log: bool) -> str:
    if log and not 0.001 <= value <= 1000:
        return "10" + str(round(math.log10(value))).translate(_RAISED)
    return f"{value:g}"


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="#222">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="#ddd"/>'
