"""Every sample of a comparison as CSV, TSV or JSON lines, and the divergences as NPY."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

from losscli.atomic import Chunk
from losscli.compare.figures import columns, row_of
from losscli.compare.run import Comparison
from losscli.rows import role_cells
from losscli.strict_json import dumped
from losscli.writers import ROWS, npy_header


def rows(found: Comparison) -> Iterator[dict[str, Any]]:
    """Yield what is said of every sample, in order; of an ignored one its label alone."""
    problem, grid = found.problem, found.problem.grid
    kept = {name: array.reshape(-1) for name, array in found.kept.items()}
    if found.counted is not None:
        kept["counted"] = found.counted.reshape(-1)
    for start, stop in grid.blocks():
        first, last = start * grid.positions, stop * grid.positions
        lists = {name: array[first:last].tolist() for name, array in kept.items()}
        if problem.target is not None:
            lists["target"] = role_cells(problem, "target", start, stop)
        for term, row in enumerate(zip(*lists.values(), strict=True), first):
            seen: dict[str, Any] = dict(zip(lists, row, strict=True))
            if seen.get("counted") == 0:
                seen = dict.fromkeys(seen) | {"target": seen["target"]}
            yield row_of(found, term, seen)


def separated(found: Comparison, delimiter: str) -> Iterator[str]:
    """Yield the samples as CSV or TSV, a header first."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns(found))
    for i, row in enumerate(rows(found)):
        writer.writerow(row.values())
        if i % ROWS == ROWS - 1:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def json_lines(found: Comparison) -> Iterator[str]:
    """Yield the samples as one JSON object a line."""
    return (dumped(row) + "\n" for row in rows(found))


def divergences(found: Comparison) -> Iterator[Chunk]:
    """Yield the divergence of every sample as an NPY file."""
    kl = found.kept["kl"]
    yield npy_header(kl.dtype, kl.shape)
    yield kl.data.cast("B")


FILES: dict[str, Callable[[Comparison], Iterator[Chunk]]] = {
    ".csv": lambda found: separated(found, ","),
    ".tsv": lambda found: separated(found, "\t"),
    ".jsonl": json_lines,
    ".npy": divergences,
}
