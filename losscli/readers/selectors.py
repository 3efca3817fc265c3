"""What may follow `::`: the names in a file that a shell offers while a source is typed.

Little is read: the head of a text, the directory or the footer of any other file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

from losscli.errors import DataError
from losscli.readers.document import Document, ReadOptions, TableDocument
from losscli.readers.file import File, open_file
from losscli.readers.formats import detect
from losscli.readers.shard_paths import shard_paths, stands_for_several
from losscli.readers.spec import Spec, parse_spec
from losscli.readers.urls import split_selector

_HEAD = 1 << 20
"""Bytes of a text, or of a compressed file's content, that are read."""
_MOST = 10_000
"""Names that are listed; no shell shows as many."""


def selectors(text: str, first: str, options: ReadOptions) -> list[str]:
    """Return the selectors that continue the one in `[FORMAT:]PATH::SELECTOR`, as it is typed.

    `first` is the source of the first role, which has the file of `::SELECTOR`. Of a list such as
    `!id,lab` the last item is continued. UsageError or DataError where nothing can be listed.
    """
    path, _, typed = split_selector(text)
    spec = _local(parse_spec(path or first))
    document = _opened(spec, options)
    inherited = "" if path else document.split_selector(spec.selector)[0]
    section, columns = document.split_selector(typed)
    lead = typed.removesuffix(columns or "") if section else ""
    try:
        document = document.section(section or inherited)
        names = [*islice(filter(None, _names(document)), _MOST)]
    except DataError:
        # A workbook of several sheets.
        names = [*document.paths()]
    return [lead + found for found in continued(columns or "", names)]


def _local(spec: Spec) -> Spec:
    """Return a source that is a regular file, or the first of its shards."""
    if spec.is_url or not spec.path:
        raise DataError("not a file on the disk")
    if stands_for_several(spec.path):
        spec = spec._replace(path=shard_paths(spec.path)[0])
    with suppress(OSError):
        # A pipe would be waited for.
        if stat.S_ISREG(os.stat(spec.path).st_mode):
            return spec
    raise DataError("not a file on the disk")


def _opened(spec: Spec, options: ReadOptions) -> Document:
    """Open a file, as far as its names need it."""
    file = open_file(spec)
    row = spec.named_format or detect(file)
    if (file.lazy or not (row.first_bytes or row.pattern)) and file.extent(_HEAD) == _HEAD:
        file = _Head(file)
    return row.open(file, options)


class _Head(File):
    """The first lines of a large file, as if there were no more."""

    def __init__(self, file: File) -> None:
        self.label = file.label
        self._data = file.head(_HEAD)
        self._data = self._data[: self._data.rfind(b"\n") + 1]

    @property
    def size(self) -> int:
        """How many bytes these lines have."""
        return len(self._data)

    def read_some(self, offset: int, buffer: memoryview) -> int:
        """Read up to a bufferful."""
        part = self._data[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        return len(part)


def _names(document: Document) -> Iterator[str]:
    if not isinstance(document, TableDocument):
        return iter(document.paths())
    return iter(document.names(None) or map(str, range(document.width)))


def continued(typed: str, names: Sequence[str]) -> Iterator[str]:
    """Yield the names that begin as what is typed, and the lists whose last item does."""
    yield from (name for name in names if name.startswith(typed))
    items, comma, item = typed.rpartition(",")
    without = "!" if item.startswith("!") else ""
    if comma or without:
        before = {one.strip().removeprefix("!") for one in items.split(",")}
        for name in names:
            if name.startswith(item.removeprefix("!")) and name not in before:
                yield items + comma + without + name
