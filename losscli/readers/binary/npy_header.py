"""The header of an NPY file, which is untrusted: every claim is checked before it is used."""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from losscli.errors import DataError, show
from losscli.readers.source import Array

LONGEST_HEADER = 10_000
_MOST_AXES = 32
_KEYS = {"descr", "fortran_order", "shape"}
_NUMERIC = re.compile(r"[<>=|]?(?:b1|[iu][1248]|f(?:2|4|8|12|16))")
_KINDS = {
    "O": "Python objects (pickle), which are never loaded; are the rows ragged?",
    "c": "complex numbers;",
    "S": "strings (bytes);",
    "a": "strings (bytes);",
    "U": "strings;",
    "M": "dates (datetime64);",
    "m": "durations (timedelta64);",
    "V": "structured or void entries;",
}


@dataclass(frozen=True)
class Header:
    """The array that an NPY header describes, and where its bytes begin."""

    shape: tuple[int, ...]
    fortran: bool
    stored: np.dtype[Any]
    """The dtype of the bytes."""
    dtype: np.dtype[Any]
    """The dtype of the array when read: native byte order, at most float64, bfloat16 as float32."""
    offset: int

    @property
    def size(self) -> int:
        """How many bytes the array takes in the file."""
        return math.prod(self.shape) * self.stored.itemsize

    @property
    def is_bfloat16(self) -> bool:
        """Whether entries are bfloat16, which ml_dtypes saves as two bytes without a type."""
        return self.stored.kind == "V"


def parse_header(start: bytes, label: str) -> Header:
    """Read a header from the first bytes of an NPY file; DataError where it is not valid."""
    if not start.startswith(b"\x93NUMPY"):
        raise DataError(
            f"{label}: not an NPY array (its first bytes are wrong); save it with numpy.save"
        )
    version = tuple(start[6:8])
    if version not in ((1, 0), (2, 0), (3, 0)) and len(start) >= 8:
        raise _damaged(label, f"version {version[0]}.{version[1]} is unknown")
    width = 2 if version == (1, 0) else 4
    length = int.from_bytes(start[8 : 8 + width], "little")
    offset = 8 + width + length
    if length > LONGEST_HEADER and len(start) > LONGEST_HEADER:
        raise _damaged(label, f"{length} bytes are too many")
    if len(start) < offset:
        raise _damaged(label, "truncated")
    fields = _fields(start[8 + width : offset], "utf-8" if version == (3, 0) else "latin-1", label)
    shape, fortran = fields["shape"], fields["fortran_order"]
    if not isinstance(shape, tuple) or not all(type(n) is int for n in shape):
        raise _damaged(label, f"the shape {show(shape)} is not a tuple of integers")
    if min(shape, default=0) < 0:
        raise _damaged(label, f"the shape {show(shape)} is negative")
    if len(shape) > _MOST_AXES or math.prod(filter(None, shape)) >= 2**56:
        raise _damaged(label, f"the shape {show(shape)} is too large")
    if type(fortran) is not bool:
        raise _damaged(label, "fortran_order is not a bool")
    stored = _stored(fields["descr"], label)
    native = np.dtype(np.float32) if stored.kind == "V" else stored.newbyteorder("=")
    dtype = np.dtype(np.float64) if native.itemsize > 8 else native
    return Header(shape, fortran, stored, dtype, offset)


def _damaged(label: str, why: str) -> DataError:
    return DataError(f"{label}: the NPY header is damaged: {why}; copy or save the array again")


def _fields(text: bytes, encoding: str, label: str) -> dict[str, Any]:
    """Return the dictionary of a header; only literals are accepted, nothing is evaluated."""
    try:
        fields = ast.literal_eval(text.decode(encoding).strip())
    except UnicodeDecodeError:
        raise _damaged(label, "not UTF-8") from None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise _damaged(label, "not a dictionary of literals") from None
    if not isinstance(fields, dict) or fields.keys() != _KEYS:
        raise _damaged(label, "expected the keys descr, fortran_order and shape, and no others")
    return fields


def _stored(descr: object, label: str) -> np.dtype[Any]:
    """Return the dtype of the bytes; DataError if they do not hold numbers."""
    if not isinstance(descr, str):
        raise DataError(
            f"{label}: the dtype has fields (a structured array); save an array of plain numbers"
        )
    if descr == "|V2":
        return np.dtype("V2")
    if _NUMERIC.fullmatch(descr):
        try:
            return np.dtype(descr)
        except TypeError:
            raise DataError(
                f"{label}: dtype {show(descr)} is unknown on this machine; save it as float64"
            ) from None
    kind = _KINDS.get(descr.lstrip("<>=|")[:1])
    if kind:
        raise DataError(f"{label}: dtype {show(descr)} means {kind} save an array of numbers")
    raise DataError(f"{label}: dtype {show(descr)} is unknown; save the array as float64")


def decode(raw: Array, header: Header, label: str) -> Array:
    """Turn stored entries into numbers of the header's dtype."""
    if header.is_bfloat16:
        # bfloat16 is the upper half of a float32.
        upper = raw.view("<u2").astype(np.uint32)
        return np.left_shift(upper, 16, out=upper).view(np.float32)
    if header.dtype.kind == "b":
        return np.not_equal(raw.view(np.uint8), 0)
    if header.stored.itemsize <= 8:
        return raw.astype(header.dtype, copy=False)
    with np.errstate(all="ignore"):
        array = raw.astype(np.float64)
    if np.any(np.isinf(array) & np.isfinite(raw)):
        raise DataError(f"{label}: a number of dtype {header.stored} overflows float64; rescale it")
    return array
