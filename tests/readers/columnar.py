"""Write Parquet, Arrow and HDF5 files and spreadsheets, for all tests."""

from __future__ import annotations

import io
from typing import Any


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
