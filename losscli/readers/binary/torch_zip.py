"""Files of torch.save: a ZIP archive of raw numbers, and a pickle that says how they lie there.

The pickle is walked, not run; the numbers are read in place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from losscli.errors import DataError, show
from losscli.readers.binary.encodings import SHORT_FLOATS, Encoding, short_float
from losscli.readers.binary.opcodes import read_pickle
from losscli.readers.binary.pickle_bytes import FREE, Pickle
from losscli.readers.binary.pickle_values import Calls, Name
from losscli.readers.binary.pickled_arrays import array_calls
from losscli.readers.binary.stored import (
    StoredArray,
    StoredSource,
    dense_strides,
    shape_problem,
)
from losscli.readers.binary.tree import Tree
from losscli.readers.binary.values import Leaf, Refused
from losscli.readers.binary.zip_member import offsets_of, open_archive, open_member
from losscli.readers.document import ReadOptions
from losscli.readers.file import File

_CHECKED = 1 << 24
"""Bytes of the largest member whose checksum is compared, which takes a pass of its own."""
_STORAGES = {
    "Double": "float64",
    "Float": "float32",
    "Half": "float16",
    "BFloat16": "bfloat16",
    "Long": "int64",
    "Int": "int32",
    "Short": "int16",
    "Char": "int8",
    "Byte": "uint8",
    "Bool": "bool",
}
_NUMPY = {"float64": "f8", "float32": "f4", "float16": "f2", "bool": "?"} | {
    f"{kind}{8 * size}": f"{kind[0]}{size}" for kind in ("int", "uint") for size in (1, 2, 4, 8)
}
_TENSOR_TYPES = {"torch.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer"}
_REFUSED = {
    "sparse_tensor": "a sparse tensor; save tensor.to_dense()",
    "sparse_csr_tensor": "a sparse tensor; save tensor.to_dense()",
    "qtensor": "a quantized tensor; save tensor.dequantize()",
    "nested_tensor": "a nested tensor; save torch.nested.to_padded_tensor(tensor, nan)",
    "meta_tensor_no_storage": "a tensor on the meta device, which has no numbers",
}


def open_torch(file: File, _: ReadOptions) -> Tree:
    """Return the tensors and arrays of a file by path."""
    archive = _Archive(file)
    names = [name for name in archive.members if name.rpartition("/")[2] == "data.pkl"]
    if len(names) != 1:
        raise DataError(
            f"{file.label}: the archive was not written by torch.save (it has no data.pkl); save "
            "tensors with torch.save"
        )
    root = names[0].removesuffix("data.pkl")
    if f"{root}constants.pkl" in archive.members:
        raise DataError(
            f"{file.label}: this is a TorchScript program (torch.jit.save); save tensors with "
            "torch.save"
        )
    data, size = archive.open(names[0], file.label)
    pickle = Pickle(data, size)
    storages = _Storages(archive, root, pickle)
    value = read_pickle(pickle, storages.calls(), storages.storage)
    return Tree(file.label, value, most=size + FREE)


class _Archive:
    """The members of an archive by name."""

    def __init__(self, file: File) -> None:
        self.file = file
        archive = open_archive(file)
        self.offsets = offsets_of(archive)
        members = archive.infolist()
        self.members = {member.filename: member for member in members}
        repeated = [
            name for name, count in Counter(m.filename for m in members).items() if count > 1
        ]
        if repeated:
            raise DataError(f"{file.label}: {show(repeated[0])} appears twice; save it again")

    def open(self, name: str, label: str) -> tuple[File, int]:
        """Return the bytes of a member, and how many there are.

        The checksum is compared where that costs little: PyTorch does not look at it, and writes 0
        where it was told not to compute it.
        """
        member = self.members[name]
        file = open_member(self.file, member, self.offsets, label)
        if member.CRC and member.file_size <= _CHECKED:
            return file, file.size
        return file, member.file_size


@dataclass(frozen=True)
class _Storage:
    """A reference to the raw numbers of one tensor or several."""

    dtype: str
    """Empty where each tensor says it."""
    key: str


@dataclass(frozen=True)
class Tensor(Leaf):
    """A tensor as a file describes it."""

    storages: _Storages
    storage: _Storage
    dtype: str
    offset: Any
    shape: Any
    strides: Any

    def source(self, label: str) -> StoredSource:
        """Return the numbers; DataError where they are not in the file, or overlap."""
        return self.storages.open(self, label)


class _Storages:
    """The raw numbers in an archive."""

    def __init__(self, archive: _Archive, root: str, pickle: Pickle) -> None:
        self.archive = archive
        self.root = root
        self.pickle = pickle
        self.files: dict[str, tuple[File, int]] = {}
        self.order = "<"
        if f"{root}byteorder" in archive.members:
            file, size = archive.open(f"{root}byteorder", pickle.label)
            order = bytearray(min(size, len("little")))
            file.read_at(0, memoryview(order))
            self.order = ">" if order == b"big" else "<"

    def calls(self) -> Calls:
        """Return the calls that torch.save writes."""
        utils = "torch._utils._rebuild_"
        calls: dict[str, Callable[..., Any]] = {
            **array_calls(self.pickle),
            f"{utils}tensor": self.tensor,
            f"{utils}tensor_v2": self.tensor,
            f"{utils}tensor_v3": self.typed_tensor,
            f"{utils}parameter": _first,
            f"{utils}parameter_with_state": _first,
            f"{utils}device_tensor_from_numpy": _first,
            f"{utils}device_tensor_from_cpu_tensor": _first,
            "torch.Size": _first,
            "torch.device": _first,
            "torch.serialization._get_layout": _first,
            **{f"{utils}{name}": partial(_refused, why) for name, why in _REFUSED.items()},
        }

        def from_type(function: Any, kind: Any, args: Any, _: Any) -> Any:
            for name in (function.text, kind.text):
                if name not in calls and name not in _TENSOR_TYPES:
                    raise self.pickle.call_refused(name)
            return calls[function.text](*args)

        calls["torch._tensor._rebuild_from_type_v2"] = from_type
        return calls

    def storage(self, reference: Any) -> _Storage:
        """Return the storage that a reference names."""
        kind, storage_type, key, *_ = reference
        if kind != "storage" or not isinstance(key, str):
            raise ValueError
        name = storage_type.text.rpartition(".")[2].removesuffix("Storage")
        return _Storage("" if name == "Untyped" else _STORAGES.get(name, name), key)

    def tensor(self, storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> Leaf:
        """Return a tensor of the type of its storage."""
        return self._tensor(storage, offset, shape, strides, storage.dtype)

    def typed_tensor(self, storage: Any, offset: Any, shape: Any, strides: Any, *rest: Any) -> Leaf:
        """Return a tensor with a type of its own."""
        dtype: Name = rest[2]
        return self._tensor(storage, offset, shape, strides, dtype.text.removeprefix("torch."))

    def _tensor(self, storage: Any, offset: Any, shape: Any, strides: Any, dtype: str) -> Leaf:
        if dtype not in _NUMPY and dtype not in SHORT_FLOATS:
            fix = "tensor.real" if "complex" in dtype.lower() else "tensor.float()"
            return Refused(f"a tensor of type {show(dtype)}; save {fix}")
        if not isinstance(storage, _Storage):
            raise TypeError
        return Tensor(self, storage, dtype, offset, shape, strides)

    def open(self, tensor: Tensor, label: str) -> StoredSource:
        """Return the numbers of a tensor."""
        shape, strides, offset = tensor.shape, tensor.strides, tensor.offset
        if problem := shape_problem(shape):
            raise self.pickle.damaged(f"a tensor has no valid shape: {problem}")
        valid = isinstance(strides, tuple) and len(strides) == len(shape)
        if not valid or not all(type(n) is int and n >= 0 for n in (*strides, offset)):
            raise self.pickle.damaged("a tensor has no valid strides")
        name = f"{self.root}data/{tensor.storage.key}"
        if name not in self.archive.members:
            raise self.pickle.damaged(f"the numbers of a tensor ({show(name)}) are missing")
        if name not in self.files:
            self.files[name] = self.archive.open(name, label)
        file, room = self.files[name]
        if tensor.dtype in SHORT_FLOATS:
            encoding = short_float(tensor.dtype, self.order)
        else:
            encoding = Encoding(np.dtype(self.order + _NUMPY[tensor.dtype]))
        size = encoding.stored.itemsize
        array = StoredArray(shape, strides, encoding, offset * size)
        if not array.size:
            array = replace(array, strides=dense_strides(shape), offset=0)
        elif (offset + _extent(shape, strides, label)) * size > room:
            raise self.pickle.damaged(
                f"a tensor of shape {shape} exceeds its storage of {room} bytes"
            )
        return StoredSource(label, array, file.read_at)


def _first(data: Any, *_: Any) -> Any:
    return data


def _refused(why: str, *_: Any) -> Refused:
    return Refused(why)


def _extent(shape: Sequence[int], strides: Sequence[int], label: str) -> int:
    """Return how many entries lie between the first and the last; DataError where some overlap."""
    extent = 1
    for stride, count in sorted(zip(strides, shape, strict=True)):
        if count > 1 and stride < extent:
            raise DataError(
                f"{label}: entries of the tensor overlap (an expanded view); save "
                "tensor.contiguous()"
            )
        extent += (count - 1) * stride
    return extent
