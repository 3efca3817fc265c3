"""Whether shards continue each other: the same keys or columns, the same shape and dtype."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from losscli.errors import DataError, option, show
from losscli.readers.class_names import name_list
from losscli.readers.document import Document, TableDocument
from losscli.readers.source import Array, Source


class DocumentForm(NamedTuple):
    """What the documents of all shards have in common."""

    label: str
    type: type[Document]
    keys: tuple[str, ...] | None
    width: int
    names: tuple[str, ...]
    """Of more than one column: the only one may begin with a class name."""


def document_form(document: Document) -> DocumentForm:
    """Return the form of a shard; DataError where its first row may be a header or data."""
    width = 0
    names: tuple[str, ...] = ()
    if isinstance(document, TableDocument):
        if document.doubtful:
            raise DataError(
                f"{document.label}: the first row of a shard may be a header or data; use "
                f"{option('header', True)} or {option('header', False)}"
            )
        width = document.width
        names = document.names(None) if width > 1 else ()
    return DocumentForm(document.label, type(document), document.keys, width, names)


def compare_documents(first: DocumentForm, other: DocumentForm) -> None:
    """Refuse a shard whose format, columns or keys are not those of the first one."""
    if first[1:] == other[1:]:
        return
    what = "columns in the same order"
    if first.type is not other.type:
        raise DataError(
            f"{other.label}: is not of the format of {first.label}; give every shard the same "
            "format"
        )
    if first.width != other.width:
        found = [f"{one.width} columns" for one in (first, other)]
    elif first.names and other.names:
        pairs = enumerate(zip(first.names, other.names, strict=True))
        at = next(index for index, pair in pairs if pair[0] != pair[1])
        found = [f"{show(one.names[at])} in column {at + 1}" for one in (first, other)]
    elif first.names or other.names:
        found = [name_list(one.names) if one.names else "no header" for one in (first, other)]
    else:
        what = "keys in the same order"
        found = [name_list(one.keys) if one.keys else "no keys" for one in (first, other)]
    raise DataError(
        f"{other.label}: has {found[1]}, but {first.label} has {found[0]}; give every shard the "
        f"same {what}"
    )


class SourceForm(NamedTuple):
    """What is remembered of the array in a shard."""

    label: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    names: tuple[str, ...]
    text: bool
    """Text has no dtype: labels beyond 2**53 are integers there."""


def source_form(source: Source) -> SourceForm:
    """Return the form of the array in a shard."""
    return SourceForm(source.label, source.shape, source.dtype, source.names, source.text)


def compare_sources(first: SourceForm, other: SourceForm) -> None:
    """Refuse an array that does not continue the one of the first shard."""
    if not other.shape:
        raise DataError(f"{other.label}: a single number is not a shard; save an array with rows")
    both = (first, other)
    if first.shape[1:] != other.shape[1:] or len(first.shape) != len(other.shape):
        found = [f"shape {one.shape}" for one in both]
        fix = "the same shape, except for the rows"
    elif first.dtype != other.dtype and not (first.text and other.text):
        found, fix = [f"dtype {one.dtype}" for one in both], "the same dtype"
    elif first.names != other.names:
        found = [name_list(one.names) if one.names else "no header" for one in both]
        fix = "the same header"
    else:
        return
    raise DataError(
        f"{other.label}: has {found[1]}, but {first.label} has {found[0]}; give every shard {fix}"
    )


def joined(blocks: list[Array], label: str) -> Array:
    """Return blocks as one; labels beyond 2**53 stay exact, as in a single file of text."""
    if len({block.dtype.kind for block in blocks}) == 1:
        return np.concatenate(blocks)
    if not all(b.dtype.kind in "iu" or np.array_equal(b, np.floor(b)) for b in blocks):
        return np.concatenate([block.astype(np.float64) for block in blocks])
    low = min(int(block.min()) for block in blocks)
    high = max(int(block.max()) for block in blocks)
    if low < 0 and high > np.iinfo(np.int64).max:
        raise DataError(
            f"{label}: label {high} is out of range beside label {low}: expected 64-bit integers; "
            "correct it"
        )
    kind = np.int64 if high <= np.iinfo(np.int64).max else np.uint64
    return np.concatenate([block.astype(kind) for block in blocks])
