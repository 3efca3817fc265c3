"""Keep freed memory at hand: the arrays of one tile are the arrays of the next.

A tile's arrays are large enough for the C library to give them back to the system when they are
freed, and to fetch them anew, page by page, for the next tile: two to four times the work of a
formula like Huber's.
"""

from __future__ import annotations

from functools import cache

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's mallopt."""
KEPT = 64 << 20
"""Bytes that may stay free at the end of the heap of a thread."""
FROM_SYSTEM = 16 << 20
"""Bytes of an array from which on the system is asked for it, as for a file's output."""


@cache
def keep_freed() -> None:
    """Tell the C library once; one that cannot be told stays as it is."""
    try:
        import ctypes

        mallopt = ctypes.CDLL(None).mallopt
    except (ImportError, OSError, AttributeError, TypeError):
        return
    mallopt(M_TRIM_THRESHOLD, KEPT)
    mallopt(M_MMAP_THRESHOLD, FROM_SYSTEM)
