"""Cost against size, drawn: `python -m tests.benchmarks.growth [--loss ce] [--scale 0.1]`.

Nanoseconds per element of the input, of the terms and of the mean with its gradient, as rows,
classes and threads grow.
"""

from __future__ import annotations

import argparse
import math
import os
from typing import NamedTuple

import numpy as np

from losscli import compute
from tests.benchmarks.machine import processor
from tests.benchmarks.measure import turns

WIDTH = 80
ELEMENTS = 10_000_000
ROWS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
CLASSES = (2, 8, 32, 128, 512, 2_000, 8_000, 32_000, 128_000)
BARS = "█▒"
SPREAD = 20
"""From this ratio of the largest figure to the smallest, the axis is logarithmic."""


class Point(NamedTuple):
    """One size: its label, and nanoseconds per element for the terms and for the gradient."""

    label: str
    terms: float
    gradient: float


def point(label: str, loss: str, rows: int, classes: int, threads: int | None, times: int) -> Point:
    """Measure one size."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((rows, classes), np.float32)
    y = rng.integers(0, classes, rows)

    def run(*, grad: bool) -> None:
        compute(loss, input=x, target=y, grad=grad, dtype="float32", threads=threads)

    seconds = turns([lambda: run(grad=False), lambda: run(grad=True)], times)
    terms, gradient = (1e9 * taken / x.size for taken in seconds)
    return Point(label, terms, gradient)


def chart(title: str, points: list[Point]) -> list[str]:
    """Return two bars per point above an axis of nanoseconds, at most 80 columns wide."""
    figures = [figure for one in points for figure in one[1:]]
    logarithmic = max(figures) > SPREAD * min(figures)
    margin = max(len(one.label) for one in points) + 2
    room = WIDTH - margin - len(" 1234.56")
    if logarithmic:
        low = math.pow(10, math.floor(math.log10(min(figures))))
        decades = math.ceil(math.log10(max(figures) / low)) or 1
        ticks = [low * 10.0**i for i in range(decades + 1)]
    else:
        low = 0.0
        step = math.pow(10, math.floor(math.log10(max(figures))))
        step = next(s for s in (step / 2, step, 2 * step, 5 * step) if 6 * s >= max(figures))
        ticks = [step * i for i in range(math.ceil(max(figures) / step) + 1)]

    def columns(value: float) -> int:
        share = value / ticks[-1]
        if logarithmic:
            share = math.log(value / low) / math.log(ticks[-1] / low)
        return round(share * (room - 1))

    lines = [title]
    for one in points:
        for label, bar, figure in zip((one.label, ""), BARS, one[1:], strict=True):
            length = max(1, columns(figure))
            lines.append(f"{label:>{margin - 1}} {bar * length} {figure:.2f}")
    axis, words = [" "] * WIDTH, [" "] * WIDTH
    for tick in ticks:
        at, text = margin + columns(tick), f"{tick:g}"
        axis[at] = "┬"
        words[at : at + len(text)] = text
    axis[margin : margin + room] = [c if c == "┬" else "─" for c in axis[margin : margin + room]]
    scale = "logarithmic" if logarithmic else "linear"
    lines += ["".join(axis).rstrip(), "".join(words).rstrip()]
    return [*lines, f"{'ns per element, ' + scale:>{margin + room}}", ""]


def main() -> None:
    """Draw the charts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loss", default="ce", help="a loss of logits and class indices")
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the data only")
    parser.add_argument("--times", type=int, default=3, help="turns of each")
    given = parser.parse_args()
    elements, loss, times = int(ELEMENTS * given.scale), given.loss, given.times
    cores = os.cpu_count() or 1
    print(f"{processor()}, {cores} cores; {loss} on float32, medians of {times}")
    print(f"{BARS[0]} terms  {BARS[1]} mean and gradient\n")
    rows = [n for n in ROWS if n <= elements]
    found = [point(f"{n}", loss, n, 10, None, times) for n in rows]
    print("\n".join(chart("rows of 10 classes", found)), flush=True)
    wide = [c for c in CLASSES if c <= elements]
    found = [point(f"{c}", loss, elements // c, c, None, times) for c in wide]
    print("\n".join(chart(f"classes, {elements} elements in all", found)), flush=True)
    threads = range(1, cores + 1)
    found = [point(f"{t}", loss, elements // 10, 10, t, times) for t in threads]
    print("\n".join(chart(f"threads, {elements // 10} rows of 10 classes", found)))


if __name__ == "__main__":
    main()
