"""Every sample of a comparison as CSV, TSV or JSON lines, and the divergences as NPY."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from losscli.commands.compare.comparison import Comparison
from losscli.commands.role_cells import class_cells, role_cells
from losscli.output.encoders import Column, JsonObjects, Npy, Separated, indices
from losscli.output.output_files import Chunk
from losscli.output.row_formats import ROW_FORMATS


def listed(found: Comparison, form: str) -> Iterator[str]:
    """Yield every sample as a line of CSV or TSV, after a header, or as a JSON object."""
    delimiter, names = ROW_FORMATS[form], found.columns
    encoder = Separated(delimiter, names) if delimiter else JsonObjects(names)
    return encoder.whole(_blocks(found))


def _blocks(found: Comparison) -> Iterator[list[Column]]:
    """Yield the columns of the samples block by block; ignored samples show their label alone."""
    problem, grid = found.problem, found.problem.grid
    for start, stop in grid.blocks():
        first, last = start * grid.positions, stop * grid.positions
        cells: dict[str, Any] = {}
        for name, kept in found.kept.items():
            part = kept.read(first, last)
            classes = name in ("reference", "input")
            cells[name] = class_cells(problem, part) if classes else part.tolist()
        if found.counted is not None:
            for i in np.flatnonzero(found.counted.read(first, last) == 0).tolist():
                for column in cells.values():
                    column[i] = None
        cells["index"] = indices(grid.axes, first, last)
        if problem.target is not None:
            cells["target"] = role_cells(problem, "target", start, stop)
        yield [cells[name] for name in found.columns]


def divergences(found: Comparison) -> Iterator[Chunk]:
    """Yield the divergence of every sample as an NPY file."""
    kl = found.kept["kl"]
    return Npy(kl.dtype, found.problem.grid.axes).whole(kl.pieces())


FILES: dict[str, Callable[[Comparison], Iterator[Chunk]]] = {
    **{f".{form}": partial(listed, form=form) for form in ROW_FORMATS},
    ".npy": divergences,
}
