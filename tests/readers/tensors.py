"""Files of tensors, written byte by byte: the tests need neither PyTorch nor safetensors."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

STORAGES = {
    "f8": "Double",
    "f4": "Float",
    "f2": "Half",
    "b1": "Bool",
    "u1": "Byte",
    "i1": "Char",
    "i2": "Short",
    "i4": "Int",
    "i8": "Long",
}


def safetensors(tensors: dict[str, NDArray[Any]], dtypes: dict[str, str] | None = None) -> bytes:
    """Return the bytes of a safetensors file; `dtypes` names the types that NumPy lacks."""
    header, at = {}, 0
    for name, array in tensors.items():
        kind = {"f": "F", "i": "I", "u": "U", "b": "BOOL"}[array.dtype.kind]
        dtype = kind if kind == "BOOL" else f"{kind}{8 * array.itemsize}"
        header[name] = {
            "dtype": (dtypes or {}).get(name, dtype),
            "shape": list(array.shape),
            "data_offsets": [at, at + array.nbytes],
        }
        at += array.nbytes
    text = json.dumps(header).encode()
    data = b"".join(np.ascontiguousarray(array).tobytes() for array in tensors.values())
    return len(text).to_bytes(8, "little") + text + data


def opcodes(value: Any) -> bytes:
    """Return the opcodes that push a plain value."""
    return pickle.dumps(value, 2)[2:-1]


def call(name: str, *args: bytes) -> bytes:
    """Return the opcodes that call a function with arguments."""
    module, _, function = name.rpartition(".")
    return f"c{module}\n{function}\n(".encode() + b"".join(args) + b"tR"


def storage(key: str, kind: str, length: int) -> bytes:
    """Return the opcodes of a reference to raw numbers."""
    module, _, name = f"torch.{kind}Storage".rpartition(".")
    head = b"(" + opcodes("storage") + f"c{module}\n{name}\n".encode()
    return head + opcodes(key) + opcodes("cpu") + opcodes(length) + b"tQ"


def tensor(
    reference: bytes, shape: Any, strides: Any, offset: Any = 0, *, dtype: str = ""
) -> bytes:
    """Return the opcodes of a tensor; with a dtype, as PyTorch writes its newer types."""
    args = [reference, opcodes(offset), opcodes(shape), opcodes(strides), b"\x89"]
    args.append(call("collections.OrderedDict"))
    if not dtype:
        return call("torch._utils._rebuild_tensor_v2", *args)
    return call("torch._utils._rebuild_tensor_v3", *args, f"ctorch\n{dtype}\n".encode())


def tensor_of(array: NDArray[Any], key: str) -> bytes:
    """Return the opcodes of a whole array as a tensor."""
    strides = tuple(stride // array.itemsize for stride in array.strides)
    kind = STORAGES.get(array.dtype.str[1:])
    if kind is None:
        raw = storage(key, "storage.Untyped", array.nbytes)
        return tensor(raw, array.shape, strides, dtype=array.dtype.name)
    return tensor(storage(key, kind, array.size), array.shape, strides)


def torch_zip(
    value: bytes,
    storages: Mapping[str, bytes],
    *,
    members: Mapping[str, bytes] | None = None,
    compression: int = zipfile.ZIP_STORED,
) -> bytes:
    """Return an archive as torch.save writes it: the opcodes of a value, and raw numbers."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr("x/data.pkl", b"\x80\x02" + value + b".")
        for name, content in {"byteorder": b"little", **(members or {})}.items():
            archive.writestr(f"x/{name}", content)
        for key, content in storages.items():
            archive.writestr(f"x/data/{key}", content)
        archive.writestr("x/version", b"3\n")
    return buffer.getvalue()


def torch_dict(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return a file of torch.save with a dict of tensors."""
    items = [opcodes(name) + tensor_of(array, name) for name, array in arrays.items()]
    raw = {name: array.tobytes("A") for name, array in arrays.items()}
    return torch_zip(b"}(" + b"".join(items) + b"u", raw)


def kld(
    tokens: NDArray[Any], scales: NDArray[Any], lowest: NDArray[Any], codes: NDArray[Any]
) -> bytes:
    """Return a file of llama.cpp: tokens (chunks, context), codes (rows, vocabulary)."""
    rows, vocabulary = codes.shape
    padded = np.zeros((rows, vocabulary + vocabulary % 2), "<u2")
    padded[:, :vocabulary] = codes
    head = np.stack([scales, lowest], axis=1).astype("<f4").view("<u2")
    chunks, context = tokens.shape
    header = b"_logits_" + struct.pack("<3i", context, vocabulary, chunks)
    return header + tokens.astype("<i4").tobytes() + np.hstack([head, padded]).tobytes()
