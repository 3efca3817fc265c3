"""Spreadsheets: one sheet is a table; a workbook may have several."""

from __future__ import annotations

import marshal
import subprocess
import sys
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import python_calamine  # noqa: F401

from losscli.errors import DataError, show
from losscli.readers.class_names import ClassNames, name_list
from losscli.readers.columnar import sheet_process
from losscli.readers.columnar.sheet import Cells, Sheet
from losscli.readers.document import Document, ReadOptions
from losscli.readers.file import File
from losscli.readers.source import Source

_LARGEST = 1 << 30
"""Bytes that the parts of a workbook may have, uncompressed."""
_PIECE = 1 << 18
_OLE = {
    "EncryptedPackage": "the workbook is encrypted; save it without a password",
    "WordDocument": "expected a spreadsheet, found a Word document; save the table as CSV",
    "PowerPoint Document": "expected a spreadsheet, found a presentation; save the table as CSV",
}
"""What else a file of old Microsoft Office may be, by the name of a stream in it."""
_AGAIN = "open it in a spreadsheet program and save it again, or save the sheet as CSV"


def open_workbook(file: File, options: ReadOptions) -> Workbook:
    """Return a workbook; DataError for other files of office programs, and for bombs."""
    if file.head(4) == b"\xd0\xcf\x11\xe0":
        _check_ole(file)
    else:
        _check_zip(file)
    return Workbook(file, options)


def _check_ole(file: File) -> None:
    data = bytearray(file.size)
    file.read_at(0, memoryview(data))
    for name, problem in _OLE.items():
        if name.encode("utf-16-le") in data and "Workbook".encode("utf-16-le") not in data:
            raise DataError(f"{file.label}: {problem}")


def _check_zip(file: File) -> None:
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(file.stream()) as archive:
            total = sum(member.file_size for member in archive.infolist())
            kind = ""
            if "mimetype" in archive.namelist() and archive.getinfo("mimetype").file_size < 200:
                kind = archive.read("mimetype").decode("ascii", "replace")
    except (BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(file.label, str(error)) from None
    if total > _LARGEST:
        raise DataError(
            f"{file.label}: the workbook becomes {total} bytes when it is decompressed, more than "
            f"{_LARGEST}; save the sheet as CSV"
        )
    if kind and "spreadsheet" not in kind:
        raise DataError(
            f"{file.label}: expected a spreadsheet, found {show(kind)}; save the table as CSV"
        )


def _damaged(label: str, why: str) -> DataError:
    return DataError(f"{label}: the workbook is damaged: {show(why)}; {_AGAIN}")


class Workbook(Document):
    """The sheets of a file."""

    kind = "a workbook"

    def __init__(self, file: File, options: ReadOptions) -> None:
        self.label = file.label
        self._file = file
        self._options = options
        self._sheets: dict[str, Sheet] = {}

    @cached_property
    def _known(self) -> list[tuple[str, bool, bool]]:
        """The name of each sheet, whether it is shown, and whether it has cells."""
        sheets, cells = self._read(None)
        if cells is not None:
            sheet = Sheet(self.label, cells, self._options, f"{self.label}::")
            self._sheets[""] = self._sheets[cells.name] = sheet
        return sheets

    def split_selector(self, selector: str | None) -> tuple[str, str | None]:
        """Split `Sheet1/cat-fish` into the name of a sheet and a selector of its columns."""
        if selector is None or "/" not in selector:
            return "", selector
        names = [name for name, _, _ in self._known if selector.startswith(f"{name}/")]
        name = max(names, key=len, default="")
        return name, (selector[len(name) + 1 :] if name else selector) or None

    def paths(self) -> Iterable[str]:
        """Return how a selector begins that names a sheet."""
        return [f"{sheet}/" for sheet, shown, full in self._known if full and shown]

    def section(self, name: str) -> Sheet:
        """Return the sheet of a name, or the only one with cells."""
        known = self._known
        if name not in self._sheets:
            full = [sheet for sheet, shown, full in known if full and (shown or name == sheet)]
            if not name and full:
                raise DataError(
                    f"{self.label} has several sheets with cells: {name_list(tuple(full))}; "
                    f"choose one: {self.label}::{full[0]}/"
                )
            _, cells = self._read(name) if name in full else (known, None)
            if cells is None:
                which = f"the sheet {show(name)}" if name else "the workbook"
                hidden = " that is not hidden" * any(full for _, _, full in known if not name)
                raise DataError(f"{self.label}: {which} has no cell{hidden}; save it again")
            typed = f"{self.label}::{name}/"
            self._sheets[name] = Sheet(self.label, cells, self._options, typed)
        return self._sheets[name]

    def source(self, selector: str | None, classes: ClassNames | None) -> Source:
        """Return columns of a sheet."""
        name, selector = self.split_selector(selector)
        return self.section(name).source(selector, classes)

    def _read(self, name: str | None) -> tuple[list[tuple[str, bool, bool]], Cells | None]:
        """Return the sheets, and the cells of one: of that name, or the only one with cells."""
        found = self._run(name)
        if found[0] == "password":
            raise DataError(f"{self.label}: {_OLE['EncryptedPackage']}")
        if found[0] == "memory":
            raise DataError(f"{self.label}: the sheet does not fit in memory; save it as CSV")
        if found[0] == "damaged":
            raise _damaged(self.label, found[1])
        return found[1], Cells(*found[2]) if found[2] else None

    def _run(self, name: str | None) -> Any:
        """Return what the process that reads the file says."""
        script = [sys.executable, "-P", sheet_process.__file__, *([] if name is None else [name])]
        with subprocess.Popen(
            script,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                with self._file.stream() as stream, process.stdin as pipe:
                    while piece := stream.read(_PIECE):
                        pipe.write(piece)
            except BrokenPipeError:
                pass
            answer = process.stdout.read()
        if process.returncode or not answer:
            raise DataError(
                f"{self.label}: the workbook is damaged, or far too large for its file; {_AGAIN}"
            )
        return marshal.loads(answer)
