"""Text that waits for the end of a run: a run that fails prints nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

from losscli.errors import no_room

IN_MEMORY = 16 * 1024 * 1024
"""Characters that wait in memory; longer text waits in a temporary file."""
PIECE = 1 << 20


class Spool:
    """Text that is fed piece by piece and read as often as wanted."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._size = 0
        self._file: IO[str] | None = None

    def feed(self, chunks: Iterable[str]) -> None:
        """Add text; DataError where the disk refuses it."""
        for chunk in chunks:
            self._size += len(chunk)
            self._pieces.append(chunk)
            if self._size > IN_MEMORY:
                self._write()

    def _write(self) -> None:
        import tempfile

        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(  # noqa: SIM115
                    "w+", encoding="utf-8", errors="surrogatepass", newline=""
                )
            self._file.writelines(self._pieces)
            self._file.flush()
        except OSError as error:
            raise no_room(error) from None
        self._pieces.clear()

    def __iter__(self) -> Iterator[str]:
        """Yield all of it, from the beginning."""
        if self._file is not None:
            self._file.seek(0)
            while piece := self._file.read(PIECE):
                yield piece
            self._file.seek(0, 2)
        yield from self._pieces

    def close(self) -> None:
        """Give up the temporary file."""
        if self._file is not None:
            self._file.close()
