"""Arrays as sources: of NumPy, torch, JAX, pandas, polars, pyarrow, or lists.

No library is imported for it: an array is recognized by what it can do (`__array__`, `__dlpack__`,
`columns`, `isna`). Numbers keep their bits, and are not copied where NumPy can use them in place;
bfloat16 and 8-bit floats are decoded block by block.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn

import numpy as np

from losscli.errors import DataError, show
from losscli.losses.declare.registry import Loss
from losscli.numerics.arrays import Array
from losscli.readers.class_names import ClassNames
from losscli.readers.named_labels import NumberedClasses, class_names
from losscli.readers.source import ArraySource, Source, array_place

NUMERIC = "biuf"
_WORDS = "OUT"
"""Kinds of dtypes that may hold text: object, str_, StringDType."""
_NO_VALUE = ("NoneType", "NAType", "NaTType")
"""Types of what stands for a missing value in an array of objects."""


class ShortFloats(ArraySource):
    """An array of bfloat16 or 8-bit floats, given by its bits and read as float32."""

    def __init__(self, bits: Array, name: str, label: str) -> None:
        from losscli.readers.binary.encodings import short_float

        super().__init__(bits, label)
        self._encoding = short_float(name, "=")
        self.dtype = self._encoding.dtype

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop."""
        return self._encoding.decode(super().read(start, stop), self.label)

    def read_along(self, axis: int, start: int, stop: int) -> Array:
        """Return start to stop along one axis, everything along the others."""
        return self._encoding.decode(super().read_along(axis, start, stop), self.label)


def sources_of(
    loss: Loss, given: Mapping[str, Any], sample_weight: Any, label_base: int
) -> dict[str, Source]:
    """Return the arrays of the roles and of `sample_weight`, if given, as sources.

    Labels may be names of the input's columns. DataError for what is not an array of numbers, and
    for tables whose rows or columns are in different orders.
    """
    first, *others = loss.roles
    _refuse_rows_in_another_order({**given, "sample_weight": sample_weight})
    sources: dict[str, Source] = {first.name: array_source(first.name, given[first.name])}
    classes = ClassNames(sources[first.name].names, first.name, label_base)
    for role in others:
        takes_names = loss.by_class and any(kind.index for kind in role.kinds)
        own = classes if takes_names else None
        sources[role.name] = array_source(role.name, given[role.name], own)
    if sample_weight is not None:
        sources["sample_weight"] = array_source("sample_weight", sample_weight)
    return sources


def array_source(label: str, values: Any, classes: ClassNames | None = None) -> ArraySource:
    """Return an array as a source with a label, its role; the columns of a table are its names.

    `classes` are those that labels may name: text becomes their indices. DataError for anything
    that is not an array of numbers.
    """
    _refuse_others(label, values)
    names: tuple[str, ...] = ()
    if hasattr(values, "__array__") and hasattr(values, "columns"):
        names, found = column_names(values), _of_table(label, values)
    else:
        _refuse_missing(label, values)
        found, short = _of_array(label, values)
        if short:
            return ShortFloats(found, short, label)
    if found.dtype.kind in _WORDS:
        found = _indices(label, found, classes)
    elif classes is not None and classes.names and found.ndim and found.size == len(found):
        _refuse_ambiguous(label, found, classes)
    _require_numbers(label, found)
    return ArraySource(found, label, names=names)


def weights_source(label: str, values: Any) -> ArraySource:
    """Return one number per class as a source; the index of a series is its names.

    DataError where the index is not in order, as that of value_counts.
    """
    source = array_source(label, values)
    index = list(values.index) if _has_index(values) else []
    if index and all(isinstance(one, str) for one in index):
        source.names = tuple(index)
    elif all(isinstance(one, int) for one in index) and index != sorted(index):
        raise DataError(
            f"{label}: its index is {', '.join(map(str, index[:5]))}{', ...' * (len(index) > 5)}, "
            "not the order of the classes; use sort_index()"
        )
    return source


def column_names(table: Any) -> tuple[str, ...]:
    """Return the names of a table's columns: text or integers; none where they only count."""
    listed = list(table.column_names if hasattr(table, "column_names") else table.columns)
    if listed == list(range(len(listed))) or not all(isinstance(c, str | int) for c in listed):
        return ()
    return tuple(map(str, listed))


def _refuse_rows_in_another_order(given: Mapping[str, Any]) -> None:
    """Refuse tables whose rows have the same labels in different orders: NumPy ignores labels."""
    from collections import Counter

    indexes = [(name, values.index) for name, values in given.items() if _has_index(values)]
    for name, index in indexes[1:]:
        of, first = indexes[0]
        if (
            len(index) == len(first)
            and not index.equals(first)
            and Counter(index) == Counter(first)
        ):
            raise DataError(
                f"{name}: its rows have the index of {of} in a different order, and rows are "
                f"compared by place; use {name}.loc[{of}.index], or reset_index(drop=True) on both"
            )


def _has_index(values: Any) -> bool:
    return hasattr(values, "iloc") and hasattr(getattr(values, "index", None), "equals")


def _refuse_others(label: str, values: Any) -> None:
    """Refuse what people give in place of an array."""
    if isinstance(values, np.ma.MaskedArray):
        raise DataError(f"{label}: a masked array; fill or drop the masked values")
    if isinstance(values, str | os.PathLike):
        raise DataError(
            f"{label}: the text {show(os.fspath(values))}, expected an array; if it is a file, "
            "losscli.read opens it"
        )


def _of_table(label: str, table: Any) -> Array:
    """Return a table as an array: as a whole, or column by column where those may miss values."""
    nullable = any(hasattr(dtype, "na_value") for dtype in getattr(table, "dtypes", ()))
    nulls = getattr(table, "null_count", None)
    if not nullable and nulls is not None and not np.asarray(nulls()).any():
        nulls = None
    if not nullable and nulls is None and not hasattr(table, "column_names"):
        whole, _ = _of_array(label, table)
        if whole.dtype.kind in NUMERIC:
            return whole
    columns = [_of_column(f"{label} column {show(name)}", of) for name, of in _items(table)]
    if len(columns) > 1:
        for (name, _), column in zip(_items(table), columns, strict=True):
            _require_numbers(f"{label} column {show(name)}", column)
    return np.stack(columns, axis=1) if columns else np.empty((len(table), 0))


def _items(table: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the columns of a table with their names."""
    if hasattr(table, "column_names"):
        yield from zip(table.column_names, table.columns, strict=True)
        return
    by_place = getattr(table, "iloc", table)
    for at, name in enumerate(table.columns):
        yield name, by_place[:, at]


def _require_numbers(label: str, found: Array) -> None:
    if found.dtype.kind not in NUMERIC:
        is_text = found.dtype.kind in _WORDS and found.size and isinstance(found.flat[0], str)
        what = "text" if is_text else found.dtype
        raise DataError(f"{label}: an array of {what}, expected numbers; cast it or leave it out")


def _of_column(label: str, column: Any) -> Array:
    _refuse_missing(label, column)
    found, short = _of_array(label, column)
    _refuse_missing_objects(label, found)
    return ShortFloats(found, short, label).read(0, len(found)) if short else found


def _refuse_missing(label: str, values: Any) -> None:
    """Refuse a missing value, which NumPy would turn into a nan."""
    missing = getattr(values, "is_null", None)
    if missing is None and hasattr(getattr(values, "dtype", None), "na_value"):
        missing = values.isna
    if missing is not None:
        mask = np.asarray(missing())
        if mask.any():
            _refuse_missing_at(label, (int(mask.argmax()),))


def _refuse_missing_objects(label: str, found: Array) -> None:
    """Refuse a missing value among objects."""
    if found.dtype.kind == "O":
        for at, one in enumerate(found.ravel().tolist()):
            if type(one).__name__ in _NO_VALUE or (isinstance(one, float) and one != one):
                _refuse_missing_at(label, np.unravel_index(at, found.shape))


def _refuse_missing_at(label: str, index: Iterable[Any]) -> NoReturn:
    place = array_place([int(i) for i in index])
    raise DataError(f"{label} {place}: a missing value; drop the row or fill it")


def _of_array(label: str, values: Any) -> tuple[Array, str]:
    """Return an array of NumPy, or the bits of a float that NumPy lacks and its name."""
    if getattr(values, "requires_grad", False) and hasattr(values, "detach"):
        values = values.detach()
    short = _short_float(values.dtype) if hasattr(values, "element_size") else ""
    if short:
        # A tensor gives NumPy these bits only as integers, and has its library's names for them.
        few = values.flatten()[:0]
        values = values.view((few.byte() if values.element_size() == 1 else few.short()).dtype)
    by_dlpack = hasattr(values, "__dlpack__") and not hasattr(values, "__array__")
    try:
        found = np.from_dlpack(values) if by_dlpack else np.asarray(values)
    except (ValueError, TypeError, RuntimeError, BufferError) as error:
        raise DataError(f"{label}: {_why_not(values, error)}") from None
    if not found.ndim and found.dtype.kind == "O":
        raise DataError(f"{label}: a {type(values).__name__}, expected an array of numbers")
    if found.dtype.kind == "V":
        short = _short_float(found.dtype)
    return (_bits(found), short) if short else (found, "")


def _short_float(dtype: Any) -> str:
    """Return the name of a floating-point number that NumPy lacks; empty for any other dtype."""
    from losscli.readers.binary.encodings import SHORT_FLOATS

    name = str(dtype).rpartition(".")[2]
    return name if name in SHORT_FLOATS else ""


def _bits(array: Array) -> Array:
    return array.view(f"u{array.dtype.itemsize}")


def _why_not(values: Any, error: Exception) -> str:
    device = str(getattr(values, "device", "cpu"))
    if device != "cpu" and hasattr(values, "cpu"):
        return f"its numbers are on the device {device}; copy them with .cpu()"
    why = f"not an array: {str(error).partition(chr(10))[0].rstrip('.')}"
    if isinstance(values, list | tuple):
        if isinstance(error, ValueError):
            return f"{why}; give every row the same length"
        if kinds := {type(one).__name__ for one in values if hasattr(one, "detach")}:
            return f"a list of {kinds.pop()}s; stack them into one"
    return why


def _indices(label: str, words: Array, classes: ClassNames | None) -> Array:
    """Return text labels as class indices; DataError for a word that is not a class."""
    _refuse_missing_objects(label, words)
    listed = words.ravel().tolist()
    if not all(isinstance(word, str) for word in listed):
        raise DataError(f"{label}: an array of {words.dtype}, expected numbers; cast it")
    found = [None if classes is None else classes.index(word) for word in listed]
    if None in found:
        at = found.index(None)
        place = array_place([int(i) for i in np.unravel_index(at, words.shape)])
        raise DataError(f"{label} {place}: {_refusal(listed[at], classes)}")
    return np.array(found, np.intp).reshape(words.shape)


def _refusal(word: str, classes: ClassNames | None) -> str:
    """Return why a text is not a label, and the fix."""
    if classes is None:
        return f"the text {show(word)}, expected a number; cast it"
    if classes.names:
        return classes.refusal(word)
    return (
        f"{show(word)} is a name, but {classes.label} has no column names; give a DataFrame with "
        "one column per class, or indices from 0"
    )


def _refuse_ambiguous(label: str, labels: Array, classes: ClassNames) -> None:
    """Refuse numbers that name other classes than those that they count to."""
    numbered = class_names(classes.names, classes.label, classes.base)
    if not isinstance(numbered, NumberedClasses):
        return
    seen = set(np.unique(labels).tolist())
    names = numbered.numbers
    other = sorted(number for number in seen if names.get(number) != number)
    last = len(classes.names) - 1 + classes.base
    if other and seen <= names.keys() and all(classes.base <= number <= last for number in seen):
        number, named = int(other[0]), names[int(other[0])]
        raise DataError(
            f"{label}: label {number} may be the name of column {named - classes.base + 1} or the "
            f"index of column {number - classes.base + 1} of {classes.label}; give names as text, "
            f"{label}.astype(str), or {classes.label}.to_numpy()"
        )
