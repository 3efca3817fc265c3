"""Write Parquet, Arrow and HDF5 files and spreadsheets, for all tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import numpy as np


def arrow(kind: str, columns: Any, rows: int = 2) -> bytes:
    """Return the bytes of a `parquet`, `arrow` or `arrows` file with groups of this many rows."""
    import pyarrow as pa
    import pyarrow.ipc
    import pyarrow.parquet

    buffer = io.BytesIO()
    table = columns if isinstance(columns, pa.Table) else pa.table(dict(columns))
    if kind == "parquet":
        pa.parquet.write_table(table, buffer, row_group_size=rows)
    else:
        new = pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream
        with new(buffer, table.schema) as writer:
            writer.write_table(table, rows)
    return buffer.getvalue()


def hdf5(sets: Mapping[str, Any], *, matlab: bool = False, **options: Any) -> bytes:
    """Return the bytes of an HDF5 file of data sets; a MATLAB file has a block before it."""
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w", userblock_size=512 * matlab) as file:
        for name, values in sets.items():
            dataset = file.create_dataset(name, data=values, **options)
            if matlab:
                kinds = {"f": b"double", "u": b"char", "b": b"logical"}
                dataset.attrs["MATLAB_class"] = np.bytes_(kinds[dataset.dtype.kind])
    data = buffer.getvalue()
    return b"MATLAB 7.3 MAT-file".ljust(512) + data[512:] if matlab else data


_PART = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
ERROR = "<e>"
"""A cell with an error."""
DATE = "<d>"
"""A cell with a date."""


def workbook(sheets: Mapping[str, Sequence[Any]], hidden: Sequence[str] = ()) -> bytes:
    """Return the bytes of an `.xlsx` file; a cell of None is empty."""
    entries, links = "", ""
    parts = {}
    for number, (name, rows) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' * (name in hidden)
        entries += f'<sheet name="{escape(name)}" sheetId="{number}"{state} r:id="r{number}"/>'
        links += (
            f'<Relationship Id="r{number}" Type="{_LINK}/worksheet" '
            f'Target="worksheets/sheet{number}.xml"/>'
        )
        body = "".join(
            f'<row r="{at}">{"".join(_cell(cell, at, column) for column, cell in enumerate(row))}'
            "</row>"
            for at, row in enumerate(rows, 1)
        )
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{_PART}"><sheetData>{body}</sheetData></worksheet>'
        )
    links += f'<Relationship Id="s" Type="{_LINK}/styles" Target="styles.xml"/>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
            "</Types>",
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_LINKS}"><Relationship Id="r" Type="{_LINK}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_PART}" xmlns:r="{_LINK}"><sheets>{entries}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_LINKS}">{links}</Relationships>'
        )
        archive.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{_PART}"><cellXfs count="2"><xf numFmtId="0"/>'
            '<xf numFmtId="14"/></cellXfs></styleSheet>',
        )
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def _cell(cell: object, row: int, column: int) -> str:
    place = f'r="{chr(65 + column)}{row}"'
    if cell is None:
        return ""
    if cell == ERROR:
        return f'<c {place} t="e"><v>#DIV/0!</v></c>'
    if cell == DATE:
        return f'<c {place} s="1"><v>43831</v></c>'
    if isinstance(cell, str):
        return f'<c {place} t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    if isinstance(cell, bool):
        return f'<c {place} t="b"><v>{int(cell)}</v></c>'
    return f"<c {place}><v>{cell!r}</v></c>"
