"""The entries of Arrow arrays as numbers: exact, or refused with the row and the reason."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from losscli.errors import show
from losscli.readers.class_names import ClassNames
from losscli.readers.numerals import parse_number
from losscli.readers.source import Array

_MISSING = "null, a missing value; fill it in or remove the row"
_TEXT = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
_LISTS = (
    pa.types.is_list,
    pa.types.is_large_list,
    pa.types.is_fixed_size_list,
    pa.types.is_list_view,
    pa.types.is_large_list_view,
)


class EntryError(Exception):
    """A row of an array that does not hold numbers."""

    def __init__(self, row: int, problem: str) -> None:
        super().__init__(problem)
        self.row = row


def plain(kind: Any) -> Any:
    """Return what a type stores: the values of a dictionary, the lists of a tensor."""
    while True:
        if isinstance(kind, pa.BaseExtensionType):
            kind = kind.storage_type
        elif pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
            kind = kind.value_type
        else:
            return kind


def is_list(kind: Any) -> bool:
    """Tell whether the entries of a type are lists."""
    return any(test(plain(kind)) for test in _LISTS)


def is_text(kind: Any) -> bool:
    """Tell whether the entries of a type are text."""
    return any(test(plain(kind)) for test in _TEXT)


def dtype_of(kind: Any, classes: ClassNames | None) -> np.dtype[Any] | None:
    """Return what the entries of a type, or of its lists, become; None if it is not numbers."""
    kind = plain(kind)
    if is_list(kind):
        return None if is_text(plain(kind.value_type)) else dtype_of(kind.value_type, None)
    if is_text(kind) and classes is not None:
        return np.dtype(np.int64)
    if pa.types.is_decimal(kind):
        return np.dtype(np.float64 if kind.scale > 0 else np.int64)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        found: np.dtype[Any] = np.dtype(kind.to_pandas_dtype())
        return found
    return None


def numbers(array: Any, inner: tuple[int, ...] | None, classes: ClassNames | None) -> Array:
    """Return the entries of an array, of which each has the inner shape, if that is known.

    EntryError for a missing value, lists of different lengths, or a word that is not a class.
    """
    if isinstance(array, pa.ExtensionArray):
        return _tensors(array, inner, classes)
    if pa.types.is_run_end_encoded(array.type):
        array = pa.compute.run_end_decode(array)
    if is_text(array.type):
        assert classes is not None
        return _labels(array, classes)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if array.null_count:
        row = int(np.argmax(array.is_null().to_numpy(zero_copy_only=False)))
        also = " (pandas saves NaN as null)" * pa.types.is_floating(array.type)
        raise EntryError(row, _MISSING.replace(";", f"{also};"))
    if is_list(array.type):
        return _lists(array, inner)
    if pa.types.is_decimal(array.type):
        return _decimals(array)
    return np.asarray(array.to_numpy(zero_copy_only=False))


def _tensors(array: Any, inner: tuple[int, ...] | None, classes: ClassNames | None) -> Array:
    """Return the tensors of an extension type; what other extensions store."""
    if not isinstance(array.type, pa.FixedShapeTensorType):
        return numbers(array.storage, inner, classes)
    flat = numbers(array.storage, None, classes)
    tensors = flat.reshape(len(flat), *array.type.shape)
    if array.type.permutation is not None:
        tensors = tensors.transpose(0, *(1 + axis for axis in array.type.permutation))
    return tensors


def _lists(array: Any, inner: tuple[int, ...] | None) -> Array:
    """Return lists of equal length, which may be nested."""
    if pa.types.is_fixed_size_list(array.type):
        width = array.type.list_size
    else:
        sizes = array.value_lengths().to_numpy(zero_copy_only=False)
        width = inner[0] if inner else int(sizes[0]) if len(sizes) else 0
        if (sizes != width).any():
            row = int(np.argmax(sizes != width))
            raise EntryError(
                row,
                f"a list of length {sizes[row]}, expected {width} as in the first row (ragged); "
                "give every list the same length",
            )
    try:
        flat = numbers(array.flatten(), inner[1:] if inner else None, None)
    except EntryError as error:
        raise EntryError(error.row // max(1, width), str(error)) from None
    return flat.reshape(len(array), width, *flat.shape[1:])


def _labels(array: Any, classes: ClassNames) -> Array:
    """Return the numbers of class names, in the order in which they first appear."""
    if pa.types.is_string_view(array.type):
        array = array.cast(pa.large_string())
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    known: list[str | None] = array.dictionary.to_pylist()
    missing = array.indices.is_null().to_numpy(zero_copy_only=False)
    codes = np.where(missing, 0, array.indices.fill_null(0).to_numpy(zero_copy_only=False))
    used, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    if missing.any():
        raise EntryError(int(np.argmax(missing)), _MISSING)
    found = np.empty(len(used), np.int64)
    for at in np.argsort(first):
        word, row = known[int(used[at])], int(first[at])
        if word is None:
            raise EntryError(row, _MISSING)
        index = classes.index(word)
        if index is None and parse_number(word.strip()) is not None:
            raise EntryError(row, f"{show(word)} is text, not a number; save the column as numbers")
        if index is None:
            raise EntryError(row, classes.refusal(word))
        found[at] = index
    return found[inverse]


def _decimals(array: Any) -> Array:
    """Return decimals as the nearest doubles; as integers if they have no decimal places."""
    values: list[Decimal] = array.to_pylist()
    if array.type.scale > 0:
        doubles = np.array([float(value) for value in values], np.float64)
        for at in np.flatnonzero(~np.isfinite(doubles))[:1]:
            raise EntryError(int(at), f"{show(values[at])} overflows float64; rescale it")
        return doubles
    for row, value in enumerate(values):
        if not -(2**63) <= value < 2**63:
            raise EntryError(row, f"{show(value)} is out of range: expected a 64-bit integer")
    return np.array([int(value) for value in values], np.int64)


def text_of(array: Any) -> list[str]:
    """Return the entries of an array as text: ids are compared as they are written."""
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    entries = array.to_pylist()
    return ["" if entry is None else _written(entry) for entry in entries]


def _written(entry: object) -> str:
    if isinstance(entry, float) and math.isfinite(entry):
        return repr(entry)
    return str(entry)
