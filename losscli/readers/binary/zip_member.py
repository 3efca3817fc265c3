"""A member of a ZIP archive as a file of its own, which is compared with its checksum first.

The archive is untrusted: what its directory claims is checked before memory is taken, and no member
is decompressed beyond its claim.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile, ZipInfo

from losscli.errors import DataError
from losscli.readers.compression.decoders import (
    Decoder,
    UndecodableError,
    decode,
    new_decoder,
    new_lzma_decoder,
)
from losscli.readers.file import File
from losscli.readers.spooled import Spooled

_LOCAL_HEADER = struct.Struct("<4s22x2H")
"""What comes before a member: a signature and, at its end, the lengths of name and extra field."""
_SIGNATURE = b"PK\x03\x04"
ENCRYPTED = 1
"""The flag of an encrypted member."""
_FEED = 1 << 16


class _Method(NamedTuple):
    """How a member is compressed."""

    name: str
    best_ratio: int
    """What claims to become more than this many times its size is damaged or hostile."""


_STORED, _LZMA = 0, 14
_METHODS = {
    _STORED: _Method("", 1),
    8: _Method("deflate", 1032),
    12: _Method("bzip2", 1 << 21),
    _LZMA: _Method("lzma", 1 << 13),
    93: _Method("zstd", 1 << 16),
}


def open_archive(file: File) -> ZipFile:
    """Open a ZIP archive; DataError where its directory is damaged."""
    try:
        return ZipFile(file.stream())
    except (BadZipFile, NotImplementedError, EOFError, ValueError, OSError):
        raise DataError(
            f"{file.label}: the ZIP archive is damaged or truncated; copy or save it again"
        ) from None


def offsets_of(archive: ZipFile) -> list[int]:
    """Return where the members of an archive begin, and its directory, in order."""
    return sorted([member.header_offset for member in archive.infolist()] + [archive.start_dir])


def open_member(file: File, member: ZipInfo, offsets: list[int], label: str) -> File:
    """Return the bytes of a member; DataError where it cannot be read."""
    method = _METHODS.get(member.compress_type)
    if member.flag_bits & ENCRYPTED:
        raise DataError(f"{label}: encrypted with a password; save it without one")
    if method is None:
        raise DataError(
            f"{label}: unknown compression (method {member.compress_type}); "
            "save it with numpy.savez_compressed"
        )
    if member.file_size > member.compress_size * method.best_ratio:
        raise DataError(
            f"{label}: the archive cannot hold the {member.file_size} bytes that it claims; "
            "save it again"
        )
    start = _start(file, member, label)
    after = offsets[bisect_left(offsets, member.header_offset) + 1 :][:1]
    if not after or start + member.compress_size > after[0]:
        raise DataError(f"{label}: its bytes overlap other parts of the archive; save it again")
    if member.compress_type == _STORED:
        return _StoredMember(file, member, start, label)
    return Spooled(label, _contents(file, member, start, label), stored=member.compress_size)


class _StoredMember(File):
    """A member that is not compressed; its size is certain once its checksum is."""

    lazy = True

    def __init__(self, file: File, member: ZipInfo, start: int, label: str) -> None:
        self.label = label
        self._file = file
        self._member = member
        self._start = start

    @property
    def size(self) -> int:
        """How many bytes there are; DataError where they do not have their checksum."""
        for _ in _contents(self._file, self._member, self._start, self.label):
            pass
        return self._member.file_size

    def extent(self, limit: int) -> int:
        """Return the size, or the limit if the member is larger."""
        return limit if limit <= self._member.file_size else self.size

    def read_some(self, offset: int, buffer: memoryview) -> int:
        """Read up to a bufferful of bytes at a position; 0 at the end."""
        left = max(self._member.file_size - offset, 0)
        return self._file.read_some(self._start + offset, buffer[:left])


def _start(file: File, member: ZipInfo, label: str) -> int:
    """Return where the bytes of a member begin, after its local header."""
    header = bytearray(_LOCAL_HEADER.size)
    end = member.header_offset + len(header)
    if member.header_offset < 0 or file.extent(end) < end:
        raise _damaged(label)
    file.read_at(member.header_offset, memoryview(header))
    signature, name, extra = _LOCAL_HEADER.unpack(header)
    if signature != _SIGNATURE:
        raise _damaged(label)
    return int(end + name + extra)


def _contents(file: File, member: ZipInfo, start: int, label: str) -> Iterator[bytes]:
    """Yield the bytes of a member; DataError, at the end, where they do not have its checksum."""
    at, stop = start, start + member.compress_size

    def read() -> bytes:
        nonlocal at
        data = bytearray(min(_FEED, stop - at))
        file.read_at(at, memoryview(data))
        at += len(data)
        return bytes(data)

    size = checksum = 0
    try:
        for piece in _pieces(member, read, label):
            size += len(piece)
            if size > member.file_size:
                raise _damaged(label)
            checksum = zlib.crc32(piece, checksum)
            yield piece
    except UndecodableError:
        raise _damaged(label) from None
    if size < member.file_size or checksum != member.CRC:
        raise _damaged(label)


def _pieces(member: ZipInfo, read: Callable[[], bytes], label: str) -> Iterator[bytes]:
    if member.compress_type == _STORED:
        return iter(read, b"")
    name = _METHODS[member.compress_type].name
    data = read()
    decoder: Decoder
    try:
        if member.compress_type == _LZMA:
            # A version, then the size of the properties.
            after = 4 + int.from_bytes(data[2:4], "little")
            decoder, data = new_lzma_decoder(data[4:after]), data[after:]
        else:
            decoder = new_decoder(name)
    except ImportError as error:
        fix = "run pip install 'losscli[zst]'" if name == "zstd" else "use numpy.savez"
        raise DataError(f"{label}: compressed by {name}, which needs {error.name}; {fix}") from None
    return decode(decoder, data, read)


def _damaged(label: str) -> DataError:
    return DataError(f"{label}: the data are damaged (corrupt); copy or save them again")
