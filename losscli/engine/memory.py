"""Keep freed memory in the process: the arrays of one tile are reused by the next.

A tile's arrays are so large that the C library returns them to the system when they are freed, and
fetches them again, page by page, for the next tile: two to four times the work of a simple formula.
"""

from __future__ import annotations

from functools import cache

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's mallopt."""
KEPT = 64 << 20
"""Bytes that may stay free at the end of a thread's heap."""
FROM_SYSTEM = 16 << 20
"""Arrays of this many bytes or more still come from the system."""


@cache
def keep_freed() -> None:
    """Configure the C library once, if it can be configured."""
    try:
        import ctypes

        mallopt = ctypes.CDLL(None).mallopt
    except (ImportError, OSError, AttributeError, TypeError):
        return
    mallopt(M_TRIM_THRESHOLD, KEPT)
    mallopt(M_MMAP_THRESHOLD, FROM_SYSTEM)
