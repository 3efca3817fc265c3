"""Numbers and counts for messages, rounded; findings have the exact ones as evidence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

LISTED = 5
LONGEST = 24
"""The columns of a name in a title or on an axis."""


def figure(value: float | None) -> str:
    """Return a number with four significant digits; integers in full."""
    if value is None:
        return "refused"
    if not math.isfinite(value) or isinstance(value, int):
        return str(value)
    return str(int(value)) if value == int(value) and abs(value) < 1e9 else f"{value:.4g}"


def percent(part: float) -> str:
    """Return a share in percent; only a whole one is 100 %."""
    exact = (f"{100 * part:.{digits}g}" for digits in range(3, 17))
    return f"{next((text for text in exact if text != '100' or part == 1), '100')} %"


def width_of(text: str) -> int:
    """Return how many columns a text takes: some characters take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def shortened(name: str, most: int = LONGEST) -> str:
    """Return a name, cut where it takes more columns."""
    if width_of(name) <= most:
        return name
    from rich.cells import set_cell_size

    return f"{set_cell_size(name, most - 1).rstrip()}…"


def counted(count: int, one: str, several: str = "") -> str:
    """Return a count with its noun."""
    return f"{count} {one if count == 1 else several or one + 's'}"


def some(count: int, whole: int, noun: str) -> str:
    """Return a part of a count: `2 of 3 rows`."""
    return f"{count} of {counted(whole, noun)}"


def part(count: int, whole: int, noun: str) -> str:
    """Return a part of a count with its verb: `1 of 3 rows is`."""
    return f"{some(count, whole, noun)} {are(count)}"


def are(count: int) -> str:
    """Return the verb for a count."""
    return "is" if count == 1 else "are"


def listed(values: Iterable[float]) -> str:
    """Return the first values in order."""
    ordered = sorted(values)
    return ", ".join(map(figure, ordered[:LISTED])) + (", ..." if len(ordered) > LISTED else "")


def together(names: Sequence[str]) -> str:
    """Return names in words: `--by, --hist and --ci`."""
    *others, last = names or [""]
    return f"{', '.join(others)} and {last}" if others else last
