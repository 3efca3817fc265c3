"""Results as text and bytes: a number, JSON, JSON Lines, CSV, TSV, NPY; digits are never cut."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine import Outcome
from losscli.errors import UsageError
from losscli.notices import Notice
from losscli.objective import Penalty
from losscli.result import signature, summary
from losscli.rows import by_term, columns, gradient_columns, kept_terms, rows
from losscli.strict_json import SEPARATORS, dumped, numbers, plain

Array = NDArray[Any]

ROWS = 4096
"""Terms that are turned into text at once."""


def array_text(parts: Iterable[Array]) -> Iterator[str]:
    """Yield an array that comes in parts of rows as one JSON list."""
    mark = "["
    for part in parts:
        listed = numbers(part)
        finite = bool(np.isfinite(part).all())
        text = json.dumps(listed if finite else plain(listed), separators=SEPARATORS)
        yield mark + text[1:-1]
        mark = ","
    yield "]" if mark == "," else "[]"


def _array_chunks(values: Array) -> Iterator[str]:
    starts = range(0, values.shape[0], ROWS)
    return array_text(values[start : start + ROWS] for start in starts)


def array_members(arrays: Mapping[str, Array]) -> Iterator[str]:
    """Yield arrays as members of a JSON object, without its braces."""
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
    breakdown: Mapping[str, Any] | None = None,
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
        **(breakdown or {}),
    }
    if none:
        del head["value"]
    yield dumped(head)[:-1]
    if penalty:
        own = {"penalty": penalty.value, "value": penalty.objective(outcome.value)}
        yield f',"objective":{dumped(own)[:-1]}'
        if grad:
            yield ',"grad":{'
            yield from array_members(penalty.gradients)
            yield "}"
        yield "}"
    if none and outcome.terms is not None:
        yield ',"value":'
        yield from _array_chunks(np.atleast_1d(outcome.terms))
    if grad:
        yield ',"grad":{'
        yield from array_members(outcome.gradients)
        yield "}"
    if per_sample and outcome.terms is not None:
        yield ',"per_sample":'
        yield from _array_chunks(np.atleast_1d(outcome.terms))
    yield "}\n"


def separated(outcome: Outcome, delimiter: str, *, grad: bool) -> Iterator[str]:
    """Yield per-sample rows as CSV or TSV, a header first."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns(outcome, grad=grad))
    for i, row in enumerate(rows(outcome, grad=grad)):
        writer.writerow(" ".join(map(str, x)) if isinstance(x, list) else x for x in row)
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
    table = by_term(outcome, role)
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
    ".npy": lambda outcome, _: npy(kept_terms(outcome)),
}
GRADIENT_FILES: dict[str, Callable[[Outcome, str], Iterator[bytes | memoryview]]] = {
    ".csv": lambda outcome, role: encoded(gradient_table(outcome, role)),
    ".npy": lambda outcome, role: npy(outcome.gradients[role]),
}


def ending(path: str, known: Sequence[str], flag: str) -> str:
    """Return the ending of an output path, or refuse one that means nothing."""
    dot = "." + path.rpartition(".")[2].lower()
    if dot not in known:
        raise UsageError(f"{flag} {path}: the ending must be one of {', '.join(known)}")
    return dot
