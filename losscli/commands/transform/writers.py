"""The output of a transform, block by block, as CSV, TSV, JSON, JSON Lines or NPY."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from losscli.engine.transformation import Transformation
from losscli.numerics.arrays import Array
from losscli.output.encoders import (
    Column,
    JsonEntries,
    JsonList,
    Npy,
    NumberRows,
    Separated,
    indices,
)
from losscli.output.output_files import Chunk
from losscli.output.strict_json import dumped

Blocks = Iterator[Array]
"""The output, block by block, the class axis second (`Transformation.blocks`)."""


def separated(task: Transformation, blocks: Blocks, delimiter: str) -> Iterator[str]:
    """Yield the output as CSV or TSV, with a header only if the input has one.

    Up to two axes stay as they are in the input. With more, a line is a row of
    `Transformation.rows`, and a first column `index` names it.
    """
    if len(task.shape) < 3:
        tables = (
            part.reshape(part.shape[0] if part.ndim else 1, -1) for part in task.in_place(blocks)
        )
        return NumberRows(delimiter, task.operand.source.names).whole(tables)
    names = ["index", *(task.names or map(str, range(task.width)))]
    return Separated(delimiter, names).whole(_indexed(task, blocks))


def _indexed(task: Transformation, blocks: Blocks) -> Iterator[list[Column]]:
    """Yield the columns of each block, the index first."""
    row = 0
    for part in blocks:
        table = task.rows(part)
        yield [indices(task.row_axes, row, row + len(table)), table]
        row += len(table)


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
        yield from JsonList().whole(parts)
    else:
        yield from (dumped(part.item()) for part in parts)
    yield "}\n"


ROWS: dict[str, Callable[[Transformation, Blocks], Iterator[str]]] = {
    "jsonl": lambda task, blocks: JsonEntries().whole(task.in_place(blocks)),
    "csv": lambda task, blocks: separated(task, blocks, ","),
    "tsv": lambda task, blocks: separated(task, blocks, "\t"),
}
TEXT = {"json": json_object, **ROWS}
FILES: dict[str, Callable[[Transformation, Blocks], Iterator[Chunk]]] = {
    ".npy": lambda task, blocks: Npy(task.dtype, task.shape, task.operand.sample_axis).whole(
        task.stored(blocks)
    ),
    **{f".{name}": write for name, write in ROWS.items()},
}
