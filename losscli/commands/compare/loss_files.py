"""Every sample of a comparison by a loss: the loss of each model, and the changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from losscli.commands.role_cells import role_cells
from losscli.commands.study import Study
from losscli.output.encoders import Column, JsonObjects, Npy, Separated, extension, indices
from losscli.output.output_files import Chunk
from losscli.output.row_formats import ROW_FORMATS

NPY = ".npy"
EXTENSIONS = (*(f".{form}" for form in ROW_FORMATS), NPY)


def kind_of(path: str) -> str:
    """Return the extension of an output file, or refuse an unknown one."""
    return extension(path, EXTENSIONS, "output")


def written(study: Study, path: str) -> Iterator[Chunk]:
    """Yield an output file: the samples, or as NPY the changes, (inputs, n, d...) if several."""
    kind = kind_of(path)
    return _changes(study) if kind == NPY else listed(study, kind.removeprefix("."))


def listed(study: Study, form: str) -> Iterator[str]:
    """Yield every sample as a line of CSV or TSV, after a header, or as a JSON object."""
    problem, delimiter = study.models.problem, ROW_FORMATS[form]
    names = ["index", *(["target"] if problem.target else []), *_names(study)]
    encoder = Separated(delimiter, names) if delimiter else JsonObjects(names)
    return encoder.whole(_blocks(study))


def _names(study: Study) -> Iterator[str]:
    yield "loss_reference"
    for name in study.models.names[:-1]:
        yield f"loss_{name}".replace(" ", "_")
        yield f"change_{name}".replace(" ", "_").replace("change_input", "change")


def _blocks(study: Study) -> Iterator[list[Column]]:
    """Yield the columns of the samples block by block; ignored samples show their label alone."""
    problem, found = study.models.problem, study.found
    grid, inputs = problem.grid, study.models.count - 1
    for start, stop in grid.blocks():
        first, last = start * grid.positions, stop * grid.positions
        reference = found.read(inputs, first, last)
        numbers = [reference]
        for model in range(inputs):
            own = found.read(model, first, last)
            with np.errstate(invalid="ignore"):
                numbers += [own, own - reference]
        columns: list[list[Any]] = [column.tolist() for column in numbers]
        counted = found.counted(first, last)
        for i in [] if counted is None else np.flatnonzero(~counted).tolist():
            for column in columns:
                column[i] = None
        cells: list[Column] = [indices(grid.axes, first, last)]
        cells += [role_cells(problem, "target", start, stop)] if problem.target else []
        yield [*cells, *columns]


def _changes(study: Study) -> Iterator[Chunk]:
    count, axes = study.models.count - 1, study.models.problem.grid.axes
    parts = (part for model in range(count) for part in study.found.every(model, count))
    shape = axes if count == 1 else (count, *axes)
    return Npy(np.dtype(np.float64), shape).whole(parts)
