"""The bytes of a pickle: read in order through a buffer, while long ones stay in the file."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import Any

from losscli.errors import DataError, short_name
from losscli.readers.file import File

FREE = 100_000
"""How many numbers a list may have in a file of any size: equal rows are written once."""
_BUFFER = 1 << 16
_LONG = 1 << 14
"""Bytes that are left in the file, if there are more of them."""
_FIXES = {
    "pandas.": "save the table with to_csv, to_parquet, or numpy.save of df.to_numpy()",
    "numpy.ma.": "save array.filled(nan), or its mask and its data",
    "jax": "save numpy.asarray(array) with numpy.save",
    "tensorflow.": "save tensor.numpy() with numpy.save",
    "joblib.": "this is a joblib file; save the array with numpy.save",
    "scipy.": "save matrix.toarray() with numpy.save",
    "torch.storage._load_from_bytes": "save tensors with torch.save, not with pickle",
    "torch.": "save tensors: outputs, or model.state_dict()",
}
"""What to do about a call, by how its name begins."""


@dataclass(frozen=True)
class Stretch:
    """Bytes that stay in the file."""

    offset: int
    size: int


class Pickle:
    """The bytes of one pickle."""

    def __init__(self, file: File, size: int) -> None:
        self.label = file.label
        self.read_at = file.read_at
        self.size = size
        self._file = file
        self._buffered = 0
        self._room = size + FREE
        self._buffer = b""
        self._start = 0
        self._at = 0

    @property
    def position(self) -> int:
        """How many bytes have been read."""
        return self._start + self._at

    def take(self, count: int) -> bytes:
        """Return the next bytes; DataError where the file ends before."""
        end = self._at + count
        if end > len(self._buffer):
            self._fill(count)
            end = count
        taken = self._buffer[self._at : end]
        self._at = end
        return taken

    def neighbors(self, opcode: bytes, layout: Struct) -> list[Any]:
        """Return the numbers of the next opcodes, as long as they are this one."""
        values = []
        end = len(self._buffer) - (len(self._buffer) - self._at) % layout.size
        for found, value in layout.iter_unpack(memoryview(self._buffer)[self._at : end]):
            if found != opcode:
                break
            values.append(value)
        self._at += layout.size * len(values)
        return values

    def _fill(self, count: int) -> None:
        """Make a buffer that begins here and holds at least this many bytes."""
        start = self.position
        if start + count > self.size:
            raise self.damaged("truncated")
        buffer = bytearray(min(max(count, _BUFFER), self.size - start))
        self._buffered += len(buffer)
        self._file.check_whole(self._buffered)
        self.read_at(start, memoryview(buffer))
        self._buffer, self._start, self._at = bytes(buffer), start, 0

    def line(self) -> bytes:
        """Return the next bytes up to a newline."""
        pieces = []
        while True:
            if self._at == len(self._buffer):
                self._fill(1)
            end = self._buffer.find(b"\n", self._at)
            pieces.append(self._buffer[self._at : end if end >= 0 else None])
            self._at = end + 1 if end >= 0 else len(self._buffer)
            if end >= 0:
                return b"".join(pieces)

    def long_bytes(self, count: int) -> bytes | Stretch:
        """Return bytes, or where they are if there are many."""
        if count <= _LONG:
            return self.take(count)
        stretch = Stretch(self.position, count)
        if stretch.offset + count > self.size:
            raise self.damaged("truncated")
        self._buffer, self._start, self._at = b"", stretch.offset + count, 0
        return stretch

    def spend(self, count: int) -> None:
        """Count bytes or values that are made of others; DataError for more than a file holds."""
        self._room -= count
        if self._room < 0:
            raise self.damaged("it repeats itself too often")

    def damaged(self, why: str) -> DataError:
        """Return the error for a pickle that no program writes."""
        return DataError(f"{self.label}: the pickle is damaged: {why}; copy or save it again")

    def call_refused(self, name: str) -> DataError:
        """Return the error for a pickle that wants to call something, or make an object of it."""
        fix = next((fix for start, fix in _FIXES.items() if name.startswith(start)), None)
        return DataError(
            f"{self.label}: would call {short_name(name)}, which is never done; "
            f"{fix or 'save arrays, lists and dicts of them only'}"
        )

    def key(self, key: Any) -> str:
        """Return a key of a mapping as text."""
        if isinstance(key, bytes):
            self.spend(len(key))
            return key.decode("utf-8", "replace")
        if isinstance(key, (str, int, float)) or key is None:
            return str(key)
        if isinstance(key, tuple) and all(isinstance(k, (str, int, float)) for k in key):
            text = [str(part) for part in key]
            self.spend(sum(map(len, text)))
            return ",".join(text)
        raise DataError(
            f"{self.label}: a key of a mapping is not text or a number; save a dict with "
            "text as keys"
        )
