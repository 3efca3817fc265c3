"""Lines of JSON that differ from one another in their numbers and texts alone.

What is the same in all lines becomes a delimiter, and what is left is a table of plain decimals:
that takes half as long as parsing JSON.
"""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import numpy as np

from losscli.readers.nested.page import parsed
from losscli.readers.numerals import EXACT
from losscli.readers.source import Array
from losscli.readers.tables.plain import read_plain

_TOKEN = re.compile(rb'"(?P<string>[^"]*)"(?P<colon>[ \t]*:)?|(?P<number>-?[0-9][-+.0-9eE]*)')
_IN_NUMBERS = b"0123456789+-.eE"
_AROUND = b"[]{}:, \t\r\n"
_CONTROLS = bytes(range(32))
_MARKS = _CONTROLS.translate(None, b"\0\t\n\r")
"""Bytes that JSON does not contain: each stands for one of the texts between numbers."""
_LONGEST = 1 << 20
"""Bytes of a line."""
_PIECE = 1 << 16
"""Bytes that are read at once: what is made of them stays in the cache."""
_USUAL = b", "
"""The usual text between numbers is its own mark."""
_MINUS, _ZERO = np.frombuffer(b"-0", np.uint8)
_KINDS = [_MARKS, b" ", b",", b"-", b".", b"0123456789", b"eE", b"+"]
_FOLLOWERS = [b"-0", b"-0", b" ", b"0", b"0", _MARKS[:1] + b",.0e", b"-+0", b"0"]
"""What may follow these kinds of bytes where numbers are as JSON writes them."""
_BEGIN, _DIGIT = np.uint8(1 | 1 << 1), np.uint8(1 << 5)
"""The bits of marks and spaces, which come before a number, and of digits."""


class LineForm:
    """What all lines have in common, as the first line shows it."""

    def __init__(self, line: bytes) -> None:
        """Find the form of a line of JSON; ValueError if this does not read such lines."""
        tokens = list(_TOKEN.finditer(line)) if len(line) <= _LONGEST else []
        if b"\\" in line or _TOKEN.sub(b"", line).translate(None, _AROUND):
            # Escapes, or words such as null and NaN.
            raise ValueError
        strings = [token for token in tokens if not token["number"]]
        self._keys = [token["string"] if token["colon"] else None for token in strings]
        """The strings of a line; None for one that is not a key and may differ."""
        self._has_texts = None in self._keys
        self._break = line[len(line.rstrip()) :] or b"\n"
        self._controls = _controls(line.rstrip() + self._break)
        between, text, end = [], b"", 0
        for token in tokens:
            text += line[end : token.start()]
            end = token.end()
            if token["number"]:
                between.append(text)
                text = b""
            else:
                text += b'"' + (token["colon"] or b"") if self._has_texts else token[0]
        self._end = text + line[end:].rstrip() + self._break
        self.width = len(between)
        if not between:
            raise ValueError
        between[0] = self._end + between[0]
        different = sorted(set(between), key=len, reverse=True)
        if len(different) > len(_MARKS):
            raise ValueError
        self._marks = {text: _MARKS[at : at + 1] for at, text in enumerate(different)}
        if _USUAL in self._marks:
            self._marks[_USUAL] = _USUAL
        self._pattern = b"".join(map(self._marks.__getitem__, between))
        # The first mark of a line is that of the line break.
        delimiters = bytearray(b"," * len(_MARKS))
        delimiters[_MARKS.index(self._pattern[:1])] = ord("\n")
        self._delimiters = bytes.maketrans(_MARKS, delimiters)
        ordinals = count()

        def bare(token: re.Match[bytes]) -> bytes:
            if token["number"]:
                return b"%d" % next(ordinals)
            return token[0] if token["colon"] else b"null"

        self.ordinals: Any = parsed(_TOKEN.sub(bare, line).decode())
        """The value of a line with the ordinal of each number in its place, and without texts."""

    def read(self, data: bytes, rows: int) -> Array | None:
        """Return the numbers of lines, without the last line break, as shape (rows, width).

        None unless these are so many lines of this form, and most of the numbers plain decimals.
        """
        data += self._break
        tables, start = [], 0
        while start < len(data):
            end = data.find(b"\n", start + _PIECE) + 1 or len(data)
            table = self._read(data[start:end])
            if table is None:
                return None
            tables.append(table)
            start = end
        table = np.concatenate(tables)
        return table if len(table) == rows and np.abs(table).max() < EXACT else None

    def _read(self, data: bytes) -> Array | None:
        """Return the numbers of lines, each with its line break."""
        rows = data.count(b"\n")
        outline = self._outline(data, rows) if self._has_texts else data
        if outline is None or not outline.endswith(self._end):
            return None
        text = self._end + outline[: -len(self._end)]
        for between, mark in self._marks.items():
            if mark != between:
                if mark in text:
                    return None
                text = text.replace(between, mark)
        if text.translate(None, _IN_NUMBERS) != self._pattern * rows or not _is_strict(text):
            return None
        return read_plain(text[1:].translate(self._delimiters, b" "), ",", self.width)

    def _outline(self, data: bytes, rows: int) -> bytes | None:
        """Return lines with one quote in place of each string; None if their strings differ."""
        parts = data.split(b'"')
        step = 2 * len(self._keys)
        if len(parts) != rows * step + 1 or b"\\" in data:
            return None
        for at, key in enumerate(self._keys):
            if key is not None and set(parts[2 * at + 1 :: step]) != {key}:
                return None
        # The outline will be found to have all that there are: no string contains one.
        if _controls(data) != rows * self._controls:
            return None
        try:
            data.decode()
        except UnicodeDecodeError:
            return None
        return b'"'.join(parts[::2])


def _controls(data: bytes) -> int:
    """Return how many control characters there are."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) < len(_CONTROLS)))


def _bits() -> tuple[bytes, bytes]:
    """Return the bit of each byte's kind, and the bits of the kinds that may follow it."""
    own, followers = bytearray(256), bytearray(256)
    for bit, (kind, after) in enumerate(zip(_KINDS, _FOLLOWERS, strict=True)):
        for code in kind:
            own[code] = 1 << bit
            followers[code] = sum(1 << at for at, other in enumerate(_KINDS) if other[0] in after)
    return bytes(own), bytes(followers)


_OWN, _AFTER = _bits()


def _is_strict(text: bytes) -> bool:
    """Tell whether the numbers between marks are as JSON writes them: no .5, 1., 01 or +1."""
    text += _MARKS[:1] + b"1"
    codes, own, after = (
        np.frombuffer(one, np.uint8) for one in (text, text.translate(_OWN), text.translate(_AFTER))
    )
    if not (after[:-1] & own[1:]).all():
        return False
    leading = (codes[2:-1] == _ZERO) & (own[3:] == _DIGIT)
    begins = own[:-2] & _BEGIN != 0
    return not (leading & (begins[1:] | begins[:-1] & (codes[1:-2] == _MINUS))).any()
