"""Text that is held back until the end of a run: a run that fails prints nothing."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from contextlib import suppress

from losscli.errors import no_room

IN_MEMORY = 16 * 1024 * 1024
"""Bytes that wait in memory; longer text waits in a temporary file."""
PIECE = 1 << 20


class Spool:
    """Text that is fed piece by piece and read as often as wanted."""

    def __init__(self) -> None:
        import tempfile

        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115
            IN_MEMORY, "w+", encoding="utf-8", errors="surrogatepass", newline=""
        )
        weakref.finalize(self, self._file.close)

    def feed(self, chunks: Iterable[str]) -> None:
        """Add text; DataError where the disk refuses it."""
        for chunk in chunks:
            try:
                self._file.write(chunk)
                self._file.flush()
            except OSError as error:
                with suppress(OSError):
                    self._file.close()
                raise no_room(error) from None

    def __iter__(self) -> Iterator[str]:
        """Yield all of it, from the beginning."""
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            yield piece
        self._file.seek(0, 2)
