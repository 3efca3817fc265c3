"""Symbols: what a formula computes with while its operations are recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy._core.umath import clip  # type: ignore[attr-defined]  # numpy.clip without its checks
from numpy.lib.mixins import NDArrayOperatorsMixin

from losscli.numerics.arrays import Array

Operation = Callable[..., Any]
"""Takes arrays of one shape and numbers, and `out`."""
SLOW_FROM_MEMORY = (np.exp, np.log, np.log1p, np.expm1, np.sqrt, np.tanh)
"""These read numbers that are not in the cache several times as slowly as a copy does."""
CARRIERS = (np.add, np.subtract, np.multiply, np.negative, np.absolute, np.square)
"""What is not finite before these operations is not finite after them."""


class UnrecordableError(Exception):
    """The formula does more than operations on elements, so it has to run as it is."""


class Value(NamedTuple):
    """The number of a value: inputs come first, then the results of the steps."""

    at: int


PLAIN = (bool, int, float, np.generic, np.dtype)
"""What operations take besides values."""


class Step(NamedTuple):
    """One operation: its result is the value with the step's own number."""

    operation: Operation
    args: tuple[Any, ...]
    """Numbers of values as `Value`, and plain numbers."""
    dtype: np.dtype[Any]

    @property
    def values(self) -> list[int]:
        """The numbers of the values it takes."""
        return [arg.at for arg in self.args if isinstance(arg, Value)]


@dataclass
class Recording:
    """The operations of a formula so far, and what it took for granted."""

    inputs: list[np.dtype[Any]]
    steps: list[Step] = field(default_factory=list)
    known: dict[tuple[Any, ...], int] = field(default_factory=dict)
    """The value of each operation: one that is written twice is computed once."""
    finite: list[int] = field(default_factory=list)
    """Values that were asked whether they are finite, and said yes."""

    def symbols(self) -> list[Symbol]:
        """Return the inputs as symbols."""
        return [Symbol(self, at, dtype) for at, dtype in enumerate(self.inputs)]

    def record(self, operation: Operation, args: tuple[Any, ...]) -> Symbol:
        """Add an operation and return its result."""
        if operation in SLOW_FROM_MEMORY and self._is_new(args[0]):
            args = (self.record(np.positive, args),)
        plain = tuple(Value(a.at) if isinstance(a, Symbol) else a for a in args)
        if operation is np.multiply and plain[0] == plain[1] and isinstance(plain[0], Value):
            operation, plain = np.square, plain[:1]
        if not all(isinstance(arg, (Value, *PLAIN)) for arg in plain):
            raise UnrecordableError(operation)
        # One number of each type says what type comes out.
        stand_ins = [np.ones(1, a.dtype) if isinstance(a, Symbol) else a for a in args]
        dtype = operation(*stand_ins).dtype
        # 1 and 1.0 are equal, but are not the same argument.
        key = (operation, *((type(arg), arg) for arg in plain))
        if key not in self.known:
            self.steps.append(Step(operation, plain, dtype))
            self.known[key] = len(self.inputs) + len(self.steps) - 1
        return Symbol(self, self.known[key], dtype)

    def _is_new(self, value: Symbol) -> bool:
        """Return whether a value is an input that no step has read yet."""
        return self.step(value.at) is None and not any(value.at in s.values for s in self.steps)

    def step(self, at: int) -> Step | None:
        """Return the step whose result is a value; None for an input."""
        return self.steps[at - len(self.inputs)] if at >= len(self.inputs) else None

    def assume_finite(self, at: int) -> None:
        """Take for granted that a value is finite; replaying checks it."""
        self.finite.append(at)

    def carried(self, end: int) -> set[int]:
        """Return the values that are finite if the value `end` is."""
        found = {end}
        for at in range(end, len(self.inputs) - 1, -1):
            step = self.step(at)
            if step and at in found and step.operation in CARRIERS:
                found.update(step.values)
        return found


class Symbol(NDArrayOperatorsMixin):
    """An array of terms (m,) that is not there yet."""

    ndim = 1

    def __init__(self, recording: Recording, at: int, dtype: np.dtype[Any]) -> None:
        """Stand for the value with a number."""
        self.recording = recording
        self.at = at
        self.dtype = dtype

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *args: Any, out: tuple[Symbol] | None = None, **how: Any
    ) -> Symbol:
        """Record a ufunc; with `out`, that symbol becomes its result."""
        if method != "__call__" or how or ufunc.nout != 1:
            raise UnrecordableError(ufunc)
        result = self.recording.record(ufunc, args)
        if out is None:
            return result
        if result.dtype != out[0].dtype:
            raise UnrecordableError(ufunc)
        out[0].at = result.at
        return out[0]

    def __array_function__(
        self,
        function: Operation,
        types: tuple[type, ...],
        args: tuple[Any, ...],
        how: Mapping[str, Any],
    ) -> Any:
        """Record one of the other functions that work on elements."""
        if how or function not in FUNCTIONS:
            raise UnrecordableError(function)
        return self.recording.record(FUNCTIONS[function], args)

    def astype(self, dtype: Any, *, copy: bool = True) -> Symbol:
        """Record a change of the dtype."""
        dtype = np.dtype(dtype)
        same = dtype == self.dtype and not copy
        return self if same else self.recording.record(cast, (self, dtype))

    def sum(self) -> float:
        """Answer the question whether the sum is finite: so it is, replaying checks it."""
        self.recording.assume_finite(self.at)
        return 0.0

    def all(self) -> bool:
        """Answer the question whether all are finite: so they are, replaying checks it."""
        self.recording.assume_finite(self.asked(np.isfinite))
        return True

    def any(self) -> bool:
        """Answer the question whether any is NaN or infinite: none is, replaying checks it."""
        self.recording.assume_finite(self.asked(np.isnan, np.isinf))
        return False

    def asked(self, *questions: Operation) -> int:
        """Return the number of the value that one of these questions is about."""
        step = self.recording.step(self.at)
        if step is None or step.operation not in questions:
            raise UnrecordableError("decision")
        about: Value = step.args[0]
        return about.at

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse to be an array."""
        raise UnrecordableError("array")

    def __bool__(self) -> NoReturn:
        """Refuse to decide."""
        raise UnrecordableError("bool")

    def __getitem__(self, _: Any) -> NoReturn:
        """Refuse to pick."""
        raise UnrecordableError("index")

    def __setitem__(self, *_: Any) -> NoReturn:
        """Refuse to change in part."""
        raise UnrecordableError("index")

    def __len__(self) -> NoReturn:
        """Refuse to be counted."""
        raise UnrecordableError("length")

    def __float__(self) -> NoReturn:
        """Refuse to be a number."""
        raise UnrecordableError("number")

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse whatever else arrays can do."""
        raise UnrecordableError(name)


def select(mask: Array, chosen: Any, other: Any, out: Array | None = None) -> Array:
    """Return `chosen` where the mask is true, `other` elsewhere: numpy.where with `out`.

    The bits are blended: numpy.where decides number by number, several times as slowly.
    """
    if out is None or out.dtype.kind != "f":
        found: Array = np.where(mask, chosen, other)
        if out is not None:
            np.copyto(out, found)
        return found
    bits = np.dtype(f"i{out.itemsize}")
    blend = out.view(bits)
    np.copyto(blend, mask)
    np.negative(blend, out=blend)
    one, two = (np.asarray(value, out.dtype).view(bits) for value in (chosen, other))
    blend &= one ^ two
    blend ^= two
    return out


def cast(x: Array, dtype: np.dtype[Any], out: Array | None = None) -> Array:
    """Return the numbers in another dtype: the method astype with `out`."""
    if out is None:
        return x.astype(dtype)
    np.copyto(out, x, casting="unsafe")
    return out


FUNCTIONS: Mapping[Operation, Operation] = {np.clip: clip, np.where: select}
"""Functions that work on elements, and what is replayed for them."""
