"""The naive formula beside the stable one, in the precisions that a file may have.

`log(softmax(x))` is correct on paper and fails on a computer: exp overflows, a probability rounds
to 0 or 1. Here both run on the sample's own numbers, step by step, until the naive one fails.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from losscli.commands.explain.comparisons import COMPARE
from losscli.commands.explain.formula import Formula, formula
from losscli.commands.explain.number import UNIT
from losscli.commands.explain.scope import NUMBERS, OPERATORS, Arithmetic, Range, Scope
from losscli.commands.explain.writing import ASCII, text_of

PRECISIONS: dict[str, Any] = {"float64": np.float64, "float32": np.float32, "float16": np.float16}
DIGITS_LOST = 16
"""A result that is off by this many times its precision has lost more than its last digit."""


class Fragile(NamedTuple):
    """A formula that rounding can break, step by step, and the steps of a stable one."""

    name: str
    known: Mapping[str, Any]
    """The numbers, vectors and indices that the formulas name."""
    naive: tuple[str, ...]
    stable: tuple[str, ...]

    def results(self, formulas: Sequence[str], arithmetic: Arithmetic) -> list[tuple[Formula, Any]]:
        """Return each formula with what it gives in an arithmetic."""
        sizes = [len(value) for value in self.known.values() if isinstance(value, Sequence)]
        classes = Range([(j,) for j in range(max(sizes, default=0))])
        scope = Scope(arithmetic, classes)
        for name, value in self.known.items():
            is_index = isinstance(value, int)
            is_vector = isinstance(value, Sequence)
            made = [arithmetic.constant(v) for v in value] if is_vector else value
            scope.know(**{name: made if is_index or is_vector else arithmetic.constant(value)})
        found = []
        for text in formulas:
            tree = formula(text)
            left, right = tree.args
            result = arithmetic.settled(scope.value(right))
            scope.know(**{left.text: result})
            found.append((tree, result))
        return found

    @property
    def is_sound(self) -> bool:
        """Whether both formulas give the same result, as far as rounding shows."""
        (*steps, (_, naive)) = self.results(self.naive, NUMBERS)
        (*_, (_, stable)) = self.results(self.stable, NUMBERS)
        gap = abs(naive.value - stable.value)
        room = 4 * (naive.bound + stable.bound) + 8 * UNIT * abs(stable.value)
        if not math.isfinite(gap):
            broken = any(math.isinf(step.value) or not step.value for _, step in steps)
            return broken or not math.isnan(naive.value)
        return bool(naive.is_lost or gap <= room)


class Trial(NamedTuple):
    """Both formulas in one precision, and how the naive one fails."""

    name: str
    precision: str
    naive: tuple[tuple[str, float], ...]
    stable: tuple[tuple[str, float], ...]
    dies_at: int
    how: str


def trials(fragile: Fragile | None, file_dtype: Any) -> list[Trial]:
    """Return the precisions in which the naive formula fails on these numbers.

    The file's own, float32 and float16 are tried, the widest first.
    """
    if fragile is None:
        return []
    own = str(file_dtype) if str(file_dtype) in PRECISIONS else "float64"
    names = [name for name in PRECISIONS if name in (own, "float32", "float16")]
    found = (_try_precision(fragile, name) for name in names)
    return [trial for trial in found if trial]


def _try_precision(fragile: Fragile, name: str) -> Trial | None:
    precision = PRECISIONS[name]
    with np.errstate(all="ignore"):
        if not np.isfinite(np.array(_numbers(fragile.known), precision)).all():
            return None
        naive = fragile.results(fragile.naive, _floats(precision))
        stable = fragile.results(fragile.stable, _floats(precision))
        (*_, (_, exact)) = fragile.results(fragile.stable, _floats(np.float64))
    death = _failure(naive, float(exact), np.finfo(precision), name)
    if not death:
        return None
    return Trial(fragile.name, name, _written(naive), _written(stable), *death)


def _numbers(known: Mapping[str, Any]) -> list[float]:
    vectors = [value if isinstance(value, Sequence) else [value] for value in known.values()]
    return [float(number) for vector in vectors for number in vector]


def _floats(precision: Any) -> Arithmetic:
    """Return the arithmetic of a NumPy type: every step rounded to it."""
    functions = {name: getattr(np, name) for name in ("exp", "log", "log1p", "sinh", "cosh")}
    functions |= {"max": lambda *x: np.max(x), "min": lambda *x: np.min(x)}
    return Arithmetic(
        precision,
        {**OPERATORS, **functions},
        lambda parts: np.sum(parts, dtype=precision),
        lambda value: value,
        lambda relation: lambda a, b: precision(COMPARE[relation](a, b)),
    )


def _written(results: Sequence[tuple[Formula, Any]]) -> tuple[tuple[str, float], ...]:
    return tuple((text_of(tree, ASCII, repr), float(result)) for tree, result in results)


def _failure(
    naive: Sequence[tuple[Formula, Any]], exact: float, limits: Any, name: str
) -> tuple[int, str] | None:
    *steps, (_, last) = naive
    result = float(last)
    for at, (tree, value) in enumerate(steps):
        symbol = text_of(tree.args[1], ASCII, repr)
        if math.isinf(value):
            return at, f"{symbol} overflows, {name} ends at {float(limits.max):.5g}"
        if value == 0:
            return at, f"{symbol} underflows to 0, {name} begins at {float(limits.tiny):.2g}"
    error = abs(result - exact)
    if math.isfinite(result) and error <= DIGITS_LOST * float(limits.eps) * abs(exact):
        return None
    if result == 0 or not math.isfinite(result):
        return len(steps), "not one digit is right"
    kept = max(0, math.floor(-math.log10(error / abs(exact))))
    return len(steps), f"{kept} digit{'' if kept == 1 else 's'} of it are right"
