"""Results as text and bytes, block by block: JSON, JSON Lines, CSV, TSV, NPY; no digit is cut."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from losscli.engine.block import Block
from losscli.engine.problem.problem import Problem
from losscli.engine.result.notices import Notice
from losscli.engine.result.objective import Penalty
from losscli.engine.result.result import signature, summary
from losscli.engine.run import Outcome
from losscli.errors import UsageError, short_name
from losscli.numerics.arrays import Array
from losscli.output.lines import ROWS, json_lines, separated
from losscli.output.output_files import Chunk
from losscli.output.rows import by_term, cells, columns, given, gradient_columns
from losscli.output.strict_json import SEPARATORS, dumped, numbers, plain


class Writer(Protocol):
    """What becomes of a run's blocks: each is taken as it is done, in order."""

    def head(self) -> Iterator[Chunk]:
        """Yield what stands before the first block."""
        ...

    def block(self, block: Block) -> Iterator[Chunk]:
        """Yield a block."""
        ...

    def tail(self) -> Iterator[Chunk]:
        """Yield what stands behind the last block."""
        ...


class _Writer:
    """A writer of blocks alone."""

    def head(self) -> Iterator[Chunk]:
        """Yield nothing."""
        yield from ()

    def tail(self) -> Iterator[Chunk]:
        """Yield nothing."""
        yield from ()


class Rows(_Writer):
    """Per-sample rows as CSV or TSV, a header first, or as JSON Lines."""

    def __init__(self, problem: Problem, roles: Sequence[str], delimiter: str | None) -> None:
        self.problem = problem
        self.roles = roles
        self.delimiter = delimiter
        self.names = columns(problem, roles)

    def head(self) -> Iterator[Chunk]:
        """Yield the header, where there is one."""
        if self.delimiter is not None:
            yield from separated([[name] for name in self.names], self.delimiter)

    def block(self, block: Block) -> Iterator[Chunk]:
        """Yield a row a term."""
        columns = cells(self.problem, block, self.roles)
        if self.delimiter is None:
            return json_lines(self.names, columns)
        return separated(columns, self.delimiter)


class Values(_Writer):
    """The terms, a number a line."""

    def block(self, block: Block) -> Iterator[Chunk]:
        """Yield a line a term."""
        flat = given(block.terms).reshape(-1)
        for start in range(0, flat.size, ROWS):
            yield "".join(f"{item!r}\n" for item in numbers(flat[start : start + ROWS]))


class GradientTable(_Writer):
    """A gradient as CSV, one row a term."""

    def __init__(self, problem: Problem, role: str) -> None:
        self.problem = problem
        self.role = role

    def head(self) -> Iterator[Chunk]:
        """Yield the header."""
        yield from separated([[name] for name in gradient_columns(self.problem, self.role)], ",")

    def block(self, block: Block) -> Iterator[Chunk]:
        """Yield a row a term."""
        table = by_term(self.problem, self.role, block.gradients[self.role])
        for start in range(0, len(table), ROWS):
            part = numbers(table[start : start + ROWS])
            yield "".join(",".join(map(repr, row)) + "\n" for row in part)


class Arrays:
    """The terms, or the gradient of a role, as one array in the shape of the file."""

    def __init__(self, problem: Problem, role: str | None) -> None:
        self.problem = problem
        self.operand = problem.operand(role) if role else None
        self.shape = self.operand.source.shape if self.operand else problem.grid.axes
        order = self.operand.order if self.operand else None
        self.waiting: list[Array] | None = [] if order and order[0] else None
        """Blocks that wait for the last one, where samples are not the first axis."""

    def parts(self, block: Block) -> Iterator[Array]:
        """Yield a block's part of the array, unless it has to wait."""
        if self.operand is None:
            yield given(block.terms)
            return
        gradient = block.gradients[self.operand.role.name]
        if self.waiting is not None:
            self.waiting.append(gradient)
        elif self.operand.squeeze:
            yield gradient[..., np.newaxis]
        else:
            yield self.operand.as_stored_order(gradient)

    def rest(self) -> Iterator[Array]:
        """Yield what had to wait."""
        if self.operand is not None and self.waiting:
            yield self.operand.as_stored_order(np.concatenate(self.waiting))


class Npy(Arrays):
    """An array as an NPY file: the header, then its bytes."""

    def head(self) -> Iterator[Chunk]:
        """Yield the header."""
        yield npy_header(self.problem.dtype, self.shape)

    def block(self, block: Block) -> Iterator[Chunk]:
        """Yield a block's bytes."""
        for part in self.parts(block):
            yield np.ascontiguousarray(part).data.cast("B")

    def tail(self) -> Iterator[Chunk]:
        """Yield what had to wait."""
        for part in self.rest():
            yield np.ascontiguousarray(part).data.cast("B")


def npy_header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """Return what an NPY file begins with; the bytes of its array follow in C order."""
    header = io.BytesIO()
    facts = {"descr": dtype.str, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, facts)
    return header.getvalue()


class JsonArray(Arrays):
    """An array as a JSON list, nested as the array is."""

    def __init__(self, problem: Problem, role: str | None) -> None:
        super().__init__(problem, role)
        self.mark = "["

    def head(self) -> Iterator[Chunk]:
        """Yield nothing: the first entry brings its bracket."""
        yield from ()

    def block(self, block: Block) -> Iterator[Chunk]:
        """Yield a block's entries."""
        for part in self.parts(block):
            yield from self._entries(np.atleast_1d(part))

    def tail(self) -> Iterator[Chunk]:
        """Yield what had to wait, and the end."""
        for part in self.rest():
            yield from self._entries(part)
        yield "]"

    def _entries(self, part: Array) -> Iterator[str]:
        for start in range(0, len(part), ROWS):
            yield self.mark + entries(part[start : start + ROWS])
            self.mark = ","


def entries(part: Array) -> str:
    """Return the entries of a part of an array as JSON, without the brackets around them."""
    listed = numbers(part)
    finite = bool(np.isfinite(part).all())
    return json.dumps(listed if finite else plain(listed), separators=SEPARATORS)[1:-1]


def array_text(parts: Iterable[Array]) -> Iterator[str]:
    """Yield an array that comes in parts of rows as one JSON list."""
    mark = "["
    for part in parts:
        yield mark + entries(part)
        mark = ","
    yield "]" if mark == "," else "[]"


def array_members(arrays: Mapping[str, Array]) -> Iterator[str]:
    """Yield arrays as members of a JSON object, without its braces."""
    for i, (name, array) in enumerate(arrays.items()):
        yield f"{',' if i else ''}{dumped(name)}:"
        whole = np.atleast_1d(array)
        yield from array_text(whole[i : i + ROWS] for i in range(0, len(whole), ROWS))


def json_result(
    outcome: Outcome,
    notices: Sequence[Notice],
    penalty: Penalty | None,
    *,
    terms: Iterable[str] | None,
    gradients: Mapping[str, Iterable[str]] | None,
    per_sample: bool,
    breakdown: Mapping[str, Any] | None = None,
) -> Iterator[str]:
    """Yield the result as one JSON object; `terms` and `gradients`, as JSON lists, come last."""
    problem, partial = outcome.problem, outcome.partial
    none = problem.settings.reduction == "none"
    head = {
        "schema": 1,
        "loss": problem.loss.name,
        "value": None if none else outcome.value,
        "reduction": problem.settings.reduction,
        "numerator": None if none else outcome.numerator,
        "denominator": None if none else outcome.denominator,
        "count": partial.counted,
        "ignored": partial.ignored,
        "summary": summary(outcome),
        "warnings": [{"code": notice.code, "message": notice.message} for notice in notices],
        "signature": signature(problem),
        **(breakdown or {}),
    }
    if none:
        del head["value"]
    yield dumped(head)[:-1]
    if penalty:
        own = {"penalty": penalty.value, "value": penalty.objective(outcome.value)}
        yield f',"objective":{dumped(own)[:-1]}'
        if gradients is not None:
            yield ',"grad":{'
            yield from array_members(penalty.gradients)
            yield "}"
        yield "}"
    if none and terms is not None:
        yield ',"value":'
        yield from terms
    if gradients is not None:
        yield ',"grad":{'
        for i, (role, text) in enumerate(gradients.items()):
            yield f"{',' if i else ''}{dumped(role)}:"
            yield from text
        yield "}"
    if per_sample and terms is not None:
        yield ',"per_sample":'
        yield from terms
    yield "}\n"


TERM_FILES: dict[str, Callable[[Problem, Sequence[str]], Writer]] = {
    ".csv": lambda problem, roles: Rows(problem, roles, ","),
    ".tsv": lambda problem, roles: Rows(problem, roles, "\t"),
    ".jsonl": lambda problem, roles: Rows(problem, roles, None),
    ".npy": lambda problem, _: Npy(problem, None),
}
GRADIENT_FILES: dict[str, Callable[[Problem, str], Writer]] = {".csv": GradientTable, ".npy": Npy}


def ending(path: str, known: Sequence[str], flag: str) -> str:
    """Return the ending of an output path, or refuse one that means nothing."""
    dot = "." + path.rpartition(".")[2].lower()
    if dot not in known:
        raise UsageError(f"{flag} {short_name(path)}: the ending must be one of {', '.join(known)}")
    return dot
