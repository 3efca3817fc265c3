"""Python expressions on arrays: what is printed as a line of Python is what is computed.

A change of a role is one expression such as `np.clip(x, 1e-7, 1 - 1e-7)`, in which each role has a
short name. It is evaluated block by block, as the rows are read, and printed as `x = ...`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from functools import cache
from types import CodeType, SimpleNamespace
from typing import Any, Literal

import numpy as np

from losscli.errors import DataError
from losscli.losses.transforms import log_softmax, sigmoid, softmax
from losscli.numerics.arrays import Array
from losscli.readers.source import DerivedSource, Source

SHORT = {"input": "x", "target": "y"}
"""Roles that have a shorter name in expressions; the others keep theirs."""
TRANSFORMS = {"softmax": softmax, "log-softmax": log_softmax}
"""By name: functions of (c, m)."""
DEFINITIONS = {
    "bits_of": "bits_of = lambda x: np.asarray(x, np.float32).view(np.uint32)",
    "bfloat16": (
        "bfloat16 = lambda x: (bits_of(x) + (bits_of(x) >> 16 & 1) + 0x7FFF & 0xFFFF0000)"
        ".view(np.float32).astype(float)"
    ),
    "float16": "float16 = lambda x: np.float64(np.float16(x))",
    "running": "running = lambda to, t: (s := 0.0, [s := to(s + part) for part in t], s)[-1]",
    "cascade": (
        "cascade = lambda to, t: [running(to, t[len(t) // 16 * 16:])] + (len(t) > 15 and "
        "cascade(to, running(to, t[:len(t) // 16 * 16].reshape(-1, 16).T)) or [])"
    ),
    "added": "added = lambda to, t: running(to, [*cascade(to, t[1:]), t[0]])",
    "log_factorial": "log_factorial = np.vectorize(lambda k: math.lgamma(k + 1))",
    "distance": "distance = lambda a, b: np.linalg.norm(a - b, axis=1)",
    "unit": "unit = lambda a: a / np.linalg.norm(a, axis=1, keepdims=True)",
    "cosine": "cosine = lambda a, b: (unit(a) * unit(b)).sum(1)",
}
"""Functions that an expression may use and Python does not have, as they are printed."""


def short(role: str) -> str:
    """Return the name of a role in expressions."""
    return SHORT.get(role, role)


def _transform(name: str, x: Array, *, class_axis: int = 1) -> Array:
    if name == "sigmoid":
        return sigmoid(np.asarray(x, np.float64))
    front = np.moveaxis(np.asarray(x, np.float64), class_axis, 0)
    columns = np.ascontiguousarray(front).reshape(front.shape[0], -1)
    return np.moveaxis(TRANSFORMS[name](columns).reshape(front.shape), 0, class_axis)


@cache
def _namespace() -> dict[str, Any]:
    import math

    names: dict[str, Any] = {
        "np": np,
        "math": math,
        "losscli": SimpleNamespace(transform=_transform),
    }
    for text in DEFINITIONS.values():
        exec(text, names)
    return names


@cache
def compiled(text: str) -> CodeType:
    """Return an expression, compiled."""
    return compile(text, "<expression>", "eval")


def evaluated(text: str, values: Mapping[str, Any]) -> Any:
    """Return the value of an expression of named values."""
    with np.errstate(all="ignore"):
        return eval(compiled(text), _namespace(), dict(values))


@cache
def names_in(text: str) -> frozenset[str]:
    """Return the names that an expression or a line uses, and those of their definitions."""
    names: set[str] = set()
    seen: set[str] = set()
    texts = [text]
    while texts:
        nodes = [*ast.walk(ast.parse(texts.pop()))]
        own = {node.arg for node in nodes if isinstance(node, ast.arg)}
        names |= {node.id for node in nodes if isinstance(node, ast.Name)} - own
        new = (names & {*DEFINITIONS}) - seen
        texts += [DEFINITIONS[name].partition("=")[2].strip() for name in new]
        seen |= new
    return frozenset(names)


WIDE = ("float64", "int64", "int32")
"""Types of files that expressions take as they are; others are made doubles or long integers."""


def cast_of(name: str, dtype: np.dtype[Any], lines: Sequence[str]) -> str:
    """Return what makes an array of a file doubles or long integers, where lines need that."""
    if dtype.name in WIDE:
        return ""
    for line in lines:
        # A transform computes in doubles, whatever it takes.
        if re.match(rf'{name} = losscli\.transform\("[\w-]+", {name}[,)]', line):
            return ""
        if name in names_in(line) and not re.fullmatch(rf"{name} = {name}\[[^()]*\]", line):
            return ".astype(float)" if dtype.kind == "f" else ".astype(int)"
    return ""


PIECE = 1 << 16
"""Numbers that an expression is evaluated on at a time: they stay in the cache."""


class Mapped(DerivedSource):
    """A source whose rows are an expression of the rows of one or more sources."""

    def __init__(
        self,
        text: str,
        named: Mapping[str, Source],
        own: Source,
        shape: Sequence[int] | None = None,
        *,
        in_pieces: bool = True,
    ) -> None:
        """Take an expression, the sources by the names in it, and the one that it replaces.

        `in_pieces` says that some of the rows give the same numbers as all of them.
        """
        super().__init__(own, None if shape is None else tuple(shape))
        self._text = text
        self._in_pieces = in_pieces
        used = names_in(text)
        self._named = {name: source for name, source in named.items() if name in used}
        self.dtype = np.dtype(np.float64)
        self.notes = ()

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop; DataError where the expression gives another shape."""
        found = self._rows(start, stop)
        if self.shape:
            wanted = (max(0, min(stop, self.shape[0]) - start), *self.shape[1:])
            if found.shape != wanted:
                raise DataError(f"{self.label}: {self._text} gives {found.shape}, not {wanted}")
        return found

    def _rows(self, start: int, stop: int) -> Array:
        """Return the value of the expression for rows start to stop, made piece by piece."""
        blocks = {name: source.read(start, stop) for name, source in self._named.items()}
        rows = {block.shape[0] if block.ndim else 0 for block in blocks.values()}
        step = PIECE * max(rows) // max(1, *(block.size for block in blocks.values()))
        if len(rows) > 1 or not (self._in_pieces and 0 < step < max(rows)):
            return self._value(blocks)
        found: Array | None = None
        for first in range(0, max(rows), step):
            piece = self._value({name: one[first : first + step] for name, one in blocks.items()})
            if found is None:
                order: Literal["C", "F"] = "F" if piece.flags.fnc else "C"
                found = np.empty((max(rows), *piece.shape[1:]), piece.dtype, order)
            found[first : first + step] = piece
        return np.empty(0) if found is None else found

    def _value(self, blocks: Mapping[str, Array]) -> Array:
        """Return the value of the expression."""
        wide = {
            name: block.astype(np.float64 if block.dtype.kind == "f" else np.int64, copy=False)
            for name, block in blocks.items()
        }
        try:
            found: Array = np.asarray(evaluated(self._text, wide))
        except (ValueError, IndexError) as error:
            raise DataError(
                f"{self.label}: {self._text} does not fit these shapes: {error}"
            ) from None
        return found


class Pairs(DerivedSource):
    """Every number of a source against every number of another: rows (n,) repeated to (n, n)."""

    def __init__(self, source: Source, *, along_rows: bool) -> None:
        super().__init__(source, (source.shape[0], source.shape[0]))
        self._along_rows = along_rows
        self.names, self.columns, self.notes = (), (), ()

    def read(self, start: int, stop: int) -> Array:
        """Return rows start to stop: the row's own number repeated, or all numbers."""
        size = self.shape[0]
        if self._along_rows:
            own = self._source.read(start, stop).reshape(-1, 1)
            return np.broadcast_to(own, (len(own), size))
        return np.broadcast_to(self._source.read(0, size).reshape(1, -1), (stop - start, size))

    def original_index(self, index: Sequence[int]) -> Sequence[int]:
        """Return the index of the number that is paired here."""
        return index[:1] if self._along_rows else index[1:]
