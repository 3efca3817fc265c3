"""A remote file: chunks are fetched when they are read, and the latest are kept.

One answer goes on to the end of the file, so that a file that is read in order costs one request.
An answer that is cut is asked for again, from where it stopped.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock

from losscli.readers.file import File
from losscli.readers.remote.store import Answer, InterruptedAnswerError, Store
from losscli.readers.spooled import Spooled

CHUNK = 1 << 20
"""Bytes that are fetched at once."""
_KEPT = 16
"""Chunks that are kept."""
_STREAMS = 4
"""Answers that are read at the same time: roles in one file lie apart."""
_AHEAD = 4
"""Chunks that are rather read through than skipped by a new request."""
TRIES = 3
PAUSE = 0.25
"""Seconds before the second try; four times as many before the third."""
_PROGRESS = 1 << 16
"""Bytes after which the tries are counted anew."""


def open_remote(store: Store) -> File:
    """Return a remote file; one whose server has no ranges, or no size, is spooled."""
    stream = _Stream(store)
    answer = stream.answer()
    if answer.ranged and answer.size is not None:
        return _RemoteFile(stream, answer.size)
    spooled = Spooled(store.label, _pieces(stream))
    spooled.version = stream.version
    return spooled


def _pieces(stream: _Stream) -> Iterator[bytes]:
    while piece := stream.read(CHUNK):
        yield piece


class _Stream:
    """The bytes of a file in order, from any position; DataError where they cannot be had."""

    def __init__(self, store: Store, position: int = 0, version: object = None) -> None:
        self.version = version
        self.position = position
        self._store = store
        self._answer: Answer | None = None
        self._size: int | None = None
        self._failures = 0
        self._since = 0

    def __del__(self) -> None:
        if self._answer is not None:
            self._answer.close()

    def answer(self) -> Answer:
        """Return the current answer, a new one after a failure."""
        while self._answer is None:
            try:
                self._answer = self._ask()
            except InterruptedAnswerError as error:
                self._failed(str(error))
        return self._answer

    def read(self, size: int) -> bytes:
        """Return the next bytes, fewer only at the end of the file."""
        data = bytearray()
        while len(data) < size and self.position != self._size:
            answer = self.answer()
            try:
                piece = answer.read(size - len(data))
                if not piece:
                    if self._size is None:
                        break
                    raise InterruptedAnswerError("the connection was cut")
            except InterruptedAnswerError as error:
                answer.close()
                self._answer = None
                self._failed(str(error))
                continue
            data += piece
            self.position += len(piece)
            self._since += len(piece)
            if self._since >= _PROGRESS:
                self._failures = 0
        return bytes(data)

    def _ask(self) -> Answer:
        answer = self._store.ask(self.position)
        try:
            self._begin(answer)
        except BaseException:
            answer.close()
            raise
        return answer

    def _begin(self, answer: Answer) -> None:
        """Read an answer up to the current position; DataError for one that is not as expected."""
        if self.version is None:
            self.version, self._size = (answer.version, answer.size), answer.size
        elif self.version != (answer.version, answer.size):
            raise self._store.refused(
                "the file was written to while it was read; run again when nothing writes to it"
            )
        self._size = answer.size
        if answer.start > self.position:
            raise self._store.refused(
                "the server sent other bytes than it was asked for; download the file first"
            )
        while answer.start < self.position:
            skipped = answer.read(min(CHUNK, self.position - answer.start))
            if not skipped:
                raise InterruptedAnswerError("the connection was cut")
            answer.start += len(skipped)

    def _failed(self, why: str) -> None:
        """Wait before the next try; DataError if that was the last one."""
        self._failures += 1
        self._since = 0
        if self._failures >= TRIES:
            raise self._store.refused(
                f"{why}, {TRIES} times in a row; check the URL, or try again later"
            )
        time.sleep(PAUSE * 4 ** (self._failures - 1))


class _RemoteFile(File):
    """A file on a server that answers for any position."""

    def __init__(self, stream: _Stream, size: int) -> None:
        self._store = stream._store
        self.label = self._store.label
        self._size = size
        self.version = stream.version
        self._streams = [stream]
        self._chunks: OrderedDict[int, bytes] = OrderedDict()
        self._lock = Lock()

    @property
    def size(self) -> int:
        """How many bytes there were when the file was opened."""
        return self._size

    def read_some(self, offset: int, buffer: memoryview) -> int:
        """Read up to a bufferful at a position; 0 at the end of the file."""
        if offset >= self._size:
            return 0
        number, start = divmod(offset, CHUNK)
        part = memoryview(self._chunk(number))[start : start + len(buffer)]
        buffer[: len(part)] = part
        return len(part)

    def _chunk(self, number: int) -> bytes:
        with self._lock:
            if number not in self._chunks:
                stream = self._stream(number * CHUNK)
                while stream.position <= number * CHUNK:
                    at = stream.position // CHUNK
                    self._chunks[at] = stream.read(CHUNK)
                    self._chunks.move_to_end(at)
            self._chunks.move_to_end(number)
            while len(self._chunks) > _KEPT:
                self._chunks.popitem(last=False)
            return self._chunks[number]

    def _stream(self, start: int) -> _Stream:
        """Return a stream that is at a position or shortly before it."""
        for stream in self._streams:
            if 0 <= start - stream.position <= _AHEAD * CHUNK:
                self._streams.remove(stream)
                break
        else:
            stream = _Stream(self._store, start, self.version)
        self._streams = [*self._streams[1 - _STREAMS :], stream]
        return stream
