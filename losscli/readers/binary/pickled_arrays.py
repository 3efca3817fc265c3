"""The calls of a pickle that make NumPy's arrays and plain containers, as notes of arrays."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from losscli.errors import DataError
from losscli.readers.binary.encodings import Encoding
from losscli.readers.binary.npy_header import encoding_of
from losscli.readers.binary.pickle_bytes import Pickle, Stretch
from losscli.readers.binary.pickle_values import SET, Buildable, Calls, Name
from losscli.readers.binary.stored import (
    ReadAt,
    StoredArray,
    StoredSource,
    dense_strides,
    shape_problem,
)
from losscli.readers.binary.values import Leaf, Refused

_SUBCLASSES = ("ndarray", "matrix", "matrixlib.defmatrix.matrix", "memmap", "_core.memmap.memmap")
_ARRAY_TYPES = {f"numpy.{name}" for name in _SUBCLASSES}


class DType(Buildable):
    """A dtype; its state says the byte order."""

    def __init__(self, code: Any, *_: Any) -> None:
        self.code = code.text.rpartition(".")[2] if isinstance(code, Name) else code

    def encoding(self, label: str) -> Encoding:
        """Return how entries are stored; DataError if they are not numbers."""
        code = self.code.decode() if isinstance(self.code, bytes) else self.code
        _, order, *parts = self.state or (3, "|", None, None, None)
        if any(part is not None for part in parts[:3]) or not isinstance(code, str):
            return encoding_of(None, label)
        return encoding_of((order.decode() if isinstance(order, bytes) else order) + code, label)


class PickledArray(Buildable, Leaf):
    """An array; its state says the shape, the dtype and the bytes."""

    def __init__(self, pickle: Pickle, state: Any = None, axes: Any = None) -> None:
        self.pickle = pickle
        self.state = state
        self.axes = axes
        """How the axes of the bytes are permuted; None if they are not."""

    def source(self, label: str) -> StoredSource:
        """Return the array; DataError where its parts do not fit."""
        try:
            return self._source(label)
        except (TypeError, ValueError, AttributeError, RecursionError):
            raise self.pickle.damaged("an array is not complete") from None

    def _source(self, label: str) -> StoredSource:
        shape, dtype, fortran, data = self.state[-4:]
        encoding = dtype.encoding(label)
        if problem := shape_problem(shape):
            raise self.pickle.damaged(f"an array has no valid shape: {problem}")
        size, offset, read_at = self._bytes(data)
        strides = dense_strides(shape, fortran=fortran is True)
        if math.prod(shape) * encoding.stored.itemsize != size:
            raise self.pickle.damaged(
                f"an array of shape {shape} and dtype {encoding.stored} has {size} bytes"
            )
        if self.axes is not None:
            if not all(type(axis) is int for axis in self.axes):
                raise TypeError
            if sorted(self.axes) != [*range(len(shape))]:
                raise ValueError
            shape = tuple(shape[axis] for axis in self.axes)
            strides = tuple(strides[axis] for axis in self.axes)
        notes = (f"{label}: the entries are read as {encoding.short}",) if encoding.short else ()
        return StoredSource(label, StoredArray(shape, strides, encoding, offset), read_at, notes)

    def _bytes(self, data: Any) -> tuple[int, int, ReadAt]:
        """Return the size of the bytes, where they begin, and how they are read."""
        if isinstance(data, Stretch):
            return data.size, data.offset, self.pickle.read_at
        if not isinstance(data, bytes):
            raise TypeError
        return len(data), 0, partial(_read_at, data)


def _read_at(data: bytes, offset: int, buffer: memoryview) -> None:
    buffer[:] = memoryview(data)[offset : offset + len(buffer)]


def array_calls(pickle: Pickle) -> Calls:
    """Return the calls that a pickle of arrays, lists and dicts makes."""

    def reconstruct(subclass: Name, *_: Any) -> PickledArray:
        if subclass.text not in _ARRAY_TYPES:
            raise pickle.call_refused(subclass.text)
        return PickledArray(pickle)

    def from_buffer(
        data: Any, dtype: Any, shape: Any, order: Any, axes: Any = None
    ) -> PickledArray:
        return PickledArray(pickle, (shape, dtype, order == "F", data), axes)

    def scalar(dtype: Any, data: Any) -> Any:
        try:
            value = PickledArray(pickle, ((), dtype, False, data)).source(pickle.label).read(0, 1)
        except DataError as error:
            return Refused(error.message.removeprefix(f"{pickle.label}: "))
        return value.item()

    def encode(text: str, _: Any = None) -> bytes:
        pickle.spend(len(text))
        return text.encode("latin-1")

    def mapping(items: Any = (), *_: Any) -> dict[str, Any]:
        if isinstance(items, Name):
            return {}
        if isinstance(items, dict):
            return items
        pickle.spend(len(items))
        return {pickle.key(key): value for key, value in items}

    def sequence(items: Any = ()) -> Any:
        # It is not copied, or a long list could be copied by each few bytes of the file.
        return items or []

    return {
        "numpy._core.multiarray._reconstruct": reconstruct,
        "numpy._core.numeric._frombuffer": from_buffer,
        "numpy._core.multiarray.scalar": scalar,
        "numpy.dtype": DType,
        "_codecs.encode": encode,
        "collections.OrderedDict": mapping,
        "collections.defaultdict": mapping,
        "collections.Counter": mapping,
        "builtins.dict": mapping,
        "builtins.list": sequence,
        "builtins.tuple": sequence,
        "builtins.set": lambda _=(): SET,
        "builtins.frozenset": lambda _=(): SET,
        "builtins.bytes": lambda data=b"": data,
        "builtins.bytearray": lambda data=b"", _=None: data,
        "builtins.complex": lambda *_: Refused("a complex number; save its real and imag parts"),
    }
