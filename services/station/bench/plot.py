"""A plot as an SVG of its own, to be read on a light page and on a dark one. Values stand at their points."""

from __future__ import annotations

from html import escape
from itertools import cycle
from math import ceil, log10
from typing import NamedTuple

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 84, 40, 84, 76
STEPS = 4
NICE = (1.0, 2.0, 2.5, 4.0, 5.0, 8.0, 10.0)
FORMS = (("a", ""), ("b", "6 4"), ("c", "2 4"))  # a colour's class, and dashes for who sees no colours

STYLE = """
svg { --page: #ffffff; --ink: #1f2328; --faint: #d0d7de; --a: #0550ae; --b: #bc4c00; --c: #1a7f37; }
@media (prefers-color-scheme: dark) {
  svg { --page: #0d1117; --ink: #e6edf3; --faint: #3d444d; --a: #79c0ff; --b: #ffa657; --c: #7ee787; }
}
.page { fill: var(--page); } .grid { stroke: var(--faint); }
text { fill: var(--ink); font: 13px system-ui, sans-serif; } .title { font-size: 16px; font-weight: 600; }
.small { font-size: 11px; } .middle { text-anchor: middle; } .end { text-anchor: end; }
.a { stroke: var(--a); } .b { stroke: var(--b); } .c { stroke: var(--c); }
path { fill: none; stroke-width: 2; } circle { fill: var(--page); stroke-width: 2; }
"""


class Curve(NamedTuple):
    """One line of a plot: a value for each place across."""

    name: str
    values: list[float]


class Plot(NamedTuple):
    """`across`: what grows, at `places`; `unit`: of all values, which are drawn from zero."""

    name: str
    title: str
    across: str
    places: tuple[int, ...]
    unit: str
    curves: list[Curve]


def svg(plot: Plot, caption: str) -> str:
    """The whole file. `caption`: when and where it was measured."""
    most = _nice(max(value for curve in plot.curves for value in curve.values))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(plot.title)}</title>",
        f"<desc>{escape(_words(plot))}</desc>",
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{HEIGHT}"/>',
        _text(LEFT, 26, plot.title, "title"),
        _text(LEFT, HEIGHT - 12, caption, "small"),
        _text(LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 34, plot.across, "middle"),
        *_grid(most, plot.unit),
    ]
    places = [_across(at, len(plot.places)) for at in range(len(plot.places))]
    parts += [
        _text(x, HEIGHT - BOTTOM + 20, f"{place:,}", "middle")
        for x, place in zip(places, plot.places, strict=True)
    ]
    for at, (curve, form) in enumerate(zip(plot.curves, cycle(FORMS), strict=False)):
        parts += _line(curve, form, list(zip(places, (_up(one, most) for one in curve.values), strict=True)))
        parts += _legend(curve, form, at)
    return "\n".join([*parts, "</svg>", ""])


def _words(plot: Plot) -> str:
    return "; ".join(
        f"{curve.name}: "
        + ", ".join(
            f"{_said(value)} at {place:,}" for place, value in zip(plot.places, curve.values, strict=True)
        )
        for curve in plot.curves
    )


def _grid(most: float, unit: str) -> list[str]:
    parts = [_text(LEFT - 8, TOP - 14, unit, "end small")]
    for step in range(STEPS + 1):
        y = _up(most * step / STEPS, most)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(LEFT - 8, y + 4, _said(most * step / STEPS), "end"))
    return parts


def _line(curve: Curve, form: tuple[str, str], points: list[tuple[float, float]]) -> list[str]:
    colour, dashes = form
    way = " ".join(f"{'L' if at else 'M'}{x:.1f} {y:.1f}" for at, (x, y) in enumerate(points))
    parts = [f'<path class="{colour}" stroke-dasharray="{dashes}" d="{way}"/>']
    for (x, y), value in zip(points, curve.values, strict=True):
        parts.append(f'<circle class="{colour}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
        parts.append(_text(x, y - 9, _said(value), "middle small"))
    return parts


def _legend(curve: Curve, form: tuple[str, str], at: int) -> list[str]:
    colour, dashes = form
    x, y = LEFT + at * 220, 48
    return [
        f'<path class="{colour}" stroke-dasharray="{dashes}" d="M{x} {y - 4} h28"/>',
        _text(x + 34, y, curve.name, "small"),
    ]


def _text(x: float, y: float, words: str, style: str) -> str:
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def _across(at: int, places: int) -> float:
    """Places lie evenly, whatever lies between them."""
    return LEFT + (WIDTH - LEFT - RIGHT) * (at + 0.5) / places


def _up(value: float, most: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / most


def _nice(most: float) -> float:
    """The end of the scale: a number that is easily divided, above all values."""
    power = 10.0 ** (ceil(log10(most)) - 1)
    return next(one * power for one in NICE if one * power >= most)


def _said(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.1f}"
