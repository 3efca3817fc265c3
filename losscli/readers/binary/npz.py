"""NPZ archives: the headers of the arrays are read first, the numbers when they are needed.

An array that is stored uncompressed is read by position like an NPY file, after its checksum has
been compared. A compressed one is decompressed: a small one in memory, others to a temporary file.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections import Counter
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import IO

from losscli.errors import DataError, UsageError, short_name, show
from losscli.readers.binary.npy import npy_source
from losscli.readers.binary.npy_header import LONGEST_START
from losscli.readers.binary.stored import ReadAt, StoredSource, reader_of
from losscli.readers.class_names import ClassNames, name_list
from losscli.readers.document import Document, ReadOptions
from losscli.readers.file import File
from losscli.readers.spooled import spool

# Deflate reaches 1032 to 1 at best: whatever claims more is damaged or hostile.
_BEST_RATIO = 1032
_DAMAGE: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    OSError,
    RuntimeError,
)
with suppress(ImportError):  # Python can be built without it.
    from lzma import LZMAError

    _DAMAGE += (LZMAError,)
_ENCRYPTED = 1
IN_MEMORY = 1 << 24
"""Bytes of the largest array that is decompressed in memory."""
_PIECE = 1 << 20
_LOCAL_HEADER = struct.Struct("<26x2H")
"""The header before a member, which ends with the lengths of its name and extra field."""


class NpzArchive(Document):
    """The arrays of an archive by name."""

    kind = "an archive"

    def __init__(self, file: File, _: ReadOptions) -> None:
        self.label = file.label
        self._file = file
        try:
            self._archive = zipfile.ZipFile(file.stream())
        except _DAMAGE:
            raise DataError(
                f"{self.label}: the ZIP archive is damaged or truncated; copy or save it again"
            ) from None
        members = self._archive.infolist()
        self._members = {m.filename[:-4]: m for m in members if m.filename.endswith(".npy")}
        self.keys = self.arrays = tuple(self._members)
        names = [member.filename for member in members]
        name, count = Counter(names).most_common(1)[0] if names else ("", 0)
        if count > 1:
            raise DataError(f"{self.label}: {show(name)} appears twice; save the archive again")
        if not self._members:
            other = f": {show(names[0])} is not an array" if names else ""
            raise DataError(
                f"{self.label}: the archive holds no array{other}; save it with numpy.savez"
            )
        if {"format", "shape", "data"} <= self._members.keys():
            raise DataError(
                f"{self.label}: this is a SciPy sparse matrix; save the dense array, e.g. "
                "numpy.savez(FILE, input=matrix.toarray())"
            )

    def source(self, selector: str | None, classes: ClassNames | None) -> StoredSource:  # noqa: ARG002
        """Open one array; DataError where its size is not what its header promises."""
        member = self._members.get(selector or "")
        if selector is None or member is None:
            raise UsageError(
                f"{self.label}: no array {show(selector)}; choose one of {name_list(self.arrays)}"
            )
        array = _Member(f"{self.label}::{short_name(selector)}", self._file, self._archive, member)
        return npy_source(array.label, array.head(), member.file_size, array.read_at)


class _Member:
    """The bytes of a member by position; all of them are read and checked at the first use."""

    def __init__(
        self, label: str, file: File, archive: zipfile.ZipFile, member: zipfile.ZipInfo
    ) -> None:
        self.label = label
        self._file = file
        self._archive = archive
        self._member = member
        self._lock = Lock()
        self._checked: tuple[ReadAt, int] | None = None
        if member.file_size > max(member.compress_size, 1) * _BEST_RATIO:
            raise DataError(
                f"{label}: the archive cannot hold the {member.file_size} bytes that it claims; "
                "save it again"
            )

    def head(self) -> bytes:
        """Return enough of the first bytes for any NPY header."""
        with self._open() as stream:
            try:
                return stream.read(LONGEST_START)
            except _DAMAGE:
                raise self._damaged() from None

    def read_at(self, offset: int, buffer: memoryview) -> None:
        """Fill a buffer with the bytes at a position; DataError where the data are damaged."""
        with self._lock:
            if self._checked is None:
                self._checked = self._check()
        read_at, start = self._checked
        read_at(start + offset, buffer)

    def _check(self) -> tuple[ReadAt, int]:
        """Compare the checksum; return a reader of the bytes, and where they begin in it."""
        size, start = self._member.file_size, 0
        read_at: ReadAt
        with self._open() as stream:
            try:
                if self._member.compress_type == zipfile.ZIP_STORED:
                    found = sum(map(len, iter(partial(stream.read, _PIECE), b"")))
                    read_at, start = self._file.read_at, self._start()
                elif size <= IN_MEMORY:
                    # Without a size, this asks for as much as the archive claims to hold.
                    whole = stream.read(size)
                    found, read_at = len(whole), reader_of(whole)
                else:
                    copy = spool(self.label, stream)
                    found, read_at = copy.size, copy.read_at
            except _DAMAGE:
                raise self._damaged() from None
        if found != size:
            raise self._damaged()
        return read_at, start

    def _start(self) -> int:
        """Return where the bytes of an uncompressed member begin, after its local header."""
        header = bytearray(_LOCAL_HEADER.size)
        self._file.read_at(self._member.header_offset, memoryview(header))
        name, extra = _LOCAL_HEADER.unpack(header)
        return int(self._member.header_offset + len(header) + name + extra)

    def _open(self) -> IO[bytes]:
        """Open the member for reading; DataError where this is impossible."""
        if self._member.flag_bits & _ENCRYPTED:
            raise DataError(f"{self.label}: encrypted with a password; save it without one")
        try:
            return self._archive.open(self._member)
        except NotImplementedError:
            raise DataError(
                f"{self.label}: unknown compression; use numpy.savez_compressed"
            ) from None
        except _DAMAGE:
            raise self._damaged() from None

    def _damaged(self) -> DataError:
        return DataError(f"{self.label}: the data are damaged (corrupt); copy or save them again")
