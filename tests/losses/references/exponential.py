"""exp of numbers of any size; mpmath takes a power of e, bit by bit, for large whole numbers."""

from __future__ import annotations

from typing import Any

from mpmath import mp  # type: ignore[import-untyped]

LARGE = 1e6


def exp(x: Any) -> Any:
    """Return e to the x: of a large x, 2 to the n times e to the r, where x = n log 2 + r."""
    if not LARGE < abs(x) < mp.inf:
        return mp.exp(x)
    with mp.workprec(mp.prec + mp.mag(x) + 10):
        n = int(x / mp.ln2)
        found = mp.ldexp(mp.exp(x - n * mp.ln2), n)
    return +found
