"""One data set of an HDF5 file as a source."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from losscli.errors import DataError, show
from losscli.readers.binary.encodings import Encoding
from losscli.readers.class_names import ClassNames
from losscli.readers.numerals import parse_number
from losscli.readers.pages import Pages
from losscli.readers.source import Array, ArraySource, Source, array_place

if TYPE_CHECKING:
    from losscli.readers.columnar.hdf5 import Library

_PAGE = 1 << 22
_LARGEST_CHUNK = 1 << 28
_BFLOAT16 = (15, 7, 8, 0, 7)
"""Where a float keeps its sign, exponent and mantissa."""
_FILTERS = {1, 2, 3, 4, 5, 6, 32000}
"""The filters of the library itself, and h5py's lzf."""
_MATLAB = {
    b"char": "text (char)",
    b"cell": "a cell array",
    b"struct": "a struct",
    b"function_handle": "a function",
}


def why_refused(dataset: Any, matlab: bool) -> str | None:
    """Return why a data set does not hold numbers that can be read here; None if it does."""
    if dataset.external or dataset.is_virtual:
        where = "in other files" if dataset.external else "in other data sets (virtual)"
        return f"its numbers are {where}, which are never opened; copy them into the file"
    if matlab and (kind := _MATLAB.get(_attribute(dataset, "MATLAB_class"))):
        return f"it holds {kind}, not numbers; save a matrix"
    if dataset.shape is None or (matlab and _attribute(dataset, "MATLAB_empty")):
        return "it is empty; save it again"
    if (why := _why_not_numbers(dataset)) is not None:
        return why
    plan = dataset.id.get_create_plist()
    for index in range(plan.get_nfilters()):
        code, _, _, name = plan.get_filter(index)
        if code not in _FILTERS or not h5py.h5z.filter_avail(code):
            return (
                f"it is compressed by {show(name.decode('utf-8', 'replace') or f'filter {code}')}, "
                "which HDF5 needs a plug-in for; save it with gzip"
            )
    chunk = math.prod(dataset.chunks or ()) * dataset.dtype.itemsize
    if chunk > _LARGEST_CHUNK:
        return f"its chunks have {chunk} bytes, more than {_LARGEST_CHUNK}; save smaller chunks"
    if dataset.size and not dataset.id.get_storage_size():
        return "it was never written; save it again"
    return None


def _attribute(dataset: Any, name: str) -> Any:
    """Return a short attribute; None for others, which may be anywhere in the file."""
    if name not in dataset.attrs or dataset.attrs.get_id(name).dtype.kind not in "Siub":
        return None
    return dataset.attrs[name]


def _why_not_numbers(dataset: Any) -> str | None:
    kind = dataset.dtype
    if h5py.check_string_dtype(kind) is not None:
        return "it holds text, not numbers; only labels may be words"
    if h5py.check_ref_dtype(kind) is not None:
        return "it holds references, not numbers; save the data sets that they refer to"
    if kind.names is not None:
        fields = ", ".join(map(show, kind.names[:5]))
        return f"it is a compound of the fields {fields}; save each field as a data set"
    if kind.kind not in "fiub" or kind.subdtype is not None:
        return f"it holds {show(kind)}, not real numbers; save it as real numbers"
    return None


def open_dataset(library: Library, dataset: Any, label: str, classes: ClassNames | None) -> Source:
    """Return a data set of numbers, or of class names; DataError for any other."""
    why = why_refused(dataset, library.matlab)
    if why is not None and h5py.check_string_dtype(dataset.dtype) is not None and classes:
        if h5py.check_string_dtype(dataset.dtype).length is None and not library.heaps_are_good:
            raise DataError(f"{label}: the texts of the file are damaged; copy or save it again")
        return _labels(dataset, label, classes)
    if why is not None:
        raise DataError(f"{label}: {why}")
    if dataset.chunks and dataset.id.get_num_chunks():
        with library.guarded():
            _refuse_chunks_outside(dataset, library.size, label)
    return DatasetSource(library, dataset, label, squeezed=classes is not None)


def _refuse_chunks_outside(dataset: Any, size: int, label: str) -> None:
    """Refuse chunks beyond the end of the file, for which HDF5 would reserve any memory."""

    def is_outside(chunk: Any) -> bool | None:
        return chunk.byte_offset + chunk.size > size or None

    if dataset.id.chunk_iter(is_outside):
        raise DataError(f"{label}: a chunk is outside the file (truncated?); copy or save it again")


def _labels(dataset: Any, label: str, classes: ClassNames) -> Source:
    """Return class names as their numbers."""
    if dataset.ndim != 1:
        raise DataError(f"{label}: text of shape {dataset.shape}; expected one name per row")
    found = np.empty(dataset.shape, np.int64)
    for row, word in enumerate(dataset.asstr()[()]):
        index = classes.index(word)
        if index is None and parse_number(word.strip()) is not None:
            raise DataError(
                f"{label} row {row + 1}: {show(word)} is text, not a number; save numbers"
            )
        if index is None:
            raise DataError(f"{label} row {row + 1}: {classes.refusal(word)}")
        found[row] = index
    return ArraySource(found, label)


class DatasetSource(Source):
    """A data set of numbers; a page of it is a whole number of rows of chunks."""

    def __init__(self, library: Library, dataset: Any, label: str, *, squeezed: bool) -> None:
        self.label = label
        self._library = library
        self._dataset = dataset
        self._reversed = library.matlab
        shape = dataset.shape[::-1] if self._reversed else dataset.shape
        self._full = shape
        self._logical = self._reversed and _attribute(dataset, "MATLAB_class") == b"logical"
        short = dataset.id.get_type()
        self._bfloat16 = (
            dataset.dtype.kind == "f" and short.get_size() == 2 and short.get_fields() == _BFLOAT16
        )
        stored = np.dtype(np.float32) if self._bfloat16 else dataset.dtype
        self.dtype = np.dtype(np.bool_) if self._logical else Encoding(stored).dtype
        notes = []
        if self._bfloat16:
            notes.append(f"{label}: the entries are read as bfloat16")
        if self._reversed:
            if len(shape) == 2 and (shape[1] == 1 or (squeezed and shape[0] == 1)):
                shape = (math.prod(shape),)
            notes.append(f"{label}: axes as MATLAB shows them, shape {shape}")
        if written := _written(dataset):
            notes.append(f"{label}: {written} of its chunks were written; the rest are fill values")
        self.shape = shape
        self.notes = tuple(notes)
        axis = len(dataset.shape) - 1 if self._reversed else 0
        row = dataset.dtype.itemsize * math.prod(self._full[1:])
        step = dataset.chunks[axis] if dataset.chunks else 1
        self._rows = max(1, _PAGE // max(1, row * step)) * step
        self._pages = Pages[int]()

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop; DataError where the file is damaged."""
        if not self.shape:
            return self._numbers(())
        if self._full[0] != self.shape[0]:
            return self._numbers((slice(None),)).reshape(self.shape)[start:stop]
        start, stop, _ = slice(start, stop).indices(self.shape[0])
        parts = [np.empty((0, *self.shape[1:]), self.dtype)]
        while start < stop:
            number, first = divmod(start, self._rows)
            (page,) = self._pages.get(number, self._page)
            assert page is not None
            parts.append(page[first : first + stop - start])
            start += len(parts[-1])
        return parts[1] if len(parts) == 2 else np.concatenate(parts)

    def _page(self, number: int) -> tuple[Array]:
        rows = slice(number * self._rows, min((number + 1) * self._rows, self._full[0]))
        page = self._numbers((..., rows) if self._reversed else (rows,))
        return (page.reshape(len(page), *self.shape[1:]),)

    def _numbers(self, selection: tuple[Any, ...]) -> Array:
        with self._library.guarded():
            source = self._dataset.astype(np.float32) if self._bfloat16 else self._dataset
            found: Array = np.asarray(source[selection])
        if self._reversed:
            found = np.ascontiguousarray(found.T)
        if self._logical:
            return np.asarray(found != 0)
        numbers: Array = Encoding(found.dtype).decode(found, self.label)
        return numbers

    def place(self, index: Sequence[int]) -> str:
        """Name the entry at an index."""
        return array_place(index)


def _written(dataset: Any) -> str:
    """Return how many chunks of how many hold numbers, where some do not."""
    if not dataset.chunks or not dataset.size:
        return ""
    expected = math.prod(
        -(-size // step) for size, step in zip(dataset.shape, dataset.chunks, strict=True)
    )
    found = dataset.id.get_num_chunks()
    return f"only {found} of {expected}" if found < expected else ""
