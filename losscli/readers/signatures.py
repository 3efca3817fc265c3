"""What the first bytes of a file give away, whatever its name says."""

from __future__ import annotations

HEAD = 4096
"""Bytes that `recognise` wants to see."""

_MAGIC = (
    (b"\x93NUMPY", "npy"),
    (b"PK\x03\x04", "npz"),
    (b"PK\x05\x06", "npz"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x89HDF", "hdf5"),
    (b"PAR1", "parquet"),
    (b"\x80\x02", "pickle"),
    (b"\x80\x03", "pickle"),
    (b"\x80\x04", "pickle"),
    (b"\x80\x05", "pickle"),
)

_NAMES = {
    "npy": "an NPY file",
    "npz": "a ZIP or NPZ archive",
    "json": "JSON (line 1 begins with a bracket)",
    "utf-16": "UTF-16 text",
    "utf-32": "UTF-32 text",
    "gzip": "a gzip file",
    "bzip2": "a bzip2 file",
    "xz": "an xz file",
    "zstd": "a zstd file",
    "hdf5": "an HDF5 file",
    "parquet": "a Parquet file",
    "pickle": "a pickle, which is never loaded",
    "html": "an HTML page (line 1 is markup), perhaps a failed download",
    "text": "text, perhaps CSV",
    "binary": "an unknown binary format",
}

_ADVICE = {
    **{name: f"rename it, or say {name}:PATH" for name in ("npy", "npz", "json")},
    **dict.fromkeys(("utf-16", "utf-32"), "save it as UTF-8 (PowerShell: -Encoding utf8)"),
    **dict.fromkeys(("gzip", "bzip2", "xz", "zstd"), "unpack it first"),
    "html": "fetch the file itself",
    "text": "rename it, or say csv:PATH",
}


def recognise(head: bytes) -> str:
    """Name what a file's first bytes look like: npy, npz, json, html, ..., text or binary."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"["):
        return "json"
    if text[:1] == b"<":
        return "html"
    control = sum(byte < 32 and byte not in b"\t\n\v\f\r\x1a\x1b" for byte in head.rstrip(b"\0"))
    return "binary" if control else "text"


def mismatch(wanted: str, found: str) -> str:
    """Say that a file is not what it was opened as, what it looks like, and what to do."""
    advice = _ADVICE.get(found, "save numbers as CSV, NPY, NPZ, YAML or JSON")
    return f"this is not {wanted} but {_NAMES[found]}; {advice}"
