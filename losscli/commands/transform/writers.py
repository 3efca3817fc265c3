"""An array that comes block by block, as CSV, JSON, JSON Lines or NPY that reads back the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from losscli.engine.transformation import Transformation
from losscli.numerics.arrays import Array
from losscli.output import lines
from losscli.output.output_files import Chunk
from losscli.output.strict_json import dumped, dumped_each, numbers
from losscli.output.writers import array_text, npy_header

Blocks = Iterator[Array]
"""The output, block by block, the class axis second (`Transformation.blocks`)."""


def separated(task: Transformation, blocks: Blocks, delimiter: str) -> Iterator[str]:
    """Yield the output as CSV or TSV, a header only where the input has one.

    Up to two axes lie as in the input. With more, a line is a row of `Transformation.rows`, and a
    first column `index` says which.
    """
    flat = len(task.shape) > 2
    names = list(task.names) if flat else list(task.operand.source.names)
    if flat:
        names = ["index", *(names or map(str, range(task.width)))]
    if names:
        yield from lines.separated([[name] for name in names], delimiter)
    row = 0
    for part in blocks if flat else task.in_place(blocks):
        table = task.rows(part) if flat else part.reshape(part.shape[0] if part.ndim else 1, -1)
        columns: list[lines.Column] = numbers(table.T)
        if flat:
            columns.insert(0, lines.indices(task.row_axes, row, row + len(table)))
        row += len(table)
        yield from lines.separated(columns, delimiter)


def json_lines(task: Transformation, blocks: Blocks) -> Iterator[str]:
    """Yield the output as JSON Lines: an entry of axis 0 a line, nested as the array is."""
    for part in task.in_place(blocks):
        yield "".join(f"{row}\n" for row in dumped_each(part))


def json_object(task: Transformation, blocks: Blocks) -> Iterator[str]:
    """Yield the output as one JSON object; the array comes last and is streamed."""
    head = {
        "schema": 1,
        "transform": task.transform.name,
        "names": list(task.operand.source.names),
        "shape": list(task.shape),
        "dtype": str(task.dtype),
    }
    yield dumped(head)[:-1] + ',"output":'
    parts = task.in_place(blocks)
    if task.shape:
        yield from array_text(parts)
    else:
        yield from (dumped(part.item()) for part in parts)
    yield "}\n"


def npy(task: Transformation, blocks: Blocks) -> Iterator[bytes | memoryview]:
    """Yield the output as an NPY file of the input's shape."""
    yield npy_header(task.dtype, task.shape)
    for part in task.in_place(blocks):
        yield np.ascontiguousarray(part).data.cast("B")


FILES: dict[str, Callable[[Transformation, Blocks], Iterator[Chunk]]] = {
    ".npy": npy,
    ".csv": lambda task, blocks: separated(task, blocks, ","),
    ".tsv": lambda task, blocks: separated(task, blocks, "\t"),
    ".jsonl": lambda task, blocks: json_lines(task, blocks),
}
TEXT: dict[str, Callable[[Transformation, Blocks], Iterator[str]]] = {
    "json": json_object,
    "jsonl": json_lines,
    "csv": lambda task, blocks: separated(task, blocks, ","),
    "tsv": lambda task, blocks: separated(task, blocks, "\t"),
}
