"""NPZ archives: the headers of the arrays are read first, the numbers when they are needed.

An array that is stored uncompressed is read by position like an NPY file; a compressed one is
decompressed first.
"""

from __future__ import annotations

from collections import Counter
from zipfile import ZipInfo

from losscli.errors import DataError, UsageError, short_name, show
from losscli.readers.binary.npy import npy_source
from losscli.readers.binary.stored import StoredSource
from losscli.readers.binary.zip_member import ENCRYPTED, offsets_of, open_archive, open_member
from losscli.readers.class_names import ClassNames, name_list
from losscli.readers.document import Document, ReadOptions
from losscli.readers.file import File

_EXTENSION = ".npy"
_MAGIC = b"\x93NUMPY"
_MOST_OTHERS = 1000
"""How many members without the extension are examined: some programs write none."""
_HIDDEN = "__MACOSX/"
"""Where macOS keeps what it knows about the files of an archive, under their names."""


class NpzArchive(Document):
    """The arrays of an archive by name."""

    kind = "an archive"

    def __init__(self, file: File, _: ReadOptions) -> None:
        self.label = file.label
        self._file = file
        archive = open_archive(file)
        self._offsets = offsets_of(archive)
        members = [
            member
            for member in archive.infolist()
            if not member.filename.endswith("/") and not member.filename.startswith(_HIDDEN)
        ]
        names = [member.filename for member in members]
        self._refuse_repeated(names)
        named = [member for member in members if member.filename.endswith(_EXTENSION)]
        others = [member for member in members if not member.filename.endswith(_EXTENSION)]
        arrays = named + [member for member in others[:_MOST_OTHERS] if self._is_array(member)]
        self._members = {one.filename.removesuffix(_EXTENSION): one for one in arrays}
        self.keys = self.arrays = tuple(self._members)
        self._refuse_repeated([one.filename.removesuffix(_EXTENSION) for one in arrays])
        if not arrays and any(member.flag_bits & ENCRYPTED for member in members):
            raise DataError(f"{self.label}: encrypted with a password; save it without one")
        if not arrays:
            raise DataError(
                f"{self.label}: the archive holds no array"
                + (f": {show(names[0])} is not an array; extract it first" if names else "")
                + ("" if names else "; save it with numpy.savez")
            )
        if {"format", "shape", "data"} <= self._members.keys():
            raise DataError(
                f"{self.label}: this is a SciPy sparse matrix; save the dense array, e.g. "
                "numpy.savez(FILE, input=matrix.toarray())"
            )

    def source(self, selector: str | None, classes: ClassNames | None) -> StoredSource:  # noqa: ARG002
        """Open one array; DataError where its size is not what its header promises."""
        name = selector or ""
        member = self._members.get(name) or self._members.get(name.removesuffix(_EXTENSION))
        if selector is None or member is None:
            raise UsageError(
                f"{self.label}: no array {show(selector)}; choose one of {name_list(self.arrays)}"
            )
        return npy_source(self._open(member), member.file_size)

    def _open(self, member: ZipInfo) -> File:
        name = short_name(member.filename.removesuffix(_EXTENSION))
        return open_member(self._file, member, self._offsets, f"{self.label}::{name}")

    def _is_array(self, member: ZipInfo) -> bool:
        """Tell whether a member without the usual extension is an array that can be read."""
        try:
            return self._open(member).head(len(_MAGIC)) == _MAGIC
        except DataError:
            return False

    def _refuse_repeated(self, names: list[str]) -> None:
        name, count = Counter(names).most_common(1)[0] if names else ("", 0)
        if count > 1:
            raise DataError(f"{self.label}: {show(name)} appears twice; save the archive again")
