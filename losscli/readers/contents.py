"""What a file turns out to be: contents by their first bytes, and those that are not read."""

from __future__ import annotations

import re
from typing import NamedTuple


class Content(NamedTuple):
    """The content that a file turns out to have."""

    name: str
    title: str
    """Its name in messages, with an article."""
    fix: str
    """The fix if another format was expected."""
    first_bytes: tuple[bytes, ...] = ()
    """The file begins with one of these; empty for text."""
    member: str = ""
    """A pattern for the name of a member that only ZIP archives of this content have."""
    pattern: bytes = b""
    """A pattern for the first bytes, where they differ from file to file."""

    def begins(self, head: bytes) -> bool:
        """Tell whether a file with these first bytes may have this content."""
        if self.pattern:
            return re.match(self.pattern, head, re.DOTALL) is not None
        return head.startswith(self.first_bytes)


ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_UTF_8 = "save it as UTF-8 (PowerShell: -Encoding utf8)"
_NUMBERS = "save its numbers as CSV, NPY or another format of loss formats"
_EXTRACT = "extract the file first"

FOREIGN = (
    Content("lfs", "a Git LFS pointer", "run git lfs pull", (b"version https://git-lfs.",)),
    Content("utf-32", "UTF-32 text", _UTF_8, (b"\xff\xfe\0\0", b"\0\0\xfe\xff")),
    Content("utf-16", "UTF-16 text", _UTF_8, (b"\xff\xfe", b"\xfe\xff")),
    Content(
        "torch-legacy",
        "a file of torch.save before PyTorch 1.6",
        "load it and save it again with torch.save",
        (b"\x80\x02\x8a\x0al\xfc\x9c\x46",),
    ),
    Content("tar", "a tar archive", f"{_EXTRACT}, e.g. tar -xf FILE", pattern=rb".{257}ustar"),
    Content("7z", "a 7z archive", _EXTRACT, (b"7z\xbc\xaf\x27\x1c",)),
    Content("rar", "a RAR archive", _EXTRACT, (b"Rar!\x1a\x07",)),
    Content(
        "lz4", "an lz4 file", "decompress it first, e.g. lz4 -dc FILE > NEW", (b"\x04\x22\x4d\x18",)
    ),
    Content("compress", "a file of compress", "run gzip -dc FILE > NEW", (b"\x1f\x9d",)),
    Content("png", "a PNG picture", _NUMBERS, (b"\x89PNG",)),
    Content("jpeg", "a JPEG picture", _NUMBERS, (b"\xff\xd8\xff",)),
    Content("gif", "a GIF picture", _NUMBERS, (b"GIF8",)),
    Content("tiff", "a TIFF picture", _NUMBERS, (b"II*\0", b"MM\0*")),
    Content("pdf", "a PDF document", _NUMBERS, (b"%PDF-",)),
    Content("word", "a Word document", _NUMBERS, ZIP, r"word/document\.xml"),
    Content("slides", "a PowerPoint file", _NUMBERS, ZIP, r"ppt/presentation\.xml"),
    Content("jar", "a Java archive", _EXTRACT, ZIP, r"META-INF/MANIFEST\.MF"),
    Content("sqlite", "an SQLite database", _NUMBERS, (b"SQLite format 3\0",)),
    Content("avro", "an Avro file", _NUMBERS, (b"Obj\x01",)),
    Content("stata", "a Stata file", _NUMBERS, (b"<stata_dta>",)),
    Content("sas", "a SAS file", _NUMBERS, pattern=rb"\0{12}\xc2\xea\x81\x60"),
    Content("gguf", "a GGUF model", "give the model's outputs, not its weights", (b"GGUF",)),
    Content("program", "a program", _NUMBERS, (b"\x7fELF",)),
)
"""Contents that are recognized, but not read."""

JSON = Content("json", "JSON (line 1 begins with a bracket)", "rename it or type json:PATH")
HTML = Content("html", "an HTML page (line 1 is markup)", "download the file itself")
TEXT = Content("text", "text, perhaps CSV", "rename it or type csv:PATH")
UNKNOWN = Content("binary", "an unknown binary format", _NUMBERS)
