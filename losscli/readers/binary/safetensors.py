"""Safetensors files: a JSON header, then the numbers of each tensor.

The header is checked as the format's own library does: no holes, no overlaps, no bytes left over.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np

from losscli.errors import DataError, show
from losscli.readers.binary.encodings import BFLOAT16, Encoding, short_float
from losscli.readers.binary.stored import StoredArray, dense_strides, shape_problem
from losscli.readers.binary.tree import Tree
from losscli.readers.binary.values import Node, Refused, Stored
from losscli.readers.document import ReadOptions
from losscli.readers.file import File

_LONGEST_HEADER = 100_000_000
_LARGEST_OFFSET = 2**63
_NUMPY = {f"{kind}{8 * size}": f"<{kind.lower()}{size}" for kind in "IU" for size in (1, 2, 4, 8)}
_ENCODINGS = {
    **{name: Encoding(np.dtype(code)) for name, code in _NUMPY.items()},
    **{f"F{8 * size}": Encoding(np.dtype(f"<f{size}")) for size in (2, 4, 8)},
    "BOOL": Encoding(np.dtype("?")),
    "BF16": short_float(BFLOAT16),
    "F8_E4M3": short_float("float8_e4m3fn"),
    "F8_E5M2": short_float("float8_e5m2"),
    "F8_E8M0": short_float("float8_e8m0fnu"),
    "F8_E4M3FNUZ": short_float("float8_e4m3fnuz"),
    "F8_E5M2FNUZ": short_float("float8_e5m2fnuz"),
}
_KEYS = {"dtype", "shape", "data_offsets"}


def open_safetensors(file: File, _: ReadOptions) -> Tree:
    """Return the tensors of a file by name; DataError where the header is not valid."""
    start, header = _read_header(file)
    header.pop("__metadata__", None)
    if not header:
        raise DataError(f"{file.label}: the file holds no tensor; save it again")
    tensors: dict[str, Node] = {}
    spans = []
    for name, entry in header.items():
        tensor, first, end = _tensor(name, entry, start, file)
        tensors[name] = tensor
        spans.append((first, end, name))
    _check_layout(sorted(spans), file.size - start, file.label)
    return Tree(file.label, tensors, kind="a safetensors file")


def _read_header(file: File) -> tuple[int, dict[str, Any]]:
    """Return where the numbers begin, and the entries of the header."""
    if file.size < 8:
        raise _damaged(file.label, "truncated")
    size = bytearray(8)
    file.read_at(0, memoryview(size))
    length = int.from_bytes(size, "little")
    if length > _LONGEST_HEADER:
        raise _damaged(file.label, f"its header claims {length} bytes, more than the format allows")
    if 8 + length > file.size:
        raise _damaged(file.label, f"truncated: its header claims {length} bytes")
    text = bytearray(length)
    file.read_at(8, memoryview(text))
    if text[:1] != b"{":
        raise _damaged(file.label, "its header does not begin with {")
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=_without_repeats)
    except _RepeatedNameError as error:
        raise _damaged(file.label, f"the name {show(error)} appears twice") from None
    except (ValueError, RecursionError):
        raise _damaged(file.label, "its header is not valid JSON") from None
    return 8 + length, header


class _RepeatedNameError(Exception):
    """A name that appears twice in one JSON object."""


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise _RepeatedNameError(Counter(name for name, _ in pairs).most_common(1)[0][0])
    return mapping


def _tensor(name: str, entry: Any, start: int, file: File) -> tuple[Node, int, int]:
    """Return a tensor, and the span of its bytes, from its entry in the header."""
    if not isinstance(entry, dict) or entry.keys() != _KEYS:
        raise _damaged(file.label, f"{show(name)} needs dtype, shape and data_offsets")
    dtype, shape, span = entry["dtype"], entry["shape"], entry["data_offsets"]
    valid = isinstance(span, list) and [type(n) for n in span] == [int, int]
    if not valid or max(map(abs, span)) >= _LARGEST_OFFSET:
        raise _damaged(file.label, f"the data_offsets of {show(name)} are {show(span)}")
    shape = tuple(shape) if isinstance(shape, list) else shape
    if problem := shape_problem(shape):
        raise _damaged(file.label, f"{show(name)}: {problem}")
    first, end = span
    if not isinstance(dtype, str):
        raise _damaged(file.label, f"the dtype of {show(name)} is {show(dtype)}")
    encoding = _ENCODINGS.get(dtype)
    if encoding is None:
        return Refused(f"dtype {show(dtype)} is not read; save it as F32 or BF16"), first, end
    array = StoredArray(shape, dense_strides(shape), encoding, start + first)
    if array.size != end - first:
        raise _damaged(
            file.label,
            f"{show(name)} has {end - first} bytes, but {dtype} of shape {shape} takes "
            f"{array.size}",
        )
    return Stored(array, file.read_at), first, end


def _check_layout(spans: list[tuple[int, int, str]], size: int, label: str) -> None:
    """Refuse tensors that overlap, leave a hole, or take more or fewer bytes than there are."""
    at = 0
    for first, end, name in spans:
        if first != at or end < first:
            how = "overlaps another tensor" if first < at else "comes after a hole"
            raise _damaged(
                label, f"{show(name)} {how if end >= first else 'ends before it begins'}"
            )
        at = end
    if at != size:
        how = "truncated" if at > size else "it has extra data"
        raise _damaged(label, f"{how}: expected {at} bytes of numbers, found {size}")


def _damaged(label: str, why: str) -> DataError:
    return DataError(f"{label}: the safetensors file is damaged: {why}; copy or save it again")
