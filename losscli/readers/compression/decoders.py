"""Decoders with one interface; none returns much more at once than it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Protocol

_MEMORY = 1 << 28
"""Bytes that a decoder of xz may take: four times the need of `xz -9`."""
_PIECE = 1 << 18
"""Bytes that are asked of a decoder at once."""
_ZSTD_FEED = 1 << 11
"""Bytes of zstd data that are decoded at once: they become 64 MB at most."""


class UndecodableError(Exception):
    """Data that a decoder refuses: damaged, or in need of too much memory."""


class Decoder(Protocol):
    """Decompresses one member of a file, piece by piece."""

    eof: bool
    """Whether the end of the member has been reached; its checksum was right."""
    unused_data: bytes
    """What follows the end of the member."""
    needs_input: bool
    """Whether more can be decompressed only after more bytes are given."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Decompress more bytes; those that are not used up are kept for the next call."""
        ...


def decode(decoder: Decoder, data: bytes, read: Callable[[], bytes]) -> Iterator[bytes]:
    """Yield what a decoder makes of data, and of more that is read, up to its end or theirs."""
    while not decoder.eof:
        try:
            piece = decoder.decompress(data, _PIECE)
        except MemoryError:
            raise
        except Exception as error:  # Each module has errors of its own.
            raise UndecodableError(str(error)) from None
        if piece:
            yield piece
        data = b""
        if decoder.needs_input and not decoder.eof:
            data = read()
            if not data:
                return


def new_decoder(name: str) -> Decoder:
    """Return a decoder for one member; ImportError names the module that is missing."""
    decoder: Decoder
    if name == "bzip2":
        decoder = import_module("bz2").BZ2Decompressor()
    elif name == "xz":
        lzma = import_module("lzma")
        decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)
    elif name == "zstd":
        decoder = _new_zstd()
    elif name == "deflate":
        decoder = _Inflater(-15)
    else:
        # 15 for the largest window, 16 for the header and the checksum of gzip.
        decoder = _Inflater(15 + 16)
    return decoder


def new_lzma_decoder(properties: bytes) -> Decoder:
    """Return a decoder for the LZMA data of a ZIP archive, which come after their properties."""
    lzma = import_module("lzma")
    if len(properties) != 5:
        raise UndecodableError("the properties are incomplete")
    first = properties[0]
    how = {"lc": first % 9, "lp": first // 9 % 5, "pb": first // 45}
    window = min(int.from_bytes(properties[1:], "little"), _MEMORY)
    try:
        decoder: Decoder = lzma.LZMADecompressor(
            lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": window, **how}]
        )
    except (lzma.LZMAError, ValueError) as error:
        raise UndecodableError(str(error)) from None
    return decoder


class _Inflater:
    """Inflates gzip data or, with a negative window, data without a header."""

    unused_data = b""

    def __init__(self, window: int) -> None:
        self._inflater = import_module("zlib").decompressobj(window)
        self.eof = False
        self.needs_input = True

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Inflate more bytes."""
        inflater = self._inflater
        found: bytes = inflater.decompress(inflater.unconsumed_tail + data, max_length)
        self.eof = inflater.eof
        self.unused_data = inflater.unused_data
        self.needs_input = not inflater.unconsumed_tail and len(found) < max_length
        return found


def _new_zstd() -> Decoder:
    try:
        module = import_module("compression.zstd")  # Since Python 3.14.
    except ImportError:
        return _Zstandard()
    decoder: Decoder = module.ZstdDecompressor()
    return decoder


class _Zstandard:
    """Decodes with the package zstandard, which has no limit on what is returned at once."""

    def __init__(self) -> None:
        self._decoder: Any = import_module("zstandard").ZstdDecompressor().decompressobj()
        self._waiting = b""
        self._at = 0
        self.eof = False
        self.unused_data = b""
        self.needs_input = True

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Decode more bytes."""
        if data:
            self._waiting, self._at = self._waiting[self._at :] + data, 0
        found = []
        size = 0
        while size < max_length and self._at < len(self._waiting) and not self.eof:
            piece = self._decoder.decompress(self._waiting[self._at : self._at + _ZSTD_FEED])
            self._at += _ZSTD_FEED
            found.append(piece)
            size += len(piece)
            self.eof = self._decoder.eof
        self.needs_input = self._at >= len(self._waiting)
        if self.eof:
            self.unused_data = self._decoder.unused_data + self._waiting[self._at :]
        return b"".join(found)
