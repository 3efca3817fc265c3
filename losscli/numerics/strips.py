"""Columns in strips that fit into the cache."""

from __future__ import annotations

from losscli.numerics.arrays import Array

STRIP_BYTES = 1024 * 1024
"""Bytes of a strip: a formula's steps then find their numbers in the cache."""


def strips(x: Array) -> list[slice]:
    """Return the columns of x (c, m) in strips, if they lie one behind another in memory."""
    c, m = x.shape
    step = m if x.flags.c_contiguous else max(1, STRIP_BYTES // (c * x.itemsize))
    return [slice(start, min(start + step, m)) for start in range(0, m, step)]
