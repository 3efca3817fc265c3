"""NPZ archives: member headers first, the numbers when they are asked for.

What is stored as it is lies in the archive as in an NPY file and is read by position, once its
checksum was compared. What is packed is unpacked: a little in memory, more into a temporary file.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections import Counter
from functools import partial
from threading import Lock
from typing import IO, TYPE_CHECKING

from losscli.errors import DataError, UsageError, short_name, show
from losscli.readers.binary.npy import BinarySource, NpySource, check_size
from losscli.readers.binary.npy_header import LONGEST_HEADER, Header, parse_header
from losscli.readers.class_names import name_list
from losscli.readers.document import Document
from losscli.readers.file import File, spool

if TYPE_CHECKING:
    from losscli.readers.class_names import ClassNames
    from losscli.readers.document import ReadOptions

# Deflate packs no better than 1032 to 1: a larger claim is a lie, whatever its header says.
_BEST_RATIO = 1032
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, RuntimeError)
_ENCRYPTED = 1
IN_MEMORY = 1 << 24
"""Bytes of a packed array that are unpacked in memory."""
_PIECE = 1 << 20
_LOCAL_HEADER = struct.Struct("<26x2H")
"""What stands before a member: the lengths of its name and of its extra field come last."""


class NpzArchive(Document):
    """The arrays of an archive by name."""

    kind = "an archive"

    def __init__(self, file: File, options: ReadOptions) -> None:  # noqa: ARG002
        self.label = file.label
        self._file = file
        try:
            self._archive = zipfile.ZipFile(file.stream())
        except _DAMAGE:
            raise DataError(
                f"{file.label}: the ZIP archive is damaged or truncated; copy or save it again"
            ) from None
        members = self._archive.infolist()
        self._members = {m.filename[:-4]: m for m in members if m.filename.endswith(".npy")}
        names = [member.filename for member in members]
        name, count = Counter(names).most_common(1)[0] if names else ("", 0)
        if count > 1:
            raise DataError(f"{self.label}: {show(name)} is in the archive twice; save it again")
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
        self.keys = self.arrays = tuple(self._members)

    def source(self, selector: str | None, classes: ClassNames | None) -> BinarySource:  # noqa: ARG002
        """Open one array; DataError where its size is not what its header promises."""
        member = self._members.get(selector or "")
        if selector is None or member is None:
            raise UsageError(
                f"{self.label}: no array {show(selector)}; "
                f"the archive holds {name_list(self.arrays)}"
            )
        label = f"{self.label}::{short_name(selector)}"
        if member.file_size > max(member.compress_size, 1) * _BEST_RATIO:
            raise DataError(
                f"{label}: {member.file_size} bytes is a size that the archive cannot hold; "
                "save it again"
            )
        with _open(self._archive, member, label) as stream:
            try:
                start = stream.read(LONGEST_HEADER + 12)
            except _DAMAGE:
                raise _damaged(label) from None
        header = parse_header(start, label)
        check_size(header, member.file_size, label)
        if member.compress_type != zipfile.ZIP_STORED and member.file_size <= IN_MEMORY:
            return PackedSource(label, header, self._archive, member)
        return NpySource(_Member(label, self._file, self._archive, member), header)


class PackedSource(BinarySource):
    """A small array that is unpacked in memory."""

    def __init__(
        self, label: str, header: Header, archive: zipfile.ZipFile, member: zipfile.ZipInfo
    ) -> None:
        super().__init__(label, header)
        self._archive = archive
        self._member = member

    def _fill(self, buffer: memoryview) -> None:
        with _open(self._archive, self._member, self.label) as stream:
            try:
                stream.read(self._header.offset)
                done = 0
                while done < len(buffer):
                    count = stream.readinto(buffer[done:])  # type: ignore[attr-defined]
                    if not count:
                        raise EOFError
                    done += count
                # The checksum is compared only when the end is reached.
                stream.read(1)
            except _DAMAGE:
                raise _damaged(self.label) from None


class _Member:
    """The bytes of a member by position; at the first use all of them are read and checked."""

    def __init__(
        self, label: str, file: File, archive: zipfile.ZipFile, member: zipfile.ZipInfo
    ) -> None:
        self.label = label
        self._file = file
        self._archive = archive
        self._member = member
        self._lock = Lock()
        self._found: tuple[File, int] | None = None

    def read_at(self, offset: int, buffer: memoryview) -> None:
        """Fill a buffer of bytes from a position; DataError where the data are damaged."""
        with self._lock:
            if self._found is None:
                self._found = self._checked()
        file, start = self._found
        file.read_at(start + offset, buffer)

    def _checked(self) -> tuple[File, int]:
        """Return the file that holds the bytes, and where in it they start."""
        member = self._member
        with _open(self._archive, member, self.label) as stream:
            try:
                if member.compress_type != zipfile.ZIP_STORED:
                    return self._whole(spool(self.label, stream)), 0
                size = sum(map(len, iter(partial(stream.read, _PIECE), b"")))
            except _DAMAGE:
                raise _damaged(self.label) from None
        if size != member.file_size:
            raise _damaged(self.label)
        return self._file, self._start()

    def _whole(self, copy: File) -> File:
        if copy.size != self._member.file_size:
            raise _damaged(self.label)
        return copy

    def _start(self) -> int:
        """Return where a stored member's bytes start, behind a header of its own in the archive."""
        header = bytearray(_LOCAL_HEADER.size)
        self._file.read_at(self._member.header_offset, memoryview(header))
        name, extra = _LOCAL_HEADER.unpack(header)
        return int(self._member.header_offset + len(header) + name + extra)


def _open(archive: zipfile.ZipFile, member: zipfile.ZipInfo, label: str) -> IO[bytes]:
    """Open a member for reading; DataError that says why it cannot be."""
    if member.flag_bits & _ENCRYPTED:
        raise DataError(f"{label}: encrypted with a password; save it without one")
    try:
        return archive.open(member)
    except NotImplementedError:
        raise DataError(f"{label}: unknown compression; use numpy.savez_compressed") from None
    except _DAMAGE:
        raise _damaged(label) from None


def _damaged(label: str) -> DataError:
    return DataError(f"{label}: damaged or corrupt data in the archive; copy or save it again")
