"""HDF5 files, and those of MATLAB 7.3: data sets by their paths, read in whole rows of chunks.

Nothing outside the file is opened: no external link, no external storage, no virtual data set, and
no filter of a plug-in.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from losscli.errors import DataError, UsageError, short_name, show
from losscli.readers.class_names import ClassNames, name_list
from losscli.readers.document import Document, ReadOptions
from losscli.readers.file import File
from losscli.readers.source import Source

# Read when the library starts: it looks for no plug-ins.
os.environ.setdefault("HDF5_PLUGIN_PRELOAD", "::")

import h5py

from losscli.readers.columnar.dataset import open_dataset, why_refused

_MOST_OBJECTS = 100_000
_PIECE = 1 << 20
_MOST_LINKS = 8
"""Soft links on the way to one data set."""


def open_hdf5(file: File, _: ReadOptions) -> Hdf5:
    """Return the data sets of a file; DataError for older files of MATLAB."""
    head = file.head(19)
    if head.startswith(b"MATLAB 5"):
        raise DataError(
            f"{file.label}: a MAT-file of version 5 is not read; save it with save(..., '-v7.3'), "
            "or as CSV"
        )
    return Hdf5(Library(file), "")


class Library:
    """An open file of the HDF5 library, and what its errors become."""

    def __init__(self, file: File) -> None:
        self.label = file.label
        self.size = file.size
        self._file = file
        self.matlab = file.head(6) == b"MATLAB"
        with self.guarded():
            self.root = h5py.File(file.stream(), "r")

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn the errors of the library into DataError."""
        try:
            yield
        except DataError:
            raise
        except MemoryError:
            raise DataError(
                f"{self.label}: a data set does not fit in memory, or the file is damaged; save it "
                "with smaller chunks"
            ) from None
        except (OSError, RuntimeError, ValueError, LookupError, TypeError, AttributeError) as error:
            why = re.sub(r"^.*\((.*)\)$", r"\1", " ".join(str(error).split()))
            raise DataError(
                f"{self.label}: the HDF5 file is damaged or truncated: {show(why)}; copy or save "
                "it again"
            ) from None

    @cached_property
    def heaps_are_good(self) -> bool:
        """Whether the heaps of texts of any length are well-formed, at whose faults HDF5 hangs."""
        size, at, rest = self._file.size, 0, b""
        while at < size:
            piece = bytearray(min(_PIECE, size - at))
            self._file.read_at(at, memoryview(piece))
            data = rest + piece
            for found in re.finditer(rb"GCOL\x01", data):
                if not self._heap_is_good(at - len(rest) + found.start()):
                    return False
            at += len(piece)
            rest = bytes(data[-4:])
        return True

    def _heap_is_good(self, start: int) -> bool:
        """Tell whether the objects of a heap follow each other up to its end."""
        head = bytearray(16)
        if start + 16 > self._file.size:
            return False
        self._file.read_at(start, memoryview(head))
        at, end = start + 16, start + int.from_bytes(head[8:], "little")
        if end > self._file.size:
            return False
        while at + 16 <= end:
            self._file.read_at(at, memoryview(head))
            size = int.from_bytes(head[8:], "little")
            # The free space of a heap has the index 0, and its size includes its head.
            step = size if head[:2] == b"\0\0" else 16 + size + -size % 8
            if step < 16 or at + step > end:
                return False
            at += step
        return True

    def find(self, group: Any, path: str, links: int = 0) -> Any:
        """Return the object at a path, or why it cannot be reached; None where there is none."""
        node = self.root if path.startswith("/") else group
        for name in filter(None, path.split("/")):
            if not isinstance(node, h5py.Group):
                return None
            link = node.get(name, getlink=True)
            if isinstance(link, h5py.HardLink):
                node = node[name]
            elif isinstance(link, h5py.SoftLink) and links < _MOST_LINKS:
                links += 1
                node = self.find(node, link.path, links)
            elif link is None:
                return None
            else:
                return f"{show(name)} is a link out of the file or a circle, which is not followed"
            if node is None or isinstance(node, str):
                return node
        return node

    def datasets(self, group: Any) -> Iterator[tuple[str, Any]]:
        """Yield the data sets below a group by their paths; a group that is linked twice, once."""
        seen = set()
        waiting = [("", group)]
        count = 0
        while waiting:
            path, node = waiting.pop()
            if isinstance(node, h5py.Group):
                info = h5py.h5o.get_info(node.id)
                if (info.fileno, info.addr) in seen or path.startswith("#refs#"):
                    continue
                seen.add((info.fileno, info.addr))
                names = sorted(node, reverse=True)
                count += len(names)
                if count > _MOST_OBJECTS:
                    raise DataError(
                        f"{self.label}: more than {_MOST_OBJECTS} data sets; save those that are "
                        "needed in a file of their own"
                    )
                waiting += [(f"{path}{name}/", self.find(node, name)) for name in names]
            elif isinstance(node, h5py.Dataset):
                yield path.removesuffix("/"), node


class Hdf5(Document):
    """The data sets of a file, or of a group in it."""

    kind = "an HDF5 file"

    def __init__(self, library: Library, path: str) -> None:
        self.label = library.label
        self._library = library
        self._path = path
        with library.guarded():
            self._group = library.find(library.root, path) if path else library.root
            found = dict(library.datasets(self._group))
            self.arrays = tuple(
                path
                for path, one in found.items()
                # Why the only one is refused is for `source` to say.
                if len(found) == 1 or why_refused(one, library.matlab) is None
            )
        self.keys = tuple(found)
        if not found:
            raise DataError(f"{self.label}: the HDF5 file holds no data set; save it again")

    def source(self, selector: str | None, classes: ClassNames | None) -> Source:
        """Return the data set at a path; its names may be joined by dots."""
        if selector is None:
            (selector,) = self.keys if self.keys and len(self.keys) == 1 else ("",)
        node = self._node(selector)
        label = f"{self.label}::{short_name(self._path + selector)}"
        with self._library.guarded():
            return open_dataset(self._library, node, label, classes)

    def beside(self, selector: str | None) -> Hdf5:
        """Return the group that contains a data set."""
        if selector is None:
            return self
        with self._library.guarded():
            group = self._node(selector).parent.name.strip("/")
        return Hdf5(self._library, f"{group}/" if group else "")

    def _node(self, selector: str) -> Any:
        """Return the data set at a path; UsageError where there is none."""
        keys = self.keys or ()
        with self._library.guarded():
            node = self._library.find(self._group, selector)
            if node is None:
                dotted = [key for key in keys if key.replace("/", ".") == selector]
                if len(dotted) == 1:
                    node = self._library.find(self._group, dotted[0])
            if isinstance(node, str):
                raise DataError(f"{self.label}: {node}; copy the data set into the file")
            if isinstance(node, h5py.Group):
                below = tuple(path for path, _ in self._library.datasets(node))
                raise DataError(
                    f"{self.label}: {show(selector)} is a group with the data sets "
                    f"{name_list(below)}; choose one with ::PATH"
                )
        if not isinstance(node, h5py.Dataset):
            raise UsageError(
                f"{self.label}: no data set {show(selector)}; choose one of {name_list(keys)}"
            )
        return node
