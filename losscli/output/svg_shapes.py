"""The shapes of an SVG: their colors are classes, which the style of the file defines."""

from __future__ import annotations

import math
from html import escape

from losscli.errors import printable
from losscli.output.chart import Shape

STRIPE = 4
"""The distance of stripes."""


def escaped(text: str) -> str:
    """Return a text as XML; what would control a terminal is escaped, too."""
    return escape(printable(text))


def titled(text: str) -> str:
    """Return the tooltip of a shape."""
    return f"<title>{escaped(text)}</title>" if text else ""


def box(
    x: float, y: float, width: float, height: float, tint: int, tip: str, opacity: str = ""
) -> str:
    """Return a filled rectangle."""
    shade = f' opacity="{opacity}"' if opacity else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}" '
        f'class="t{tint}"{shade}>{titled(tip)}</rect>'
    )


def stripes(x: float, y: float, width: float, height: float) -> str:
    """Return lines across a box, which print without color."""
    lines = (
        f"M{x:.1f} {y + at:.1f}h{max(width, 0):.1f}" for at in range(2, math.ceil(height), STRIPE)
    )
    return f'<path class="s-paper" d="{"".join(lines) or "M0 0"}"/>'


def sign(shape: Shape, x: float, y: float, radius: float, tint: int, tip: str) -> str:
    """Return a dot, or a cross of about its size."""
    if shape is Shape.DOT:
        where = f'cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"'
        return f'<circle {where} class="dot t{tint}">{titled(tip)}</circle>'
    r = 1.2 * radius
    d = f"M{x - r:.1f} {y - r:.1f}l{2 * r:.1f} {2 * r:.1f}m0 {-2 * r:.1f}l{-2 * r:.1f} {2 * r:.1f}"
    return f'<path class="cross s-t{tint}" d="{d}">{titled(tip)}</path>'


def segment(x: float, y: float, to_x: float, to_y: float, name: str) -> str:
    """Return a straight line."""
    ends = f'x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
    return f'<line class="{name}" {ends}/>'


def label(x: float, y: float, text: str, name: str, anchor: str = "start", turn: str = "") -> str:
    """Return a text at a place; `turn` is how it is turned."""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{name}" {place}{turn}>{escaped(text)}</text>'
