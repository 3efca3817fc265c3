"""Programs: a recorded formula with a place for every value, replayed tile by tile."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from losscli.engine.recorded.symbol import Operation, Recording, Symbol, Value
from losscli.numerics.arrays import Array
from losscli.numerics.summation import surely_finite

BRANCHING = (np.sign,)
"""In place, NumPy decides number by number, which takes ten times as long on mixed numbers."""


class NotFiniteError(Exception):
    """A tile has numbers that the recorded operations are not made for."""


class Planned(NamedTuple):
    """One operation with the places of its arguments and of its result."""

    operation: Operation
    args: tuple[int, ...]
    out: int


@dataclass(frozen=True)
class Program:
    """Operations in order; the places of values are the inputs, plain numbers, then kept arrays."""

    kept: tuple[np.dtype[Any], ...]
    numbers: tuple[Any, ...]
    planned: tuple[Planned, ...]
    terms: int
    gradients: Mapping[str, int]
    """The places of the results."""

    def room(self, size: int) -> list[Array]:
        """Return the arrays to keep, for tiles of up to `size` terms."""
        return [np.empty(size, dtype) for dtype in self.kept]

    def replay(self, places: Sequence[Array]) -> None:
        """Compute all values of a tile in their places; raises NotFiniteError.

        NotFiniteError means that the formula has to be run as it is.
        """
        for operation, args, out in self.planned:
            operation(*[places[arg] for arg in args], out=places[out])


def recorded(
    formula: Callable[..., tuple[Any, Mapping[str, Any]]],
    roles: Mapping[str, np.dtype[Any]],
    arrays: Mapping[str, np.dtype[Any]],
    options: Mapping[str, Any],
    *,
    grad: bool,
) -> Program | None:
    """Record a kernel; None if it does more than operations on elements.

    `roles` and `arrays`, the options with a number per term, say the dtypes of the inputs.
    """
    recording = Recording([*roles.values(), *arrays.values()])
    symbols = recording.symbols()
    own = dict(zip(arrays, symbols[len(roles) :], strict=True))
    try:
        with np.errstate(all="ignore"):
            terms, aside = formula(*symbols[: len(roles)], **{**options, **own}, grad=grad)
    except Exception:
        # It needs arrays: UnrecordableError, or whatever a formula makes of it.
        return None
    aside = aside if grad else {}
    if not all(isinstance(value, Symbol) for value in (terms, *aside.values())):
        return None
    gradients = {role: symbol.at for role, symbol in aside.items()}
    results = [terms.at, *gradients.values()]
    fresh = len(set(results)) == len(results) and all(map(recording.step, results))
    return _planned(recording, terms.at, gradients) if fresh and {*aside} <= {*roles} else None


def require_finite(_: Array, out: Array) -> None:
    """Raise NotFiniteError unless all values are finite."""
    if not surely_finite(out):
        raise NotFiniteError


def _planned(recording: Recording, terms: int, gradients: Mapping[str, int]) -> Program:
    """Give every value that is needed a place, which is used again when nobody needs its value."""
    first = len(recording.inputs)
    asked = set(recording.finite) - recording.carried(terms)
    last_use = dict.fromkeys((terms, *gradients.values(), *asked), math.inf)
    for at in range(first + len(recording.steps) - 1, first - 1, -1):
        if at in last_use:
            for value in recording.steps[at - first].values:
                last_use.setdefault(value, at)
    needed = [(at, recording.steps[at - first]) for at in sorted(last_use) if at >= first]
    numbers = [arg for _, step in needed for arg in step.args if not isinstance(arg, Value)]
    place = {at: at for at in range(first)}
    planned = [Planned(require_finite, (at,), at) for at in sorted(asked) if at < first]
    kept: list[np.dtype[Any]] = []
    free: list[int] = []
    number = first
    for at, step in needed:
        args = []
        for arg in step.args:
            args.append(place[arg.at] if isinstance(arg, Value) else number)
            number += not isinstance(arg, Value)
        done = [
            place[value] for value in {*step.values} if value >= first and last_use[value] == at
        ]
        # An operation on elements may write where it reads, which saves the cache an array.
        in_place = isinstance(step.operation, np.ufunc) and step.operation not in BRANCHING
        free = [*done, *free] if in_place else free
        start = first + len(numbers)
        out = next((one for one in free if kept[one - start] == step.dtype), start + len(kept))
        if out in free:
            free.remove(out)
        else:
            kept.append(step.dtype)
        free = free if in_place else [*done, *free]
        place[at] = out
        planned.append(Planned(step.operation, tuple(args), out))
        if at in asked:
            planned.append(Planned(require_finite, (out,), out))
    return Program(
        tuple(kept),
        tuple(numbers),
        tuple(planned),
        place[terms],
        {role: place[at] for role, at in gradients.items()},
    )
