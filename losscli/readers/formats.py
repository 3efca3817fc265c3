"""The table of formats: how each is named, recognized by its first bytes, and opened.

A new format is a module that opens it as a Document, and a row here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from losscli.errors import DataError
from losscli.readers.contents import FOREIGN, HTML, JSON, TEXT, UNKNOWN, ZIP, Content
from losscli.readers.document import Document, ReadOptions
from losscli.readers.file import File


class Format(NamedTuple):
    """One row of the table."""

    name: str
    """The prefix of a source, as in `npy:PATH`."""
    title: str
    """Its name in messages, with an article."""
    extensions: tuple[str, ...]
    opener: str
    """`MODULE:FUNCTION`, imported when the first file of this format is opened."""
    first_bytes: tuple[bytes, ...] = ()
    """A file of this format begins with one of these."""
    member: str = ""
    """For a ZIP archive: a pattern for the name of a member that others do not have."""
    pattern: bytes = b""
    """A pattern for the first bytes, where they differ from file to file."""
    text: tuple[str, ...] = ()
    """For a format without first bytes of its own: the contents that it may have."""
    extra: str | None = None
    """The extra of the package that installs the format's dependencies."""
    needs: str = ""
    """The module that this extra installs."""
    selector: str = ""
    """What a selector names, in words; empty for a format of one array."""
    blocks: str = "in blocks"
    """How a file is read: in blocks of rows, as a whole, and what else there is to say."""

    @property
    def content(self) -> Content:
        """The content with these first bytes."""
        fix = f"rename it or type {self.name}:PATH"
        return Content(self.name, self.title, fix, self.first_bytes, self.member, self.pattern)

    def open(self, file: File, options: ReadOptions) -> Document:
        """Open a file; DataError where its content is that of another format."""
        found = recognize(file)
        if found.name not in (self.name, *self.text):
            raise mismatch(file, self.title, found)
        module, function = self.opener.split(":")
        opener: Callable[[File, ReadOptions], Document]
        try:
            opener = getattr(import_module(module), function)
        except ModuleNotFoundError as error:
            if self.extra is None:
                raise
            raise DataError(
                f"{file.label}: {self.title} needs {error.name}; "
                f"run pip install 'losscli[{self.extra}]'"
            ) from None
        return opener(file, options)


_TABLE = "losscli.readers.tables.table"
_BINARY = "losscli.readers.binary"
_NESTED = "losscli.readers.nested"
_COLUMNAR = "losscli.readers.columnar"
_OLE = b"\xd0\xcf\x11\xe0"

FORMATS = (
    Format(
        "csv", "CSV", ("csv", "txt", "dat"), f"{_TABLE}:Table", text=("text",), selector="columns"
    ),
    Format("tsv", "TSV", ("tsv", "tab"), f"{_TABLE}:TsvTable", text=("text",), selector="columns"),
    Format(
        "npy",
        "an NPY file",
        ("npy",),
        f"{_BINARY}.npy:NpyFile",
        (b"\x93NUMPY",),
        blocks="in blocks, in C and in Fortran order",
    ),
    Format(
        "npz",
        "an NPZ (ZIP) archive",
        ("npz",),
        f"{_BINARY}.npz:NpzArchive",
        ZIP,
        selector="an array by its name",
        blocks="in blocks; a deflated array goes to a temporary file first",
    ),
    Format(
        "torch",
        "a file of torch.save",
        # .bin and .ckpt may be anything: their first bytes say what they are.
        ("pt", "pth"),
        f"{_BINARY}.torch_zip:open_torch",
        ZIP,
        member=r"(?:[^/]+/)?data\.pkl",
        text=("npz",),
        selector="a tensor by its path",
        blocks="in blocks; of PyTorch 1.6 and later",
    ),
    Format(
        "pickle",
        "a pickle",
        ("pkl", "pickle"),
        f"{_BINARY}.pickled:open_pickle",
        # PyTorch's old files begin with a pickle of a long number.
        pattern=rb"\x80[\x02-\x05](?!\x8a\x0al\xfc\x9c\x46)",
        text=("text", "binary", "json", "html"),
        selector="an array or a list by its path",
        blocks="arrays in blocks, lists as a whole",
    ),
    Format(
        "kld",
        "a llama.cpp file",
        ("kld",),
        f"{_BINARY}.kld:KldFile",
        (b"_logits_",),
        selector="log-probs or tokens",
    ),
    Format(
        "safetensors",
        "a safetensors file",
        ("safetensors",),
        f"{_BINARY}.safetensors:open_safetensors",
        pattern=rb".{4}\0{4}\{",
        selector="a tensor by its name",
    ),
    Format(
        "parquet",
        "a Parquet file",
        ("parquet", "pq"),
        f"{_COLUMNAR}.table:open_parquet",
        # Not the header PAR1,PAR2 of a table.
        pattern=rb"PAR[1E][^\x20-\x7e\t\r\n]",
        extra="parquet",
        needs="pyarrow",
        selector="columns",
        blocks="in blocks; columns of numbers, or one of lists",
    ),
    Format(
        "arrow",
        "an Arrow file",
        ("arrow", "feather", "arrows", "ipc"),
        f"{_COLUMNAR}.table:open_arrow",
        (b"ARROW1", b"FEA1", b"\xff\xff\xff\xff"),
        extra="parquet",
        needs="pyarrow",
        selector="columns",
        blocks="batch by batch",
    ),
    Format(
        "excel",
        "a spreadsheet",
        ("xlsx", "xlsm", "xlsb", "xls", "ods"),
        f"{_COLUMNAR}.workbook:open_workbook",
        (*ZIP, _OLE),
        r"xl/workbook\.(?:xml|bin)|content\.xml",
        extra="excel",
        needs="python_calamine",
        selector="columns of a sheet",
        blocks="as a whole, one sheet",
    ),
    Format(
        "hdf5",
        "an HDF5 file",
        ("h5", "hdf5", "hdf", "he5", "mat"),
        f"{_COLUMNAR}.hdf5:open_hdf5",
        pattern=rb"(?:|.{512}|.{1024}|.{2048})\x89HDF\r\n\x1a\n|MATLAB [57]",
        extra="hdf5",
        needs="h5py",
        selector="a data set by its path",
    ),
    Format(
        "yaml",
        "YAML",
        ("yaml", "yml"),
        f"{_NESTED}.yaml_events:open_yaml",
        text=("text", "json", "utf-16", "html", "binary"),
        selector="a value by its path",
        blocks="as a whole",
    ),
    Format(
        "json",
        "JSON",
        ("json",),
        f"{_NESTED}.json_text:open_json",
        text=("json", "text"),
        selector="a value by its path",
        blocks="as a whole",
    ),
    Format(
        "jsonl",
        "JSON Lines",
        ("jsonl", "ndjson"),
        f"{_NESTED}.json_lines:open_json_lines",
        text=("json", "text"),
        selector="a value of each record by its path",
    ),
)

BY_NAME = {row.name: row for row in FORMATS}
BY_EXTENSION = {extension: row for row in FORMATS for extension in row.extensions}
_BY_CONTENT = {**BY_NAME, "text": BY_NAME["csv"]}


def recognize(file: File) -> Content:
    """Return the content of a file, regardless of its name; DataError where it is empty."""
    head = file.head()
    known = [
        content
        for content in (*(row.content for row in BY_NAME.values()), *FOREIGN)
        if content.begins(head)
    ]
    if head.startswith(ZIP) and any(content.member for content in known):
        names = _members(file)
        special = [c for c in known if c.member and any(map(re.compile(c.member).fullmatch, names))]
        known = special or [content for content in known if not content.member]
    if known:
        return known[0]
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"["):
        return JSON
    if text[:1] == b"<":
        return HTML
    control = sum(byte < 32 and byte not in b"\t\n\v\f\r\x1a\x1b" for byte in head.rstrip(b"\0"))
    return UNKNOWN if control else TEXT


def _members(file: File) -> list[str]:
    """Return the names of a ZIP archive's members; none where it is damaged."""
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(file.stream()) as archive:
            return archive.namelist()
    except (BadZipFile, OSError, ValueError, EOFError, NotImplementedError):
        return []


def detect(file: File) -> Format:
    """Return the format of a file by its content; DataError if no format reads it."""
    found = recognize(file)
    row = _BY_CONTENT.get(found.name)
    if row is None:
        raise mismatch(file, "a table of numbers", found)
    return row


def mismatch(file: File, expected: str, found: Content) -> DataError:
    """Return an error for a file whose content is not what its name promises."""
    return DataError(f"{file.label}: expected {expected}, found {found.title}; {found.fix}")
