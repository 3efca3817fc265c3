"""The lines of a text file in pages: counted in one fast pass, decoded when needed."""

from __future__ import annotations

import io
from array import array
from bisect import bisect_right
from collections.abc import Callable

import numpy as np

from losscli.errors import DataError
from losscli.readers.file import File

PAGE = 1 << 20
"""Bytes of a page, up to the end of a line: on shorter ones, threads often wait for each other."""
WHOLE = 1 << 23
"""Files up to this size are read at once, so that their faults are found before shape errors."""
LONGEST = 1 << 26
"""Bytes of the longest line, which is decoded at once."""
_BOM = b"\xef\xbb\xbf"


class Lines:
    """Where each page of a text begins.

    A line ends with LF, CR LF or CR, as Python reads text; with `only_lf`, with LF alone.
    """

    def __init__(
        self,
        file: File,
        *,
        only_lf: bool = False,
        found: Callable[[int, bytes], None] | None = None,
    ) -> None:
        """Find the pages; `found` is called with each one's index and bytes."""
        self._file = file
        self._ends = b"\n" if only_lf else b"\r\n"
        self._offsets = array("Q", [3 if file.head().startswith(_BOM) else 0])
        self._first = array("Q", [1])
        # One buffer for all pages: memory fresh from the system takes longer than the reading.
        buffer = bytearray(PAGE)
        while size := self._find_page(buffer):
            if found is not None:
                found(len(self._first) - 2, bytes(memoryview(buffer)[:size]))

    def first(self, page: int) -> int:
        """Return the number of the first line of a page; lines count from 1."""
        return self._first[page]

    def page_of(self, line: int) -> int:
        """Return the page that holds a line."""
        return bisect_right(self._first, line) - 1

    def end(self, page: int) -> int:
        """Return how many bytes there are up to the end of a page."""
        return self._offsets[page + 1]

    def last(self, is_blank: Callable[[str], bool]) -> int:
        """Return the number of the last line that is not blank; 0 if there is none."""
        for page in reversed(range(len(self._offsets) - 1)):
            lines = decoded(self.data(page), only_lf=self._ends == b"\n")
            while lines and is_blank(lines[-1]):
                lines.pop()
            if lines:
                return self.first(page) + len(lines) - 1
        return 0

    def data(self, page: int) -> bytes:
        """Return the bytes of a page."""
        start, stop = self._offsets[page : page + 2]
        return self._read(start, stop - start)

    def _find_page(self, buffer: bytearray) -> int:
        """Add the page after the last one, which fills the buffer; return its size, 0 for none.

        A long line makes the buffer longer.
        """
        start, file = self._offsets[-1], self._file
        longest = min(LONGEST, file.at_once)
        done, size = 0, file.extent(start + PAGE) - start
        while True:
            buffer.extend(bytes(max(size - len(buffer), 0)))
            with memoryview(buffer) as view:
                file.read_at(start + done, view[done:size])
            if file.extent(start + size + 1) == start + size:
                break
            if end := self._last_end(buffer, size):
                size = end
                break
            if size >= longest:
                raise DataError(
                    f"{file.label} line {self._first[-1]}: the line is longer than "
                    f"{longest >> 20} MB; write one row per line, or save the numbers as NPY"
                )
            done, size = size, file.extent(start + 2 * size) - start
        if size:
            self._offsets.append(start + size)
            self._first.append(self._first[-1] + self._count(buffer, size))
        return size

    def _last_end(self, data: bytearray, size: int) -> int:
        """Return where the last complete line of the first bytes ends; 0 if there is none.

        A CR at the very end may be half of a CR LF.
        """
        end = data.rfind(b"\n", 0, size) + 1
        return end if end or b"\r" not in self._ends else data.rfind(b"\r", 0, size - 1) + 1

    def _count(self, data: bytearray, size: int) -> int:
        """Return how many lines the first bytes are; the last one may lack its line end."""
        codes = np.frombuffer(data, np.uint8, size)
        count = int(np.count_nonzero(codes == ord("\n"))) + (data[size - 1] not in self._ends)
        if b"\r" in self._ends and data.find(b"\r", 0, size) >= 0:
            count += data.count(b"\r", 0, size) - data.count(b"\r\n", 0, size)
        return count

    def _read(self, offset: int, size: int) -> bytes:
        data = bytearray(size)
        self._file.read_at(offset, memoryview(data))
        return bytes(data)


def decoded(data: bytes, *, only_lf: bool = False) -> list[str]:
    """Return the lines in bytes, each with LF as its end.

    Bytes that are not UTF-8 matter only in cells that are read, and are refused there.
    """
    text = data.decode("utf-8", "surrogateescape")
    return io.StringIO(text, newline="\n" if only_lf else None).readlines()


def encoded(lines: list[str]) -> bytes:
    """Return the bytes of lines: `decoded` reversed, except for line ends."""
    return "".join(lines).encode("utf-8", "surrogateescape")
