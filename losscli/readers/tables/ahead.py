"""Pages of a compressed table, parsed by a second thread while the first one decompresses.

How many rows there are is known only at the end of the file, and no other thread has work before.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from losscli.readers.source import Array
from losscli.readers.tables.plain import read_plain

START = 1 << 23
"""Bytes of text that come first: a small file needs no second thread."""
ROOM = 1 << 26
"""Bytes of numbers that are kept; the pages that follow are parsed when they are read."""
_SAMPLE = 1 << 12


class PagesAhead:
    """The numbers of whole pages, by the page's index."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._first = START
        self._room = ROOM
        self._pages: dict[int, Future[Array | None]] = {}
        self._pool = ThreadPoolExecutor(1)

    def add(self, page: int, data: bytes) -> None:
        """Parse a page soon, where there is room."""
        if self._first > 0:
            self._first -= len(data)
        elif self._room > 0:
            cells = data.count(self._delimiter.encode(), 0, _SAMPLE) + 1
            self._room -= 8 * cells * -(-len(data) // _SAMPLE)
            self._pages[page] = self._pool.submit(self._parse, data)

    def close(self) -> None:
        """Finish the page that is being parsed, and leave out those that wait."""
        self._pool.shutdown(cancel_futures=True)

    def take(self, page: int, width: int) -> Array | None:
        """Return the numbers of a page as shape (rows, width), once; None if they are not known."""
        future = self._pages.pop(page, None)
        if future is None or future.cancelled():
            return None
        rows = future.result()
        return rows if rows is not None and rows.shape[1] == width else None

    def _parse(self, data: bytes) -> Array | None:
        width = data.count(self._delimiter.encode(), 0, data.find(b"\n")) + 1
        return read_plain(data, self._delimiter, width)
