"""Results as text and bytes: a number, JSON, JSON Lines, CSV, TSV, NPY; digits are never cut."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine import Outcome
from losscli.errors import UsageError
from losscli.kinds import Layout
from losscli.notices import Notice
from losscli.objective import Penalty
from losscli.operands import Operand, Problem
from losscli.result import signature, summary

Array = NDArray[Any]

ROWS = 4096
"""Terms that are turned into text at once."""
SEPARATORS = (",", ":")
NOT_FINITE = {math.inf: "inf", -math.inf: "-inf"}


def plain(value: Any) -> Any:
    """Return a number, or a list of them, as JSON may hold it: non-finite ones as strings."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return NOT_FINITE.get(value, "nan")
    return value


def numbers(values: Array) -> list[Any]:
    """Return an array as nested lists of the shortest numbers that read back the same."""
    if values.dtype == np.float32:
        # tolist() would widen to double and print digits that are not in the number.
        flat = [float(str(item)) for item in values.reshape(-1)]
        return _nested(flat, values.shape)
    return values.tolist() if values.ndim else [values.item()]


def _nested(flat: list[Any], shape: tuple[int, ...]) -> list[Any]:
    for width in reversed(shape[1:]):
        flat = [flat[i : i + width] for i in range(0, len(flat), width)]
    return flat


def dumped(value: Any) -> str:
    """Return strict JSON (RFC 8259) on one line."""
    return json.dumps(plain(value), separators=SEPARATORS, allow_nan=False, ensure_ascii=False)


def _array_chunks(values: Array) -> Iterator[str]:
    yield "["
    for start in range(0, values.shape[0], ROWS):
        part = values[start : start + ROWS]
        listed = numbers(part)
        finite = bool(np.isfinite(part).all())
        text = json.dumps(listed if finite else plain(listed), separators=SEPARATORS)
        yield ("," if start else "") + text[1:-1]
    yield "]"


def _array_members(arrays: Mapping[str, Array]) -> Iterator[str]:
    for i, (name, array) in enumerate(arrays.items()):
        yield f"{',' if i else ''}{dumped(name)}:"
        yield from _array_chunks(np.atleast_1d(array))


def json_result(
    outcome: Outcome,
    notices: Sequence[Notice],
    penalty: Penalty | None,
    *,
    grad: bool,
    per_sample: bool,
) -> Iterator[str]:
    """Yield the result as one JSON object; the long keys come last and are streamed."""
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
    }
    if none:
        del head["value"]
    yield dumped(head)[:-1]
    if penalty:
        own = {"penalty": penalty.value, "value": penalty.objective(outcome.value)}
        yield f',"objective":{dumped(own)[:-1]}'
        if grad:
            yield ',"grad":{'
            yield from _array_members(penalty.gradients)
            yield "}"
        yield "}"
    if none and outcome.terms is not None:
        yield ',"value":'
        yield from _array_chunks(np.atleast_1d(outcome.terms))
    if grad:
        yield ',"grad":{'
        yield from _array_members(outcome.gradients)
        yield "}"
    if per_sample and outcome.terms is not None:
        yield ',"per_sample":'
        yield from _array_chunks(np.atleast_1d(outcome.terms))
    yield "}\n"


def columns(outcome: Outcome, *, grad: bool) -> list[str]:
    """Return the column names of per-sample output."""
    names = ["index", "target", "prediction", "loss"]
    for role in outcome.gradients if grad else ():
        names += gradient_columns(outcome.problem, role)
    return names


def gradient_columns(problem: Problem, role: str) -> list[str]:
    """Return the column names of one role's gradient: one a class, or one."""
    if _operand(problem, role).kind.layout is not Layout.CLASSES:
        return [f"grad_{role}"]
    return [f"grad_{role}_{name}" for name in class_columns(problem)]


def class_columns(problem: Problem) -> list[str]:
    """Return one column name a class; a name that comes again gets a number (`a`, `a.1`)."""
    labels = [str(problem.class_label(i)) for i in range(problem.grid.classes)]
    names: dict[str, None] = {}
    for i, label in enumerate(labels):
        name, number = label, 0
        while name in names or (number and name in labels[i:]):
            number += 1
            name = f"{label}.{number}"
        names[name] = None
    return list(names)


def _operand(problem: Problem, role: str) -> Operand:
    return next(operand for operand in problem.operands if operand.role.name == role)


def rows(outcome: Outcome, *, grad: bool) -> Iterator[list[Any]]:
    """Yield per-sample rows: index, target, prediction, loss and the gradient's numbers."""
    problem, grid = outcome.problem, outcome.problem.grid
    if outcome.terms is None or outcome.predictions is None:
        raise TypeError("the run did not keep its terms and predictions")
    terms, predictions = outcome.terms.reshape(-1), outcome.predictions.reshape(-1)
    gradients = [_by_term(outcome, role) for role in outcome.gradients if grad]
    for start, stop in grid.blocks():
        targets = target_cells(outcome, start, stop)
        first, last = start * grid.positions, stop * grid.positions
        losses = numbers(terms[first:last])
        guesses = numbers(predictions[first:last])
        if problem.loss.by_class:
            guesses = [problem.class_label(guess) for guess in guesses]
        slopes = [numbers(gradient[first:last]) for gradient in gradients]
        for i, (target, guess, value) in enumerate(zip(targets, guesses, losses, strict=True)):
            at = grid.index(first + i)
            index = at[0] if len(at) == 1 else ",".join(map(str, at))
            yield [index, target, guess, value, *(item for part in slopes for item in part[i])]


def _by_term(outcome: Outcome, role: str) -> Array:
    """Return a gradient as one row of numbers a term."""
    gradient = outcome.gradients[role]
    operand = _operand(outcome.problem, role)
    if operand.kind.layout is not Layout.CLASSES:
        return gradient.reshape(-1, 1)
    axis = operand.class_axis or 0
    return np.moveaxis(gradient, axis, -1).reshape(-1, outcome.problem.grid.classes)


def target_cells(outcome: Outcome, start: int, stop: int) -> list[Any]:
    """Return the targets of rows start to stop as the file numbers or names them."""
    problem = outcome.problem
    operand = problem.target
    block = np.atleast_1d(operand.block(start, stop))
    if operand.kind.layout is Layout.CLASSES:
        block = block.argmax(axis=1)
    elif not operand.kind.index:
        return numbers(block.reshape(-1))
    base = problem.settings.label_base if operand.kind.index else 0
    classes = range(problem.grid.classes)
    # What is ignored may be no class: it stays as the file has it.
    return [
        problem.class_label(int(label) - base) if int(label) - base in classes else int(label)
        for label in block.reshape(-1).tolist()
    ]


def separated(outcome: Outcome, delimiter: str, *, grad: bool) -> Iterator[str]:
    """Yield per-sample rows as CSV or TSV, a header first."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns(outcome, grad=grad))
    for i, row in enumerate(rows(outcome, grad=grad)):
        writer.writerow(row)
        if i % ROWS == ROWS - 1:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def json_lines(outcome: Outcome, *, grad: bool) -> Iterator[str]:
    """Yield per-sample rows as one JSON object a line."""
    names = columns(outcome, grad=grad)
    for row in rows(outcome, grad=grad):
        yield dumped(dict(zip(names, row, strict=True))) + "\n"


def values(outcome: Outcome) -> Iterator[str]:
    """Yield the number alone, in full; with reduction none a term a line."""
    if outcome.problem.settings.reduction != "none":
        yield f"{outcome.value!r}\n"
    elif outcome.terms is not None:
        flat = outcome.terms.reshape(-1)
        for start in range(0, flat.size, ROWS):
            yield "".join(f"{item!r}\n" for item in numbers(flat[start : start + ROWS]))


def npy(array: Array) -> Iterator[bytes | memoryview]:
    """Yield an array as an NPY file: the header, then its bytes."""
    header = io.BytesIO()
    array = np.ascontiguousarray(array)
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    yield header.getvalue()
    if array.size:
        yield array.data.cast("B")


def gradient_table(outcome: Outcome, role: str) -> Iterator[str]:
    """Yield a gradient as CSV, one row a term."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(gradient_columns(outcome.problem, role))
    yield buffer.getvalue()
    table = _by_term(outcome, role)
    for start in range(0, table.shape[0], ROWS):
        part = numbers(table[start : start + ROWS])
        yield "".join(",".join(map(repr, row)) + "\n" for row in part)


def encoded(chunks: Iterator[str]) -> Iterator[bytes]:
    """Encode text as UTF-8."""
    return (chunk.encode("utf-8", "backslashreplace") for chunk in chunks)


TERM_FILES: dict[str, Callable[[Outcome, bool], Iterator[bytes | memoryview]]] = {
    ".csv": lambda outcome, grad: encoded(separated(outcome, ",", grad=grad)),
    ".tsv": lambda outcome, grad: encoded(separated(outcome, "\t", grad=grad)),
    ".jsonl": lambda outcome, grad: encoded(json_lines(outcome, grad=grad)),
    ".npy": lambda outcome, _: npy(_terms(outcome)),
}
GRADIENT_FILES: dict[str, Callable[[Outcome, str], Iterator[bytes | memoryview]]] = {
    ".csv": lambda outcome, role: encoded(gradient_table(outcome, role)),
    ".npy": lambda outcome, role: npy(outcome.gradients[role]),
}


def _terms(outcome: Outcome) -> Array:
    if outcome.terms is None:
        raise TypeError("the run did not keep its terms")
    return outcome.terms


def ending(path: str, known: Sequence[str], flag: str) -> str:
    """Return the ending of an output path, or refuse one that means nothing."""
    dot = "." + path.rpartition(".")[2].lower()
    if dot not in known:
        raise UsageError(f"{flag} {path}: the ending must be one of {', '.join(known)}")
    return dot
