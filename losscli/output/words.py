"""Numbers and counts as a finding's message has them; the exact ones are its evidence."""

from __future__ import annotations

import math
from collections.abc import Sequence

LISTED = 5


def figure(value: float | None) -> str:
    """Return a number with four digits that count; whole numbers as they are."""
    if value is None:
        return "refused"
    if not math.isfinite(value) or isinstance(value, int):
        return str(value)
    return str(int(value)) if value == int(value) and abs(value) < 1e9 else f"{value:.4g}"


def percent(part: float) -> str:
    """Return a share in percent."""
    return f"{100 * part:.3g} %"


def counted(count: int, one: str, several: str = "") -> str:
    """Return a count with its noun."""
    return f"{count} {one if count == 1 else several or one + 's'}"


def listed(values: Sequence[float]) -> str:
    """Return the first values as a list."""
    return ", ".join(map(figure, values[:LISTED])) + (", ..." if len(values) > LISTED else "")
