"""Rows, given as columns, as lines of CSV, TSV or JSON, some thousands at a time."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from losscli.output.strict_json import dumped

ROWS = 4096
"""Rows that are turned into text at a time."""
Column = Sequence[Any]


def indices(axes: tuple[int, ...], start: int, stop: int) -> Column:
    """Return the names of the flat indices start to stop: `i`, or `i,j` with several axes."""
    if len(axes) == 1:
        return range(start, stop)
    if not axes:
        return [""]
    places = np.unravel_index(np.arange(start, stop), axes)
    return [",".join(at) for at in zip(*(map(str, axis.tolist()) for axis in places), strict=True)]


def separated(columns: Sequence[Column], delimiter: str) -> Iterator[str]:
    """Yield rows as CSV or TSV; a cell that is a list becomes words."""
    cells = [
        [" ".join(map(str, cell)) for cell in column]
        if isinstance(next(iter(column), None), list)
        else column
        for column in columns
    ]
    rows = zip(*cells, strict=True)
    while part := list(islice(rows, ROWS)):
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerows(part)
        yield buffer.getvalue()


def json_lines(names: Sequence[str], columns: Sequence[Column]) -> Iterator[str]:
    """Yield rows as JSON objects, one per line."""
    members = (dumped(name).replace("%", "%%") + ":%s" for name in names)
    template = f"{{{','.join(members)}}}\n"
    rows = zip(*(map(_json, column) for column in columns), strict=True)
    while part := "".join([template % row for row in islice(rows, ROWS)]):
        yield part


def _json(cell: Any) -> str:
    # Most cells are plain numbers, which JSON writes as Python does.
    kind = type(cell)
    plain = kind is int or (kind is float and math.isfinite(cell))
    return repr(cell) if plain else dumped(cell)
