"""The header of an NPY file, which is untrusted: every claim is checked before it is used."""

from __future__ import annotations

import ast
import re
from typing import Any

import numpy as np

from losscli.errors import DataError, show
from losscli.readers.binary.encodings import BFLOAT16, SHORT_FLOATS, Encoding, short_float
from losscli.readers.binary.stored import StoredArray, dense_strides, shape_problem

_LONGEST_HEADER = 10_000
LONGEST_START = _LONGEST_HEADER + 12
"""Bytes before the numbers."""
_KEYS = {"descr", "fortran_order", "shape"}
_NUMERIC = re.compile(r"[<>=|]?(?:b1|[iu][1248]|f(?:2|4|8|12|16))")
_UNNAMED = {"V2": BFLOAT16, "f1": "float8_e5m2"}
"""What ml_dtypes writes for numbers that NumPy lacks, where only one kind has that name."""
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


def parse_header(start: bytes, label: str) -> StoredArray:
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
    if length > _LONGEST_HEADER and len(start) > _LONGEST_HEADER:
        raise _damaged(label, f"{length} bytes are too many")
    if len(start) < offset:
        raise _damaged(label, "truncated")
    fields = _fields(start[8 + width : offset], "utf-8" if version == (3, 0) else "latin-1", label)
    shape, fortran = fields["shape"], fields["fortran_order"]
    if problem := shape_problem(shape):
        raise _damaged(label, problem)
    if type(fortran) is not bool:
        raise _damaged(label, "fortran_order is not a bool")
    strides = dense_strides(shape, fortran=fortran)
    return StoredArray(shape, strides, encoding_of(fields["descr"], label), offset)


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


def encoding_of(descr: object, label: str) -> Encoding:
    """Return how entries are stored by NumPy's name; DataError if they are not numbers."""
    if not isinstance(descr, str):
        raise DataError(
            f"{label}: the dtype has fields (a structured array); save an array of plain numbers"
        )
    order, name = (descr[0], descr[1:]) if descr[:1] in tuple("<>=|") else ("<", descr)
    if name in SHORT_FLOATS or name in _UNNAMED:
        return short_float(_UNNAMED.get(name, name), order.replace("|", "<"))
    if _NUMERIC.fullmatch(descr):
        try:
            return Encoding(np.dtype(descr))
        except TypeError:
            raise DataError(
                f"{label}: dtype {show(descr)} is unknown on this machine; save it as float64"
            ) from None
    kind = "8-bit numbers of an unknown kind (float8_e4m3fn, int4, ...?);" if name == "V1" else ""
    kind = kind or _KINDS.get(name[:1], "")
    if kind:
        raise DataError(f"{label}: dtype {show(descr)} means {kind} save an array of numbers")
    raise DataError(f"{label}: dtype {show(descr)} is unknown; save the array as float64")
